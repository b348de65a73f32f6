"""Tagger closure: what a tagger that was trained on simulated jets is worth on jets of the target.

A tagger is trained on reco jets of a signal and of a background, once simulated ones and once the target's,
on one half of the events, and tested on the target's jets of the other half. With a perfect simulation
both reject the same share of the background.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import DataError, InputError
from pyjetsim.evaluate.conditions import jets_of
from pyjetsim.evaluate.metrics.base import Context, Drawing, Effective, Metric, Score, fields_of
from pyjetsim.evaluate.metrics.classifiers.auc import N_REPLICATES, folds_by_event, training_weights
from pyjetsim.evaluate.metrics.classifiers.pairs import PairCollector, joined_weights
from pyjetsim.evaluate.panels import LOOKS, grid
from pyjetsim.evaluate.samples import bootstrap_times, event_noise, keep_priority
from pyjetsim.evaluate.view import ConstituentsView, View, view_of
from pyjetsim.io import Split, open_pairs
from pyjetsim.jets import Jets
from pyjetsim.jets.noise import stream_seed
from pyjetsim.jets.weights import effective_entries, weighted_quantiles

if TYPE_CHECKING:
    from pyjetsim.evaluate.metrics.classifiers.set_network import Inputs

Values = NDArray[np.float64]
N_TRAININGS = 5
EFFICIENCY = 0.5
"""Of the signal: where the rejection is measured."""
TRAINING_JETS, TEST_JETS = 10_000, 20_000
"""Of each process, where the files have that many."""
LEAST = 20
"""Jets of each process in each half, at least."""
_HALF_SEED = 6
CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Signal efficiencies of the figure."""
SIDES = ("target", "prediction")


class Processes(NamedTuple):
    """Files of two processes, each as the target has it and as it was simulated."""

    signal: Mapping[str, Path]
    """Of SIDES."""
    background: Mapping[str, Path]
    """Of SIDES."""
    split: Split
    """Which events of all four."""


def check_processes(view: View, processes: Processes, *, mix_detectors: bool) -> None:
    """Refuse files that no tagger can be trained on, before any work.

    Raises
    ------
    InputError
        For other objects than jets.
    DataError
        For files of different detectors, pileup or R, unless ``mix_detectors``.
    MissingExtraError
        Without torch.
    """
    with needs("train", "training a tagger"):
        import torch  # noqa: F401
    if not isinstance(view, ConstituentsView):
        raise InputError(
            f"a tagger does not apply to {view.items}",
            "it looks at the constituents of jets",
            "leave it out",
        )
    one, other = (processes.background[side] for side in SIDES)
    for first, second in ((processes.signal["target"], one), (one, other)):
        if not isinstance(view_of(first, second), ConstituentsView):
            raise InputError(
                f"{second} holds no jets with constituents",
                "a tagger is trained on them",
                "give a jets.h5 of the background and its simulation",
            )
        with open_pairs(first) as a, open_pairs(second) as b:
            jets_of(a, b, mix_detectors=mix_detectors)


def with_background(view: View, processes: Processes, weight: str | int | None) -> ConstituentsView:
    """The view with the weights of the background's files; see :meth:`View.weighted`."""
    assert isinstance(view, ConstituentsView)
    return view.weighing(
        {f"the background's {side}": path for side, path in processes.background.items()}, weight
    )


@dataclass(frozen=True, slots=True)
class ProcessJets:
    """N accepted reco jets of one file."""

    jets: Jets
    event: NDArray[np.int64]
    """(N,)."""
    weight: Values | None = None
    """(N,) of either sign; None: 1 each."""

    def __getitem__(self, rows: NDArray[Any]) -> ProcessJets:
        weight = None if self.weight is None else self.weight[rows]
        return ProcessJets(self.jets[rows], self.event[rows], weight)

    def __len__(self) -> int:
        return len(self.event)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One over the share of background jets that pass, at EFFICIENCY, of one kind of training."""

    mean: float
    """Over trainings."""
    uncertainty: float
    """Of the mean: standard deviation over trainings, by the root of their number."""
    values: list[float]
    """Of each training."""
    curve: list[float]
    """Mean rejection at each of CURVE."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Tested on the same jets of the target."""

    rejection: Mapping[str, Rejection]
    """By what was trained on, of SIDES."""
    ratio: float
    """Mean rejection of the tagger trained on simulated jets, over that of the one trained on the target."""
    ratio_uncertainty: float
    """Of trainings and of the jets tested with, in quadrature."""
    ratio_test_uncertainty: float
    """Of the jets tested with alone: bootstrap by event."""
    jets: Mapping[str, Mapping[str, int]]
    """``training`` and ``test``: of ``signal`` and ``background``."""
    files: Mapping[str, str]
    """Names of the background's files, by side."""
    identities: bool
    """Whether the taggers saw what kind of particle a constituent is."""
    effective: Effective | None = None
    """By process, the effective number of jets tested with; None where those have no weights."""

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {"efficiency": EFFICIENCY, "efficiencies": list(CURVE), **fields_of(self)}


