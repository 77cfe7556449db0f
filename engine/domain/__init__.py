"""The words of the product: tasks, descriptors, cases, predictions, readings, errors. Standard library and numpy only."""
