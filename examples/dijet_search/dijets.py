"""What a dijet search needs: pairs of leading jets, their spectra with errors, smooth functions and fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import awkward as ak
import hist
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import f as f_distribution

from pyjetsim.jets import Pairs

Float = NDArray[np.float64]
ENERGY = 13000.0
"""Of the collisions, GeV."""
EDGES = 600 * 1.075 ** np.arange(20)
"""Of the dijet mass, GeV: bins about as wide as twice the resolution."""


@dataclass(frozen=True)
class Dijets:
    """The two leading jets of E events."""

    mass: Float
    """(E,) GeV."""
    delta_eta: Float
    """(E,) of the two, absolute."""
    chi: Float
    """(E,) exp|y1 - y2|: flat for scattering at small angles, low where something heavy decays."""
    boost: Float
    """(E,) |y1 + y2| / 2."""
    weight: Float
    """(E,) of the event; may be negative."""
    event: NDArray[np.int64]
    """(E,)."""
    gen_pt: Float
    """(E, 2) GeV, of the two jets."""
    gen_count: Float
    """(E, 2) constituents of the gen jets."""
    reco_count: Float
    """(E, 2) constituents of the reco jets."""

    def __getitem__(self, index: NDArray[np.bool_]) -> Dijets:
        return Dijets(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def dijets(pairs: Pairs, pt_min: float = 200.0, eta_max: float = 2.5) -> Dijets:
    """The two hardest reco jets of events with two of pt > ``pt_min`` GeV and |eta| < ``eta_max``."""
    jets = pairs.to_awkward()
    # Jets of an event stand one after the other.
    events = ak.unflatten(jets, ak.run_lengths(jets.event))
    events = events[(events.reco.pt > pt_min) & (abs(events.reco.eta) < eta_max)]
    events = events[ak.num(events) >= 2]
    events = events[ak.argsort(events.reco.pt, axis=1, ascending=False)][:, :2]
    one, two = events.reco[:, 0], events.reco[:, 1]
    weight = events.weight[:, 0, 0] if "weight" in events.fields else np.ones(len(events))

    def column(values: ak.Array) -> Float:
        return ak.to_numpy(values).astype(np.float64)

    return Dijets(
        column((one + two).mass),
        column(abs(one.eta - two.eta)),
        column(np.exp(abs(one.rapidity - two.rapidity))),
        column(abs(one.rapidity + two.rapidity) / 2),
        column(weight),
        ak.to_numpy(events.event[:, 0]),
        column(events.gen.pt),
        column(events.gen.n_constituents),
        column(events.reco.n_constituents),
    )


def shared_pileup(events: Dijets) -> tuple[float, float]:
    """Correlation of what pileup adds to the two jets of an event, and its uncertainty.

    Pileup is told by how many constituents a reco jet has beyond what a linear fit to the number of its gen
    constituents and the logarithm of its gen pt expects.
    """
    known = np.stack([np.ones_like(events.gen_pt), events.gen_count, np.log(events.gen_pt)], -1)
    solution, *_ = np.linalg.lstsq(known.reshape(-1, 3), events.reco_count.ravel(), rcond=None)
    one, two = (events.reco_count - known @ solution).T
    r = float(np.corrcoef(one, two)[0, 1])
    return r, (1 - r**2) / np.sqrt(len(one))


def spectrum(values: Float, weight: Float, edges: Float, label: str = "dijet mass [GeV]") -> hist.Hist:
    """Sums of weights and their variances."""
    made = hist.Hist(hist.axis.Variable(edges, label=label), storage=hist.storage.Weight())
    made.fill(values, weight=weight)
    return made


def bootstrapped_ratio(
    one: Dijets,
    other: Dijets,
    of: Callable[[Dijets], Float],
    edges: Float,
    replicas: int = 100,
    seed: int = 1,
) -> tuple[Float, Float]:
    """The ratio of two spectra of the same events, and its uncertainty: events are drawn again together.

    Both were made from the same gen events, so that their fluctuations are common and cancel in part; errors
    of independent samples would be too large.
    """
    generator = np.random.default_rng(seed)
    events = np.unique(np.concatenate([one.event, other.event]))
    places = [np.searchsorted(events, each.event) for each in (one, other)]
    bins = [np.digitize(of(each), edges) for each in (one, other)]

    def ratio(times: Float) -> Float:
        a, b = (
            np.bincount(where, each.weight * times[place], len(edges) + 1)[1:-1]
            for where, each, place in zip(bins, (one, other), places, strict=True)
        )
        return np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0)

    drawn = [ratio(generator.poisson(1, len(events)).astype(np.float64)) for _ in range(replicas)]
    return ratio(np.ones(len(events))), np.ma.masked_invalid(drawn).std(axis=0).filled(np.nan)


def smooth(mass: Float, parameters: Float) -> Float:
    """The dijet functions of 3, 4 and 5 parameters, in pb/GeV: p0 (1 - x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x).

    x = ``mass`` / 13 TeV. Parameters are ln p0, p1, p2, ... (CMS, Phys. Rev. D 87 (2013) 114015; ATLAS, Phys.
    Rev. D 96 (2017) 052004).
    """
    x = mass / ENERGY
    log = np.log(x)
    power = sum(p * log**i for i, p in enumerate(parameters[2:]))
    return np.asarray(np.exp(parameters[0] + parameters[1] * np.log1p(-x) - power * log))


@dataclass(frozen=True)
class Fit:
    """A smooth function, with or without a signal, fitted to a spectrum."""

    parameters: Float
    """Of :func:`smooth`."""
    strength: float
    """Of the signal; 0 where none was fitted."""
    strength_error: float
    expected: Float
    """(B,) in the bins, pb."""
    pulls: Float
    """(B,) (spectrum - expected) / uncertainty."""
    chi2: float
    ndf: int


def fit(spectrum: hist.Hist, n_parameters: int, signal: Float | None = None) -> Fit:
    """Least squares over the bins, with the uncertainties of the weighted events.

    ``signal`` (B,) pb in the bins for strength 1: fitted together with the function.
    """
    edges, values = spectrum.axes[0].edges, spectrum.values()
    error = np.sqrt(spectrum.variances())
    seen = error > 0
    nodes, weights = np.polynomial.legendre.leggauss(4)
    width = np.diff(edges)
    points = edges[:-1, None] + width[:, None] * (nodes + 1) / 2

    def expected(p: Float) -> Float:
        shape = smooth(points, p[:n_parameters]) @ weights * width / 2
        return shape if signal is None else shape + p[-1] * signal

    def residuals(p: Float) -> Float:
        return ((values - expected(p)) / np.where(seen, error, 1))[seen]

    def start(k: int) -> Float:
        """Of fewer parameters first: the functions are nested."""
        if k == 2:
            centre = np.sqrt(edges[1:] * edges[:-1])
            good = values > 0
            slope, height = np.polyfit(np.log(centre[good] / ENERGY), np.log((values / width)[good]), 1)
            return np.array([height, 0.0, -slope])
        found = fit(spectrum, k).parameters
        return np.append(found, 0.0)

    first = start(n_parameters - 1)
    if signal is not None:
        first = np.append(fit(spectrum, n_parameters).parameters, 0.0)
    found = least_squares(residuals, first, x_scale="jac", max_nfev=2000)
    covariance = np.linalg.pinv(found.jac.T @ found.jac)
    return Fit(
        found.x[:n_parameters],
        0.0 if signal is None else float(found.x[-1]),
        0.0 if signal is None else float(np.sqrt(covariance[-1, -1])),
        expected(found.x),
        np.divide(values - expected(found.x), error, out=np.zeros_like(values), where=seen),
        float((found.fun**2).sum()),
        int(seen.sum()) - len(found.x),
    )


def chosen_function(spectrum: hist.Hist, threshold: float = 0.05) -> tuple[int, dict[int, Fit]]:
    """How many parameters are enough by Fisher's test, of 3, 4 and 5, and all three fits."""
    fits = {k: fit(spectrum, k) for k in (3, 4, 5)}
    for k in (3, 4):
        better = fits[k + 1]
        gain = (fits[k].chi2 - better.chi2) / (better.chi2 / max(better.ndf, 1))
        if f_distribution.sf(max(gain, 0), 1, max(better.ndf, 1)) > threshold:
            return k, fits
    return 5, fits


