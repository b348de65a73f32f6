"""Hyperparameter scans: many trainings that differ in some keys of their recipe."""

from pyjetsim._utils.extras import needs

with needs("train", "a scan"), needs("scale", "a scan"):
    from pyjetsim.train.scan.plan import Plan, load_plan
    from pyjetsim.train.scan.trials import scan

__all__ = ["Plan", "load_plan", "scan"]
