"""Metrics of clouds of particles, as JetNet defines them, class by class, each beside its floor.

R. Kansal et al., NeurIPS 2021 (arXiv:2106.11535): Wasserstein-1 distances of the jet mass (W1M), of the
particles' relative eta, phi and pt (W1P) and of energy flow polynomials (W1EFP), coverage and minimum
matching distance (MMD); Phys. Rev. D 107 (2023) 076017 (arXiv:2211.10295): Fréchet and kernel physics
distances (FPD, KPD) of the energy flow polynomials of up to four edges. Pt is over the pt of the whole jet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.base import Context, Drawing, Metric, Score
from pyjetsim.evaluate.metrics.binned import Binning, wasserstein
from pyjetsim.evaluate.metrics.physics_distances import (
    N_HALVINGS,
    frechet_physics_distance,
    kernel_physics_distance,
)
from pyjetsim.evaluate.observables.table import Observable
from pyjetsim.evaluate.panels import compared, grid
from pyjetsim.evaluate.samples import SAMPLE_JETS, draw_halves
from pyjetsim.io.clouds import CLASSES, relative_mass
from pyjetsim.io.objects import Objects
from pyjetsim.jets import delta_phi
from pyjetsim.jets.noise import stream

Clouds = NDArray[np.float32]
"""(N, P, 3) relative eta, phi and pt, zero rows where there is none."""
Values = NDArray[np.float64]
MOST_CLOUDS = 50_000
"""Of each class and sample, the first ones."""
MATCHED, MATCHED_BATCHES = 100, 10
"""Clouds in each of the two samples of coverage and minimum matching distance, and how often they are drawn:
JetNet's."""
_ROWS = 2048
_SYMBOLS = {"pt": "$p_T$", "phi": "$\\phi$"}
_NAMES = ("w1m", "w1p", "w1efp", "fpd", "kpd", "coverage", "mmd")


# Energy flow polynomials.


def energy_flow_polynomials(clouds: Clouds) -> Values:
    r"""Energy flow polynomials of all multigraphs of up to four edges.

    Parameters
    ----------
    clouds : array (N, P, 3)
        Relative eta, phi and pt.

    Returns
    -------
    float64 array (N, 36)
        :math:`\sum_{i_1 \dots i_V} z_{i_1} \dots z_{i_V} \prod_{(k, l)} \theta_{i_k i_l}` with z the relative
        pt and θ the distance in (eta, phi), not normalised. The first five are the connected graphs of four
        vertices and four edges, of which W1EFP is made.

    References
    ----------
    P. Komiske, E. Metodiev and J. Thaler, JHEP 04 (2018) 013, arXiv:1712.07124.
    """
    parts = [_polynomials(clouds[start : start + _ROWS]) for start in range(0, len(clouds), _ROWS)]
    return np.concatenate([np.zeros((0, 36)), *parts])


def _polynomials(clouds: Clouds) -> Values:
    eta, phi, z = np.moveaxis(clouds.astype(np.float64), 2, 0)
    angle = delta_phi(phi[:, :, None], phi[:, None, :])
    t1 = np.hypot(eta[:, :, None] - eta[:, None, :], angle)
    t2 = t1 * t1

    def at(edges: Values, weights: Values) -> Values:
        """Sum over the other end: (N, P)."""
        return np.asarray((edges @ weights[:, :, None])[:, :, 0])

    def total(values: Values) -> Values:
        return np.asarray((z * values).sum(1))

    d1, d2, d3, d4 = (at(edges, z) for edges in (t1, t2, t1 * t2, t2 * t2))
    two = (t1 * z[:, None, :]) @ t1  # (N, P, P): by one vertex between
    triangle = at(t1 * two, z)
    # By edges; dashes are edges between vertices, = are double.
    one = [total(d1)]
    double = [total(d2), total(d1**2)]
    three = [total(d3), total(d1 * d2), total(triangle), total(d1 * at(t1, z * d1)), total(d1**3)]
    four_of_four = [
        total(d2 * at(t1, z * d1)),  # o=o-o-o
        total(d1 * at(t2, z * d1)),  # o-o=o-o
        total(d1**2 * d2),  # a star with a double edge
        total(at(two * two, z)),  # a square
        total(d1 * triangle),  # a triangle with one edge more
    ]
    four = [
        *four_of_four,
        total(d4),
        total(d1 * d3),
        total(d2**2),
        total(at(t2 * two, z)),
        total(at(t1, z * d1) ** 2),
        total(d1**2 * at(t1, z * d1)),
        total(d1**4),
    ]
    products = [
        one[0] ** 2,
        *(one[0] * each for each in double),
        one[0] ** 3,
        *(one[0] * each for each in three),
        double[0] ** 2,
        double[0] * double[1],
        double[1] ** 2,
        *(one[0] ** 2 * each for each in double),
        one[0] ** 4,
    ]
    return np.stack([*four, z.sum(1), *one, *double, *three, *products], axis=1)