def smooth_transfer(
    signal_region: hist.Hist, control_region: hist.Hist, degree: int = 1
) -> tuple[Float, Float]:
    """The ratio of two independent spectra, (B,), and its uncertainty: what carries one region to another.

    Its logarithm is a polynomial in the logarithm of the mass, which holds it together where events are few.
    """
    edges = signal_region.axes[0].edges
    above, below = signal_region.values(), control_region.values()
    seen = (above > 0) & (below > 0)
    error = np.sqrt(
        signal_region.variances()[seen] / above[seen] ** 2
        + control_region.variances()[seen] / below[seen] ** 2
    )
    x = np.log(np.sqrt(edges[1:] * edges[:-1]))
    if seen.sum() <= degree:
        return np.full(len(x), np.nan), np.full(len(x), np.nan)
    x = x - x[seen].mean()
    powers = np.vander(x, degree + 1)
    found, covariance = np.polyfit(
        x[seen], np.log(above[seen] / below[seen]), degree, w=1 / error, cov="unscaled"
    )
    ratio = np.exp(powers @ found)
    return ratio, ratio * np.sqrt(np.einsum("bi,ij,bj->b", powers, covariance, powers))


def with_negative_weights(events: Dijets, fraction: float = 0.15, seed: int = 1) -> Dijets:
    """The same cross sections in events of which a ``fraction`` weighs less than nothing.

    As at next-to-leading order: each weight becomes w / (1 - 2 fraction), or minus that. Spectra stay what
    they are on average, and their uncertainties grow by 1 / (1 - 2 fraction).
    """
    negative = np.random.default_rng(seed).random(len(events.weight)) < fraction
    weight = events.weight * np.where(negative, -1, 1) / (1 - 2 * fraction)
    return replace(events, weight=weight)
