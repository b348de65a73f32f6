"""From a file of gen jets or events to a jets.h5 with their simulation."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyjetsim import _core
from pyjetsim._core import __version__
from pyjetsim._utils.output import check_file
from pyjetsim._utils.progress import Progress
from pyjetsim._utils.terminal import counted
from pyjetsim.bundle.manifest import MODEL
from pyjetsim.errors import DataError, DataWarning, IncompleteFileError, InputError
from pyjetsim.io import PairsWriter, Split
from pyjetsim.io.sources import Batch, Source, open_source
from pyjetsim.jets import Pairs, gen_reco_delta_r
from pyjetsim.jets.event_ids import jet_ids, unsigned
from pyjetsim.simulate.simulator import Simulator, load

_GEN_CONSTITUENTS = 80
"""What is stored of a gen jet clustered here; the model may see fewer."""


@dataclass
class Summary:
    """What a simulation did."""

    output: Path
    events: int = 0
    jets: int = 0
    truncated: int = 0
    """Gen jets of which the model saw only the hardest constituents."""
    outside_domain: int = 0
    """Gen jets unlike those the model was trained on."""
    empty: int = 0
    """Reco jets without constituents."""
    seconds: float = 0.0

    @property
    def jets_per_s(self) -> float:
        """Jets a second, reading and writing included."""
        return self.jets / self.seconds if self.seconds else 0.0

    @property
    def counts(self) -> dict[str, int]:
        """What goes into the provenance: no times, so that the same command gives the same file."""
        names = ("events", "jets", "truncated", "outside_domain", "empty")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return (
            f"{self.output}: {counted(self.jets, 'jet')} of {counted(self.events, 'event')} simulated in "
            f"{self.seconds:.1f} s ({self.jets_per_s:.0f} jets/s); {self.outside_domain} outside the model's "
            f"domain, {self.truncated} truncated, {self.empty} without reco constituents"
        )


def simulate(
    source: str | Path,
    bundle: str | Path | None,
    output: str | Path,
    seed: int,
    *,
    split: Split = "all",
    threads: int = 1,
    device: str = "cpu",
    gen_pt_min: float = 100.0,
    gen_eta_max: float = 3.0,
    number_events: bool = False,
    quiet: bool = False,
) -> Summary:
    """Simulate the jets of ``source`` with a bundle and write them to ``output``, a jets.h5.

    ``bundle`` and ``device``: as :func:`pyjetsim.load` takes them.

    ``source`` is a jets.h5, whose gen jets are passed on in the same order with a new reco, or HepMC
    events (a file or a pipe, plain, gzip or Zstandard; ``-`` is the standard input), whose gen jets are
    clustered here: stable particles without neutrinos, \\|eta\\| < 5, the bundle's jet definition, pt >
    ``gen_pt_min`` GeV and \\|eta\\| < ``gen_eta_max``. ``number_events`` numbers the events by their place in
    the file, from 0, instead of with its own numbers. ``split`` takes a part of the events. Noise is
    keyed by ``seed``, event number and place in the event. Memory does not grow with the number of jets,
    but for their event numbers.

    Raises :class:`~pyjetsim.errors.DataError` where the source cannot be used. A HepMC file that is
    cut raises :class:`~pyjetsim.errors.IncompleteFileError` after the events before the cut
    are simulated and written, with their :class:`Summary` as its ``finished``. Any other error, and
    Ctrl-C, leaves no output. What is unusual but harmless
    about a HepMC file, and that there are no jets, is a :class:`~pyjetsim.errors.DataWarning`.
    """
    for name, value in (("source", source), ("output", output)):
        if not os.fspath(value):
            raise InputError(f"{name} is empty", "it is the name of a file", "name one")
    source, output = Path(source), Path(output)
    check_file(output)
    unsigned("seed", seed)
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(
            f"output {output} is the source", "it would be replaced", "choose another name for the output"
        )
    sim = load(bundle, threads, device=device)
    summary = Summary(output)
    cut = None
    with open_source(
        source,
        split,
        radius=sim.manifest.jet_definition.radius,
        gen_pt_min=gen_pt_min,
        gen_eta_max=gen_eta_max,
        max_constituents=max(_GEN_CONSTITUENTS, sim.max_constituents),
        number_events=number_events,
    ) as jets:
        made = _provenance(sim, source, seed, split)
        provenance = {**jets.provenance, "simulation": made}
        room = max(jets.max_constituents, sim.max_constituents, sim.max_reco_constituents)
        with PairsWriter(output, provenance, room) as writer:
            try:
                _run(jets, source, sim, seed, writer, summary, quiet)
            except IncompleteFileError as error:
                if summary.events == 0:
                    raise
                cut = error
            if summary.jets == 0:
                warnings.warn(jets.no_jets(), DataWarning, stacklevel=2)
            writer.provenance["simulation"] = {**made, "counts": summary.counts, "complete": cut is None}
    if cut is not None:
        kept = _core.kept_before(summary.events, os.fsencode(output))
        raise IncompleteFileError(cut.what, f"{cut.why}; {kept}", cut.todo, summary) from cut
    return summary


def _run(
    jets: Source, source: Path, sim: Simulator, seed: int, writer: PairsWriter, summary: Summary, quiet: bool
) -> None:
    began = time.perf_counter()
    seen = min(sim.max_constituents, jets.max_constituents)
    with Progress("simulate", jets.n_jets, unit="jets", transient=True, quiet=quiet) as progress:
        for batch in jets.batches():
            try:
                pairs = _simulated(batch, sim, seed)
            except InputError as error:
                where = f"{source}: jets {summary.jets} to {summary.jets + len(batch.gen) - 1}"
                raise DataError(f"{where}: {error.what}", error.why, error.todo) from error
            writer.append(pairs)
            summary.events += batch.n_events
            summary.jets += len(pairs)
            summary.truncated += int((pairs.gen.n_constituents > seen).sum())
            summary.outside_domain += int(sim.outside_domain(pairs.gen).sum())
            summary.empty += int((pairs.reco.n_constituents == 0).sum())
            summary.seconds = time.perf_counter() - began
            progress.advance(len(pairs))


def _simulated(batch: Batch, sim: Simulator, seed: int) -> Pairs:
    gen = batch.gen
    reco = sim.simulate(gen, jet_ids(len(gen), batch.event, batch.jet), seed)
    room = max(gen.constituents.shape[1], sim.max_constituents, sim.max_reco_constituents)
    return Pairs(
        gen.padded_to(room), reco.padded_to(room), batch.event, gen_reco_delta_r(gen, reco), batch.n_vertices
    )


def _provenance(sim: Simulator, source: Path, seed: int, split: str) -> dict[str, Any]:
    manifest = sim.manifest
    return {
        "pyjetsim": __version__,
        "source": source.name,
        "seed": int(seed),
        "split": split,
        "model": manifest.model,
        "model_sha256": manifest.files[MODEL],
        "cuts": asdict(manifest.cuts),
        "training": manifest.provenance,
    }
