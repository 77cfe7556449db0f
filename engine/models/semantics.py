"""Descriptors to one semantic vector: the BI-RADS feature extractor (MHFNet section 2.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.domain.task import Task


class RawCodes(nn.Module):
    """(N, n_terms) multi-hot to (N, number of fields) code numbers of the paper's Table 1.

    Of several terms the highest code counts; a missing field is 0.
    """

    codes: Tensor

    def __init__(self, task: Task) -> None:
        super().__init__()
        table = torch.zeros(len(task.fields), task.n_terms)
        terms = [(row, term.code) for row, field in enumerate(task.fields) for term in field.terms]
        for column, (row, code) in enumerate(terms):
            table[row, column] = code
        self.register_buffer("codes", table, persistent=False)

    def forward(self, multi_hot: Tensor) -> Tensor:
        return (multi_hot.unsqueeze(1) * self.codes).amax(dim=2)


class ConvolutionEncoder(nn.Module):
    """Two stages of 1-D convolution and pooling, then one fully connected layer: (N, width) to (N, t_feat_dim)."""

    def __init__(self, width: int, t_feat_dim: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 32, kernel_size=3, padding=1)
        self.conv2 = nn.Conv1d(32, 64, kernel_size=3, padding=1)
        self.pool = nn.MaxPool1d(2)
        self.fc = nn.Linear(64 * (width // 4), t_feat_dim)

    def forward(self, values: Tensor) -> Tensor:
        out = self.pool(self.conv1(values.unsqueeze(1)).relu())
        out = self.pool(self.conv2(out).relu())
        return torch.relu(self.fc(out.flatten(1)))


class TermEncoder(nn.Module):
    """Two fully connected layers: descriptors have no neighbours, so nothing is convolved over their order."""

    def __init__(self, width: int, t_feat_dim: int, hidden: int = 128) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, t_feat_dim)

    def forward(self, values: Tensor) -> Tensor:
        return torch.relu(self.fc2(torch.relu(self.fc1(values))))


def semantic_encoder(task: Task, *, encoding: str, encoder: str, t_feat_dim: int) -> nn.Module:
    """Encoder from the multi-hot vector.

    Parameters
    ----------
    encoding : "raw" (the paper's code numbers) or "onehot" (one input per term).
    encoder : "cnn" (the paper's) or "mlp".
    """
    raw = encoding == "raw"
    width = len(task.fields) if raw else task.n_terms
    network = ConvolutionEncoder(width, t_feat_dim) if encoder == "cnn" else TermEncoder(width, t_feat_dim)
    return nn.Sequential(RawCodes(task), network) if raw else network
