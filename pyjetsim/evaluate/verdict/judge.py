"""Pass, fail or undecided: every figure of a report, and the report as a whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pyjetsim.evaluate.verdict.criteria import CRITERIA, Criterion, Measured
from pyjetsim.evaluate.verdict.tolerances import Tolerances, load_tolerances

Outcome = Literal["passed", "failed", "undecided"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure and what became of it."""

    where: str
    value: float | None
    uncertainty: float | None
    jets: int
    outcome: Outcome
    jets_needed: int | None
    """About so many jets would decide; None where that is not known, or it is decided."""
    reason: str
    """Why it is undecided; else empty."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All figures of one criterion."""

    criterion: Criterion
    tolerance: float
    figures: list[Judged]

    @property
    def counts(self) -> dict[Outcome, int]:
        """Figures by outcome."""
        found = Counter(figure.outcome for figure in self.figures)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def worst(self) -> Judged | None:
        """The measured figure farthest from perfect; None where nothing was measured."""
        known = [(figure.value, figure) for figure in self.figures if figure.value is not None]
        excess = self.criterion.excess
        return max(known, key=lambda each: excess(each[0]), default=(None, None))[1]

    @property
    def demand(self) -> str:
        """The tolerance in words, such as "within 0.03 of 1"."""
        unit = f" {self.criterion.unit}" if self.criterion.unit else ""
        if self.criterion.within:
            return f"within {self.tolerance:g}{unit} of {self.criterion.perfect:g}"
        return f"at most {self.tolerance:g}{unit}"

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "label": self.criterion.label,
            "meaning": self.criterion.meaning,
            "unit": self.criterion.unit,
            "perfect": self.criterion.perfect,
            "within": self.criterion.within,
            "tolerance": self.tolerance,
            "demand": self.demand,
            "source": self.criterion.source,
            "counts": self.counts,
            "worst": asdict(self.worst) if self.worst else None,
            "figures": [asdict(figure) for figure in self.figures],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a report."""

    tolerances: Tolerances
    criteria: Mapping[str, Judgement]
    """By name; those without figures are left out."""

    @property
    def counts(self) -> dict[Outcome, int]:
        """Figures by outcome."""
        return {
            outcome: sum(judgement.counts[outcome] for judgement in self.criteria.values())
            for outcome in OUTCOMES
        }

    @property
    def outcome(self) -> Outcome:
        """``failed`` where any figure fails, else ``undecided`` where any is, else ``passed``."""
        counts = self.counts
        return "failed" if counts["failed"] else "undecided" if counts["undecided"] else "passed"

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "outcome": self.outcome,
            "counts": self.counts,
            "criteria": {name: judgement.to_json() for name, judgement in self.criteria.items()},
            "tolerances": self.tolerances.model_dump(mode="json"),
        }


def judge(report: Mapping[str, Any], tolerances: Tolerances | None = None) -> Verdict:
    """Judge the prediction of a report.

    Parameters
    ----------
    report : mapping
        What :func:`pyjetsim.evaluate.evaluate` returns, or a ``report.json`` read from disk.
    tolerances : Tolerances, optional
        What is asked of it; None: the defaults.

    Returns
    -------
    Verdict
        Every figure with its outcome.

    Notes
    -----
    A figure at a distance d from perfect, with a standard error s, and with a tolerance that allows a
    distance t,

    - fails where d > t + k s, k being ``rule.standard_errors``;
    - else is undecided where s > t (a simulation that is well outside the tolerance could score this, too),
      where s is not known, or where the report has fewer jets than the tolerance is stated for;
    - else passes.

    About n (s / t)² jets would decide, n being those it was measured with.

    Examples
    --------
    >>> judge(json.loads(Path("report/report.json").read_text())).outcome
    'passed'
    """
    limits = load_tolerances() if tolerances is None else tolerances
    return Verdict(
        limits,
        {each.name: found for each in CRITERIA if (found := _judgement(each, report, limits)).figures},
    )


def _judgement(criterion: Criterion, report: Mapping[str, Any], tolerances: Tolerances) -> Judgement:
    allowed, errors = criterion.allowed(tolerances), tolerances.rule.standard_errors
    figures = [
        Judged(figure.where, figure.value, figure.uncertainty, figure.jets, *decided)
        for figure in criterion.figures(report, tolerances)
        for decided in _decided(criterion, figure, allowed, errors)
    ]
    return Judgement(criterion, criterion.limit(tolerances), figures)


def _decided(
    criterion: Criterion, figure: Measured, allowed: float, errors: float
) -> Iterator[tuple[Outcome, int | None, str]]:
    """Outcome, jets that would decide, and why it is undecided: once."""
    value, error = figure.value, figure.uncertainty
    if value is None:
        yield (
            "undecided",
            figure.jets_needed or None,
            "too few jets" if figure.jets_needed else "not measured",
        )
    elif value == math.inf:
        yield "failed", None, ""
    elif error is None or not math.isfinite(value) or not math.isfinite(error):
        yield "undecided", figure.jets_needed or None, "its uncertainty is not known"
    elif criterion.excess(value) > allowed + errors * error:
        yield "failed", None, ""
    elif figure.jets_needed:
        yield "undecided", figure.jets_needed, "too few jets"
    elif error > allowed:
        needed = _rounded_up(figure.jets * (error / allowed) ** 2)
        yield "undecided", needed, "its uncertainty is larger than the tolerance"
    else:
        yield "passed", None, ""


def _rounded_up(number: float) -> int:
    """To two digits: it is an estimate."""
    unit = 10 ** max(0, math.floor(math.log10(max(number, 1))) - 1)
    return int(math.ceil(number / unit) * unit)
