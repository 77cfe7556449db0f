"""The evaluation report: a model's answers to labelled cases as numbers, figures and documents."""
