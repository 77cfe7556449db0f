"""One liver case as pictures: B-mode and a shear-wave elastogram of the same section, pixel on pixel."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.fields import FloatImage, smooth_curve, smooth_field, soft_step
from engine.data.phantom.latents import ANATOMY, CINE, FLOW, SPECKLE, Latents, stream
from engine.data.phantom.palettes import STIFFNESS_TOP_KPA, stiffness_colours
from engine.data.phantom.sector import pixel_mm, scan_converted
from engine.data.phantom.speckle import Beam, picture, scatterers
from engine.data.phantom.view import Frame, View
from engine.domain.case import Box

LINES = (272, 256)
"""Samples and scan lines."""
SHAPE = (288, 352)
"""Rows and columns of the picture."""
TASK = "liver_fibrosis"
NEUTRAL = -1.0
"""Texture and nodularity under every elastogram, whatever the case's own are."""
OPACITY = 0.62


def coarseness_db(latent: float) -> float:
    """Deviation of the parenchyma's scatterer strength, in dB; rises with the latent."""
    return 0.3 + 8.5 / (1.0 + float(np.exp(-0.6 * latent)))


def nodule_height(latent: float) -> float:
    """Deviation of the capsule from its smooth course, in rows; rises with the latent."""
    return 0.3 + 8.0 / (1.0 + float(np.exp(-0.9 * latent)))


def liver_views(seed: int, index: int, latents: Latents, neighbours: int = 0) -> dict[str, View]:
    """The case's pictures by modality; the B-mode one with `neighbours` further frames on each side."""
    anatomy = stream(TASK, seed, index, ANATOMY)
    depth_mm = float(anatomy.uniform(80, 110))
    beam = Beam(focus=float(anatomy.uniform(0.45, 0.65)), gain_db=float(anatomy.uniform(-2.5, 2.5)), lateral=1.2)
    section = _Section(anatomy)
    speckle = stream(TASK, seed, index, SPECKLE)
    echo = section.echo_db(latents.values["texture"], latents.values["nodularity"])
    field = scatterers(speckle, LINES)
    size = pixel_mm(depth_mm, SHAPE)
    cine = _cine(stream(TASK, seed, index, CINE), echo, field, beam, neighbours)
    bmode = View(frame=_shown(picture(echo, field, beam, [])), pixel_mm=size, cine=cine)
    under = picture(section.echo_db(NEUTRAL, NEUTRAL), scatterers(speckle, LINES), beam, [])
    elastogram, box = _elastogram(stream(TASK, seed, index, FLOW), under, latents.values["log_stiffness"])
    return {"bmode": bmode, "swe": View(frame=elastogram, pixel_mm=size, colour_box=box, palette="stiffness")}


class _Section:
    """Everything of the anatomy that both pictures share."""

    def __init__(self, rng: np.random.Generator) -> None:
        samples, lines = LINES
        self.y = np.arange(samples, dtype=np.float32)[:, None]
        self.course = (rng.uniform(0.15, 0.20) + 0.012 * smooth_curve(rng, lines, 4)) * samples
        self.nodules = _exact(smooth_curve(rng, lines, 18))
        wall = -10.0 + 5.0 * smooth_field(rng, LINES, (5, 80))
        self.wall = np.asarray(wall, dtype=np.float32)
        self.slow = 1.2 * smooth_field(rng, LINES, (60, 70))
        self.patches = smooth_field(rng, LINES, (8, 8))
        self.vessels = [_vessel(rng) for _ in range(int(rng.integers(2, 5)))]

    def echo_db(self, texture: float, nodularity: float) -> FloatImage:
        """(samples, lines) echo strength in dB against the parenchyma."""
        capsule = (self.course + nodule_height(nodularity) * self.nodules)[None, :].astype(np.float32)
        inside = soft_step(capsule - self.y, 1.2)
        patches = _exact(self.patches, inside)
        contrast = coarseness_db(texture)
        liver = -4.0 + self.slow + contrast * patches - contrast**2 * np.log(10) / 40
        for distance, width, bright in self.vessels:
            liver = liver + soft_step(distance - width, 1.5) * (-26.0 - liver)
            if bright:  # portal branches have echogenic walls
                liver = liver + 10.0 * np.exp(-(((distance - width - 1.5) / 1.6) ** 2))
        echo = self.wall + inside * (liver - self.wall)
        return np.asarray(echo + 13.0 * np.exp(-(((self.y - capsule) / 2.0) ** 2)), dtype=np.float32)


