"""Descriptors as a sentence, and a transformer that reads it: the text tower of a CLIP-style model.

The sentence is made of the terms that hold, in the task's order: "irregular shape, not parallel orientation,". Words
are whole words, with their comma; the vocabulary is that of the task's terms.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.domain.task import Task
from engine.models.transformer import TransformerBlock

START, END = "[start]", "[end]"


def phrases(task: Task) -> tuple[tuple[str, ...], ...]:
    """Words of every term in multi-hot order."""
    return tuple(tuple(f"{t.label} {f.label},".lower().split()) for f in task.fields for t in f.terms)


def sentence(task: Task, multi_hot: Tensor) -> str:
    """What the text tower reads for one case. multi_hot : (n_terms,)."""
    words = [word for phrase, holds in zip(phrases(task), multi_hot.tolist(), strict=True) if holds for word in phrase]
    return " ".join([START, *words, END])


class TextTower(nn.Module):
    """(N, n_terms) multi-hot to (N, dim), the end token's state after a causal transformer (Radford et al. 2021, 2.4).

    Words of terms that do not hold are left out and take no position, so that the numbers are those of the sentence.
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
        lengths = there.sum(dim=1)
        # The words that hold come first, in their order; the rest is cut at the longest sentence of the batch.
        longest = there.shape[1] if there.device.type == "meta" else int(lengths.max())
        chosen = (~there).to(torch.int8).argsort(dim=1, stable=True)[:, :longest]
        tokens = self.embed(self.words[chosen]) + self.position[:longest]
        there = there.gather(1, chosen)
        for block in self.blocks:
            tokens = block(tokens, there, causal=True)
        last = (lengths - 1)[:, None, None].expand(-1, 1, tokens.shape[2])
        return self.norm(tokens.gather(1, last)[:, 0])  # type: ignore[no-any-return]
