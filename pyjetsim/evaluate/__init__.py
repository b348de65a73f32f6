"""Compare jets: observables, metrics, baselines, and the report."""

from pyjetsim.evaluate.report import evaluate
from pyjetsim.evaluate.summary import summary_table

__all__ = ["evaluate", "summary_table"]
