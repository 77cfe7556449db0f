"""Where a model is measured on labelled cases and its report is looked at."""
