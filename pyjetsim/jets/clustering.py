"""Selection of particles, anti-kt clustering (FastJet), matching: one place for generated and read events.

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
    """(M,) true for particles with pt > ``pt_min`` in GeV and |eta| < ``eta_max``.

    ``momenta`` (M, 3) px, py, pz in GeV. None along the beam and none at rest is in acceptance.
    What is not finite is: :func:`cluster` refuses it.
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
    """Cluster the particles of several events: anti-kt, E scheme (JHEP 0804:063).

    ``momenta`` (M, 3) px, py, pz in GeV, event after event; event e has the particles
    ``offsets[e]`` to ``offsets[e + 1]`` (E + 1,). ``pid`` (M,) PDG ids; ``mass`` (M,) GeV, none
    for massless particles. Jets with pt > ``pt_min`` and |eta| < ``eta_max`` are kept.

    Returns the jets, by event and falling pt, with the ``max_constituents`` hardest constituents
    stored and ``jet`` from all of them; and the event (N,) that each jet is of, 0 to E - 1.
    Raises :class:`~pyjetsim.errors.InputError` for wrong shapes and values that are not finite.
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


def match_nearest(
    gen: Jets,
    gen_event: NDArray[np.integer],
    reco: Jets,
    reco_event: NDArray[np.integer],
    max_delta_r: float = MATCH_DELTA_R,
) -> NDArray[np.int64]:
    """For each gen jet the index of the nearest reco jet of its event, or -1 (N,).

    Nearest in (eta, phi) and closer than ``max_delta_r``; one reco jet may serve two gen jets.
    ``reco_event`` must not decrease.
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
    """The gen jets of E events that have a reco jet by :func:`match_nearest`, with it.

    ``numbers`` (E,) and ``n_vertices`` (E,) are those of the events. What else is known of events and jets
    becomes columns of the pairs, ``gen/NAME`` and ``reco/NAME`` that of jets. Gives the pairs, and which
    event, 0 to E - 1, each is of.
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
