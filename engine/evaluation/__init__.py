"""Figures that say how good a model is, from probabilities and targets, with intervals, for any subset of modalities."""
