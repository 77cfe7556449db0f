"""One breast case as pictures: B-mode and colour flow of the same lesion, each its own acquisition."""

from __future__ import annotations

import cv2

from engine.data.phantom.fields import soft_step
from engine.data.phantom.flow import draw_flow, overlaid
from engine.data.phantom.latents import ANATOMY, FLOW, SPECKLE, Latents, stream
from engine.data.phantom.lesion import calcifications, posterior_db, shadow_db, texture_db, with_lesion
from engine.data.phantom.outline import draw_outline
from engine.data.phantom.speckle import Beam, picture, scatterers
from engine.data.phantom.tissue import breast_layers
from engine.data.phantom.view import View

SHAPE = (272, 320)
"""Rows and columns of the ultrasound region."""
TASK = "breast_lesion"


def breast_views(seed: int, index: int, latents: Latents) -> dict[str, View]:
    """The case's pictures by modality."""
    anatomy = stream(TASK, seed, index, ANATOMY)
    speckle = stream(TASK, seed, index, SPECKLE)
    pixel_mm = float(anatomy.uniform(0.105, 0.140))
    beam = Beam(focus=float(anatomy.uniform(0.35, 0.6)), gain_db=float(anatomy.uniform(-2.5, 2.5)))
    layers = breast_layers(anatomy, SHAPE)
    outline = draw_outline(anatomy, SHAPE, latents)
    distance, edge = outline.distance(SHAPE)
    inside = soft_step(distance, edge)
    points = calcifications(anatomy, SHAPE, outline, latents)
    echo = with_lesion(layers, inside, distance, latents)
    echo += posterior_db(anatomy, inside, outline, latents.terms["posterior_features"]) + shadow_db(SHAPE, points)
    grey = picture(
        echo + texture_db(speckle, inside, latents.values["texture"]), scatterers(speckle, SHAPE), beam, points.echoes
    )
    bmode = View(frame=cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), pixel_mm=pixel_mm)
    colour_beam = Beam(focus=beam.focus, gain_db=beam.gain_db - 2.0, lateral=1.4, line_step=2)
    under = picture(
        echo + texture_db(speckle, inside, 0.0),
        scatterers(speckle, (SHAPE[0], SHAPE[1] // 2)),
        colour_beam,
        points.echoes,
    )
    flow = draw_flow(stream(TASK, seed, index, FLOW), SHAPE, outline, latents)
    doppler = View(frame=overlaid(under, flow), pixel_mm=pixel_mm, colour_box=flow.box)
    return {"bmode": bmode, "doppler": doppler}
