"""Gen jets of a file to pairs in a jets.h5."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pyjetsim.io import PairsWriter
from pyjetsim.io.formats import GenBatch, Reading, Source
from pyjetsim.jets import Pairs, gen_reco_delta_r
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.selection import STORED_CONSTITUENTS
from pyjetsim.tasks.base import Answer


def reading_for(simulator: Any, reading: Reading) -> Reading:
    """Jets as the model knows them."""
    return replace(
        reading,
        radius=simulator.manifest.jet_definition.radius,
        max_constituents=max(STORED_CONSTITUENTS, simulator.max_constituents),
    )


@contextmanager
def pairs_writer(
    output: Path, provenance: dict[str, Any], source: Source, simulator: Any
) -> Iterator[PairsWriter]:
    """Write pairs with room for the constituents of both sides."""
    room = max(source.max_constituents, simulator.max_constituents, simulator.max_reco_constituents)
    with PairsWriter(output, provenance, room) as writer:
        yield writer


def simulated(simulator: Any, source: Source, batch: GenBatch, seed: int) -> Answer:
    """Pairs of gen jets and their simulation."""
    gen = batch.gen
    reco = simulator.simulate(gen, jet_ids(len(gen), batch.event, batch.jet), seed)
    room = max(gen.constituents.shape[1], simulator.max_constituents, simulator.max_reco_constituents)
    pairs = Pairs(
        gen.padded_to(room), reco.padded_to(room), batch.event, gen_reco_delta_r(gen, reco), batch.n_vertices
    )
    seen = min(simulator.max_constituents, source.max_constituents)
    counts = {
        "truncated": int((gen.n_constituents > seen).sum()),
        "outside_domain": int(simulator.outside_domain(pairs.gen).sum()),
        "empty": int((pairs.reco.n_constituents == 0).sum()),
    }
    return Answer(pairs, counts)


def provenance_of(simulator: Any) -> dict[str, Any]:
    """What of the reco jets was cut."""
    return {"cuts": asdict(simulator.manifest.cuts)}
