"""Fréchet and kernel physics distances: Kansal et al., Phys. Rev. D 107 (2023) 076017 (arXiv:2211.10295).

Both compare two samples of features, each feature divided by its largest absolute value in the target.
The definitions, and the order of random draws, are those of the JetNet library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from pyjetsim.evaluate.metrics.base import Context, Metric, Score
from pyjetsim.evaluate.samples import SAMPLE_JETS, draw_halves

Features = NDArray[np.float64]
SEED = 42
N_HALVINGS = 5
"""Orders of the events that a distance is averaged over."""
_ROWS = 512
"""Of a kernel matrix held at once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A distance and its uncertainty."""

    value: float
    uncertainty: float


def normalised(target: Features, prediction: Features) -> tuple[Features, Features]:
    """Both samples, (N, D) and (M, D), divided by the target's largest absolute values."""
    largest = np.abs(target).max(axis=0)
    largest[largest == 0] = 1
    return target / largest, prediction / largest


def gaussian_frechet(first: Features, second: Features) -> float:
    r"""Squared Fréchet distance of two Gaussians with the samples' means and covariances.

    Parameters
    ----------
    first, second : array (N, D) and (M, D)
        Features.

    Returns
    -------
    float
        :math:`|\mu_1 - \mu_2|^2 + \mathrm{tr}(C_1 + C_2 - 2 \sqrt{C_1 C_2})`.
    """
    difference = first.mean(axis=0) - second.mean(axis=0)
    c1, c2 = (np.atleast_2d(np.cov(sample, rowvar=False)) for sample in (first, second))
    # sqrt(C1 C2) has the trace of the symmetric sqrt(sqrt(C1) C2 sqrt(C1)).
    values, vectors = linalg.eigh(c1)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(linalg.eigvalsh(root @ c2 @ root), 0)).sum()
    return float(difference @ difference + np.trace(c1) + np.trace(c2) - 2 * cross)


def frechet_physics_distance(
    target: Features,
    prediction: Features,
    min_samples: int = 20_000,
    max_samples: int = 50_000,
    n_batches: int = 20,
    n_points: int = 10,
) -> Measured:
    """Fréchet physics distance: the Fréchet distance extrapolated to infinite samples.

    Parameters
    ----------
    target, prediction : array (N, D) and (M, D)
        Features.
    min_samples, max_samples : int
        The range of batch sizes.
    n_batches : int
        Batches of each size, drawn with replacement.
    n_points : int
        Number of batch sizes, equally spaced in 1/size.

    Returns
    -------
    Measured
        The value at 1/size = 0 of a line with neither intercept nor slope below 0, and the fit's
        uncertainty.

    References
    ----------
    R. Kansal et al., Phys. Rev. D 107 (2023) 076017, arXiv:2211.10295.
    """
    first, second = normalised(target, prediction)
    sizes = (1 / np.linspace(1 / min_samples, 1 / max_samples, n_points)).astype(np.int32)
    # Draws as JetNet's: the same numbers come out.
    rng = np.random.default_rng(SEED)
    means = []
    for size in sizes:
        values = []
        for _ in range(n_batches):
            chosen = rng.choice(len(first), size=size), rng.choice(len(second), size=size)
            values.append(gaussian_frechet(first[chosen[0]], second[chosen[1]]))
        means.append(np.mean(values))
    parameters, covariance = optimize.curve_fit(
        lambda x, intercept, slope: intercept + slope * x, 1 / sizes, means, bounds=([0, 0], [np.inf, np.inf])
    )
    return Measured(float(parameters[0]), float(np.sqrt(covariance[0, 0])))


def squared_mmd(first: Features, second: Features) -> float:
    """Unbiased squared maximum mean discrepancy of two samples, with the kernel (x·y / D + 1)⁴."""
    m, n = len(first), len(second)
    own = [
        _kernel_sum(x, x) - float(_power(np.square(x).sum(axis=1), x.shape[1]).sum()) for x in (first, second)
    ]
    return own[0] / (m * (m - 1)) + own[1] / (n * (n - 1)) - 2 * _kernel_sum(first, second) / (m * n)


