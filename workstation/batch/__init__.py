"""Scoring a whole folder from the window."""
