"""Fusion systems: the contract, the registry, one file per system; model files and their cards."""