def kernel_physics_distance(
    target: Features, prediction: Features, n_batches: int = 10, batch_size: int = 5000
) -> Measured:
    """Kernel physics distance: the median of :func:`squared_mmd` over batches drawn with replacement.

    Parameters
    ----------
    target, prediction : array (N, D) and (M, D)
        Features.
    n_batches : int
        Number of batches.
    batch_size : int
        Objects in each.

    Returns
    -------
    Measured
        The median, and half the 16 to 84 % range over batches as its uncertainty.

    References
    ----------
    R. Kansal et al., Phys. Rev. D 107 (2023) 076017, arXiv:2211.10295.
    """
    first, second = normalised(target, prediction)
    values = []
    for batch in range(n_batches):
        rng = np.random.default_rng(SEED + 1000 * batch)
        chosen = rng.choice(len(first), size=batch_size), rng.choice(len(second), size=batch_size)
        values.append(squared_mmd(first[chosen[0]], second[chosen[1]]))
    low, high = np.percentile(values, [16.275, 83.725])
    return Measured(float(np.median(values)), float(high - low) / 2)


def _kernel_sum(first: Features, second: Features) -> float:
    total = 0.0
    for start in range(0, len(first), _ROWS):
        total += float(_power(first[start : start + _ROWS] @ second.T, first.shape[1]).sum())
    return total


def _power(products: Features, dimensions: int) -> Features:
    kernel = products / dimensions
    kernel += 1
    np.square(kernel, out=kernel)
    return np.square(kernel, out=kernel)


@dataclass(frozen=True)
class Distances:
    """FPD and KPD by sample, beside the ``floor``."""

    jets: int
    """In each of the two samples of a distance."""
    features: Sequence[str]
    fpd: dict[str, Measured] = field(default_factory=dict)
    """Empty where it was skipped, jets have weights, or there are fewer jets than features."""
    kpd: dict[str, Measured] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "jets": self.jets,
            "halvings": N_HALVINGS,
            "features": list(self.features),
            "fpd": {name: asdict(found) for name, found in self.fpd.items()},
            "kpd": {name: asdict(found) for name, found in self.kpd.items()},
        }


class PhysicsDistances(Metric[Distances]):
    """Of the view's ``shapes``; not measured of weighted samples, for which JetNet defines no estimate.

    At one number of jets: the target's first ones against each sample's last, other events. ``value`` is
    the mean over N_HALVINGS orders of the events, ``uncertainty`` their standard deviation.
    """

    name = "physics_distances"
    place = ("distances",)

    def result(self, context: Context) -> Distances:
        """What was not skipped."""
        samples, names = context.samples, self.view.shapes
        size = max(1, min(SAMPLE_JETS, min(map(len, samples.values())) // 2))
        result = Distances(size, names)
        weighted = any(sample.weight is not None for sample in samples.values())
        if "distances" in context.skip or weighted or size < max(2, len(names)):
            return result
        halves = {name: draw_halves(sample.event, size, N_HALVINGS) for name, sample in samples.items()}
        features = {name: sample.table(names) for name, sample in samples.items()}
        # JetNet's proportions, 20,000 to 50,000 and 5,000, at this size; its 10 batches, shared out.
        measures: list[tuple[dict[str, Measured], Callable[[Features, Features], Measured]]] = [
            (result.fpd, lambda x, y: frechet_physics_distance(x, y, max(2 * size // 5, 2), size)),
            (result.kpd, lambda x, y: kernel_physics_distance(x, y, 10 // N_HALVINGS, size)),
        ]
        others = {"floor": "target"} | {name: name for name in context.others}
        for name, source in others.items():
            for found, of in measures:
                values = [
                    of(features["target"][first], features[source][last]).value
                    for first, last in zip(halves["target"].first, halves[source].last, strict=True)
                ]
                found[name] = Measured(float(np.mean(values)), float(np.std(values, ddof=1)))
        return result

    def scores(self, result: Distances, sample: str) -> Iterator[Score]:
        """Both distances."""
        for name, by_sample in (("fpd", result.fpd), ("kpd", result.kpd)):
            found, floor = by_sample.get(sample), by_sample.get("floor")
            yield Score(
                name,
                found.value if found else None,
                found.uncertainty if found else None,
                floor.value if floor else None,
            )
