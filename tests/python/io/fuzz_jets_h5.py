"""Damage jets.h5 files and read them: each is read or refused with an Error, and nothing else.

A program of its own, because HDF5 may crash or hang on what it is given:

    python fuzz_jets_h5.py FOLDER FIRST FILES

Prints how many were read and how many refused, as JSON. Each file comes from its number alone, so that
one that fails can be made again; its number stands in FOLDER/number.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
from synthetic import synthetic_pairs

from pyjetsim.errors import Error
from pyjetsim.io import PairsFile, PairsWriter
from pyjetsim.io.jets_h5.layout import JETS, PAIRS

Change = Callable[[h5py.File, np.random.Generator], None]

ROOM = 8
DATASETS = [f"{side}/{name}" for side in ("gen", "reco") for name in JETS] + list(PAIRS)
SHAPES = [
    (),
    (0,),
    (1,),
    (39,),
    (40,),
    (41,),
    (40, 3),
    (40, 4),
    (40, ROOM),
    (40, ROOM, 3),
    (40, ROOM, 4),
    (2, 2, 2, 2),
]
RECORD = np.dtype([("x", "f4"), ("y", "i4")])
DTYPES = ["f2", "f4", ">f4", "f8", "i1", "i4", ">i8", "u8", "?", "c8", "S3", RECORD]
ATTRIBUTES = [
    0,
    1,
    2**63,
    -1,
    1.0,
    np.nan,
    "",
    "1",
    "pyjetsim.jets",
    b"\xff\xfe",
    "[" * 100_000,
    '{"a": NaN}',
    "5",
]
ATTRIBUTES += [np.arange(3), np.array(["pyjetsim.jets"] * 2, "S"), np.zeros((0, 2)), h5py.Empty("f4"), True]


def _delete(file: h5py.File, random: np.random.Generator) -> None:
    del file[random.choice([*DATASETS, "gen", "reco"])]


def _replace(file: h5py.File, random: np.random.Generator) -> None:
    name = random.choice(DATASETS)
    shape, dtype = SHAPES[random.integers(len(SHAPES))], DTYPES[random.integers(len(DTYPES))]
    if random.random() < 0.4:
        shape = file[name].shape
    elif random.random() < 0.4:
        dtype = file[name].dtype
    del file[name]
    file.create_dataset(name, shape, dtype)


def _odd(file: h5py.File, random: np.random.Generator) -> None:
    name = random.choice(DATASETS)
    del file[name]
    kind = random.integers(7)
    if kind == 0:
        file.create_group(name)
    elif kind == 1:
        file[name] = h5py.Empty("f4")
    elif kind == 2:
        file[name] = h5py.SoftLink("/nowhere")
    elif kind == 3:
        file[name] = h5py.SoftLink(f"/{name}")
    elif kind == 4:
        file[name] = h5py.ExternalLink("/nowhere.h5", "/x")
    elif kind == 5:
        file.create_dataset(name, (40,), h5py.special_dtype(vlen=np.float32))
    else:
        # More than any memory holds, and none of it is in the file.
        file.create_dataset(name, (2**40, ROOM, 3), "u4", chunks=(1024, ROOM, 3))


def _values(file: h5py.File, random: np.random.Generator) -> None:
    dataset = file[random.choice(DATASETS)]
    if not isinstance(dataset, h5py.Dataset) or not dataset.size or dataset.dtype.kind not in "fi":
        return  # by an earlier change
    values = dataset[...]
    odd = [np.nan, np.inf, -1, 1e38, 0] if values.dtype.kind == "f" else [-1, 2**31 - 1, -(2**31), 0]
    values.flat[random.integers(values.size, size=random.integers(1, 5))] = random.choice(odd)
    dataset[...] = values


def _attribute(file: h5py.File, random: np.random.Generator) -> None:
    name = random.choice(["format", "version", "provenance"])
    del file.attrs[name]
    if random.random() < 0.9:
        file.attrs[name] = ATTRIBUTES[random.integers(len(ATTRIBUTES))]


def damage_structure(path: Path, random: np.random.Generator) -> None:
    """What another program may write: datasets and attributes that are not as they should be."""
    changes: list[Change] = [_delete, _replace, _odd, _values, _attribute]
    with h5py.File(path, "r+") as file:
        for _ in range(random.integers(1, 3)):
            # An earlier change may have taken it away, or made it a link to itself.
            with suppress(KeyError, RuntimeError):
                changes[random.integers(len(changes))](file, random)


def damage_bytes(path: Path, random: np.random.Generator) -> None:
    """What a disk or a network may do."""
    content = bytearray(path.read_bytes())
    for _ in range(random.integers(1, 5)):
        at, length = int(random.integers(len(content))), int(random.integers(1, 40))
        kind = random.integers(6)
        if kind == 0:
            content[at] ^= 1 << int(random.integers(8))
        elif kind == 1:
            content[at : at + length] = random.bytes(len(content[at : at + length]))
        elif kind == 2:
            content[at : at + length] = bytes(len(content[at : at + length]))
        elif kind == 3:
            content[at : at + length] = b"\xff" * len(content[at : at + length])
        elif kind == 4:
            other = int(random.integers(len(content)))
            content[at : at + length] = content[other : other + length]
        elif len(content) > 100:
            del content[at:]
            content += b"\0"
    path.write_bytes(content)


def read(path: Path) -> None:
    """All that the other stages ask of a file."""
    with PairsFile(path) as file:
        assert len(file) < 10**6, "a file so small cannot hold so many"
        json.dumps(file.provenance)
        assert len(file.event) == len(file)
        rows = sum(len(pairs) for split in ("train", "validation", "test") for pairs in file.batches(split))
        assert rows == len(file)


def main(folder: Path, first: int, files: int) -> None:
    with PairsWriter(folder / "good.h5", {"seed": 1}, ROOM) as writer:
        writer.append(synthetic_pairs(40, 1))
    good, path = (folder / "good.h5").read_bytes(), folder / "damaged.h5"
    seen: Counter[str] = Counter()
    for number in range(first, first + files):
        (folder / "number").write_text(str(number))
        path.write_bytes(good)
        random = np.random.default_rng(number)
        (damage_structure if number % 2 else damage_bytes)(path, random)
        try:
            read(path)
        except Error:
            seen["refused"] += 1
        else:
            seen["read"] += 1
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