def _exact(values: FloatImage, weight: FloatImage | None = None) -> FloatImage:
    """Zero mean and unit deviation exactly, so that only the latent decides the strength."""
    weight = np.ones_like(values) if weight is None else weight
    total = np.float32(weight.sum())
    centred = values - np.float32((weight * values).sum()) / total
    return np.asarray(centred / np.sqrt(np.float32((weight * centred**2).sum()) / total), dtype=np.float32)


def _vessel(rng: np.random.Generator) -> tuple[FloatImage, float, bool]:
    """Distance from a vessel's course in pixels, its half width, and whether its walls are bright."""
    samples, lines = LINES
    y, x = np.mgrid[0:samples, 0:lines].astype(np.float32)
    angle = rng.uniform(-1.3, 1.3)
    across = (x - lines * rng.uniform(0.15, 0.85)) * np.cos(angle) + (y - samples * rng.uniform(0.4, 0.9)) * np.sin(
        angle
    )
    along = -(x - lines / 2) * np.sin(angle) + (y - samples * 0.6) * np.cos(angle)
    bent = across + 6.0 * np.sin(along / rng.uniform(25, 45))
    ended = np.clip(np.abs(along) - rng.uniform(30, 80), 0, None)
    return np.hypot(bent, ended).astype(np.float32), float(rng.uniform(2.0, 5.5)), bool(rng.random() < 0.5)


def _shown(lines: npt.NDArray[np.uint8]) -> Frame:
    return np.asarray(cv2.cvtColor(scan_converted(lines, SHAPE), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _elastogram(rng: np.random.Generator, under: npt.NDArray[np.uint8], log_kpa: float) -> tuple[Frame, Box]:
    """The grey picture with the stiffness map in its box, and the box in pixels of the picture."""
    samples, lines = LINES
    top, left = round(samples * rng.uniform(0.30, 0.38)), round(lines * rng.uniform(0.22, 0.34))
    high, wide = round(samples * rng.uniform(0.30, 0.36)), round(lines * rng.uniform(0.40, 0.46))
    local = _exact(smooth_field(rng, (high, wide), (26, 26)))
    kpa = np.exp(log_kpa + 0.13 * local - 0.13**2 / 2)
    colour = stiffness_colours(kpa / STIFFNESS_TOP_KPA)
    missing = smooth_field(rng, (high, wide), (18, 18)) > 2.1  # where the shear wave was not seen
    frame = cv2.cvtColor(under, cv2.COLOR_GRAY2RGB)
    part = frame[top : top + high, left : left + wide]
    mixed = (OPACITY * colour + (1 - OPACITY) * part).astype(np.uint8)
    mixed[missing] = part[missing]
    frame[top : top + high, left : left + wide] = mixed
    cv2.rectangle(frame, (left, top), (left + wide - 1, top + high - 1), (235, 235, 235), 1)
    mark = np.zeros(LINES, dtype=np.uint8)
    mark[top : top + high, left : left + wide] = 255
    rows, columns = np.nonzero(scan_converted(mark, SHAPE))
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return scan_converted(np.asarray(frame, dtype=np.uint8), SHAPE), box


def _cine(
    rng: np.random.Generator, echo_db: FloatImage, field: FloatImage, beam: Beam, neighbours: int
) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """Frames before and after: the same tissue while the speckle decorrelates with the distance in time."""
    sides: list[tuple[Frame, ...]] = []
    for _ in range(2):
        turns = [0.55 * step for step in range(1, neighbours + 1)]
        fields = [np.cos(t) * field + np.sin(t) * scatterers(rng, LINES) for t in turns]
        sides.append(tuple(_shown(picture(echo_db, f.astype(np.float32), beam, [])) for f in fields))
    return sides[0][::-1], sides[1]
