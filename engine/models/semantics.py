"""Descriptors to one semantic vector: the BI-RADS feature extractor (MHFNet section 2.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
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


class TermEmbeddings(nn.Module):
    """(N, n_terms) multi-hot to (N, fields * dim): per field the sum of its terms' learned vectors."""

    field_of_term: Tensor

    def __init__(self, task: Task, dim: int = 8) -> None:
        super().__init__()
        owners = torch.zeros(len(task.fields), task.n_terms)
        for column, row in enumerate(row for row, field in enumerate(task.fields) for _ in field.terms):
            owners[row, column] = 1.0
        self.register_buffer("field_of_term", owners, persistent=False)
        self.vectors = nn.Parameter(torch.randn(task.n_terms, dim))

    def forward(self, multi_hot: Tensor) -> Tensor:
        return ((multi_hot[:, None, :] * self.field_of_term) @ self.vectors).flatten(1)


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
    encoding : "raw" (the paper's code numbers), "onehot" (one input per term) or "embedding" (a learned vector of 8 per
        term; those of a field are added).
    encoder : "cnn" (the paper's) or "mlp".

    Raises
    ------
    CaseError
        INVALID: another word.
    """
    for word, known in ((encoding, ("raw", "onehot", "embedding")), (encoder, ("cnn", "mlp"))):
        if word not in known:
            raise CaseError(ErrorKind.INVALID, f"Descriptors cannot be encoded as '{word}'. Known: {', '.join(known)}.")
    front: nn.Module = nn.Identity()
    width = task.n_terms
    if encoding == "raw":
        front, width = RawCodes(task), len(task.fields)
    elif encoding == "embedding":
        front = TermEmbeddings(task)
        width = front.vectors.shape[1] * len(task.fields)
    network = ConvolutionEncoder(width, t_feat_dim) if encoder == "cnn" else TermEncoder(width, t_feat_dim)
    return network if encoding == "onehot" else nn.Sequential(front, network)
