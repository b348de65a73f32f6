"""Gen jets of a file to pairs in a jets.h5."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim.detector.conditions import conditions_of
from pyjetsim.errors import DataWarning
from pyjetsim.io.formats import GenBatch, Reading, Source, open_source
from pyjetsim.io.jets_h5.layout import COPY, EVENT_COLUMNS
from pyjetsim.io.outputs import pairs_output
from pyjetsim.io.pairs_files import PairsOutput
from pyjetsim.jets import Jets, Pairs, gen_reco_delta_r
from pyjetsim.jets.event_ids import EventId, JetIds, jet_ids, unsigned
from pyjetsim.jets.selection import STORED_CONSTITUENTS
from pyjetsim.tasks.base import Answer

_SAME_RADIUS = 1e-6
"""Further apart, two R differ."""


def reading_for(simulator: Any, reading: Reading) -> Reading:
    """Jets as the model knows them."""
    return replace(
        reading,
        radius=simulator.manifest.jet_definition.radius,
        max_constituents=max(STORED_CONSTITUENTS, simulator.max_constituents),
    )


@contextmanager
def gen_source(path: Path, reading: Reading, simulator: Any) -> Iterator[Source]:
    """Gen jets of a file, clustered as those that the model learnt from; a warning if they have another R."""
    with open_source(path, reading_for(simulator, reading)) as source:
        warn_of_radius(path, source.provenance, simulator)
        yield source


def warn_of_radius(path: Path, provenance: Mapping[str, Any], simulator: Any) -> None:
    """Tell where a file says that its jets have another R than the model's.

    Its detector may be any: gen jets have not met it.
    """
    learnt = float(simulator.manifest.jet_definition.radius)
    told = conditions_of(provenance, str(path)).radius
    if told is not None and abs(told - learnt) > _SAME_RADIUS:
        warnings.warn(
            f"{path} has jets of R {told:g}, and the model was trained on jets of R {learnt:g}: do not trust "
            "its answers; take a bundle for that R, or jets of the model's",
            DataWarning,
            stacklevel=4,
        )


@contextmanager
def pairs_writer(
    output: Path, provenance: dict[str, Any], source: Source, simulator: Any, rntuple: bool
) -> Iterator[PairsOutput]:
    """Write pairs with room for the constituents of both sides."""
    room = max(source.max_constituents, simulator.max_constituents, simulator.max_reco_constituents)
    with pairs_output(output, provenance, room, rntuple=rntuple) as writer:
        yield writer


def simulated(simulator: Any, source: Source, batch: GenBatch, seed: int) -> Answer:
    """Pairs of gen jets and their simulation."""
    gen = batch.gen
    reco = reco_of(simulator, batch, seed)
    room = max(gen.constituents.shape[1], simulator.max_constituents, simulator.max_reco_constituents)
    pairs = Pairs(
        gen.padded_to(room),
        reco.padded_to(room),
        batch.event,
        gen_reco_delta_r(gen, reco),
        batch.n_vertices,
        batch.columns,
        batch.weight_names,
    )
    seen = min(simulator.max_constituents, source.max_constituents)
    once = gen[batch.columns[COPY] == 0] if COPY in batch.columns else gen
    counts = {
        "truncated": int((once.n_constituents > seen).sum()),
        "outside_domain": int(simulator.outside_domain(once).sum()),
        "empty": int((reco.n_constituents == 0).sum()),
    }
    return Answer(pairs, counts)


def reco_of(simulator: Any, batch: GenBatch, seed: int) -> Jets:
    """Each jet with the noise of its event, its place there and its copy."""
    run, block = (batch.columns.get(name, 0) for name in EVENT_COLUMNS)
    ids = jet_ids(len(batch.gen), EventId(run, block, batch.event), batch.jet)
    if COPY not in batch.columns or len(batch.gen) == 0:
        reco: Jets = simulator.simulate(batch.gen, ids, seed)
        return reco
    copies = unsigned(COPY, batch.columns[COPY])
    parts, rows = [], []
    for copy in np.unique(copies).tolist():
        of_copy = np.flatnonzero(copies == copy)
        its = JetIds(ids.run[of_copy], ids.luminosity_block[of_copy], ids.event[of_copy], ids.jet[of_copy])
        parts.append(simulator.simulate(batch.gen[of_copy], its, seed, copy=copy))
        rows.append(of_copy)
    return Jets.concatenate(parts)[np.argsort(np.concatenate(rows))]


def provenance_of(simulator: Any) -> dict[str, Any]:
    """What of the reco jets was cut."""
    return {"cuts": asdict(simulator.manifest.cuts)}