# Distances of two samples.


def w1m(first: Clouds, second: Clouds) -> float:
    """W1 of the relative jet masses of two samples of clouds, in units of the jet's pt."""
    return _w1(relative_mass(first), relative_mass(second))


def w1p(first: Clouds, second: Clouds) -> Values:
    """W1 (3,) of the particles' relative eta, phi and pt; infinite where a sample has no particles."""
    one, other = (clouds[clouds[:, :, 2] > 0].astype(np.float64) for clouds in (first, second))
    if not len(one) or not len(other):
        return np.full(3, np.inf)
    return np.array([_w1(a, b) for a, b in zip(one.T, other.T, strict=True)])


def w1efp(first: Values, second: Values) -> Values:
    """W1 of the five polynomials of four vertices and four edges, of :func:`energy_flow_polynomials`."""
    return np.array([_w1(a, b) for a, b in zip(first[:, :5].T, second[:, :5].T, strict=True)])


def _w1(first: Values, second: Values) -> float:
    return wasserstein(np.sort(first), np.sort(second))


def energy_movers_distances(first: Clouds, second: Clouds) -> Values:
    r"""Energy mover's distances of all pairs of two samples.

    Parameters
    ----------
    first, second : array (N, P, 3) and (M, P, 3)
        Clouds.

    Returns
    -------
    float64 array (N, M)
        :math:`\min_f \sum_{ij} f_{ij} \theta_{ij} + |\sum_i z_i - \sum_j z'_j|`: the cost of moving pt by
        distances in (eta, phi), and of the pt that one has more than the other, in units of the jet's pt and
        of R = 1.

    References
    ----------
    P. Komiske, E. Metodiev and J. Thaler, Phys. Rev. Lett. 123 (2019) 041801, arXiv:1902.02346.
    """
    import ot

    distances = np.empty((len(first), len(second)))
    sides = [[cloud[cloud[:, 2] > 0].astype(np.float64) for cloud in clouds] for clouds in (first, second)]
    for i, one in enumerate(sides[0]):
        for j, other in enumerate(sides[1]):
            cost = np.hypot(
                one[:, None, 0] - other[None, :, 0], delta_phi(one[:, None, 1], other[None, :, 1])
            )
            more = one[:, 2].sum() - other[:, 2].sum()
            # What one has more goes to a particle at distance 1 of all.
            have = [np.append(one[:, 2], max(-more, 0)), np.append(other[:, 2], max(more, 0))]
            whole = np.ones((len(one) + 1, len(other) + 1))
            whole[:-1, :-1], whole[-1, -1] = cost, 0
            scale = have[0].sum()
            if scale > 0:
                distances[i, j] = scale * ot.emd2(have[0] / scale, have[1] / have[1].sum(), whole)
            else:
                distances[i, j] = 0
    return distances


def coverage_and_mmd(distances: Values) -> tuple[float, float]:
    """Coverage and minimum matching distance, from distances (G, T) of generated and target clouds.

    Coverage: the share of target clouds that are the nearest one of some generated cloud. MMD: the mean over
    target clouds of the distance to the nearest generated one.
    """
    return len(np.unique(distances.argmin(1))) / distances.shape[1], float(distances.min(0).mean())


# The metric.


@dataclass(frozen=True, slots=True)
class CloudDistance:
    """By sample, ``floor`` among them."""

    value: float
    """Mean over N_HALVINGS orders of the events; W1P and W1EFP averaged over their three and five parts."""
    uncertainty: float
    """Standard deviation over the orders."""


@dataclass(frozen=True)
class CloudResult:
    """By class and for all classes alike, and what the figures are drawn from."""

    sizes: Mapping[str, int]
    """Clouds of each class in each of the two samples of a distance."""
    classes: Mapping[str, Mapping[str, Mapping[str, CloudDistance]]]
    """Class, metric, sample."""
    correlations: Mapping[str, Mapping[str, float]]
    """Of each class: the largest difference of two particles' correlation coefficient between prediction and
    target, of their eta, phi and pt."""
    clouds: Mapping[str, Mapping[str, Clouds]] = field(default_factory=dict)
    """Class, sample."""

    def mean(self, metric: str, sample: str) -> CloudDistance | None:
        """Of all classes, each counted once; None where one was not measured."""
        found = [by[metric][sample] for by in self.classes.values() if sample in by.get(metric, {})]
        if not found or len(found) < len(self.classes):
            return None
        errors = np.array([one.uncertainty for one in found])
        return CloudDistance(
            float(np.mean([one.value for one in found])), float(np.sqrt(np.square(errors).sum()) / len(found))
        )

    def to_json(self) -> dict[str, Any]:
        """All but the clouds."""
        return {
            "halvings": N_HALVINGS,
            "sizes": dict(self.sizes),
            "classes": {
                of: {
                    metric: {name: asdict(one) for name, one in samples.items()}
                    for metric, samples in by.items()
                }
                for of, by in self.classes.items()
            },
            "correlations": {name: dict(by) for name, by in self.correlations.items()},
        }


