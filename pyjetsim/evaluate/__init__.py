"""Evaluate: observables, metrics, baselines, and the report that compares two files."""

from pyjetsim._utils.extras import needs

with needs("evaluate", "evaluating"):
    from pyjetsim.evaluate.histogram import histogram
    from pyjetsim.evaluate.report.evaluation import evaluate
    from pyjetsim.evaluate.report.summary import summary_table, verdict_table
    from pyjetsim.evaluate.verdict import judge, load_tolerances

__all__ = ["evaluate", "histogram", "judge", "load_tolerances", "summary_table", "verdict_table"]