def in_training_half(event: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) by the event number alone: an event is in the same half in all files."""
    return np.asarray(event_noise(event, _HALF_SEED, 1)[:, 0] > 0)


def read_process(view: ConstituentsView, path: Path, split: Split) -> ProcessJets:
    """Accepted reco jets of a file, whole events in a random order that is the same in paired files.

    Where there are many, those of some events.
    """
    collector = PairCollector(view.selection, 2 * (TRAINING_JETS + TEST_JETS), radius=view.jets.radius)
    for batch in view.read(path, split):
        first = batch.first()
        collector.add(first.gen, first.reco, first.event, first.weight)
    pairs = collector.pairs()
    if pairs is None:
        return ProcessJets(Jets.from_constituents(np.zeros((0, 1, 3), np.float32)), np.zeros(0, np.int64))
    # Files have parts: the first jets are not like the last.
    order = np.lexsort((pairs.event, keep_priority(pairs.event)))
    return ProcessJets(pairs.reco, pairs.event, pairs.weight)[order]


def measure_closure(
    signal: Mapping[str, ProcessJets],
    background: Mapping[str, ProcessJets],
    files: Mapping[str, str],
    n_trainings: int = N_TRAININGS,
) -> Closure:
    """Train and test.

    Parameters
    ----------
    signal, background : mapping of ProcessJets
        Accepted jets of either process, of SIDES.
    files : mapping
        What :attr:`Closure.files` says.
    n_trainings : int
        On each side, with another start each.

    Returns
    -------
    Closure
        Rejections and their ratio.

    Raises
    ------
    DataError
        For fewer than LEAST jets of a process in a half, of weighted ones the effective number.
    """
    halves = {
        (process, side): in_training_half(jets[side].event)
        for process, jets in (("signal", signal), ("background", background))
        for side in SIDES
    }
    processes = {"signal": signal, "background": background}
    size = {
        process: min(TRAINING_JETS, *(int(halves[process, side].sum()) for side in SIDES))
        for process in processes
    }
    test = {
        process: jets["target"][np.flatnonzero(~halves[process, "target"])[:TEST_JETS]]
        for process, jets in processes.items()
    }
    training = {
        side: {
            process: jets[side][np.flatnonzero(halves[process, side])[: size[process]]]
            for process, jets in processes.items()
        }
        for side in SIDES
    }
    for process in processes:
        learnt = min(_learnt(training[side][process]) for side in SIDES)
        tested = effective_entries(len(test[process]), test[process].weight)
        if min(learnt, tested) < LEAST:
            weighted = any(each.weight is not None for each in processes[process].values())
            raise DataError(
                f"the {process} of the tagger has {learnt:.0f} accepted jets to train on and "
                f"{tested:.0f} to test with{', counted by their weights' if weighted else ''}",
                f"a tagger needs at least {LEAST} of each",
                "give longer files, another split or a wider selection",
            )
    known = all(jets[side].jets.pid.any() for jets in processes.values() for side in SIDES)
    scores = {side: list(_scores(training[side], test, known, n_trainings)) for side in SIDES}
    return _compared(scores, test, size, files, known)


def _learnt(jets: ProcessJets) -> float:
    """The effective number of jets to train on, where the sizes of weights count."""
    return effective_entries(len(jets), None if jets.weight is None else np.abs(jets.weight))


def _scores(
    training: Mapping[str, ProcessJets], test: Mapping[str, ProcessJets], identities: bool, n_trainings: int
) -> Iterator[tuple[Values, Values]]:
    """Scores of signal and of background jets to test with, training by training."""
    # Imported here: the other metrics need no torch.
    import torch

    from pyjetsim.evaluate.metrics.classifiers.set_network import N_VALIDATION, trained

    inputs = _joined_inputs(training, identities)
    label = torch.cat(
        [torch.full((len(training[process]),), float(process == "signal")) for process in training]
    )
    learnt = training_weights(joined_weights(list(training.values())), label.numpy() > 0)
    weight = None if learnt is None else torch.from_numpy(learnt.astype(np.float32))
    # One event in N_VALIDATION stops the training.
    kept = np.concatenate([folds_by_event(each.event, N_VALIDATION) == 0 for each in training.values()])
    validation, rest = (torch.from_numpy(np.flatnonzero(mask)) for mask in (kept, ~kept))
    tested = {process: _inputs(jets.jets, identities) for process, jets in test.items()}
    for number in range(n_trainings):
        network = trained(inputs, label, rest, validation, stream_seed("tagger", number), weight)
        with torch.no_grad():
            signal, background = (
                network(tested[process]).numpy().astype(np.float64) for process in ("signal", "background")
            )
        yield signal, background


def _inputs(jets: Jets, identities: bool) -> Inputs:
    """What a tagger sees: the constituents, and pt, mass and multiplicity of the jet, scaled to order 1."""
    import torch

    from pyjetsim.evaluate.metrics.classifiers.set_network import Inputs

    seen = jets if identities else Jets.from_constituents(jets.constituents)
    columns = [
        np.log(np.maximum(seen.pt, 1e-3) / 250),
        np.log1p(seen.mass) - 3.5,
        seen.n_constituents / 30 - 1,
    ]
    return Inputs.of_sets(
        (seen,), torch.from_numpy(np.column_stack(columns).astype(np.float32)).clamp(-10, 10)
    )


def _joined_inputs(parts: Mapping[str, ProcessJets], identities: bool) -> Inputs:
    longest = max(part.jets.constituents.shape[1] for part in parts.values())
    return _inputs(Jets.concatenate([part.jets.padded_to(longest) for part in parts.values()]), identities)


def rejections(
    signal: Values,
    background: Values,
    efficiency: float,
    times: tuple[NDArray[np.integer], NDArray[np.integer]] | None = None,
    weights: tuple[Values | None, Values | None] = (None, None),
) -> Values:
    """Background rejection at a signal efficiency.

    Parameters
    ----------
    signal, background : array (N,) and (M,)
        Scores.
    efficiency : float
        Share of the signal that passes, by number.
    times : tuple of array, optional
        How often each jet is in each replicate, (N, R) and (M, R); None: each is there once, R = 1.
    weights : tuple of array (N,) and (M,), optional
        Of the jets, of either sign; None: 1 each.

    Returns
    -------
    array (R,)
        Sum of the background's weights over that of those that score as high as the signal that just passes
        (see :func:`~pyjetsim.jets.weights.weighted_quantiles`). Where none does, as if one had, of the weight
        Σw²/Σw. NaN where weights of either do not add up to more than 0.
    """
    counts = times or tuple(np.ones((len(each), 1), np.int64) for each in (signal, background))
    sums = [
        count if own is None else own[:, None] * count for own, count in zip(weights, counts, strict=True)
    ]
    threshold = -weighted_quantiles(-signal, sums[0], (efficiency,))[0]
    falling = np.argsort(-background, kind="stable")
    above = np.cumsum(sums[1][falling], axis=0, dtype=np.int64 if weights[1] is None else np.float64)
    n_above = np.searchsorted(-background[falling], -threshold, side="right")
    padded = np.concatenate([np.zeros((1, above.shape[1]), above.dtype), above])
    passed, total = padded[n_above, np.arange(above.shape[1])], above[-1].astype(np.float64)
    known = (total > 0) & np.isfinite(threshold)
    total[~known] = np.nan
    one = 1.0 if weights[1] is None else np.square(weights[1]) @ counts[1] / total
    return np.asarray(total / np.maximum(passed, one), np.float64)


def _compared(
    scores: Mapping[str, list[tuple[Values, Values]]],
    test: Mapping[str, ProcessJets],
    size: Mapping[str, int],
    files: Mapping[str, str],
    identities: bool,
) -> Closure:
    weights = (test["signal"].weight, test["background"].weight)
    weighted = any(weight is not None for weight in weights)
    # Events of the two processes are resampled apart, though their numbers may be the same.
    times = (
        bootstrap_times(test["signal"].event, N_REPLICATES),
        bootstrap_times(~test["background"].event, N_REPLICATES),
    )
    found, resampled = {}, {}
    for side, trainings in scores.items():
        values = np.array([rejections(*each, EFFICIENCY, weights=weights)[0] for each in trainings])
        spread = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
        curve = [
            float(np.mean([rejections(*each, at, weights=weights)[0] for each in trainings])) for at in CURVE
        ]
        found[side] = Rejection(float(values.mean()), spread, values.tolist(), curve)
        resampled[side] = np.mean(
            [rejections(*each, EFFICIENCY, times, weights) for each in trainings], axis=0
        )
    target, prediction = found["target"], found["prediction"]
    ratio = prediction.mean / target.mean
    of_trainings = ratio * float(
        np.hypot(target.uncertainty / target.mean, prediction.uncertainty / prediction.mean)
    )
    ratios = resampled["prediction"] / resampled["target"]
    of_test = float(ratios[np.isfinite(ratios)].std())
    jets = {"training": dict(size), "test": {process: len(each) for process, each in test.items()}}
    return Closure(
        found,
        ratio,
        float(np.hypot(of_trainings, of_test)),
        of_test,
        jets,
        dict(files),
        identities,
        {process: effective_entries(len(each), each.weight) for process, each in test.items()}
        if weighted
        else None,
    )


def draw_closure(closure: Closure) -> Figure:
    """Rejection over signal efficiency, and below the ratio."""
    figure, panels = grid(1, 1, width=6)
    above, below = panels[0].subplots(2, 1, sharex=True, height_ratios=(3, 1))
    curves = {side: np.array(closure.rejection[side].curve) for side in SIDES}
    for side, curve in curves.items():
        look = LOOKS[side]
        label = {"target": "trained on the target", "prediction": "trained on simulated jets"}[side]
        above.plot(CURVE, curve, "o-", color=look.color, lw=look.width, ms=4, label=label)
    above.set_yscale("log")
    above.set_ylabel("Background rejection")
    above.legend(loc="upper right")
    below.axhline(1, color="#3f3f3f", lw=0.8)
    color = LOOKS["prediction"].color
    below.plot(CURVE, curves["prediction"] / curves["target"], "o-", color=color, ms=4, alpha=0.4)
    below.errorbar(EFFICIENCY, closure.ratio, closure.ratio_uncertainty, fmt="o", color=color, ms=5)
    below.set_ylim(*_around_one(curves["prediction"] / curves["target"], closure))
    below.set_ylabel("ratio")
    below.set_xlabel("Signal efficiency")
    return figure


def _around_one(ratios: Values, closure: Closure) -> tuple[float, float]:
    farthest = [*np.abs(ratios - 1), abs(closure.ratio - 1) + closure.ratio_uncertainty]
    reach = max(0.15, 1.15 * float(np.nanmax(farthest)))
    return 1 - reach, 1 + reach


class TaggerClosure(Metric[Closure]):
    """Where files of a background are given."""

    name = "tagger_closure"
    needs = "constituents"
    samples = ()
    place = ("tagger_closure",)

    def result(self, context: Context) -> Closure | None:
        """Read the four files, train and test."""
        if context.processes is None:
            return None
        view, processes = self.view, context.processes
        assert isinstance(view, ConstituentsView)
        signal, background = (
            {side: read_process(view, files[side], processes.split) for side in SIDES}
            for files in (processes.signal, processes.background)
        )
        names = {side: processes.background[side].name for side in SIDES}
        return measure_closure(signal, background, names)

    def draw(self, result: Closure) -> dict[str, Drawing]:
        """One figure."""
        return {
            "tagger_closure": Drawing(
                draw_closure(result),
                "Background rejection of a tagger by signal efficiency, on target jets of events that it has "
                f"not seen: mean of {len(result.rejection['target'].values)} trainings on the target's jets, "
                "and on simulated ones.",
            )
        }

    def scores(self, result: Closure, sample: str) -> Iterator[Score]:
        """The ratio of rejections, of the prediction alone."""
        if sample == "prediction":
            yield Score("tagger_rejection_ratio", result.ratio, result.ratio_uncertainty, 1.0)
