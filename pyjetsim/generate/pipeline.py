"""The stage: shards of events on several processes, merged into one file, or those of a dataset."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from pyjetsim._utils.processes import available_processes, run_tasks
from pyjetsim._utils.progress import Progress
from pyjetsim.generate.maker import DatasetJob, ShardMaker, added, told_quarantined
from pyjetsim.generate.pool import POOL_SIZE, ensure_pool
from pyjetsim.generate.products import Product, product_of
from pyjetsim.generate.pythia import check_settings
from pyjetsim.generate.settings import GenerateSettings
from pyjetsim.generate.shards import Shards
from pyjetsim.io.dataset.work import Part, run_job, warn_of_quarantined
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
    part: str | None = None,
    scheduler: str | None = None,
    events_per_shard: int | None = None,
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
        The jets.h5 or object tables to write; with ``part``, ``scheduler`` or ``events_per_shard`` the folder
        of a dataset.
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
    part : str, optional
        "I/N": make the I-th of N parts of a dataset's shards only.
    scheduler : str, optional
        Make the shards of a dataset on dask.distributed: "local", or the address of a scheduler.
    events_per_shard : int, optional
        Of a dataset, a multiple of 200; None: 10,000.
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
    ShardError
        Where shards of a dataset could not be made.
    RecipeError
        For a detector card or PYTHIA settings that cannot be used.
    GenerationError
        Where PYTHIA cannot go on.
    StorageError
        Where the disk is full or read-only.

    Notes
    -----
    Finished shards are kept in ``<output>.shards`` until all are merged. After an interrupt or an error the
    same call goes on from them, and so it does with a dataset. An event that fails is left out, with a
    warning, and listed as ``quarantined`` in the provenance.

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
    if not (part is None and scheduler is None and events_per_shard is None):
        job = DatasetJob.checked(settings, events_per_shard)
        check_settings(provenance["pythia_settings"])
        if part is not None:
            Part.parse(part)  # before the pool is made, which takes long
        if settings.pileup:
            ensure_pool(settings.pileup_pool, workers, quiet=quiet)
        done = run_job(
            job,
            path,
            part=part,
            scheduler=scheduler,
            processes=processes,
            name="generate",
            quiet=quiet,
        )
        done.warn_of_quarantined()
        return path
    check_output(path, kinds=(JETS_H5,))
    check_settings(provenance["pythia_settings"])
    product = product_of(settings)
    with Shards(path, provenance, product) as shards:
        pool = ensure_pool(settings.pileup_pool, workers, quiet=quiet) if settings.pileup else None
        everything = range(settings.shards)
        missing = [shard for shard in everything if not shards.finished(shard)]
        before = settings.events - sum(len(settings.shard_events(shard)) for shard in missing)
        run_tasks(
            partial(ShardMaker, settings, pool, shards.directory),
            missing,
            workers,
            lambda shard, result: None,
            Progress("generate", settings.events, before, quiet=quiet),
        )
        _merge(product, shards, path, provenance, everything)
        shards.remove()
    return path


def _merge(
    product: Product, shards: Shards, output: Path, provenance: dict[str, Any], everything: range
) -> None:
    counts: dict[str, int] = {}
    left_out: list[dict[str, Any]] = []
    for shard in everything:
        counts = added(counts, shards.counts(shard))
        left_out += shards.quarantined(shard)
    told = {**provenance, "counts": product.counted(counts), **told_quarantined(left_out)}
    with product.writer(output, told) as writer:
        for made in shards.merged(everything):
            writer.append(made)
    warn_of_quarantined(output, left_out)
