"""Descriptors as a sentence, and a transformer that reads it: the text tower of a CLIP-style model.

The sentence is made of the terms that hold, in the task's order: "irregular shape , not parallel orientation ,". Words
are whole words; the vocabulary is that of the task's terms.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.domain.task import Task
from engine.models.transformer import TransformerBlock

START, END = "[start]", "[end]"


def phrases(task: Task) -> tuple[tuple[str, ...], ...]:
    """Words of every term in multi-hot order."""
    return tuple((*f"{t.label} {f.label}".lower().split(), ",") for f in task.fields for t in f.terms)


def sentence(task: Task, multi_hot: Tensor) -> str:
    """What the text tower reads for one case. multi_hot : (n_terms,)."""
    words = [word for phrase, holds in zip(phrases(task), multi_hot.tolist(), strict=True) if holds for word in phrase]
    return " ".join([START, *words, END])


class TextTower(nn.Module):
    """(N, n_terms) multi-hot to (N, dim), the end token's state after a causal transformer (Radford et al. 2021, 2.4).

    The words of all terms lie side by side; those of terms that do not hold are hidden and take no position, so that
    the numbers are those of the sentence alone.
    """

    words: Tensor
    term_of_word: Tensor

    def __init__(self, task: Task, dim: int, layers: int, heads: int) -> None:
        super().__init__()
        parts = phrases(task)
        vocabulary = {w: i for i, w in enumerate(sorted({START, END, *(w for part in parts for w in part)}))}
        text = [START, *(w for part in parts for w in part), END]
        self.register_buffer("words", torch.tensor([vocabulary[w] for w in text]), persistent=False)
        owners = torch.tensor([index for index, part in enumerate(parts) for _ in part])
        self.register_buffer("term_of_word", owners, persistent=False)
        self.embed = nn.Embedding(len(vocabulary), dim)
        self.position = nn.Parameter(0.01 * torch.randn(len(text), dim))
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.ModuleList(TransformerBlock(dim, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)

    def forward(self, multi_hot: Tensor) -> Tensor:
        always = torch.ones(len(multi_hot), 1, dtype=torch.bool, device=multi_hot.device)
        there = torch.cat([always, multi_hot[:, self.term_of_word] > 0, always], dim=1)
        places = (there.cumsum(dim=1) - 1).clamp_min(0)
        tokens = self.embed(self.words) + self.position[places]
        for block in self.blocks:
            tokens = block(tokens, there, causal=True)
        return self.norm(tokens[:, -1])  # type: ignore[no-any-return]
