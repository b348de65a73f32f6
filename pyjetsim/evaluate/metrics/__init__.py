"""How a prediction is held against its target: one file a metric."""
