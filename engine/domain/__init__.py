"""The words of the product: tasks, descriptors, cases, predictions, readings, errors. Plain Python and numpy."""
