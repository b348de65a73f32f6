"""Arrays of any names and formats: what a mapping says, what is never guessed, and rows that stay rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pytest
import torch
from synthetic import MakePairs

import pyjetsim
from pyjetsim.cli import main
from pyjetsim.convert import convert
from pyjetsim.errors import DataError, DataWarning, InputError
from pyjetsim.io import PairsFile
from pyjetsim.io.arrays import Arrays
from pyjetsim.io.formats import Reading, format_of, open_source
from pyjetsim.jets import Jets, Pairs, pseudorapidity, transverse_momentum
from pyjetsim.simulate import simulate

N = 30
READING = Reading(mapping="gen=gen,event=event")


@pytest.fixture(scope="module")
def pairs(make_pairs: MakePairs) -> Pairs:
    return make_pairs(N, 4)


def npz(path: Path, arrays: dict[str, Any]) -> None:
    np.savez(path, **arrays)
    path.with_name(path.name + ".npz").rename(path)


def hdf5(path: Path, arrays: dict[str, Any]) -> None:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values


def pt(path: Path, arrays: dict[str, Any]) -> None:
    torch.save(
        {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}, path
    )


def parquet(path: Path, arrays: dict[str, Any]) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    ak.to_parquet(
        ak.zip({k: ak.from_regular(ak.from_numpy(v), axis=None) for k, v in arrays.items()}, depth_limit=1),
        path,
    )


WRITERS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "npz": npz,
    "h5": hdf5,
    "pt": pt,
    "parquet": parquet,
}


def read(path: Path, reading: Reading = READING) -> Any:
    with open_source(path, reading) as source:
        batches = list(source.batches())
    return Jets.concatenate([batch.gen for batch in batches]), np.concatenate(
        [batch.event for batch in batches]
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_is_told_by_its_content(kind: str, pairs: Pairs, tmp_path: Path) -> None:
    path = tmp_path / "jets.dat"
    WRITERS[kind](path, {"gen": pairs.gen.constituents, "event": pairs.event})
    assert isinstance(format_of(path), Arrays)
    gen, event = read(path)
    np.testing.assert_array_equal(gen.constituents, pairs.gen.constituents)
    np.testing.assert_allclose(gen.jet, pairs.gen.jet, rtol=1e-6)
    assert event.tolist() == pairs.event.tolist()


def test_npy_has_one_array(pairs: Pairs, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pairs.gen.constituents)
    with pytest.warns(DataWarning, match="each jet is an event of its own"):
        gen, event = read(tmp_path / "x.npy", Reading(mapping="gen=."))
    np.testing.assert_array_equal(gen.constituents, pairs.gen.constituents)
    assert event.tolist() == list(range(N))


def test_channels_first_by_name_alone(pairs: Pairs, tmp_path: Path) -> None:
    energy = np.linalg.norm(pairs.gen.constituents, axis=-1, keepdims=True) * 1.001
    turned = np.concatenate([pairs.gen.constituents, energy], axis=-1).transpose(0, 2, 1)
    np.save(tmp_path / "x.npy", turned)
    np.save(tmp_path / "mask.npy", pairs.gen.present[:, None].astype(np.float32))
    text = "gen=.,order=channels-first,columns=px:py:pz:E,gen.mask=mask.npy"
    gen, _ = read(tmp_path / "x.npy", Reading(mapping=text, number_events=True))
    np.testing.assert_array_equal(gen.constituents, pairs.gen.constituents)
    # The energies are used: the jets are heavier than of massless constituents.
    assert (gen.mass > pairs.gen.mass).all()
    for wrong in ("gen=.,columns=px:py:pz:E", "gen=.", "gen=.,order=channels-first"):
        with pytest.raises(DataError, match="never guessed"):
            read(tmp_path / "x.npy", Reading(mapping=wrong, number_events=True))
    with pytest.raises(DataError, match="say order=channels-first"):
        read(tmp_path / "x.npy", Reading(mapping="gen=.,columns=px:py:pz:E", number_events=True))


def test_one_array_for_each_coordinate_ragged_too(pairs: Pairs, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    rows, present = pairs.gen.constituents, pairs.gen.present
    count = present.sum(axis=1)
    columns = {
        "part_pt": transverse_momentum(rows), "part_eta": pseudorapidity(rows),
        "part_phi": np.arctan2(rows[..., 1], rows[..., 0]), "kind": pairs.gen.pid,
    }  # fmt: skip
    lists = {
        name: ak.unflatten(values[present].astype(np.float64), count) for name, values in columns.items()
    }
    ak.to_parquet(
        ak.zip({**lists, "n": pairs.event}, depth_limit=1), tmp_path / "x.parquet", row_group_size=7
    )
    text = "gen.pt=part_pt,gen.eta=part_eta,gen.phi=part_phi,gen.pid=kind,event=n"
    gen, event = read(tmp_path / "x.parquet", Reading(mapping=text))
    np.testing.assert_allclose(gen.constituents, rows, rtol=1e-5, atol=1e-4)
    assert gen.n_constituents.tolist() == count.tolist()
    np.testing.assert_array_equal(np.sort(gen.pid), np.sort(pairs.gen.pid))
    assert event.tolist() == pairs.event.tolist()


def test_mev_by_the_files_own_word_or_the_mapping(pairs: Pairs, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["gen"] = 1000 * pairs.gen.constituents.astype(np.float64)
        file["event"] = pairs.event
        file["gen"].attrs["unit"] = "MeV"
    hdf5(tmp_path / "y.h5", {"gen": 1000 * pairs.gen.constituents.astype(np.float64), "event": pairs.event})
    np.testing.assert_allclose(read(tmp_path / "x.h5")[0].pt, pairs.gen.pt, rtol=1e-6)
    # Without a word numbers are GeV, however large.
    np.testing.assert_allclose(read(tmp_path / "y.h5")[0].pt, 1000 * pairs.gen.pt, rtol=1e-6)
    said = Reading(mapping="gen=gen,event=event,unit=MeV")
    np.testing.assert_allclose(read(tmp_path / "y.h5", said)[0].pt, pairs.gen.pt, rtol=1e-6)
    with h5py.File(tmp_path / "x.h5", "a") as file:
        file["gen"].attrs["unit"] = "furlongs"
    with pytest.raises(DataError, match="says its unit is 'furlongs'"):
        read(tmp_path / "x.h5")


def test_simulate_keeps_every_row_in_its_place(pairs: Pairs, tmp_path: Path) -> None:
    rows = pairs.gen.constituents.copy()
    rows[5] = 0  # a jet of nothing
    rows[7] *= 1e-3  # far below any cut
    npz(tmp_path / "x", {"jets": rows, "n": pairs.event, "w": np.linspace(-1, 1, N)})
    words = ["simulate", str(tmp_path / "x"), "--map", "gen=jets,event=n,weight=w", "--bundle", "paper"]
    assert main([*words, "--output", str(tmp_path / "out.h5"), "--quiet"]) == 0
    with PairsFile(tmp_path / "out.h5") as file:
        found = file.read()
    np.testing.assert_array_equal(found.gen.constituents, Jets.from_constituents(rows).constituents)
    assert found.event.tolist() == pairs.event.tolist()
    np.testing.assert_array_equal(found.columns["weight"][:, 0], np.linspace(-1, 1, N))
    assert found.reco.n_constituents[5] == 0
    expected = pyjetsim.load("paper")(rows, event=pairs.event, seed=1)
    np.testing.assert_allclose(found.reco.pt, expected.pt, rtol=1e-5)


def test_convert_pairs_row_by_row(pairs: Pairs, tmp_path: Path) -> None:
    arrays = {
        "gen": pairs.gen.constituents, "reco": pairs.reco.constituents, "event": pairs.event,
        "pid": pairs.gen.pid, "weight": np.linspace(-1, 1, N), "nv": pairs.n_vertices,
    }  # fmt: skip
    hdf5(tmp_path / "x.h5", arrays)
    text = "gen=gen,reco=reco,event=event,gen.pid=pid,weight=weight,n_vertices=nv"
    summary = convert(
        [tmp_path / "x.h5"], tmp_path / "out.h5", mapping=text, gen_pt_min=0, reco_pt_min=0, quiet=True
    )
    assert summary.pairs == N
    with PairsFile(tmp_path / "out.h5") as file:
        found, provenance = file.read(), file.provenance
    for side in ("gen", "reco"):
        np.testing.assert_array_equal(getattr(found, side).constituents, getattr(pairs, side).constituents)
    np.testing.assert_array_equal(found.gen.pid, pairs.gen.pid)
    np.testing.assert_array_equal(found.event, pairs.event)
    np.testing.assert_array_equal(found.n_vertices, pairs.n_vertices)
    np.testing.assert_array_equal(found.columns["weight"][:, 0], arrays["weight"])
    assert text in str(provenance)
    cut = convert([tmp_path / "x.h5"], tmp_path / "cut.h5", mapping=text, gen_pt_min=150, quiet=True)
    assert cut.pairs == int((pairs.gen.pt > 150).sum())
    assert cut.counts["gen jets of the file", "outside the cuts"] == N - cut.pairs


def test_two_jets_of_a_row_are_not_exchanged(pairs: Pairs, tmp_path: Path) -> None:
    """Both jets of an event lie close together: the nearest would be the other one's."""
    gen = pairs.gen.constituents[[0, 0]]
    reco = np.stack([gen[0] * 2, gen[0] * 3])
    npz(tmp_path / "x", {"gen": gen, "reco": reco, "event": np.array([7, 7])})
    convert(
        [tmp_path / "x"],
        tmp_path / "out.h5",
        mapping="gen=gen,reco=reco,event=event",
        quiet=True,
        gen_pt_min=0,
    )
    with PairsFile(tmp_path / "out.h5") as file:
        found = file.read()
    np.testing.assert_allclose(found.reco.pt / found.gen.pt, [2, 3], rtol=1e-6)


