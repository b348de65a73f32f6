"""Selection of particles, anti-kt clustering (FastJet) and matching, for generated events and for files.

The work is done in C++ (``csrc/jets``), by the same functions that C++ programs call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, Pairs, R, gen_reco_delta_r
from pyjetsim.jets.fastjet_library import load_clustering
from pyjetsim.jets.jets import Columns
from pyjetsim.jets.selection import MATCH_DELTA_R, STORED_CONSTITUENTS

_compiled = load_clustering()

INVISIBLE: tuple[int, ...] = _core.INVISIBLE
"""PDG ids that no gen jet holds: neutrinos, and what no detector sees of supersymmetry."""
FASTJET_VERSION: str = _compiled.fastjet_version
"""Of the library that is loaded, such as 3.5.2."""
_LARGEST = float(np.finfo(np.float32).max)


def visible(pid: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(M,) true for particles with PDG ids ``pid`` (M,) that are none of :data:`INVISIBLE`."""
    return _core.visible(np.asarray(pid, np.int32))


def in_acceptance(momenta: NDArray[np.floating], *, pt_min: float = 0.0, eta_max: float) -> NDArray[np.bool_]:
    """(M,) true for particles with pt > ``pt_min`` and |eta| < ``eta_max``.

    Parameters
    ----------
    momenta : array (M, 3)
        px, py, pz in GeV.
    pt_min : float
        GeV.
    eta_max : float
        Absolute pseudorapidity.

    Returns
    -------
    bool array (M,)
        False for particles along the beam or at rest, whatever the limits are. True for momenta that are not
        finite: :func:`cluster` then raises an error that names them.
    """
    return _core.in_acceptance(np.asarray(momenta, np.float64), pt_min, eta_max)


def cluster(
    momenta: NDArray[np.floating],
    offsets: NDArray[np.integer],
    pid: NDArray[np.integer] | None = None,
    mass: NDArray[np.floating] | None = None,
    *,
    pt_min: float,
    eta_max: float = np.inf,
    radius: float = R,
    max_constituents: int = STORED_CONSTITUENTS,
) -> tuple[Jets, NDArray[np.int64]]:
    """Cluster the particles of several events with the anti-kt algorithm, E scheme.

    Parameters
    ----------
    momenta : array (M, 3)
        px, py, pz in GeV, event after event.
    offsets : integer array (E + 1,)
        Event e has the particles ``offsets[e]`` to ``offsets[e + 1]``.
    pid : integer array (M,), optional
        PDG ids; None: all unknown, 0.
    mass : array (M,), optional
        GeV; None: massless particles.
    pt_min : float
        GeV; jets above are kept.
    eta_max : float
        Jets of smaller absolute pseudorapidity are kept.
    radius : float
        Distance parameter R.
    max_constituents : int
        P: how many constituents of a jet are stored, the hardest ones.

    Returns
    -------
    jets : Jets
        N jets by event and falling pt; ``jet`` is computed from all constituents, stored or not.
    event : int64 array (N,)
        The event of each jet, 0 to E - 1.

    Raises
    ------
    InputError
        For wrong shapes, values that are not finite as float32, and a radius or limits that describe no jets.

    References
    ----------
    M. Cacciari, G. Salam and G. Soyez, JHEP 0804 (2008) 063 (anti-kt); Eur. Phys. J. C 72 (2012) 1896
    (FastJet).

    Examples
    --------
    >>> momenta = np.array([[100.0, 0, 20], [50, 2, 10], [-140, 0, 5]])  # one event
    >>> jets, event = cluster(momenta, np.array([0, 3]), pt_min=20)
    >>> jets.n_constituents
    array([2, 1], dtype=int32)
    """
    particles = np.asarray(momenta, np.float64)
    limits = np.asarray(offsets, np.int64)
    _check(particles, limits, pid, mass, pt_min, eta_max, radius, max_constituents)
    *columns, event = _compiled.cluster(
        particles,
        limits,
        np.zeros(len(particles), np.int32) if pid is None else np.asarray(pid, np.int32),
        None if mass is None else np.asarray(mass, np.float64),
        pt_min,
        eta_max,
        radius,
        max_constituents,
    )
    return Jets(*columns), event


