"""A lossless JPEG encoder (ISO/IEC 10918-1 annex H, process 14), written from the standard for the tests."""

from __future__ import annotations

import numpy as np

_CODE_BITS = 5
"""The Huffman table gives each of the 17 difference categories a code of the same length: its own number."""


def lossless_jpeg(samples: np.ndarray, precision: int, *, selection: int = 1, ids: bytes = b"\1\2\3") -> bytes:
    """One scan, components interleaved.

    Parameters
    ----------
    samples : (rows, columns, components) unsigned.
    precision : bits per sample, 2 to 16.
    selection : predictor: 1 left, 2 above, 4 left + above - above left.
    """
    rows, columns, components = samples.shape
    frame = precision.to_bytes() + rows.to_bytes(2) + columns.to_bytes(2) + components.to_bytes()
    frame += b"".join(bytes([ids[n], 0x11, 0]) for n in range(components))
    counts = bytes([0, 0, 0, 0, 17] + [0] * 11)
    scan = components.to_bytes() + b"".join(bytes([ids[n], 0]) for n in range(components)) + bytes([selection, 0, 0])
    data = b"\xff\xd8" + _segment(0xC3, frame) + _segment(0xC4, b"\0" + counts + bytes(range(17)))
    data += _segment(0xDA, scan) + _entropy(_differences(samples.astype(np.int64), precision, selection)) + b"\xff\xd9"
    return data + b"\0" * (len(data) % 2)


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + marker.to_bytes() + (len(body) + 2).to_bytes(2) + body


def _differences(samples: np.ndarray, precision: int, selection: int) -> np.ndarray:
    """To the prediction, modulo 65536, in scan order (H.1.2.1)."""
    left, above = np.roll(samples, 1, axis=1), np.roll(samples, 1, axis=0)
    corner = np.roll(above, 1, axis=1)
    prediction = {1: left, 2: above, 4: left + above - corner}[selection].copy()
    prediction[:, 0] = above[:, 0]
    prediction[0] = left[0]
    prediction[0, 0] = 1 << (precision - 1)
    return ((samples - prediction + 32_768) % 65_536 - 32_768).ravel()


def _entropy(differences: np.ndarray) -> bytes:
    bits = []
    for value in differences.tolist():
        category = abs(value).bit_length()
        bits.append(f"{category:0{_CODE_BITS}b}")
        if 0 < category < 16:
            bits.append(f"{value if value > 0 else value + (1 << category) - 1:0{category}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8).replace(b"\xff", b"\xff\0")