def test_nan_padding_under_a_mask(pairs: Pairs, tmp_path: Path) -> None:
    rows = np.where(pairs.gen.present[..., None], pairs.gen.constituents, np.nan)
    npz(tmp_path / "x", {"gen": rows, "event": pairs.event, "there": pairs.gen.present})
    gen, _ = read(tmp_path / "x", Reading(mapping="gen=gen,event=event,gen.mask=there"))
    np.testing.assert_array_equal(gen.constituents, pairs.gen.constituents)
    with pytest.raises(DataError, match=r"px of a constituent of gen jet 0 of .* is not finite"):
        read(tmp_path / "x")


def test_structured_arrays(pairs: Pairs, tmp_path: Path) -> None:
    kind = [("pt", "f4"), ("eta", "f4"), ("phi", "f4"), ("charge", "i1")]
    rows = np.zeros(pairs.gen.pid.shape, kind)
    c = pairs.gen.constituents
    rows["pt"], rows["eta"], rows["phi"] = (
        transverse_momentum(c),
        pseudorapidity(c),
        np.arctan2(c[..., 1], c[..., 0]),
    )
    np.save(tmp_path / "x.npy", rows)
    gen, _ = read(tmp_path / "x.npy", Reading(mapping="gen=.", number_events=True))
    np.testing.assert_allclose(gen.constituents, c, rtol=1e-5, atol=1e-4)


