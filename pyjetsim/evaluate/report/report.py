"""Compare two jets.h5 files and write the report."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pyjetsim import _core
from pyjetsim.evaluate.conditions import jets_of
from pyjetsim.evaluate.gather import (
    Gathered,
    check_comparable,
    file_record,
    gather,
    is_comparable,
    widened,
)
from pyjetsim.evaluate.metrics.joint import Test, check_tests, classifiers, distances
from pyjetsim.evaluate.metrics.response import to_json as response_json
from pyjetsim.evaluate.metrics.response_bins import compare_responses
from pyjetsim.evaluate.metrics.spectra import compare, kinematic_kld_of
from pyjetsim.evaluate.metrics.turn_on import compare_turn_on
from pyjetsim.evaluate.report.history import read_history
from pyjetsim.evaluate.report.scores import flat_scores
from pyjetsim.evaluate.samples import Sample
from pyjetsim.io import PairsFile, Split, in_split
from pyjetsim.jets.selection import selection_named


def evaluate(
    target: str | Path,
    prediction: str | Path,
    output: str | Path,
    *,
    json: str | Path | None = None,
    selection: str = "paper",
    split: Split = "all",
    run: str | Path | None = None,
    skip: Collection[Test] = (),
    mix_detectors: bool = False,
) -> dict[str, Any]:
    """Hold the reco jets of ``prediction`` against those of ``target``; write a report, return its content.

    Any two jets.h5: a model's output, another detector, the same file twice. ``selection`` names the
    cuts, applied to both files independently; ``split`` chooses the events of both; ``run`` is a
    training's folder, for its history. ``skip`` names tests that take long and are left out: ``trees``
    and ``sets`` (classifiers on jet observables and on constituents) and ``distances``. R of the jets is
    what the files' provenance tells, 0.5 with a note where neither does. Files of different detectors,
    pileup or R are compared only with ``mix_detectors``. ``json`` gets a copy of the report's
    ``report.json``. The folder appears when it is whole; an older report there is replaced.

    Raises :class:`~pyjetsim.errors.DataError` for files that cannot be read, leave too few jets or are of
    different detectors,
    :class:`~pyjetsim.errors.InputError` for a wrong name or a destination that is no report.
    """
    # Here, so that who imports the metrics does not wait for matplotlib.
    from pyjetsim.evaluate.report.figures import draw_all
    from pyjetsim.evaluate.report.publish import FORMAT, VERSION, check_destinations, publish

    output, json_copy = Path(output), Path(json) if json is not None else None
    cuts = selection_named(selection)
    check_tests(skip)
    in_split(np.zeros(0, np.int64), split)  # names that are wrong are told before any work
    check_destinations(output, json_copy)
    history = read_history(Path(run)) if run is not None else None
    with PairsFile(target) as target_file, PairsFile(prediction) as prediction_file:
        jets = jets_of(target_file, prediction_file, mix_detectors=mix_detectors)
        gathered = gather(target_file, prediction_file, cuts, split, jets)
        narrow = {name: sample.accepted(cuts) for name, sample in gathered.samples.items()}
        files = {"target": target_file, "prediction": prediction_file}
        for name, file in files.items():
            check_comparable(f"{name} {file.path}", narrow[name], selection, split)
        records = {
            name: file_record(file, gathered.n_pairs[name], len(narrow[name])) for name, file in files.items()
        }
    # A baseline without jets in acceptance is left out: gen jets may all lie below a threshold.
    narrow = {name: sample for name, sample in narrow.items() if is_comparable(sample)}
    wide = {name: gathered.samples[name] for name in narrow}
    report: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "pyjetsim": _core.__version__,
        **records,
        "selection": {"name": selection, **asdict(cuts)},
        "split": split,
        "jets": asdict(jets),
        "paired": gathered.paired,
        "baselines": _baselines(gathered, narrow),
        "metrics": {**compare(narrow), "kinematic_kld": kinematic_kld_of(narrow)},
        "response": {
            **response_json({name: gathered.responses[name].table() for name in narrow}),
            "bins": {
                name: compare_responses(gathered.passages["target"], gathered.passages[name])
                for name in narrow
                if name != "target"
            },
        },
        "turn_on": compare_turn_on(gathered.turn_on["target"], gathered.turn_on["prediction"]),
        "classifiers": classifiers({name: gathered.pairs[name] for name in narrow}, skip),
        "distances": distances(narrow, skip),
        "run": history.model_dump() if history is not None else None,
    }
    report["scores"] = flat_scores(report)
    figures = draw_all(wide, narrow, (widened(cuts), cuts), report["response"], report["turn_on"], history)
    report["figures"] = list(figures)
    written: dict[str, Any] = _finite(report)
    publish(written, figures, output, json_copy)
    return written


def _baselines(gathered: Gathered, narrow: Mapping[str, Sample]) -> dict[str, Any]:
    described = {"identity": {}, "smearing": gathered.smearing.to_json()}
    return {
        name: {"jets_accepted": len(narrow[name]), **more}
        for name, more in described.items()
        if name in narrow
    }


def _finite(value: Any) -> Any:
    """The same value for JSON, which knows no infinity: None, as for a cut that does not cut."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
