"""The score of an epoch by what the verdict of `evaluate` looks at: responses, masses and shapes of jets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.binned import kinematic_kld, wasserstein
from pyjetsim.evaluate.observables.bins import EDGES, FEW, GEN_MASS_EDGES
from pyjetsim.evaluate.observables.table import OBSERVABLES
from pyjetsim.evaluate.verdict.tolerances import load_tolerances
from pyjetsim.jets import MASS, PT, Jets, jet_kinematics
from pyjetsim.jets.noise import stream
from pyjetsim.jets.selection import Selection
from pyjetsim.tasks.base import Task
from pyjetsim.tasks.constituents.learning import simulated
from pyjetsim.tasks.constituents.task import Constituents

Values = NDArray[np.float64]
SHAPES = ("mass", "pt", "flow1", "flow2", "flow3", "flow4", "multiplicity", "width", "ptd", "leading")
"""Those of `evaluate`'s that are computed in no time: N-subjettiness and D2 are not."""
N_HALVINGS = 5
"""Random halvings of the pairs that W1 and its floor are averaged over."""
Scores = dict[str, dict[str, float] | None]


class ConstituentsByVerdict(Constituents):
    """The task ``constituents`` where ``select.score`` is "verdict"."""

    score_name: ClassVar[str] = "verdict"
    score_label: ClassVar[str] = "verdict score"

    def score(
        self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int
    ) -> dict[str, float] | None:
        """See :func:`measure_verdict`."""
        return self.scores(model, batches, cuts, seed)[self.score_name]

    def scores(self, model: Any, batches: Iterable[Any], cuts: Selection, seed: int) -> Scores:
        """The score, and beside it for the log the KL divergences of the same simulated jets."""
        score, kld = measure_verdict(model, batches, cuts, seed)
        return {self.score_name: score, "kld": kld}

    def choose(self, measured: list[dict[str, Any]], settings: Any) -> dict[str, Any]:
        """The least sum."""
        return Task.choose(self, measured, settings)


def measure_verdict(
    model: Any, batches: Iterable[Any], cuts: Selection, seed: int
) -> tuple[dict[str, float] | None, dict[str, float] | None]:
    r"""Six distances of simulated jets from the target, each in units of its tolerance, and their sum.

    Parameters
    ----------
    model : Model
        In evaluation mode.
    batches : iterable
        Of the validation split, on the model's device.
    cuts : Selection
        The recipe's ``select.selection``.
    seed : int
        Of the noise.

    Returns
    -------
    score : dict, optional
        ``response_mean``, ``response_width``, ``response_std``, ``mass_mean``, ``mass_std`` and ``w1``, each
        1 at the tolerance, and their ``sum``. None where the model or the target has no jet in acceptance.
    kld : dict, optional
        What :func:`pyjetsim.tasks.constituents.learning.measure_kld` returns, of the same jets.

    Notes
    -----
    With the tolerances t of ``tolerances.toml``, means over bins b (of gen pt, or of gen mass), means m,
    half the 16 to 84 % quantile ranges w and standard deviations s of the pt response (or of the reco mass):

    .. math:: S = \left\langle \frac{|m_b / m_b^T - 1|}{t_m} + \frac{|w_b / w_b^T - 1|}{t_w}
              + \frac{|s_b / s_b^T - 1|}{t_s} \right\rangle_{p_T}
              + \left\langle \frac{|m_b - m_b^T|}{t_m} + \frac{|s_b / s_b^T - 1|}{t_s} \right\rangle_{mass}
              + \left\langle \frac{W_1}{t_{W} F} \right\rangle_{shapes}

    T is the target. Bins have at least FEW pairs whose gen jet is in acceptance; where none has, all pairs
    are one bin. Gen jets are those of the constituents that the model is given. W1 is the distance of one
    half of the target from the other half of the prediction, F, the floor, that of the target's two halves,
    both averaged over N_HALVINGS, the same in all epochs.
    """
    kept: dict[str, list[Jets]] = {"target": [], "prediction": []}
    shapes: dict[str, list[Values]] = {"target": [], "prediction": []}
    gens: list[Values] = []
    for batch, answer in simulated(model, batches, seed):
        gens.append(jet_kinematics(batch.gen.cpu().numpy()).astype(np.float64))
        for side, constituents in (("target", batch.reco.cpu().numpy()), ("prediction", answer)):
            jets = cuts.jets_of(constituents)
            kept[side].append(_kinematics_of(jets))
            shapes[side].append(_shapes(jets, cuts))
    jets_of = {side: Jets.concatenate(parts) for side, parts in kept.items()}
    target, prediction = (each[cuts.accepts(each)] for each in (jets_of["target"], jets_of["prediction"]))
    w1 = _distances(np.concatenate(shapes["target"]), np.concatenate(shapes["prediction"]), seed)
    if min(len(target), len(prediction)) < 2 or w1 is None:
        return None, None
    gen = np.concatenate(gens)
    reco = {side: jets.jet.astype(np.float64) for side, jets in jets_of.items()}
    score = {
        **_responses(gen, reco, cuts),
        **_masses(gen, reco, cuts),
        "w1": w1,
    }
    return {**score, "sum": sum(score.values())}, kinematic_kld(target, prediction)