MISTAKES = {
    "no mapping": (None, "which of them are jets"),
    "no such array": ("gen=nothing", "and no nothing"),
    "no pair": ("gen", "is no NAME=KEY"),
    "no meaning": ("genn=gen", "'genn' in the mapping means nothing"),
    "twice": ("gen=gen,gen=gen", "named twice"),
    "order": ("gen=gen,order=first", "never guessed"),
    "unit": ("gen=gen,unit=TeV", "give unit=GeV or MeV"),
    "columns": ("gen=gen,columns=px:py:pc", "'pc' is no column"),
    "too few columns": ("gen=gen,columns=px:py", "columns names 2"),
    "told twice": ("gen=gen,columns=px:pt:pz", "the fields px, pt, pz"),
    "both ways": ("gen=gen,gen.px=gen", "told twice"),
    "no gen": ("event=event", "names no gen constituents"),
    "other rows": ("gen=gen,event=short", "row i of all arrays is the same jet"),
    "no numbers": ("gen=gen,event=real", "not made of whole numbers"),
    "negative": ("gen=gen,event=negative", "-3"),
    "flat": ("gen=event,event=event", r"shape \(30,\)"),
    "mask": ("gen=gen,event=event,gen.mask=pid", "it is 1 for a constituent and 0 for padding"),
    "mask of others": ("gen=gen,event=event,gen.mask=narrow", "different shapes"),
    "pid": ("gen=gen,event=event,gen.pid=half", "not whole numbers"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.filterwarnings("ignore::pyjetsim.errors.DataWarning")
def test_mistakes_are_told(mistake: str, pairs: Pairs, tmp_path: Path) -> None:
    event = pairs.event
    arrays = {
        "gen": pairs.gen.constituents, "event": event, "short": event[1:], "real": event + 0.5,
        "negative": event - 3, "pid": pairs.gen.pid, "narrow": pairs.gen.present[:, 1:],
        "half": pairs.gen.pid + 0.5,
    }  # fmt: skip
    npz(tmp_path / "x", arrays)
    text, message = MISTAKES[mistake]
    with pytest.raises((DataError, InputError), match=message):
        read(tmp_path / "x", Reading(mapping=text))


def test_a_mapping_where_none_is_needed_is_refused(pairs: Pairs, tmp_path: Path, capsys) -> None:
    from pyjetsim.io import write_pairs

    write_pairs(tmp_path / "x.h5", pairs, {})
    words = ["simulate", str(tmp_path / "x.h5"), "--map", "gen=gen", "--output", str(tmp_path / "y.h5")]
    assert main(words) == 2
    assert "leave out --map" in capsys.readouterr().err
    assert not (tmp_path / "y.h5").exists()


def test_no_code_of_a_file_is_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self):
            return sys.exit, (3,)

    torch.save({"gen": Evil()}, tmp_path / "x.pt")
    with pytest.raises(DataError, match="holds other things than tensors"):
        read(tmp_path / "x.pt")
    np.save(tmp_path / "x.npy", np.array([Evil()], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"cannot be read as NumPy's .npy"):
        read(tmp_path / "x.npy", Reading(mapping="gen=."))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_cut_file_is_one_line(kind: str, pairs: Pairs, tmp_path: Path) -> None:
    path = tmp_path / "x"
    WRITERS[kind](path, {"gen": pairs.gen.constituents, "event": pairs.event})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError):
        read(path)


def test_memory_is_flat_for_npy(tmp_path: Path) -> None:
    """Rows are read as they are needed."""
    values = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (2**17, 100, 3))
    values[0] = 1
    values.flush()
    with open_source(tmp_path / "x.npy", Reading(mapping="gen=.", number_events=True)) as source:
        first = next(source.batches())
    assert len(first.gen) < 10_000
    assert first.gen.n_constituents[0] == 100


