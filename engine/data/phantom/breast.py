"""One breast case as pictures: B-mode and colour flow of the same lesion, each its own acquisition."""

from __future__ import annotations

import cv2
import numpy as np

from engine.data.phantom.fields import FloatImage, soft_step
from engine.data.phantom.flow import draw_flow, overlaid
from engine.data.phantom.latents import ANATOMY, CINE, FLOW, SPECKLE, Latents, stream
from engine.data.phantom.lesion import Points, calcifications, posterior_db, shadow_db, texture_db, with_lesion
from engine.data.phantom.outline import draw_outline
from engine.data.phantom.speckle import Beam, picture, scatterers
from engine.data.phantom.tissue import breast_layers
from engine.data.phantom.view import Frame, View

SHAPE = (272, 320)
"""Rows and columns of the ultrasound region."""
TASK = "breast_lesion"
NEUTRAL_TEXTURE = -1.0
"""Latent of the texture in every colour frame, whatever the case's own is: it carries no evidence there."""


def breast_views(seed: int, index: int, latents: Latents, neighbours: int = 0) -> dict[str, View]:
    """The case's pictures by modality; the B-mode one with `neighbours` further frames on each side."""
    anatomy = stream(TASK, seed, index, ANATOMY)
    pixel_mm = float(anatomy.uniform(0.105, 0.140))
    beam = Beam(focus=float(anatomy.uniform(0.35, 0.6)), gain_db=float(anatomy.uniform(-2.5, 2.5)))
    layers = breast_layers(anatomy, SHAPE)
    outline = draw_outline(anatomy, SHAPE, latents)
    distance, edge = outline.distance(SHAPE)
    inside = soft_step(distance, edge)
    points = calcifications(anatomy, SHAPE, outline, latents)
    echo = with_lesion(layers, inside, distance, latents)
    echo += posterior_db(anatomy, inside, outline, latents.terms["posterior_features"]) + shadow_db(SHAPE, points)

    speckle = stream(TASK, seed, index, SPECKLE)
    textured = echo + texture_db(speckle, inside, latents.values["texture"])
    field = scatterers(speckle, SHAPE)
    grey = picture(textured, field, beam, points.echoes)
    cine = _cine(stream(TASK, seed, index, CINE), textured, field, beam, points, neighbours)
    bmode = View(frame=cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), pixel_mm=pixel_mm, cine=cine)

    colour_beam = Beam(focus=beam.focus, gain_db=beam.gain_db - 2.0, lateral=beam.lateral * 1.2, line_step=2)
    neutral = echo + texture_db(speckle, inside, NEUTRAL_TEXTURE)
    under = picture(neutral, scatterers(speckle, (SHAPE[0], SHAPE[1] // 2)), colour_beam, points.echoes)
    flow = draw_flow(stream(TASK, seed, index, FLOW), SHAPE, outline, latents)
    doppler = View(frame=overlaid(under, flow), pixel_mm=pixel_mm, colour_box=flow.box, palette="flow")
    return {"bmode": bmode, "doppler": doppler}


def _cine(
    rng: np.random.Generator, echo_db: FloatImage, field: FloatImage, beam: Beam, points: Points, neighbours: int
) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """Frames before and after: the same tissue while the speckle decorrelates with the distance in time."""
    sides: list[tuple[Frame, ...]] = []
    for _ in range(2):
        frames = []
        for step in range(1, neighbours + 1):
            turn = 0.55 * step
            mixed = np.cos(turn) * field + np.sin(turn) * scatterers(rng, SHAPE)
            grey = picture(echo_db, mixed.astype(np.float32), beam, points.echoes)
            frames.append(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
        sides.append(tuple(frames))
    return sides[0][::-1], sides[1]
