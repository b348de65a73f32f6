"""The stage: shards of events on several processes, merged into one file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.progress import Progress
from pyjetsim.generate.chain import BATCH_EVENTS
from pyjetsim.generate.pool import POOL_SIZE, ensure_pool
from pyjetsim.generate.products import Product, product_of
from pyjetsim.generate.pythia import Collisions, check_settings, process_settings, seed_for
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.generate.shards import Shards
from pyjetsim.generate.workers import Advance, available_processes, run_tasks
from pyjetsim.io.outputs import JETS_H5, check_output
from pyjetsim.jets.selection import MATCH_DELTA_R, STORED_CONSTITUENTS


def generate(
    process: str,
    events: int,
    output: str | Path,
    *,
    seed: int = 1,
    pileup: float | None = None,
    pileup_pool: int = POOL_SIZE,
    pthat_min: float | None = None,
    detector: str | Path | None = None,
    write: str = "jets",
    gen_pt_min: float | None = None,
    gen_eta_max: float | None = None,
    reco_pt_min: float | None = None,
    match_delta_r: float = MATCH_DELTA_R,
    radius: float | None = None,
    max_constituents: int = STORED_CONSTITUENTS,
    processes: int | None = None,
    quiet: bool = False,
) -> Path:
    """Generate collisions, simulate the detector, cluster, match, and write pairs of jets or objects.

    Parameters
    ----------
    process : str
        "ww", "qcd", "ttbar", "vbf_hmumu", "ewk_zjj", "drell_yan_jets", or a PYTHIA ``.cmnd`` file.
    events : int
        Number of collisions.
    output : str or Path
        The jets.h5 or object tables to write.
    seed : int
        The same seed and settings give the same file, to the byte.
    pileup : float, optional
        Mean number of pileup collisions; None: the card's.
    pileup_pool : int
        Minimum-bias collisions that pileup is drawn from.
    pthat_min : float, optional
        Smallest pT of the hard process in GeV; None: the preset's.
    detector : str or Path, optional
        A detector card, by name ("cms", "atlas") or file; None: "cms".
    write : {"jets", "objects"}
        Pairs of jets with their constituents; or object tables, with jets and muons, gen and reco apart.
    gen_pt_min : float, optional
        GeV; gen jets above are kept. None: 100, for objects 25.
    gen_eta_max : float, optional
        Gen jets of smaller absolute pseudorapidity are kept, and, of objects, reco jets. None: 3.0, for
        objects 4.7.
    reco_pt_min : float, optional
        GeV; reco jets above are matched. None: 20, for objects 25.
    match_delta_r : float
        Largest distance in (eta, phi) of a gen jet and its reco jet.
    radius : float, optional
        R of the anti-kt jets. None: 0.5, for objects 0.4.
    max_constituents : int
        P: how many constituents of a jet are stored, the hardest ones; objects have none.
    processes : int, optional
        Number of processes; None: one for each core. The file does not depend on it.
    quiet : bool
        Show no progress.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    InputError
        For a setting that is out of range, or an output that cannot be written.
    RecipeError
        For a detector card or PYTHIA settings that cannot be used.
    GenerationError
        Where PYTHIA cannot go on.
    StorageError
        Where the disk is full or read-only.

    Notes
    -----
    Finished shards are kept in ``<output>.shards`` until all are merged. After an interrupt or an error the
    same call goes on from them.

    Examples
    --------
    >>> path = generate("ww", 200, "ww.h5", seed=1, pthat_min=180)
    """
    settings = GenerateSettings.checked(
        process=process,
        events=events,
        seed=seed,
        pileup=pileup,
        pileup_pool=pileup_pool,
        pthat_min=pthat_min,
        detector=detector,
        write=write,
        gen_pt_min=gen_pt_min,
        gen_eta_max=gen_eta_max,
        reco_pt_min=reco_pt_min,
        match_delta_r=match_delta_r,
        radius=radius,
        max_constituents=max_constituents,
    )
    provenance = settings.provenance()
    path, workers = Path(output), available_processes() if processes is None else processes
    check_output(path, kinds=(JETS_H5,))
    check_settings(provenance["pythia_settings"])
    product = product_of(settings)
    with Shards(path, provenance, product) as shards:
        pool = ensure_pool(settings.pileup_pool, workers, quiet=quiet) if settings.pileup else None
        everything = range(settings.shards)
        missing = [shard for shard in everything if not shards.finished(shard)]
        done = settings.events - sum(len(settings.shard_events(shard)) for shard in missing)
        run_tasks(
            partial(ShardMaker, settings, pool, shards.directory),
            missing,
            workers,
            lambda shard, result: None,
            Progress("generate", settings.events, done, quiet=quiet),
        )
        _merge(product, shards, path, provenance, everything)
        shards.remove()
    return path


class ShardMaker:
    """Makes shards in one process; a shard does not depend on which process makes it, or when."""

    def __init__(
        self, settings: GenerateSettings, pool: Path | None, directory: Path, advance: Advance
    ) -> None:
        self._settings, self._directory, self._advance = settings, directory, advance
        lines = process_settings(settings.process, settings.pthat_min)
        self._collisions = Collisions(lines, seed_for(settings.seed))
        self._product = product_of(settings)
        self._chain = self._product.chain(pool)

    def __call__(self, shard: int) -> None:
        """Make a shard and write it."""
        numbers = np.array(self._settings.shard_events(shard), np.int64)
        self._collisions.reseed(seed_for(self._settings.seed, 0, shard))
        counts: dict[str, int] = {}
        parts = []
        for start in range(0, len(numbers), BATCH_EVENTS):
            batch = numbers[start : start + BATCH_EVENTS]
            made, found = self._chain(self._chain.collide(self._collisions, len(batch)), batch)
            parts.append(made)
            counts = _sum(counts, found)
            self._advance(len(batch))
        path = Shards.path_in(self._directory, shard)
        with self._product.writer(path, {"counts": counts}) as writer:
            for made in parts:
                writer.append(made)


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + count for name, count in other.items()}


def _merge(
    product: Product, shards: Shards, output: Path, provenance: dict[str, Any], everything: range
) -> None:
    counts: dict[str, int] = {}
    for shard in everything:
        counts = _sum(counts, shards.counts(shard))
    with product.writer(output, {**provenance, "counts": product.counted(counts)}) as writer:
        for made in shards.merged(everything):
            writer.append(made)
