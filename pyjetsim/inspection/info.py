"""What a file or folder is, and what is in it: `pyjetsim info`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim._core import is_hdf5
from pyjetsim._utils.extras import needs
from pyjetsim._utils.shipped import shipped_files
from pyjetsim.bundle.manifest import is_bundle, read_manifest, sha256
from pyjetsim.bundle.shipped import SHIPPED
from pyjetsim.detector.conditions import conditions_of
from pyjetsim.errors import DataError, DataWarning, Error, IncompleteFileError, InputError, RecipeError
from pyjetsim.io.array_files import is_array_file, open_arrays
from pyjetsim.io.dataset import PairsDataset, is_dataset, read_index
from pyjetsim.io.dataset.index import FORMAT as DATASET
from pyjetsim.io.dataset.index import shard_files
from pyjetsim.io.formats import Format, PairReading, Reading, format_of
from pyjetsim.io.objects import ObjectsFile, task_of
from pyjetsim.io.run_folder import RUN, is_begun, is_run, read_log, selected_epoch
from pyjetsim.jets import ETA, MASS, PT

EVENTS = 1000
"""Events looked at where a file must be read event by event, unless told otherwise."""
_START = 1 << 16
_SIDES = ("gen", "reco")
Info = dict[str, Any]


def info(path: str | Path, *, max_events: int | None = None) -> Info:
    """What ``path`` is and holds.

    Parameters
    ----------
    path : str or Path
        A file of any format, a bundle, the folder of a training, or the name of a bundle, detector card or
        recipe that comes with pyjetsim.
    max_events : int, optional
        How many events to look at in files that are read event by event, those of HepMC; None: 1,000.

    Returns
    -------
    dict
        As JSON: at least ``is`` and, of what it was made from, ``provenance``. A bundle that is incomplete or
        altered is told in ``files``.

    Raises
    ------
    DataError
        For what is nothing of these, and for a file that cannot be read.
    InputError
        For ``max_events`` of what is not read event by event.
    """
    path = Path(path)
    found = _info(path, max_events)
    if max_events is not None and "visible_particles" not in found:
        raise InputError(
            f"--max-events is given for {path}, which is {found['is']}",
            "it is not read event by event, and all of it is looked at",
            "leave out --max-events",
        )
    return found


def _info(path: Path, max_events: int | None) -> Info:
    if not path.exists():
        return _shipped(path)
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise DataError(f"{path} is no regular file", "it can be read only once", "write it to a file first")
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", "the disk refuses it", "check its permissions"
        ) from error
    told = {"file": str(path), "bytes": path.stat().st_size}
    if start.startswith(b"root"):
        return {**told, **_root(path)}
    format = format_of(path)
    if format.holds_pairs and not is_hdf5(start):
        return {**told, **_pairs(path, format)}
    if is_array_file(path, start) and format.takes_mapping:
        return {**told, **_arrays(path)}
    if is_hdf5(start):
        if task_of(path) is not None:
            return {**told, **_objects(path)}
        if format.name == "JetNet":
            return {**told, "is": "JetNet", **_arrays(path, named=False)}
        return {**told, **_jets_h5(path)}
    if format.name == "HepMC":
        return {**told, **_text(path, start, max_events)}
    return {**told, "is": format.name}


def _shipped(path: Path) -> Info:
    """What comes with pyjetsim under a name; a bundle before a card, and a card before a recipe."""
    name = str(path)
    if name in SHIPPED:
        return _bundle(Path(str(resources.files("pyjetsim"))) / "bundles" / path)
    known = list(SHIPPED)
    for kind in ("detector", "recipe"):
        files = shipped_files(kind)
        if name in files:
            return {"file": str(files[name]), **_toml(Path(str(files[name])))}
        known += [each for each in files if each not in known]
    raise DataError(
        f"{path} is not there",
        "nothing can be told of it",
        f"check the name; {', '.join(known)} come with pyjetsim",
    )


def _folder(path: Path) -> Info:
    if is_bundle(path):
        return _bundle(path)
    if any(path.iterdir()) and is_run(path) and (path / RUN).is_file():
        return _run(path)
    if is_dataset(path) or shard_files(path):
        return _dataset(path)
    raise DataError(
        f"{path} is a folder, and neither a bundle nor that of a training, nor a dataset",
        "bundles have a manifest.json, trainings a run.json and datasets an index.json",
        "name a file in it, or another folder",
    )


def _range(values: Any) -> Info:
    if len(values) == 0:
        return {}
    low, middle, high = np.quantile(values, [0, 0.5, 1]).tolist()
    return {"lowest": low, "median": middle, "highest": high}


def _jets_h5(path: Path) -> Info:
    import h5py

    from pyjetsim.io import PairsFile
    from pyjetsim.io.jets_h5.layout import FORMAT, VERSION

    with PairsFile(path) as file:
        event, provenance = file.event, _provenance(file)
        n, room = len(file), file.max_constituents
    ranges: Info = {}
    columns: Info = {}
    try:
        with h5py.File(path, "r") as raw:
            for side in ("gen", "reco"):
                jet = np.asarray(raw[f"{side}/jet"])
                count = np.asarray(raw[f"{side}/n_constituents"])
                ranges[side] = {
                    **{
                        name: _range(jet[:, i]) for name, i in (("pt", PT), ("eta", ETA), ("mass", MASS)) if n
                    },
                    **({"n_constituents": _range(count)} if n else {}),
                }
            ranges["n_vertices"] = _range(np.asarray(raw["n_vertices"]))

            def look(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset):
                    columns[name] = {"shape": list(item.shape), "dtype": str(item.dtype)}
                    names = item.attrs.get("weight_names")
                    if names is not None:
                        columns[name]["weight_names"] = [
                            each.decode() if isinstance(each, bytes) else str(each) for each in names
                        ]

            raw.visititems(look)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}", "it is damaged", "make it anew") from error
    told = _told_pairs(event, room, provenance, str(path), ranges, columns)
    return {"is": "jets.h5", "format": FORMAT, "version": VERSION, **told}


def _pairs(path: Path, format: Format) -> Info:
    """Pairs in other files than jets.h5, which are read as a whole, some at a time."""
    numbers: dict[str, list[Any]] = {}
    columns: Info = {}
    with format.pairs(path) as file:
        event, provenance = np.asarray(file.event), _provenance(file)
        for pairs in file.batches():
            for side, jets in (("gen", pairs.gen), ("reco", pairs.reco)):
                for name, values in (("pt", jets.pt), ("eta", jets.eta), ("mass", jets.mass)):
                    numbers.setdefault(f"{side} {name}", []).append(values)
                numbers.setdefault(f"{side} n_constituents", []).append(jets.n_constituents)
            for name, values in pairs.columns.items():
                columns[name] = {"shape": [len(event), *values.shape[1:]], "dtype": str(values.dtype)}
                if name == "weight" and pairs.weight_names:
                    columns[name]["weight_names"] = list(pairs.weight_names)
        room = int(file.max_constituents)
    ranges: Info = {"gen": {}, "reco": {}}
    for name, parts in numbers.items():
        side, _, of = name.partition(" ")
        ranges[side][of] = _range(np.concatenate(parts))
    return {"is": format.name, **_told_pairs(event, room, provenance, str(path), ranges, columns)}


def _dataset(path: Path) -> Info:
    """Pairs of all shards, and a line of each shard."""
    index = read_index(path)
    shards = [
        {
            "name": each.name,
            "pairs": each.pairs,
            "events": each.events,
            "event_range": list(each.event_range),
            "bytes": each.bytes,
            "sha256": each.sha256,
        }
        for each in index.shards
    ]
    with PairsDataset(path) as file:
        # Column by column: constituents would take as long as the whole dataset.
        sides = {side: [file.column(f"{side}/jet"), file.column(f"{side}/n_constituents")] for side in _SIDES}
        vertices = file.column("n_vertices")
        event, provenance, room = file.event, file.provenance, file.max_constituents
    ranges: Info = {}
    for side, (jet, count) in sides.items():
        kinematic = {name: _range(jet[:, i]) for name, i in (("pt", PT), ("eta", ETA), ("mass", MASS))}
        ranges[side] = {**kinematic, "n_constituents": _range(count)} if len(jet) else {}
    ranges["n_vertices"] = _range(vertices)
    columns: Info = {
        name: {"shape": [len(event), *of["shape"]], "dtype": str(np.dtype(of["dtype"]))}
        for name, of in index.columns.items()
    }
    if index.weight_names:
        columns["weight"]["weight_names"] = list(index.weight_names)
    told = _told_pairs(event, room, provenance, str(path), ranges, columns)
    return {"file": str(path), "is": "dataset", "format": DATASET, "version": 1, "shards": shards, **told}


def _told_pairs(
    event: NDArray[np.int64], room: int, provenance: Info, source: str, ranges: Info, columns: Info
) -> Info:
    conditions = conditions_of(provenance, source)
    return {
        "what": "simulated jets" if "simulation" in provenance else "pairs of gen and reco jets",
        "pairs": len(event),
        "events": len(np.unique(event)),
        "event_numbers": [int(event.min()), int(event.max())] if len(event) else [],
        "max_constituents": room,
        "detector": conditions.told,
        "mean_pileup": conditions.mean_pileup,
        "radius": conditions.radius,
        "ranges": ranges,
        "columns": columns,
        "provenance": provenance,
    }


def _provenance(file: Any) -> Info:
    try:
        return dict(file.provenance)
    except DataError:
        return {}  # other programs' files may have none


def _objects(path: Path) -> Info:
    with ObjectsFile(path) as file:
        whole = file.read()
        columns, objects = {}, {}
        for kind, sides in whole.kinds.items():
            objects[kind] = {
                "gen": len(sides.gen),
                "reco": len(sides.reco),
                "gen_matched": int((sides.gen.match >= 0).sum()),
                "reco_matched": int((sides.reco.match >= 0).sum()),
            }
            for side, part in zip(("gen", "reco"), sides, strict=True):
                for name, values in part.columns.items():
                    told = file.column(kind, side, name)
                    columns[f"{kind}/{side}/{name}"] = {
                        "shape": list(values.shape),
                        "dtype": str(values.dtype),
                        "unit": told.unit,
                        **({"meaning": told.meaning} if told.meaning else {}),
                        **(_range(values) if values.ndim == 1 else {}),
                    }
        return {
            "is": "object table",
            "format": "pyjetsim.objects",
            "version": 1,
            "task": file.task,
            "objects": objects,
            "events": len(whole),
            "columns": columns,
            "provenance": _provenance(file),
        }


def _arrays(path: Path, *, named: bool = True) -> Info:
    with open_arrays(path) as file:
        arrays = {
            name: {"shape": list(of.shape), "dtype": of.dtype, **({"unit": of.unit} if of.unit else {})}
            for name, of in file.arrays.items()
        }
        return {**({"is": f"arrays ({file.kind})"} if named else {}), "arrays": arrays}


def _root(path: Path) -> Info:
    with needs("formats", "looking into ROOT files"):
        import uproot
    try:
        with uproot.open(path, array_cache=None, object_cache=None) as file:
            content: Info = {}
            for key, kind in file.classnames(cycle=False).items():
                content[key] = {"class": kind}
                if kind in ("TTree", "ROOT::RNTuple", "ROOT::Experimental::RNTuple"):
                    tree = file[key]
                    content[key] |= {"entries": int(tree.num_entries), "branches": _branches(tree)}
    except Exception as error:  # of many classes, as each part of uproot has its own
        said = " ".join(str(error).split())[:160] or type(error).__name__
        raise DataError(
            f"{path} is a ROOT file that cannot be read: {said}",
            "it is truncated or damaged, or holds what uproot does not know",
            "copy or make it anew",
        ) from error
    return {"is": "ROOT", **_read_as(path), "content": content}


def _read_as(path: Path) -> Info:
    """As which format a ROOT file is read, by which verbs, and why not by others; of pairs all else, too."""
    try:
        format = format_of(path)
    except Error as error:
        return {"read_as": None, "not_read": f"{error.what} ({error.why})"}
    if format.holds_pairs:
        return {"read_as": format.name, **_pairs(path, format)}
    ways: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        "simulate": lambda: format.open(path, Reading())
    }
    if format.has_reco:
        ways["convert"] = lambda: format.events(path, PairReading())
        ways["convert --jets tree"] = lambda: format.events(path, PairReading(jets="tree"))
    by, reasons = [], {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for verb, opened in ways.items():
            try:
                with opened():
                    by.append(verb)
            except Error as error:
                reasons[verb] = f"{error.what} ({error.why})"
    if "convert" in by or "convert --jets tree" in by:
        reasons = {}  # which of both ways is a matter of taste
    reasons.pop("convert --jets tree", None)
    if not by:
        return {"read_as": None, "not_read": {f"as {format.name}": next(iter(reasons.values()))}}
    return {"read_as": format.name, "read_by": by, **({"not_read": reasons} if reasons else {})}


def _branches(tree: Any) -> list[str]:
    """Names, those of a collection together: "Jet (PT, Eta, ...)"."""
    groups: dict[str, list[str]] = {}
    for key in tree.keys(recursive=True) if hasattr(tree, "branches") else tree.keys():
        name = key.rpartition("/")[2]
        head, dot, leaf = name.partition(".")
        if not dot:
            head, dot, leaf = name.partition("_")
        groups.setdefault(head, [])
        if dot:
            groups[head].append(leaf)
    return [
        f"{head} ({', '.join(leaves[:4])}{', ...' if len(leaves) > 4 else ''})" if leaves else head
        for head, leaves in groups.items()
    ]


def _text(path: Path, start: bytes, max_events: int | None) -> Info:
    """HepMC; or a recipe or a card, which are TOML."""
    if path.suffix == ".toml":
        return _toml(path)
    if b"=" in start[:4096] and b"\n[" in start[:4096]:
        with suppress(DataError, RecipeError):
            return _toml(path)
    return _hepmc(path, max_events)


def _toml(path: Path) -> Info:
    with needs("formats", "reading a detector card or a recipe"):
        from pyjetsim._utils.validation import read_toml
    content = read_toml(path, "recipe or detector card", "check the name")
    if isinstance(content.get("model"), dict) and "name" in content["model"]:
        return {"is": "recipe", "model": content["model"]["name"], "recipe": content}
    from pyjetsim.detector import load_card

    card = load_card(path)
    return {"is": "detector card", "detector": card.name, "figures": card.model_dump(mode="json")}


def _hepmc(path: Path, max_events: int | None) -> Info:
    from pyjetsim.io.hepmc import hepmc_or_nothing

    file = hepmc_or_nothing(path)
    most = EVENTS if max_events is None else max_events
    numbers: list[int] = []
    particles: list[int] = []
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        events = iter(file)
        try:
            for event in islice(events, most):
                numbers.append(event.number)
                particles.append(len(event.pid))
            whole = len(numbers) < most or next(events, None) is None
        except IncompleteFileError as error:
            whole = True
            notes.append(str(error))
    notes += [str(each.message) for each in caught]
    return {
        "is": file.format,
        "events": len(numbers),
        "whole": whole,
        **({} if whole else {"note": f"only the first {len(numbers)} events were looked at"}),
        "event_numbers": [min(numbers), max(numbers)] if numbers else [],
        "visible_particles": _range(particles),
        **({"warnings": notes} if notes else {}),
    }


def _bundle(path: Path) -> Info:
    manifest = read_manifest(path)
    files: Info = {}
    for name, expected in manifest.files.items():
        try:
            found = sha256((path / name).read_bytes())
            files[name] = {"sha256": expected, "state": "ok" if found == expected else "altered"}
        except OSError:
            files[name] = {"sha256": expected, "state": "missing"}
    content = asdict(manifest)
    return {
        "file": str(path),
        "is": "bundle",
        "format": manifest.format,
        "version": manifest.version,
        "task": manifest.task,
        "model": manifest.model,
        "whole": all(each["state"] == "ok" for each in files.values()),
        "inputs": [{**asdict(each), "shape": list(each.shape)} for each in manifest.inputs],
        "outputs": [{**asdict(each), "shape": list(each.shape)} for each in manifest.outputs],
        "settings": manifest.settings,
        "domain": {name: list(limits) for name, limits in manifest.domain.items()},
        "tolerance": content["tolerance"],
        "opset": manifest.opset,
        "files": files,
        "provenance": manifest.provenance,
    }


def _run(path: Path) -> Info:
    content = json.loads((path / RUN).read_text(encoding="utf-8"))
    log = read_log(path)
    selected: int | None = None
    with suppress(Error):
        selected = selected_epoch(path)
    recipe = content.get("recipe", {})
    return {
        "file": str(path),
        "is": "training",
        "model": recipe.get("model", {}).get("name"),
        "epochs_finished": len(log),
        "epochs_asked_for": recipe.get("training", {}).get("epochs"),
        "can_be_exported": is_begun(path),
        "selected_epoch": selected,
        "last_epoch": log[-1] if log else {},
        "recipe": recipe,
        "provenance": {name: value for name, value in content.items() if name != "recipe"},
    }


def told(content: Info, whole: bool = False) -> Iterator[str]:
    """Lines for people.

    Parameters
    ----------
    content : dict
        What :func:`info` found.
    whole : bool
        Tell all of provenance and what else is long; without, a line of each.

    Yields
    ------
    str
        A line.
    """
    for name, value in content.items():
        yield from _lines(name.replace("_", " "), value, "", whole)


_LONG = 100


def _lines(name: str, value: Any, indent: str, whole: bool) -> Iterator[str]:
    if isinstance(value, dict):
        flat = _flat(value) if value else "none"
        if flat is not None:
            yield f"{indent}{name}: {flat}"
            return
        text = json.dumps(value)
        if not whole and name in ("provenance", "recipe", "figures", "last epoch") and len(text) > _LONG:
            yield f"{indent}{name}: {_short(value)}"
            return
        yield f"{indent}{name}:"
        for key, each in value.items():
            yield from _lines(str(key), each, indent + "  ", whole)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield f"{indent}{name}:"
        for each in value:
            yield f"{indent}  {_flat(each) or json.dumps(each)}"
    elif name == "read as" and value is None:
        yield f"{indent}{name}: nothing"
    elif name == "event numbers" and value:
        low, high = value
        yield f"{indent}{name}: {low}" + ("" if low == high else f" to {high}")
    elif isinstance(value, list):
        yield f"{indent}{name}: {', '.join(map(_number, value)) or 'none'}"
    elif value is None:
        yield f"{indent}{name}: not told"
    else:
        yield f"{indent}{name}: {_number(value)}"


def _short(value: Info) -> str:
    """The entries of a mapping that are no mappings, and the names of the others."""
    plain = [f"{key} {_number(each)}" for key, each in value.items() if not isinstance(each, dict | list)]
    others = [key for key, each in value.items() if isinstance(each, dict | list)]
    rest = f"{'; ' if plain else ''}and {', '.join(others)}: --json or --all shows them" if others else ""
    return ", ".join(plain) + rest


_STATEMENTS: dict[frozenset[str], Callable[[Info], str]] = {
    frozenset(("lowest", "median", "highest")): lambda of: (
        f"{_number(of['lowest'])} to {_number(of['highest'])}, median {_number(of['median'])}"
    ),
    frozenset(("sha256", "state")): lambda of: f"{of['state']} ({of['sha256'][:12]}...)",
}


def _flat(value: Info) -> str | None:
    """One line for a small mapping of plain values."""
    statement = _STATEMENTS.get(frozenset(value))
    if statement is not None:
        return statement(value)
    if "dtype" in value and "shape" in value:
        name = f"{value['name']}: " if "name" in value else ""
        unit = f", {value['unit']}" if value.get("unit") else ""
        more = [f"{key} {value[key]}" for key in ("role",) if key in value and value[key] != "answer"]
        more += [f"names {', '.join(value['weight_names'])}"] if "weight_names" in value else []
        if "lowest" in value:
            more.append(f"{_number(value['lowest'])} to {_number(value['highest'])}")
        shape = ", ".join("var" if size is None else str(size) for size in value["shape"])
        return f"{name}{value['dtype']} ({shape}){unit}" + "".join(f", {each}" for each in more)
    return None


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
