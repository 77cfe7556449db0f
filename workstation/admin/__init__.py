"""Preferences, the case database and the log: what is looked after, not read."""