def test_uneven_batches_of_jets(monkeypatch: pytest.MonkeyPatch, pairs: Pairs, tmp_path: Path) -> None:
    npz(tmp_path / "x", {"gen": pairs.gen.constituents, "event": pairs.event})
    for name, rows in (("one", 4096), ("many", 7)):
        monkeypatch.setattr("pyjetsim.io.arrays.ROWS", rows)
        simulate(
            tmp_path / "x",
            "paper",
            tmp_path / f"{name}.h5",
            1,
            mapping=READING.mapping,
            split="train",
            quiet=True,
        )
    with PairsFile(tmp_path / "one.h5") as one, PairsFile(tmp_path / "many.h5") as many:
        assert 0 < len(one) < N
        np.testing.assert_allclose(one.read().reco.pt, many.read().reco.pt, rtol=1e-4)


def test_other_things_than_numbers(pairs: Pairs, tmp_path: Path) -> None:
    rows = pairs.gen.constituents
    arrays = {"gen": rows, "complex": rows.astype(complex), "text": np.array(["a"] * N), "one": np.float32(1)}
    npz(tmp_path / "x", {**arrays, "flags": rows > 0})
    for name in ("complex", "text", "one"):
        with pytest.raises(DataError, match=rf"has the arrays gen \(30, 80, 3\), flags .* and no {name}"):
            read(tmp_path / "x", Reading(mapping=f"gen={name}", number_events=True))
    with pytest.raises(DataError, match="has type bool"):
        read(tmp_path / "x", Reading(mapping="gen=flags", number_events=True))


def test_any_kind_of_number_in_any_order(pairs: Pairs, tmp_path: Path) -> None:
    rows = pairs.gen.constituents
    for i, values in enumerate((rows.astype(">f8"), np.asfortranarray(rows), rows[:, ::-1])):
        np.save(tmp_path / f"{i}.npy", values)
        gen, _ = read(tmp_path / f"{i}.npy", Reading(mapping="gen=.", number_events=True))
        np.testing.assert_allclose(gen.pt, pairs.gen.pt, rtol=1e-5)
    torch.save(torch.from_numpy(rows).to_sparse(), tmp_path / "x.pt")
    gen, _ = read(tmp_path / "x.pt", Reading(mapping="gen=.", number_events=True))
    np.testing.assert_array_equal(gen.constituents, rows)
    torch.save(torch.from_numpy(rows), tmp_path / "y.pt", _use_new_zipfile_serialization=False)
    gen, _ = read(tmp_path / "y.pt", Reading(mapping="gen=.", number_events=True))
    np.testing.assert_array_equal(gen.constituents, rows)


def test_one_number_for_all_is_told(make_pairs: MakePairs, tmp_path: Path) -> None:
    npz(tmp_path / "x", {"gen": make_pairs(40, 1).gen.constituents, "event": np.ones(40, int)})
    with pytest.warns(DataWarning, match="all 40 jets have the event number 1"):
        read(tmp_path / "x")


def test_a_warning_of_a_file_is_told_once(
    pairs: Pairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npz(tmp_path / "x", {"gen": pairs.gen.constituents, "reco": pairs.reco.constituents})
    words = ["convert", str(tmp_path / "x"), "--map", "gen=gen,reco=reco", "--output", str(tmp_path / "x.h5")]
    assert main([*words, "--quiet"]) == 0
    assert capsys.readouterr().err.count("no event numbers are named") == 1