GHOST_AREA = 0.01
"""Of one ghost, in rapidity and phi."""


def active_areas(
    momenta: NDArray[np.floating],
    offsets: NDArray[np.integer],
    seeds: NDArray[np.integer],
    *,
    pt_min: float,
    rapidity_max: float,
    radius: float = R,
    ghost_area: float = GHOST_AREA,
) -> NDArray[np.float64]:
    """Active areas of the anti-kt jets of several events, made of massless particles.

    Parameters
    ----------
    momenta : array (M, 3)
        px, py, pz in GeV, event after event.
    offsets : integer array (E + 1,)
        Event e has the particles ``offsets[e]`` to ``offsets[e + 1]``.
    seeds : integer array (E, 2)
        Of the ghosts of each event, which depend on nothing else; above 0 and below 2e9.
    pt_min : float
        GeV; other jets have no area.
    rapidity_max : float
        How far the ghosts reach.
    radius : float
        Distance parameter R.
    ghost_area : float
        Of each ghost, in rapidity and phi.

    Returns
    -------
    float64 array (M,)
        The area of the jet that each particle is in; 0 where that has no area.

    Raises
    ------
    InputError
        As :func:`cluster`.

    References
    ----------
    M. Cacciari, G. Salam and G. Soyez, JHEP 0804 (2008) 005, arXiv:0802.1188.
    """
    particles, limits = np.asarray(momenta, np.float64), np.asarray(offsets, np.int64)
    _check(particles, limits, None, None, pt_min, rapidity_max, radius, 1)
    areas: NDArray[np.float64] = _compiled.active_areas(
        particles, limits, np.asarray(seeds, np.int32), pt_min, radius, rapidity_max, ghost_area
    )
    return areas


def match_nearest(
    gen: Jets,
    gen_event: NDArray[np.integer],
    reco: Jets,
    reco_event: NDArray[np.integer],
    max_delta_r: float = MATCH_DELTA_R,
) -> NDArray[np.int64]:
    """Find the nearest reco jet of each gen jet, in the same event.

    Parameters
    ----------
    gen : Jets
        N jets.
    gen_event : integer array (N,)
        Their events.
    reco : Jets
        M jets.
    reco_event : integer array (M,)
        Their events, which must not decrease.
    max_delta_r : float
        Largest distance in (eta, phi).

    Returns
    -------
    int64 array (N,)
        Index of the nearest reco jet closer than ``max_delta_r``; -1 where there is none. One reco jet may be
        the nearest of two gen jets.
    """
    match: NDArray[np.int64] = _compiled.match_nearest(
        *_directions(gen, gen_event), *_directions(reco, reco_event), max_delta_r
    )
    return match


def nearest_pairs(
    gen: Jets,
    gen_event: NDArray[np.integer],
    reco: Jets,
    reco_event: NDArray[np.integer],
    numbers: NDArray[np.int64],
    n_vertices: NDArray[np.int32],
    max_delta_r: float = MATCH_DELTA_R,
    *,
    event_columns: Columns | None = None,
    gen_columns: Columns | None = None,
    reco_columns: Columns | None = None,
    weight_names: tuple[str, ...] = (),
) -> tuple[Pairs, NDArray[np.integer]]:
    """Pair the gen jets of E events with their nearest reco jets; gen jets without one are dropped.

    Parameters
    ----------
    gen : Jets
        N jets.
    gen_event : integer array (N,)
        Their events, 0 to E - 1.
    reco : Jets
        M jets.
    reco_event : integer array (M,)
        Their events, 0 to E - 1, which must not decrease.
    numbers : int64 array (E,)
        Event numbers.
    n_vertices : int32 array (E,)
        Number of collisions in each event.
    max_delta_r : float
        Largest distance in (eta, phi); see :func:`match_nearest`.
    event_columns : mapping of array (E, ...), optional
        What else is known of the events; it becomes columns of the pairs.
    gen_columns, reco_columns : mapping of array (N, ...) and (M, ...), optional
        What else is known of the jets; it becomes the columns ``gen/NAME`` and ``reco/NAME``.
    weight_names : tuple of str
        Names of the weights, where there is a column ``weight``.

    Returns
    -------
    pairs : Pairs
        The matched jets.
    event : integer array
        The event of each pair, 0 to E - 1.
    """
    match = match_nearest(gen, gen_event, reco, reco_event, max_delta_r)
    matched = np.flatnonzero(match >= 0)
    its_gen, its_reco, event = gen[matched], reco[match[matched]], gen_event[matched]
    delta_r = gen_reco_delta_r(its_gen, its_reco)
    columns = {
        **{name: values[event] for name, values in (event_columns or {}).items()},
        **{f"gen/{name}": values[matched] for name, values in (gen_columns or {}).items()},
        **{f"reco/{name}": values[match[matched]] for name, values in (reco_columns or {}).items()},
    }
    pairs = Pairs(
        its_gen,
        its_reco,
        numbers[event],
        delta_r,
        n_vertices[event],
        columns,
        weight_names if columns else (),
    )
    return pairs, event


