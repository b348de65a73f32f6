"""The verdict: the figures of a report against stated tolerances."""

from pyjetsim.evaluate.verdict.judge import Verdict, judge
from pyjetsim.evaluate.verdict.tolerances import Tolerances, load_tolerances

__all__ = ["Tolerances", "Verdict", "judge", "load_tolerances"]
