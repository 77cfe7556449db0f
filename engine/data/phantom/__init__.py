"""Simulated studies with known best possible results, so that everything runs without patients.

The table in `resources/phantom` decides class evidence, `latents` draws a case from it, `optimum` computes the best
possible AUC of every set of modalities, the physics modules draw the pictures, `writing` puts them into DICOM files.
"""

from engine.data.phantom.cases import simulate_prepared
from engine.data.phantom.optimum import Optimum, best_scores, optimum, seven_row_optima
from engine.data.phantom.writing import generate

__all__ = ["Optimum", "best_scores", "generate", "optimum", "seven_row_optima", "simulate_prepared"]
