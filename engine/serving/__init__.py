"""Models at work: one case or a whole folder, on the same path."""