def _directions(
    jets: Jets, event: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    return jets.eta.astype(np.float64), jets.phi.astype(np.float64), np.asarray(event, np.int64)


def _check(
    particles: NDArray[np.float64],
    limits: NDArray[np.int64],
    pid: NDArray[np.integer] | None,
    mass: NDArray[np.floating] | None,
    pt_min: float,
    eta_max: float,
    radius: float,
    max_constituents: int,
) -> None:
    if particles.ndim != 2 or particles.shape[1] != 3:
        raise InputError(
            f"momenta have shape {particles.shape}",
            "the particles of all events are one array (M, 3): px, py, pz in GeV",
            "join the events and say where each starts in offsets",
        )
    whole = limits.ndim == 1 and (
        (limits[0] == 0 and limits[-1] == len(particles) and (np.diff(limits) >= 0).all())
        if len(limits)
        else len(particles) == 0
    )
    if not whole:
        raise InputError(
            f"offsets do not divide {len(particles)} particles into events",
            "every particle belongs to exactly one event",
            "give rising offsets that start with 0 and end with the number of particles",
        )
    for name, values in (("pid", pid), ("mass", mass)):
        if values is not None and np.shape(values) != (len(particles),):
            raise InputError(
                f"{name} has shape {np.shape(values)}, not ({len(particles)},)",
                "every particle has one",
                f"give {name} for all particles or leave it out",
            )
    # Jets are stored as float32, where larger numbers are infinite.
    finite = (np.abs(particles) <= _LARGEST).all(axis=1)
    if mass is not None:
        finite &= np.abs(mass) <= _LARGEST
    if not finite.all():
        bad = int(np.argmin(finite))
        event = int(np.searchsorted(limits, bad, "right")) - 1
        numbers = dict(zip(("px", "py", "pz"), particles[bad].tolist(), strict=True))
        if mass is not None:
            numbers["the mass"] = float(mass[bad])
        name, value = next(each for each in numbers.items() if not abs(each[1]) <= _LARGEST)
        raise InputError(
            f"{name} of particle {bad - limits[event]} of event {event} is {value:.3g}"
            + (" GeV" if np.isfinite(value) else ", no finite number"),
            "jets hold numbers of 32 bits, up to 3.4e+38"
            if np.isfinite(value)
            else "one such particle would spoil every jet of its event",
            "drop it, or find out where it comes from",
        )
    if not (0 < radius <= 1000 and max_constituents >= 1):
        raise InputError(
            f"radius is {radius} and max_constituents {max_constituents}",
            "a jet has a size, at most 1000 for FastJet, and stores at least one constituent",
            "give values above 0, such as a radius of 0.5",
        )
    if np.isnan(pt_min) or np.isnan(eta_max):
        raise InputError(f"pt_min is {pt_min} and eta_max {eta_max}", "no jet would pass", "give numbers")
