"""How good a model is: figures from probabilities and targets, with intervals, for any subset of modalities."""
