"""Compare jets: observables, metrics, baselines, and the report."""

from pyjetsim.extras import needs

with needs("evaluate", "evaluating"):
    from pyjetsim.evaluate.report import evaluate
    from pyjetsim.evaluate.summary import summary_table

__all__ = ["evaluate", "summary_table"]
