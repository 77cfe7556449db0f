"""The figures of a report, one kind per file; each takes numbers and gives a drawing, nothing is shown on a screen."""
