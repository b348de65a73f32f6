"""The stage: shards of events on several processes, merged into one jets.h5."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim._utils.progress import Progress
from pyjetsim.generate.chain import BATCH_EVENTS, Chain, Counts
from pyjetsim.generate.pool import POOL_SIZE, ensure_pool
from pyjetsim.generate.pythia import Collisions, check_settings, process_settings, seed_for
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.generate.shards import Shards
from pyjetsim.generate.workers import Advance, available_processes, run_tasks
from pyjetsim.io import PairsWriter
from pyjetsim.io.outputs import JETS_H5, check_output
from pyjetsim.jets import R
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN, MATCH_DELTA_R, RECO_PT_MIN, STORED_CONSTITUENTS


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
    gen_pt_min: float = GEN_PT_MIN,
    gen_eta_max: float = GEN_ETA_MAX,
    reco_pt_min: float = RECO_PT_MIN,
    match_delta_r: float = MATCH_DELTA_R,
    radius: float = R,
    max_constituents: int = STORED_CONSTITUENTS,
    processes: int | None = None,
    quiet: bool = False,
) -> Path:
    """Generate collisions, simulate the detector, cluster, match, and write pairs of jets.

    Parameters
    ----------
    process : str
        "ww", "qcd", "ttbar", or a PYTHIA ``.cmnd`` file.
    events : int
        Number of collisions.
    output : str or Path
        The jets.h5 to write.
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
    gen_pt_min : float
        GeV; gen jets above are kept.
    gen_eta_max : float
        Gen jets of smaller absolute pseudorapidity are kept.
    reco_pt_min : float
        GeV; reco jets above are matched.
    match_delta_r : float
        Largest distance in (eta, phi) of a gen jet and its reco jet.
    radius : float
        R of the anti-kt jets.
    max_constituents : int
        P: how many constituents of a jet are stored, the hardest ones.
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
    with Shards(path, provenance) as shards:
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
        _merge(shards, path, provenance, everything)
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
        self._chain = Chain(settings, pool)

    def __call__(self, shard: int) -> None:
        """Make a shard and write it."""
        numbers = np.array(self._settings.shard_events(shard), np.int64)
        self._collisions.reseed(seed_for(self._settings.seed, 0, shard))
        counts, parts = Counts(), []
        for start in range(0, len(numbers), BATCH_EVENTS):
            batch = numbers[start : start + BATCH_EVENTS]
            pairs, found = self._chain(self._collisions.events(len(batch)), batch)
            parts.append(pairs)
            counts += found
            self._advance(len(batch))
        path = Shards.path_in(self._directory, shard)
        with PairsWriter(path, {"counts": counts.as_dict()}, self._settings.max_constituents) as writer:
            for pairs in parts:
                writer.append(pairs)


def _merge(shards: Shards, output: Path, provenance: dict[str, Any], everything: range) -> None:
    counts = sum((Counts(**shards.counts(shard)) for shard in everything), Counts())
    provenance = {**provenance, "counts": {**counts.as_dict(), "pairs": counts.gen_jets - counts.unmatched}}
    with PairsWriter(output, provenance, provenance["jets"]["max_constituents"]) as writer:
        for pairs in shards.merged(everything):
            writer.append(pairs)
