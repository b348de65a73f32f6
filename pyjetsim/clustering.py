"""Anti-kt clustering (FastJet) and matching: the one place for generated and read events."""

from __future__ import annotations

from typing import Any

import awkward as ak
import fastjet
import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.jets import Jets, delta_phi

R = 0.5
"""Default anti-kt distance parameter."""
INVISIBLE = (12, 14, 16, 18, 1000012, 1000014, 1000016, 1000022, 1000023, 1000025, 1000035, 1000039)
"""PDG ids that no gen jet holds: neutrinos, and what no detector sees of supersymmetry."""
MATCH_DELTA_R = 0.4
"""Default largest distance of a gen jet and its reco jet."""

# FastJet prints a page at its first clustering, which would end up in tables and JSON. What that
# page asks for, to cite EPJC 72 (2012) 1896, is in the documentation.
fastjet.ClusterSequenceArea.set_fastjet_banner_stream(None)


def cluster(
    momenta: NDArray[np.floating],
    offsets: NDArray[np.integer],
    pid: NDArray[np.integer] | None = None,
    mass: NDArray[np.floating] | None = None,
    *,
    pt_min: float,
    eta_max: float = np.inf,
    radius: float = R,
    max_constituents: int = 80,
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
    _check(particles, limits, pid, mass, radius, max_constituents)
    ids = np.zeros(len(particles), np.int32) if pid is None else np.asarray(pid, np.int32)
    energy = np.sqrt(
        (particles**2).sum(axis=1) + (0.0 if mass is None else np.asarray(mass, np.float64) ** 2)
    )
    if len(limits) < 2 or len(particles) == 0:
        return _no_jets(max_constituents)

    found = _constituent_index(particles, energy, limits, radius, pt_min)
    jet_event = np.repeat(np.arange(len(limits) - 1), ak.to_numpy(ak.num(found)))
    size = ak.to_numpy(ak.flatten(ak.num(found, axis=2)))
    member_jet = np.repeat(np.arange(len(size)), size)
    member = ak.to_numpy(ak.flatten(found, axis=None)).astype(np.int64) + limits[jet_event[member_jet]]

    # A particle without momentum is no constituent: its row could not be told from padding.
    moving = particles[member].any(axis=1)
    member, member_jet = member[moving], member_jet[moving]
    size = np.bincount(member_jet, minlength=len(size))

    jet = _kinematics(particles[member], energy[member], member_jet, len(size))
    kept = (jet[:, 0] > pt_min) & (np.abs(jet[:, 1]) < eta_max)
    order = np.lexsort((-jet[:, 0], jet_event))
    order = order[kept[order]]
    rank = np.full(len(size), -1)
    rank[order] = np.arange(len(order))

    constituents, constituent_ids = _padded(
        particles[member].astype(np.float32), ids[member], rank[member_jet], len(order), max_constituents
    )
    jets = Jets(constituents, constituent_ids, size[order].astype(np.int32), jet[order].astype(np.float32))
    return jets, jet_event[order]


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
    first = np.searchsorted(reco_event, gen_event, "left")
    count = np.searchsorted(reco_event, gen_event, "right") - first
    pair_gen = np.repeat(np.arange(len(gen)), count)
    pair_reco = np.arange(len(pair_gen)) - np.repeat(np.cumsum(count) - count, count) + first[pair_gen]
    distance = np.hypot(
        gen.eta[pair_gen].astype(np.float64) - reco.eta[pair_reco],
        delta_phi(gen.phi[pair_gen].astype(np.float64), reco.phi[pair_reco]),
    )
    order = np.lexsort((pair_reco, distance, pair_gen))
    order = order[distance[order] < max_delta_r]
    matched, nearest = np.unique(pair_gen[order], return_index=True)
    match = np.full(len(gen), -1, np.int64)
    match[matched] = pair_reco[order][nearest]
    return match


def _constituent_index(
    particles: NDArray[np.float64],
    energy: NDArray[np.float64],
    limits: NDArray[np.int64],
    radius: float,
    pt_min: float,
) -> Any:
    """Indices in the event of each jet's constituents: awkward, events x jets x constituents."""
    columns = [ak.contents.NumpyArray(np.ascontiguousarray(column)) for column in (*particles.T, energy)]
    events = ak.Array(
        ak.contents.ListOffsetArray(
            ak.index.Index64(limits), ak.contents.RecordArray(columns, ["px", "py", "pz", "E"])
        )
    )
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    # FastJet's threshold is inclusive and ours is not: the final cut comes after.
    return fastjet.ClusterSequence(events, definition).constituent_index(max(pt_min, 0.0))


def _kinematics(
    momenta: NDArray[np.float64], energy: NDArray[np.float64], member_jet: NDArray[np.integer], n: int
) -> NDArray[np.float64]:
    """Pt, eta, phi, mass (n, 4) of the summed four-momenta."""
    px, py, pz = (np.bincount(member_jet, momenta[:, axis], n) for axis in range(3))
    total = np.bincount(member_jet, energy, n)
    pt = np.hypot(px, py)
    with np.errstate(divide="ignore", invalid="ignore"):
        eta = np.where(pt > 0, np.arcsinh(pz / pt), np.copysign(np.inf, pz))
    momentum = np.hypot(pt, pz)
    mass = np.sqrt(np.maximum((total - momentum) * (total + momentum), 0.0))
    return np.stack([pt, eta, np.arctan2(py, px), mass], axis=1)


def _padded(
    momenta: NDArray[np.float32],
    ids: NDArray[np.int32],
    rank: NDArray[np.integer],
    n: int,
    max_constituents: int,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Rows (n, P, 3) and ids (n, P) by falling pt; members with rank -1 are left out."""
    order = np.lexsort((-np.hypot(momenta[:, 0], momenta[:, 1]), rank))
    order = order[rank[order] >= 0]
    row = rank[order]
    column = np.arange(len(row)) - np.searchsorted(row, row)
    stored = column < max_constituents
    order, row, column = order[stored], row[stored], column[stored]
    constituents = np.zeros((n, max_constituents, 3), np.float32)
    constituent_ids = np.zeros((n, max_constituents), np.int32)
    constituents[row, column] = momenta[order]
    constituent_ids[row, column] = ids[order]
    return constituents, constituent_ids


def _no_jets(max_constituents: int) -> tuple[Jets, NDArray[np.int64]]:
    return Jets.from_constituents(np.zeros((0, max_constituents, 3), np.float32)), np.zeros(0, np.int64)


def _check(
    particles: NDArray[np.float64],
    limits: NDArray[np.int64],
    pid: NDArray[np.integer] | None,
    mass: NDArray[np.floating] | None,
    radius: float,
    max_constituents: int,
) -> None:
    if particles.ndim != 2 or particles.shape[1] != 3:
        raise InputError(
            f"momenta have shape {particles.shape}",
            "the particles of all events are one array (M, 3): px, py, pz in GeV",
            "join the events and say where each starts in offsets",
        )
    if limits.ndim != 1 or (
        len(limits) and (limits[0] != 0 or limits[-1] != len(particles) or (np.diff(limits) < 0).any())
    ):
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
    finite = np.isfinite(particles).all(axis=1)
    if mass is not None:
        finite &= np.isfinite(mass)
    if not finite.all():
        bad = int(np.argmin(finite))
        event = int(np.searchsorted(limits, bad, "right")) - 1
        raise InputError(
            f"particle {bad - limits[event]} of event {event} is not finite",
            "one such particle would spoil every jet of its event",
            "drop it, or find out where it comes from",
        )
    if not (radius > 0 and max_constituents >= 1):
        raise InputError(
            f"radius is {radius} and max_constituents {max_constituents}",
            "a jet has a size and stores at least one constituent",
            "give values above 0",
        )