def _kinematics_of(jets: Jets) -> Jets:
    """Without their constituents: new arrays, so that these need not stay in memory."""
    n = len(jets)
    return Jets(np.zeros((n, 0, 3), np.float32), np.zeros((n, 0), np.int32), jets.n_constituents, jets.jet)


def _shapes(jets: Jets, cuts: Selection) -> Values:
    """(N, D) SHAPES of the jets; NaN out of acceptance."""
    inside = cuts.accepts(jets) & (jets.n_constituents > 0)
    values = np.full((len(jets), len(SHAPES)), np.nan)
    values[inside] = np.column_stack([OBSERVABLES[name].of(jets[inside]) for name in SHAPES])
    return values


def _bins(values: Values, edges: tuple[float, ...], inside: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """(N,) masks of the bins that have FEW pairs; all pairs inside where none has."""
    masks = [inside & (values >= low) & (values < high) for low, high in pairwise(edges)]
    yield from [mask for mask in masks if mask.sum() >= FEW] or [inside]


def _accepted_gen(gen: Values, cuts: Selection) -> NDArray[np.bool_]:
    return np.asarray((gen[:, PT] > cuts.jet_pt_min) & (np.abs(gen[:, 1]) < cuts.jet_eta_max))


def _responses(gen: Values, reco: Mapping[str, Values], cuts: Selection) -> dict[str, float]:
    limits, inside = load_tolerances().response, _accepted_gen(gen, cuts) & (gen[:, PT] > 0)
    response = {
        side: np.divide(jets[:, PT], gen[:, PT], out=np.ones(len(gen)), where=inside)
        for side, jets in reco.items()
    }
    found = []
    for mask in _bins(gen[:, PT], EDGES["pt"], inside):
        target, prediction = (_moments(response[side][mask]) for side in ("target", "prediction"))
        found.append([abs(_ratio(b, a) - 1) for a, b in zip(target, prediction, strict=True)])
    mean, width, std = np.mean(found, axis=0)
    return {
        "response_mean": float(mean) / limits.mean,
        "response_width": float(width) / limits.width,
        "response_std": float(std) / limits.std,
    }


def _masses(gen: Values, reco: Mapping[str, Values], cuts: Selection) -> dict[str, float]:
    limits, found = load_tolerances().mass, []
    for mask in _bins(gen[:, MASS], GEN_MASS_EDGES, _accepted_gen(gen, cuts)):
        target, prediction = (_moments(reco[side][mask, MASS]) for side in ("target", "prediction"))
        found.append([abs(prediction[0] - target[0]), abs(_ratio(prediction[2], target[2]) - 1)])
    mean, std = np.mean(found, axis=0)
    return {"mass_mean": float(mean) / limits.mean, "mass_std": float(std) / limits.std}


def _moments(values: Values) -> tuple[float, float, float]:
    """Mean, half the 16 to 84 % quantile range, standard deviation; 0 without values."""
    if not len(values):
        return 0.0, 0.0, 0.0
    low, high = np.quantile(values, [0.158655, 0.841345])
    return float(values.mean()), float(high - low) / 2, float(values.std())


def _ratio(value: float, reference: float) -> float:
    """1 where both vanish, and 2 where only the reference does."""
    return value / reference if reference > 0 else 2.0 if value > 0 else 1.0


def _distances(target: Values, prediction: Values, seed: int) -> float | None:
    """Mean over SHAPES of W1 over its floor, in units of the tolerance; None where a half has no jet.

    ``target`` and ``prediction`` (N, D) of the same pairs, NaN out of acceptance.
    """
    floors, distances = (np.zeros((N_HALVINGS, len(SHAPES))) for _ in range(2))
    for number in range(N_HALVINGS):
        first = stream("halves of validation", seed, number).permutation(len(target)) < len(target) // 2
        halves = [[_known(side[mask]) for mask in (first, ~first)] for side in (target, prediction)]
        if not all(map(len, halves[0])):
            return None
        for column in range(len(SHAPES)):
            (one, other), answers = ([half[:, column] for half in side] for side in halves)
            floors[number, column] = wasserstein(one, other)
            distances[number, column] = (wasserstein(one, answers[1]) + wasserstein(other, answers[0])) / 2
    ratios = [_ratio(*each) for each in zip(distances.mean(axis=0), floors.mean(axis=0), strict=True)]
    return float(np.mean(ratios)) / load_tolerances().w1.max


def _known(rows: Values) -> Values:
    return rows[~np.isnan(rows[:, 0])]
