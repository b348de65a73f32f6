"""What a scan found: its trials as a table, the best recipe, and a picture of what is traded for what."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w
from optuna.trial import FrozenTrial, TrialState

from pyjetsim._utils.extras import has
from pyjetsim._utils.output import write_whole
from pyjetsim.train.scan.plan import Plan, described, recipe_content

if TYPE_CHECKING:
    import optuna

STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
"""Optuna's states, as they are told."""

TABLE, BEST, PICTURE = "trials.csv", "best.toml", "scan.png"


def write_results(study: optuna.Study, plan: Plan, folder: Path) -> None:
    """Write ``trials.csv``, and once a trial is finished ``best.toml`` and, of jets, ``scan.png``."""
    trials = study.get_trials(deepcopy=False)
    write_whole(folder / TABLE, _table(trials, plan))
    best = best_of(trials)
    if best is None:
        return
    recipe = plan.recipe_at(best.user_attrs["point"])
    told = f"# Trial {best.number} of {len(trials)}: of those that are finished it has the best score, "
    told += f"{best.value:.6g}.\n"
    told += f"# {described(best.user_attrs['point'])}\n\n"
    write_whole(folder / BEST, told + tomli_w.dumps(recipe_content(recipe)))
    points = kld_points(trials)
    if points and has("matplotlib"):
        write_whole(folder / PICTURE, _picture(points))


def best_of(trials: Sequence[FrozenTrial]) -> FrozenTrial | None:
    """The finished trial with the least score."""
    finished = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return min(finished, key=lambda trial: trial.value or 0.0, default=None)


def kld_points(trials: Sequence[FrozenTrial]) -> dict[int, tuple[float, float]]:
    """KLD of mass and pt together, and of all others, of finished trials that have them, by their number."""
    found = {}
    for trial in trials:
        kld = (trial.user_attrs.get("selection") or {}).get("kld")
        if trial.state == TrialState.COMPLETE and kld and {"mass", "pt", "sum"} <= kld.keys():
            first = kld["mass"] + kld["pt"]
            found[trial.number] = (first, kld["sum"] - first)
    return found


def front(points: dict[int, tuple[float, float]]) -> list[int]:
    """Those than which no other is better in one of the two and as good in the other; by the first."""
    kept: list[int] = []
    least = float("inf")
    for number in sorted(points, key=lambda each: points[each]):
        if points[number][1] < least:
            least = points[number][1]
            kept.append(number)
    return kept


def _table(trials: Sequence[FrozenTrial], plan: Plan) -> str:
    selections = [trial.user_attrs.get("selection") or {} for trial in trials]
    parts = sorted(
        {
            f"{score}.{name}"
            for selection in selections
            for score, of in selection.items()
            if isinstance(of, dict)
            for name in of
        }
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "score", *plan.axes, "epoch", *parts, "seconds", "error"])
    for trial, selection in zip(trials, selections, strict=True):
        point: dict[str, Any] = trial.user_attrs.get("point", {})
        values = [selection.get(part.partition(".")[0], {}).get(part.partition(".")[2], "") for part in parts]
        writer.writerow(
            [
                trial.number,
                STATES[trial.state],
                "" if trial.value is None else trial.value,
                *(point.get(key, "") for key in plan.axes),
                selection.get("epoch", ""),
                *values,
                trial.user_attrs.get("seconds", ""),
                trial.user_attrs.get("error", ""),
            ]
        )
    return text.getvalue()


def _picture(points: dict[int, tuple[float, float]]) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = figure.subplots()
    best = front(points)
    first, others = zip(*points.values(), strict=True)
    axes.scatter(first, others, s=18, color="0.6", label="trials")
    first, others = zip(*(points[number] for number in best), strict=True)
    axes.plot(
        first,
        others,
        "o-",
        ms=5,
        lw=1,
        label="none is better in both",
    )
    for number in best:
        axes.annotate(str(number), points[number], textcoords="offset points", xytext=(4, 4), fontsize=8)
    for axis, values in zip("xy", zip(*points.values(), strict=True), strict=True):
        # A divergence may be 0, which has no logarithm.
        axes.set(**{f"{axis}scale": "log" if min(values) > 0 else "linear"})
    axes.set(xlabel="KLD of mass + pt", ylabel="KLD of energy + eta + phi")
    axes.legend()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150)
    return content.getvalue()