class CloudMetrics(Metric[CloudResult]):
    """JetNet's distances, and the figures; FPD, KPD, coverage and MMD unless distances are skipped.

    At one number of clouds: the target's first ones against each sample's last, other events. Coverage and
    MMD need the package POT, and are left out without it.
    """

    name = "clouds"
    needs = "clouds"
    place = ("clouds",)

    def __init__(self, view: Any) -> None:
        super().__init__(view)
        self._parts: dict[str, list[Objects]] = {}

    def add(self, sample: str, batch: Objects) -> None:
        """Particles, classes and events."""
        few = Objects(
            {"jet_class": batch.gen["jet_class"]}, {"particles": batch.reco["particles"]}, batch.event
        )
        self._parts.setdefault(sample, []).append(few)

    def merge(self, other: CloudMetrics) -> None:
        """Sample by sample."""
        for name, parts in other._parts.items():
            self._parts.setdefault(name, []).extend(parts)

    def result(self, context: Context) -> CloudResult | None:
        """Of the classes that all samples have, two events of each at least."""
        samples = {name: self._of(name) for name in context.samples}
        sizes, found, correlations, kept = {}, {}, {}, {}
        for place, of in enumerate(CLASSES):
            clouds = {name: _of_class(sample, place) for name, sample in samples.items()}
            smallest = min(len(np.unique(sample.event)) for sample in clouds.values())
            if smallest < 2:
                continue
            sizes[of] = min(SAMPLE_JETS, min(map(len, clouds.values())) // 2)
            found[of] = _measured(clouds, sizes[of], "distances" not in context.skip)
            kept[of] = {name: sample.reco["particles"] for name, sample in clouds.items()}
            correlations[of] = {
                name: float(np.abs(np.subtract(*matrices)).max())
                for name, matrices in _matrices(kept[of]).items()
            }
        return CloudResult(sizes, found, correlations, kept) if found else None

    def _of(self, name: str) -> Objects:
        parts = self._parts[name]
        return Objects(
            {"jet_class": np.concatenate([part.gen["jet_class"] for part in parts])},
            {"particles": np.concatenate([part.reco["particles"] for part in parts])},
            np.concatenate([part.event for part in parts]),
        )

    def draw(self, result: CloudResult) -> dict[str, Drawing]:
        """Spectra of particles and of the leading ones, masses, and correlations."""
        drawings = {
            "cloud_masses": Drawing(_draw_masses(result), "Jet mass over jet pt, by class."),
            "cloud_particles": Drawing(
                _draw_particles(result),
                "Relative eta, phi and pt of all particles of all jets (above), of the leading one (below).",
            ),
        }
        for of, clouds in result.clouds.items():
            drawings[f"cloud_correlations_{of}"] = Drawing(
                _draw_correlations(clouds),
                f"Correlation coefficients of the particles' pt (above) and phi (below) in "
                f"{of.replace('_', ' ')} jets, by their order in pt.",
            )
        return drawings

    def scores(self, result: CloudResult, sample: str) -> Iterator[Score]:
        """Means over classes, with their floors."""
        for name in _NAMES:
            found, floor = result.mean(name, sample), result.mean(name, "floor")
            yield Score(
                name,
                found.value if found else None,
                found.uncertainty if found else None,
                floor.value if floor else None,
            )


def _of_class(sample: Objects, place: int) -> Objects:
    return sample.rows(np.flatnonzero(sample.gen["jet_class"] == place)[:MOST_CLOUDS])


def _measured(
    clouds: Mapping[str, Objects], size: int, distances: bool
) -> dict[str, dict[str, CloudDistance]]:
    """Metric to sample to its distance, for clouds of one class."""
    particles = {name: sample.reco["particles"] for name, sample in clouds.items()}
    masses = {name: relative_mass(each) for name, each in particles.items()}
    polynomials = {name: energy_flow_polynomials(each) for name, each in particles.items()}
    halves = {name: draw_halves(sample.event, size, N_HALVINGS) for name, sample in clouds.items()}
    measures: dict[str, tuple[Mapping[str, Any], Callable[[Any, Any], Any]]] = {
        "w1m": (masses, _w1),
        "w1p": (particles, lambda x, y: w1p(x, y).mean()),
        "w1efp": (polynomials, lambda x, y: w1efp(x, y).mean()),
    }
    if distances and size > polynomials["target"].shape[1]:
        least = max(2 * size // 5, 2)
        measures["fpd"] = (polynomials, lambda x, y: frechet_physics_distance(x, y, least, size).value)
        measures["kpd"] = (
            polynomials,
            lambda x, y: kernel_physics_distance(x, y, 10 // N_HALVINGS, size).value,
        )
    others = {"floor": "target"} | {name: name for name in clouds if name != "target"}
    found: dict[str, dict[str, CloudDistance]] = {}
    for metric, (of, measure) in measures.items():
        for name, source in others.items():
            values = [
                measure(of["target"][first], of[source][last])
                for first, last in zip(halves["target"].first, halves[source].last, strict=True)
            ]
            found.setdefault(metric, {})[name] = _summary(values)
    if distances and find_spec("ot") is not None:
        for name, source in others.items():
            pairs = [
                coverage_and_mmd(energy_movers_distances(particles[source][last], particles["target"][first]))
                for first, last in _matched(halves["target"].first, halves[source].last)
            ]
            for metric, of_pairs in zip(("coverage", "mmd"), zip(*pairs, strict=True), strict=True):
                found.setdefault(metric, {})[name] = _summary(list(of_pairs))
    return found


def _matched(
    first: list[NDArray[np.int64]], last: list[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Batches of clouds from the halves, with replacement as JetNet draws them."""
    for batch in range(MATCHED_BATCHES):
        rng = stream("clouds that are matched", 0, batch)
        yield (
            rng.choice(first[batch % len(first)], MATCHED),
            rng.choice(last[batch % len(last)], MATCHED),
        )


def _summary(values: list[float]) -> CloudDistance:
    return CloudDistance(float(np.mean(values)), float(np.std(values, ddof=1)))


def _matrices(clouds: Mapping[str, Clouds]) -> dict[str, tuple[Values, Values]]:
    """Correlation coefficients (P, P) of eta, phi and pt in target and prediction, absent particles as 0."""
    found = {}
    for place, name in enumerate(("eta", "phi", "pt")):
        both = []
        for sample in ("target", "prediction"):
            values = clouds[sample][:, :, place].astype(np.float64)
            values = values - values.mean(0)
            width = np.sqrt(np.square(values).sum(0))
            norm = np.divide(values, width, out=np.zeros_like(values), where=width > 0)
            both.append(norm.T @ norm)
        found[name] = (both[0], both[1])
    return found


def _draw_masses(result: CloudResult) -> Any:
    figure, panels = grid(1, len(result.clouds))
    for panel, (of, clouds) in zip(panels, result.clouds.items(), strict=True):
        label = f"{of.replace('_', ' ').capitalize()} jets: mass / jet $p_T$"
        masses = {name: relative_mass(each) for name, each in clouds.items()}
        compared(panel, Observable(label, "", lambda reco: reco), Binning.of(masses["target"]), masses)
    return figure


def _draw_particles(result: CloudResult) -> Any:
    figure, panels = grid(2, 3)
    samples = list(next(iter(result.clouds.values())))
    clouds = {name: np.concatenate([each[name] for each in result.clouds.values()]) for name in samples}
    for i, panel in enumerate(panels):
        place, leading = i % 3, i >= 3
        label = ("$\\eta$ from the axis", "$\\phi$ from the axis", "$p_T$ / jet $p_T$")[place]
        values = {
            name: each[:, 0, place] if leading else each[each[:, :, 2] > 0][:, place]
            for name, each in clouds.items()
        }
        shown = Observable(
            f"Leading particle: {label}" if leading else f"Particles: {label}",
            ("", "rad", "")[place],
            lambda reco: reco,
            falling=place == 2 or not leading,
        )
        compared(panel, shown, Binning.of(values["target"]), values)
    return figure


def _draw_correlations(clouds: Mapping[str, Clouds]) -> Any:
    figure, panels = grid(2, 3)
    matrices = _matrices(clouds)
    for row, name in enumerate(("pt", "phi")):
        target, prediction = matrices[name]
        rest = np.abs(np.concatenate([m[~np.eye(len(m), dtype=bool)] for m in (target, prediction)])).max()
        columns = (("Target", target), ("Prediction", prediction), ("Difference", prediction - target))
        for panel, (title, matrix) in zip(panels[3 * row : 3 * row + 3], columns, strict=True):
            axes = panel.subplots()
            shown = axes.imshow(matrix, vmin=-rest, vmax=rest, cmap="RdBu_r", origin="lower")
            axes.set_title(f"{title}: {_SYMBOLS[name]}")
            axes.set_xlabel("Particle")
            axes.set_ylabel("Particle")
            panel.colorbar(shown, ax=axes, shrink=0.8)
    return figure
