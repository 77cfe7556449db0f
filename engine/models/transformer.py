"""One transformer block, in which tokens that are not there are seen by nobody."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class TransformerBlock(nn.Module):
    """Pre-norm attention and fully connected layers, each with a residual: (N, L, dim) to the same shape."""

    def __init__(self, dim: int, heads: int, ratio: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, ratio * dim), nn.Linear(ratio * dim, dim)

    def forward(self, tokens: Tensor, there: Tensor, *, causal: bool = False) -> Tensor:
        """`there`: (N, L) bool; the first token of every row must be there. `causal`: nobody sees later tokens."""
        n, length, dim = tokens.shape
        q, k, v = self.qkv(self.norm1(tokens)).view(n, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        seen = there[:, None, None, :].expand(n, 1, length, length)
        if causal:
            seen = seen & torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril()
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        tokens = tokens + self.out(mixed.transpose(1, 2).reshape(n, length, dim))
        return tokens + self.fc2(functional.gelu(self.fc1(self.norm2(tokens))))  # type: ignore[no-any-return]
