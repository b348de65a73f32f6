"""A package of somebody else: a task, a model, a format and a metric for pyjetsim, by entry points."""
