"""From scatterers to a B-mode picture: point-spread function, envelope, time-gain, log compression.

The model is the usual linear one in the baseband: every pixel holds a scatterer of complex Gaussian amplitude (its
phase stands for its place within the wavelength); the echo is its convolution with a separable Gaussian pulse whose
lateral width grows away from the focus and whose axial width grows with depth, as attenuation takes high frequencies.
The modulus of the echo is the envelope; many scatterers in one resolution cell give Rayleigh speckle by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.fields import FloatImage

ZONES = 5


@dataclass(frozen=True, kw_only=True)
class Beam:
    """How one acquisition forms its picture.

    Attributes
    ----------
    focus : depth of the focus as a part of the picture's depth.
    axial, lateral : standard deviation of the pulse at the surface and of the beam at the focus, in rows and columns.
    spread : how fast the beam widens away from the focus.
    line_step : columns per scan line; 2 halves the number of lines.
    dynamic_range_db, gain_db : of the log compression; gain 0 puts 0 dB at 55 % of the grey scale.
    noise_db : level of the receiver's noise at the bottom against 0 dB tissue.
    """

    focus: float
    axial: float = 1.05
    lateral: float = 1.45
    spread: float = 2.2
    line_step: int = 1
    dynamic_range_db: float = 62.0
    gain_db: float = 0.0
    noise_db: float = -34.0


def scatterers(rng: np.random.Generator, shape: tuple[int, int]) -> FloatImage:
    """(rows, columns, 2) float32: real and imaginary amplitude of unit scatterers."""
    return rng.standard_normal((*shape, 2), dtype=np.float32)


def picture(
    echo_db: FloatImage, field: FloatImage, beam: Beam, points: list[tuple[int, int, float]]
) -> npt.NDArray[np.uint8]:
    """(rows, columns) uint8 picture of tissue.

    Parameters
    ----------
    echo_db : (rows, columns) strength of the tissue's scatterers with the loss along the beam, in dB after time-gain.
    field : (rows, columns // line_step, 2) unit scatterers of this acquisition.
    points : (row, column, dB) of single strong scatterers.
    """
    rows, columns = echo_db.shape
    step = beam.line_step
    lines = columns // step
    if step > 1:
        echo_db = cv2.resize(echo_db, (lines, rows), interpolation=cv2.INTER_AREA)
    amplitude = cv2.exp(echo_db * np.float32(np.log(10) / 20))
    source = cv2.multiply(field, cv2.merge([amplitude, amplitude]))
    for row, column, strength in points:
        source[row, min(column // step, lines - 1), 0] += np.float32(10 ** (strength / 20))
    echo = _convolved(source, beam)
    echo += _noise(field, beam)
    power = echo[..., 0] ** 2 + echo[..., 1] ** 2
    level = cv2.log(power + np.float32(1e-7)) * np.float32(10 / np.log(10))
    if step > 1:
        level = cv2.resize(level, (columns, rows), interpolation=cv2.INTER_LINEAR)
    level = cv2.GaussianBlur(level, (3, 3), 0.55)
    return _compressed(level, beam)


def _compressed(level_db: FloatImage, beam: Beam) -> npt.NDArray[np.uint8]:
    grey = (level_db + np.float32(beam.gain_db)) * np.float32(255 / beam.dynamic_range_db) + np.float32(0.55 * 255)
    return np.asarray(cv2.convertScaleAbs(np.clip(grey, 0.0, 255.0)), dtype=np.uint8)


def _noise(field: FloatImage, beam: Beam) -> FloatImage:
    """Receiver noise, raised with depth by the time-gain; the field's own far scatterers serve as new ones."""
    rows = field.shape[0]
    rise = np.linspace(beam.noise_db - 16, beam.noise_db, rows, dtype=np.float32)
    scale = (np.float32(10) ** (rise / np.float32(20)))[:, None, None]
    return np.asarray(np.roll(field, (rows // 3, field.shape[1] // 2), axis=(0, 1)) * scale, dtype=np.float32)


def _convolved(source: FloatImage, beam: Beam) -> FloatImage:
    """Convolution with the point-spread function, in overlapping depth zones with triangular weights."""
    rows = source.shape[0]
    centres = np.linspace(0, rows - 1, ZONES)
    out = np.zeros_like(source)
    depth = np.arange(rows, dtype=np.float32)
    spacing = np.float32(centres[1] - centres[0])
    for centre in centres:
        weight = np.clip(1 - np.abs(depth - np.float32(centre)) / spacing, 0, None)
        used = np.flatnonzero(weight)
        first, last = int(used[0]), int(used[-1]) + 1
        margin = 8
        top, bottom = max(first - margin, 0), min(last + margin, rows)
        axial, lateral = _kernels(float(centre) / rows, beam)
        part = cv2.sepFilter2D(source[top:bottom], -1, lateral, axial, borderType=cv2.BORDER_REFLECT)
        out[first:last] += part[first - top : last - top] * weight[first:last, None, None]
    return out


def _kernels(depth: float, beam: Beam) -> tuple[FloatImage, FloatImage]:
    axial = beam.axial * (1 + 0.35 * depth)
    lateral = beam.lateral * float(np.hypot(1, beam.spread * (depth - beam.focus))) / beam.line_step
    return _unit_energy(axial), _unit_energy(max(lateral, 0.6))


def _unit_energy(sigma: float) -> FloatImage:
    """Gaussian taps whose squares add up to one, so that speckle keeps its mean level."""
    reach = max(2, round(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.asarray(taps / np.sqrt(np.sum(taps**2)), dtype=np.float32)
