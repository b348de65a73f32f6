"""Histograms of jets, as the hist library has them: weights counted with their errors, drawn by mplhep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyjetsim._utils.extras import needs
from pyjetsim.errors import InputError
from pyjetsim.evaluate.folds import event_numbers, fold_weights, folded_counts
from pyjetsim.evaluate.metrics.binned import Binning
from pyjetsim.evaluate.observables.classes import members
from pyjetsim.evaluate.observables.table import observables
from pyjetsim.io.jets_h5.layout import COPY, EVENT_COLUMNS
from pyjetsim.jets import Jets, Pairs, R
from pyjetsim.jets.jets import WEIGHT
from pyjetsim.jets.weights import NO_WEIGHT, weight_place

if TYPE_CHECKING:
    import hist


def histogram(
    jets: Jets | Pairs,
    observable: str,
    bins: ArrayLike | int | None = None,
    *,
    side: str = "reco",
    weight: int | str | ArrayLike | None = None,
    radius: float = R,
) -> hist.Hist[Any]:
    """Count one observable: a ``hist.Hist`` with sums of weights and their variances.

    ``mplhep.histplot(histogram(pairs, "mass"))`` draws it. Values outside the bins are in under- and
    overflow. Several simulations of a gen jet (the column ``copy``) count as one entry together, shared among
    the bins, and so does their variance.

    Parameters
    ----------
    jets : Jets or Pairs
        N of them.
    observable : str
        A name that `evaluate` knows, such as "mass", "pt" or "tau21".
    bins : array of edges or int, optional
        Rising edges, or how many bins; None: 50. A number of bins covers the central 99.8 % of the values.
    side : str
        Of pairs: whose jets, "reco" or "gen".
    weight : int, str or (N,) array, optional
        Of pairs one of their weights by its place or name, None for the first, "none" for 1 each; or one for
        each jet. Negative ones are fine.
    radius : float
        R of the jets, for observables that depend on it.

    Returns
    -------
    hist.Hist
        With one axis, named and labelled as the observable.

    Raises
    ------
    InputError
        For an observable, a side or a weight that is not there, and for bins that are no rising edges.
    MissingExtraError
        Where hist is not installed.
    """
    with needs("evaluate", "making histograms"):
        import hist
    known = observables(radius)
    if observable not in known:
        raise InputError(
            f"there is no observable {observable!r}",
            "nothing can be counted",
            f"use one of {', '.join(known)}",
        )
    if side not in ("gen", "reco"):
        raise InputError(f"side is {side!r}", "a pair has two jets", "give gen or reco")
    of = known[observable]
    pairs = jets if isinstance(jets, Pairs) else None
    chosen = (jets.gen if side == "gen" else jets.reco) if isinstance(jets, Pairs) else jets
    weights = _weights(jets, weight)
    event = None
    if pairs is not None and COPY in pairs.columns:
        weights = weights * fold_weights(pairs.columns[COPY])
        event = event_numbers(
            pairs.event, *(pairs.columns[name] for name in EVENT_COLUMNS if name in pairs.columns)
        )
    values = of.of(chosen)
    if of.level == "constituent":
        count = members(chosen, of.of_class).sum(axis=1)
        weights = np.repeat(weights, count)
        event = None if event is None else np.repeat(event, count)
    made: hist.Hist[Any] = hist.Hist(
        hist.axis.Variable(_edges(values, bins, of.discrete), name=observable, label=of.axis_label),
        storage=hist.storage.Weight(),
    )
    _fill(made, values, weights, event)
    return made


def _fill(
    made: Any, values: NDArray[np.float64], weights: NDArray[np.float64], event: NDArray[Any] | None
) -> None:
    if event is None:
        made.fill(values, weight=weights)
        return
    view = made.view(flow=True)
    place = made.axes[0].index(values) + 1
    view["value"], view["variance"] = folded_counts(place, made.axes[0].extent, event, weights)


def _weights(jets: Jets | Pairs, weight: int | str | ArrayLike | None) -> NDArray[np.float64]:
    n = len(jets)
    if weight is not None and not isinstance(weight, int | str):
        values = np.asarray(weight, np.float64)
        if values.shape != (n,):
            raise InputError(
                f"weight has shape {values.shape}, not ({n},)", "each jet has one", "give one for each"
            )
        return values
    if weight == NO_WEIGHT:
        return np.ones(n)
    if isinstance(jets, Pairs) and WEIGHT in jets.columns:
        place = weight_place(jets, 0 if weight is None else weight)
        return np.asarray(jets.columns[WEIGHT][:, place], np.float64)
    if weight is not None:
        raise InputError(
            f"weight is {weight!r}, and the jets have none", "there is nothing to name", "give an array (N,)"
        )
    return np.ones(n)


def _edges(values: NDArray[np.float64], bins: ArrayLike | int | None, discrete: bool) -> NDArray[np.float64]:
    if bins is None or isinstance(bins, int):
        if bins is None:
            return Binning.of(values, discrete=discrete).edges
        if bins < 1:
            raise InputError(f"bins is {bins}", "values are counted in them", "give at least 1")
        return Binning.of(values, discrete=discrete, n_bins=bins).edges
    edges = np.asarray(bins, np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise InputError("bins are no rising edges", "values are counted between them", "give at least two")
    return edges
