"""Fusion systems: the contract, the registry, one file per system; model files and their cards.

To add a system, write one new file in this folder; nothing lists it, the registry imports every module here.

1. A frozen dataclass with all that a preset decides, and `PRESETS`: "faithful", "recommended" and "tiny" of it.
2. A class under ``@register("name", presets=tuple(PRESETS), description="One line for the menu.")``, made as
   ``cls(task, preset, **options)``; `engine.models.settings.settings_of` puts the options in the preset's place.
3. Do its branches run on their own? Derive from `engine.models.branched.BranchedModel`, set `trunks` and `describe` and
   write `fuse` and `loss`. Do they exchange features? Derive from `FusionModel`, set `branches_interact = True` and
   compute with `engine.models.presence.on_rows` and `scattered`, which keep out what is missing.
4. `encode` gives one (N, C, h, w) map per image (tokens: reshaped); heatmaps take gradients through `fuse` alone.
5. `fuse` gives logits (one for a binary task) for any subset of the modalities, even the empty one.
6. `loss` gives scalar terms by name; "total" is minimised.
7. Say `branches_have_dropout = False` when only `fuse` draws at random: repeated passes then run the branches once.
8. Add the name and small options to `tests/engine/models/systems.py`: that alone proves what every system promises.
"""
