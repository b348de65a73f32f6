"""pyjetsim-run, the program in C++: what `pyjetsim simulate` makes of HepMC3, on any number of threads."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import subprocess
import sysconfig
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyhepmc
import pytest
from hepmc_events import write_hepmc
from test_files import FIELDS, provenance, read, same

from pyjetsim import __version__
from pyjetsim.bundle.shipped import BEST
from pyjetsim.errors import Error
from pyjetsim.jets import Jets
from pyjetsim.jets.selection import GEN_ETA_MAX, GEN_PT_MIN
from pyjetsim.simulate import simulate

PROGRAM = shutil.which("pyjetsim-run", path=sysconfig.get_path("scripts"))
pytestmark = pytest.mark.skipif(
    PROGRAM is None,
    reason="pyjetsim was built without pyjetsim-run: HDF5 was missing",
)
# An event has no jets, and there are more events than are worked on at once.
NUMBERS = [3, 9, 4, 8, 12, 7, *range(100, 170)]
EMPTY = (7, 110)


def start(*words: object, **settings: Any) -> subprocess.Popen[str]:
    assert PROGRAM is not None
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings}
    return subprocess.Popen([PROGRAM, *map(str, words)], **pipes)


def run(*words: object, **settings: Any) -> tuple[int, str, str]:
    process = start(*words, **settings)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def good(*words: object) -> str:
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    return out


def refused(*words: object, **settings: Any) -> str:
    status, out, err = run(*words, **settings)
    assert (status, out) == (2, ""), err
    assert err.startswith("pyjetsim-run: ")
    assert err.count("\n") == 1
    assert re.search(r" \(.*\): ", err)
    return err


def alike(a: Jets, b: Jets) -> None:
    """The same but for the last bits, which depend on the jets that are simulated together."""
    for name in FIELDS:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-4, atol=1e-4, err_msg=name)


def listing(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return write_hepmc(tmp_path / "events.hepmc", NUMBERS, EMPTY)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a while."""
    folder = tmp_path_factory.mktemp("many")
    text = write_hepmc(folder / "one.hepmc", [5]).read_text()
    head, event, end = re.split(r"(?=^E 5)|(?=^HepMC::Asciiv3-END)", text, flags=re.M)
    with (folder / "many.hepmc").open("w") as file:
        file.write(head)
        for number in range(20000):
            file.write(event.replace("E 5", f"E {number}", 1))
        file.write(end)
    return folder / "many.hepmc"


@pytest.mark.parametrize("suffix", [".hepmc", ".hepmc.gz", ".hepmc.zst"])
def test_agrees_with_python(tmp_path: Path, bundle: Path, suffix: str) -> None:
    source = write_hepmc(tmp_path / f"events{suffix}", NUMBERS, EMPTY)
    theirs = simulate(source, bundle, tmp_path / "python.h5", 11)
    out = good(source, "--bundle", bundle, "--output", tmp_path / "cpp.h5", "--seed", 11, "--threads", 2)
    a, b = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    assert len(a) > 100
    np.testing.assert_array_equal(a.event, b.event)
    np.testing.assert_array_equal(a.n_vertices, b.n_vertices)
    alike(a.gen, b.gen)
    alike(a.reco, b.reco)
    np.testing.assert_allclose(a.delta_r, b.delta_r, atol=1e-4)
    ours, made = provenance(tmp_path / "cpp.h5"), provenance(tmp_path / "python.h5")
    assert ours["simulation"].pop("backend").startswith("ONNX Runtime ")
    assert ours == made
    assert re.match(
        re.escape(f"{tmp_path / 'cpp.h5'}: {theirs.jets} jets of {theirs.events} events simulated in "), out
    )
    outside, truncated = (theirs.counts[name] for name in ("outside_domain", "truncated"))
    assert f"{outside} outside the model's domain, {truncated} truncated, " in out


def test_without_a_bundle_it_takes_the_best_that_comes_along(tmp_path: Path, events: Path) -> None:
    theirs = simulate(events, None, tmp_path / "python.h5", 1)
    good(events, "--output", tmp_path / "cpp.h5")
    assert provenance(tmp_path / "cpp.h5")["simulation"]["model"] == BEST
    ours = read(tmp_path / "cpp.h5")
    assert len(ours) == theirs.jets
    # One constituent in thousands lies on a cut or on the edge of two answers.
    same = ours.reco.n_constituents == read(tmp_path / "python.h5").reco.n_constituents
    assert same.mean() > 0.95


def test_identities_go_in_and_come_out(tmp_path: Path, kinds_bundle: Path) -> None:
    source = write_hepmc(tmp_path / "events.hepmc", NUMBERS, EMPTY, pids=(211, 22, -211, 130))
    simulate(source, kinds_bundle, tmp_path / "python.h5", 11)
    good(source, "--bundle", kinds_bundle, "--output", tmp_path / "cpp.h5", "--seed", 11)
    a, b = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    alike(a.gen, b.gen)
    alike(a.reco, b.reco)
    np.testing.assert_array_equal(a.reco.pid, b.reco.pid)
    assert set(np.unique(a.gen.pid)) == {-211, 0, 22, 130, 211}
    assert set(np.unique(a.reco.pid)) == {-211, 0, 22, 130, 211}


def test_the_default_cuts_are_those_of_python() -> None:
    told = good("--help")
    assert f"gen jets above this (default: {GEN_PT_MIN:g})" in told
    assert f"gen jets within this |eta| (default: {GEN_ETA_MAX:g})" in told


def test_gen_cuts_are_those_of_python(tmp_path: Path, bundle: Path, events: Path) -> None:
    simulate(events, bundle, tmp_path / "python.h5", 1, gen_pt_min=30, gen_eta_max=0.4)
    good(
        events,
        f"--bundle={bundle}",
        "--output",
        tmp_path / "cpp.h5",
        "--gen-pt-min=30",
        "--gen-eta-max",
        "0.4",
    )
    a, b = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    assert len(a) == len(b) > 0
    alike(a.gen, b.gen)
    assert provenance(tmp_path / "cpp.h5")["gen_jets"] == provenance(tmp_path / "python.h5")["gen_jets"]


def test_threads_change_nothing(tmp_path: Path, bundle: Path, events: Path) -> None:
    for threads in (1, 4):
        good(events, "--bundle", bundle, "--output", tmp_path / f"{threads}.h5", "--threads", threads)
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "4.h5").read_bytes()


def test_oversampling_repeats_gen_jets_with_new_noise(tmp_path: Path, bundle: Path, events: Path) -> None:
    for name, options in (("once", []), ("thrice", ["--oversample", 3]), ("twice", ["--oversample", 2])):
        good(events, "--bundle", bundle, "--output", tmp_path / f"{name}.h5", *options)
    once, twice, thrice = (read(tmp_path / f"{name}.h5") for name in ("once", "twice", "thrice"))
    assert (len(twice), len(thrice)) == (2 * len(once), 3 * len(once))
    for copy in range(3):
        same(thrice.gen[copy::3], once.gen)
        np.testing.assert_array_equal(thrice.event[copy::3], once.event)
        np.testing.assert_array_equal(thrice.columns["copy"][copy::3], copy)
    assert "copy" not in once.columns
    same(thrice.reco[::3], once.reco)
    same(thrice.reco[1::3], twice.reco[1::2])
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (thrice.reco.pt[a::3] != thrice.reco.pt[b::3]).mean() > 0.9
    counts = provenance(tmp_path / "thrice.h5")["simulation"]["counts"]
    assert counts["jets"] == len(thrice)
    assert counts["truncated"] == provenance(tmp_path / "once.h5")["simulation"]["counts"]["truncated"]


def test_oversampled_jets_are_those_of_python(tmp_path: Path, bundle: Path, events: Path) -> None:
    simulate(events, bundle, tmp_path / "python.h5", 3, oversample=3)
    good(events, "--bundle", bundle, "--output", tmp_path / "cpp.h5", "--seed", 3, "--oversample", 3)
    ours, theirs = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    alike(ours.gen, theirs.gen)
    alike(ours.reco, theirs.reco)
    np.testing.assert_array_equal(ours.columns["copy"], theirs.columns["copy"])
    ours, made = provenance(tmp_path / "cpp.h5"), provenance(tmp_path / "python.h5")
    ours["simulation"].pop("backend")
    assert ours == made


@pytest.mark.parametrize("copies", [1, 3])
def test_weights_are_those_of_python(tmp_path: Path, bundle: Path, copies: int) -> None:
    source = write_hepmc(tmp_path / "events.hepmc", NUMBERS, EMPTY, weights=("nominal", "naïve \\ up"))
    simulate(source, bundle, tmp_path / "python.h5", 1, oversample=copies)
    good(source, "--bundle", bundle, "--output", tmp_path / "cpp.h5", "--oversample", copies, "--threads", 2)
    ours, theirs = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    np.testing.assert_array_equal(ours.columns["weight"], theirs.columns["weight"])
    assert (ours.columns["weight"] < 0).any()
    assert ours.weight_names == theirs.weight_names == ("nominal", "naïve \\ up")


def test_another_seed_gives_other_jets(tmp_path: Path, bundle: Path, events: Path) -> None:
    for seed in (1, 2**64 - 1):
        good(events, "--bundle", bundle, "--output", tmp_path / f"{seed}.h5", "--seed", seed)
    a, b = (read(tmp_path / f"{seed}.h5") for seed in (1, 2**64 - 1))
    same(a.gen, b.gen)
    assert (a.reco.pt != b.reco.pt).mean() > 0.9


@pytest.mark.parametrize("weights", [(), ("nominal", "scale up")])
def test_the_file_is_as_python_writes_it(tmp_path: Path, bundle: Path, weights: tuple[str, ...]) -> None:
    events = write_hepmc(tmp_path / "events.hepmc", NUMBERS, EMPTY, weights=weights)
    simulate(events, bundle, tmp_path / "python.h5", 1)
    good(events, "--bundle", bundle, "--output", tmp_path / "cpp.h5")
    with h5py.File(tmp_path / "cpp.h5") as ours, h5py.File(tmp_path / "python.h5") as theirs:
        assert list(ours.attrs) == list(theirs.attrs)
        assert isinstance(ours.attrs["format"], str)

        def check(name: str, there: Any) -> None:
            here = ours[name]
            assert type(here) is type(there)
            if isinstance(there, h5py.Dataset):
                for what in (
                    "dtype",
                    "shape",
                    "maxshape",
                    "chunks",
                    "compression",
                    "compression_opts",
                    "shuffle",
                ):
                    assert getattr(here, what) == getattr(there, what), (name, what)
                assert list(here.attrs) == list(there.attrs)

        theirs.visititems(check)


@pytest.mark.parametrize("suffix", [".hepmc", ".hepmc.gz", ".hepmc.zst"])
def test_cut_file_keeps_the_events_before(tmp_path: Path, bundle: Path, suffix: str) -> None:
    source = write_hepmc(tmp_path / f"events{suffix}", list(range(300)))
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(Error) as theirs:
        simulate(source, bundle, tmp_path / "python.h5", 1)
    status, out, err = run(source, "--bundle", bundle, "--output", tmp_path / "cpp.h5")
    assert status == 2
    ours = provenance(tmp_path / "cpp.h5")["simulation"]
    assert ours["complete"] is False
    assert 100 < ours["counts"]["events"] < 300
    assert f"of {ours['counts']['events']} events simulated" in out
    if suffix == ".hepmc":
        assert err == f"pyjetsim-run: {theirs.value}\n".replace("python.h5", "cpp.h5")
        assert ours["counts"] == provenance(tmp_path / "python.h5")["simulation"]["counts"]
    last = ours["counts"]["events"] - 1
    assert f"{source} stops after event {last}: " in err
    assert f"; the {last + 1} events before are simulated in {tmp_path / 'cpp.h5'}): " in err
    a, b = read(tmp_path / "cpp.h5"), read(tmp_path / "python.h5")
    rows = min(len(a), len(b))
    assert rows >= 200
    alike(a.gen[:rows], b.gen[:rows])
    alike(a.reco[:rows], b.reco[:rows])
    assert listing(tmp_path) == {source.name, "python.h5", "cpp.h5"}


def test_damage_in_the_middle_is_told_as_in_python(tmp_path: Path, bundle: Path, events: Path) -> None:
    events.write_bytes(events.read_bytes().replace(b"\nE 150 ", b"\nE x ", 1))
    status, _, err = run(events, "--bundle", bundle, "--output", tmp_path / "out.h5", "--threads", 3)
    assert status == 2
    assert (
        "stops after event 149: the next event has the number 'x', no whole one (the file is cut or damaged "
        "there; the 56 " in err
    )
    assert read(tmp_path / "out.h5").event[-1] == 149


WRONG = {
    "is empty": b"",
    "does not begin as a HepMC file": b"some text\n" * 50,
    "stops before its first event: it ends in its header": b"HepMC::Asciiv3-START_EVENT_LISTING\n",
    "has no events": b"HepMC::Asciiv3-START_EVENT_LISTING\nHepMC::Asciiv3-END_EVENT_LISTING\n",
    "stops before its first event: it cannot be decompressed": gzip.compress(b"text", mtime=0)[:10],
    "stops before its first event: event 0 has 0 of its 7 particles": (
        b"HepMC::Asciiv3-START_EVENT_LISTING\nE 0 1 7\n"
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_no_usable_source_leaves_nothing(tmp_path: Path, bundle: Path, message: str) -> None:
    source = tmp_path / "in.hepmc"
    source.write_bytes(WRONG[message])
    err = refused(source, "--bundle", bundle, "--output", tmp_path / "out.h5")
    assert f"in.hepmc {message}" in err
    assert listing(tmp_path) == {"in.hepmc"}


def test_source_that_is_not_there(tmp_path: Path, bundle: Path) -> None:
    words = ("--bundle", bundle, "--output", tmp_path / "out.h5")
    assert "none.hepmc is not there" in refused(tmp_path / "none.hepmc", *words)
    assert f"{tmp_path} is a folder" in refused(tmp_path, *words)
    assert listing(tmp_path) == set()


def test_pipes_and_standard_input(tmp_path: Path, bundle: Path, events: Path) -> None:
    good(events, "--bundle", bundle, "--output", tmp_path / "file.h5")
    content = events.read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(gzip.compress(content),))
    writer.start()
    good(tmp_path / "pipe", "--bundle", bundle, "--output", tmp_path / "pipe.h5")
    writer.join()
    assert PROGRAM is not None
    command = [PROGRAM, "-", "--bundle", str(bundle), "--output", str(tmp_path / "input.h5"), "--quiet"]
    done = subprocess.run(command, input=content, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    for name in ("pipe.h5", "input.h5"):
        same(read(tmp_path / name).reco, read(tmp_path / "file.h5").reco)
    # Its writer goes away in the middle of an event.
    done = subprocess.run(command, input=content[: len(content) // 2], capture_output=True)
    assert done.returncode == 2
    assert re.match(
        rb"pyjetsim-run: standard input stops after event 1\d\d: it ends in the middle of an event .*\n$",
        done.stderr,
    )


def test_a_pipe_is_not_waited_for_after_a_damaged_event(tmp_path: Path, bundle: Path, events: Path) -> None:
    words = ("-", "--bundle", bundle, "--output", tmp_path / "out.h5", "--quiet")
    text = events.read_text()
    with start(*words, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(text[: text.index("\nE 100 ")] + "\nE x 1 2\nE 5 0 0\n")
            # It works on 64 events at a time, and is given so many.
            process.stdin.write("".join(f"E {number} 0 0\n" for number in range(200, 280)))
            process.stdin.flush()
            assert process.wait(timeout=60) == 2
        finally:
            process.kill()


def test_a_pipe_that_nobody_writes_can_be_interrupted(tmp_path: Path, bundle: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    process = start(tmp_path / "pipe", "--bundle", bundle, "--output", tmp_path / "out.h5")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (2, -signal.SIGINT)  # it may still be starting
    assert listing(tmp_path) == {"pipe"}


def test_negative_event_number(tmp_path: Path, bundle: Path) -> None:
    source = write_hepmc(tmp_path / "in.hepmc", [1, 3])
    source.write_bytes(source.read_bytes().replace(b"\nE 3 ", b"\nE -3 "))
    err = refused(source, "--bundle", bundle, "--output", tmp_path / "out.h5")
    assert "in.hepmc: event -3 has a number that is not from 0 to 2^63 - 1 (its jets" in err
    assert listing(tmp_path) == {"in.hepmc"}


def test_momenta_beyond_float32(tmp_path: Path, bundle: Path) -> None:
    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    event.event_number = 8
    vertex = pyhepmc.GenVertex()
    vertex.add_particle_in(pyhepmc.GenParticle((0, 0, 1, 1), 2212, 4))
    vertex.add_particle_out(pyhepmc.GenParticle((1e60, 0, 0, 1e60), 211, 1))
    event.add_vertex(vertex)
    with pyhepmc.open(tmp_path / "in.hepmc", "w") as file:
        file.write(event)
    err = refused(tmp_path / "in.hepmc", "--bundle", bundle, "--output", tmp_path / "out.h5", "--threads", 2)
    assert "in.hepmc stops before its first event: px of particle 2 of event 8 is 1e+60 GeV (" in err
    assert listing(tmp_path) == {"in.hepmc"}


def test_bad_bundle(tmp_path: Path, events: Path, copy: Path) -> None:
    with (copy / "model.onnx").open("ab") as file:
        file.write(b"x")
    assert "model.onnx" in refused(events, "--bundle", copy, "--output", tmp_path / "out.h5")
    refused(events, "--bundle", tmp_path / "none", "--output", tmp_path / "out.h5")
    assert not (tmp_path / "out.h5").exists()


def test_what_ran_the_model_is_named(tmp_path: Path, bundle: Path, events: Path) -> None:
    for backend, name in (("onnxruntime", "ONNX Runtime 1."), ("torchscript", "libtorch 2.")):
        output, figures = tmp_path / f"{backend}.h5", tmp_path / f"{backend}.json"
        words = (events, "--bundle", bundle, "--output", output, "--backend", backend, "--json", figures)
        told = good(*words).splitlines()[-1]
        named = provenance(output)["simulation"]["backend"]
        assert named.startswith(name)
        assert "/" not in named
        assert told == f"the model was run by {named}"
        assert json.loads(figures.read_text())["backend"] == named
    a, b = read(tmp_path / "onnxruntime.h5"), read(tmp_path / "torchscript.h5")
    same(a.gen, b.gen)
    alike(a.reco, b.reco)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--backend", "abacus"], "there is no backend 'abacus'"),
        (["--library", "none.so"], "none.so"),
        (["--backend", "torchscript", "--library", "none.so"], "torchscript cannot be loaded: none.so"),
        (["--backend", "torchscript", "--library", "libm.so.6"], "libm.so.6 is another library"),
    ],
)
def test_a_backend_that_cannot_be_had_is_not_replaced(
    tmp_path: Path, bundle: Path, events: Path, options: list[str], message: str
) -> None:
    assert message in refused(events, "--bundle", bundle, "--output", tmp_path / "out.h5", *options)
    assert not (tmp_path / "out.h5").exists()


def test_bad_output(tmp_path: Path, bundle: Path, events: Path) -> None:
    assert "is a folder" in refused(events, "--bundle", bundle, "--output", tmp_path)
    # Its format is known by content, so that a source may be called as an output is.
    source = events.rename(events.with_suffix(".h5"))
    assert "is the source" in refused(source, "--bundle", bundle, "--output", source)
    source.rename(events)
    for end in ("txt", "gz", "5"):
        told = refused(events, "--bundle", bundle, "--output", tmp_path / f"out.{end}")
        assert f"out.{end} ends in .{end} (its ending says what is written" in told
    for end, name in (("root", "ROOT"), ("ROOT", "ROOT"), ("parquet", "Parquet"), ("pq", "Parquet")):
        err = refused(events, "--bundle", bundle, "--output", tmp_path / f"out.{end}")
        assert f"out.{end} is named as {name} (pyjetsim-run writes jets.h5 only)" in err
    assert "Not a directory" in refused(events, "--bundle", bundle, "--output", events / "out.h5")
    out = tmp_path / "out.h5"
    for same_file in (out, f"{tmp_path}/./out.h5", f"{tmp_path}/folder/../out.h5"):
        assert "names the output" in refused(events, "--bundle", bundle, "--output", out, "--json", same_file)
    assert listing(tmp_path) == {events.name}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "IN is missing"),
        (["a.hepmc"], "--output is missing"),
        (["a.hepmc", "b.hepmc"], "b.hepmc is a second file to read"),
        (["--colour"], "there is no option --colour"),
        (["--colour=red"], "there is no option --colour ("),
        (["--oversampel", "2"], "): did you mean --oversample? `pyjetsim-run --help` lists all"),
        (["-x"], "there is no option -x"),
        (["--quiet=1"], "--quiet takes no value"),
        (["a.hepmc", "--", "--quiet"], "--quiet is a second file to read"),
        (["--", "-"], "--output is missing"),
        (["--seed"], "--seed has no value"),
        (["--seed", "-1"], "--seed -1 is no whole number from 0 to 18446744073709551615"),
        (["--seed", "18446744073709551616"], "is no whole number from 0"),
        (["--threads", "0"], "--threads 0 is no whole number from 1"),
        (["--threads", "1025"], "--threads 1025 is no whole number from 1 to 1024"),
        (["--oversample", "1001"], "--oversample 1001 is no whole number from 1 to 1000"),
        (["--oversample", "1.5"], "--oversample 1.5 is no whole number"),
        (["--gen-pt-min", "nan"], "--gen-pt-min nan is not a number of at least 0"),
        (["--gen-eta-max=-1"], "--gen-eta-max -1 is not a number of at least 0"),
        (["--output="], "--output is empty"),
        (["--output", ""], "--output is empty"),
        (["", "--output", "a.h5"], "IN is empty"),
    ],
)
def test_commands_that_cannot_be_understood(words: list[str], message: str) -> None:
    err = refused(*words)
    assert message in err
    assert " (the command cannot be understood): " in err
    see = " (the command cannot be understood): see `pyjetsim-run --help`\n"
    assert err.endswith("`pyjetsim-run --help` lists all\n" if "there is no option" in err else see)


def test_help_and_version() -> None:
    assert good("--version") == f"pyjetsim-run {__version__}\n"
    text = good("--help")
    assert text.startswith("usage: pyjetsim-run IN --output")
    options = "bundle output seed threads oversample gen-pt-min gen-eta-max number-events backend json quiet"
    for option in [*options.split(), "help", "version"]:
        assert f"--{option}" in text


def test_quiet_and_json(tmp_path: Path, bundle: Path, events: Path) -> None:
    figures = tmp_path / "figures.json"
    words = (events, "--bundle", bundle, "--output", tmp_path / "out.h5", "--quiet", "--json", figures)
    assert good(*words) == ""
    found = json.loads(figures.read_text())
    counts = provenance(tmp_path / "out.h5")["simulation"]["counts"]
    assert {name: found[name] for name in counts} == counts
    assert found["complete"] is True
    assert found["events_per_s"] == pytest.approx(found["events"] / found["seconds"])
    assert found["jets_per_s"] == pytest.approx(found["jets"] / found["seconds"])
    assert set(found["ms_per_event"]) == {"reading", "clustering", "inference", "writing"}
    assert all(value > 0 for value in found["ms_per_event"].values())
    assert listing(tmp_path) == {events.name, "out.h5", "figures.json"}


@pytest.mark.parametrize("columns", [80, 20])
def test_progress_on_a_terminal_only(tmp_path: Path, bundle: Path, many: Path, columns: int) -> None:
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had here: {error}")
    try:
        termios.tcsetwinsize(theirs, (24, columns))
        env = {**os.environ, "TERM": "xterm"}
        process = start(many, "--bundle", bundle, "--output", tmp_path / "out.h5", stderr=theirs, env=env)
        os.close(theirs)
        seen = b""
        while b"\x1b[K" not in seen:
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        os.close(ours)
    # A line that is too long would be broken, and not be written over.
    line = seen.split(b"\x1b[K")[0]
    assert re.match(rb"\rsimulate: \d+ events, \d+ events/s" if columns == 80 else rb"\rsimulate: \d+ ", line)
    assert len(line) <= columns


def test_progress_needs_a_terminal_that_redraws(tmp_path: Path, bundle: Path, many: Path) -> None:
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had here: {error}")
    try:
        env = {**os.environ, "TERM": "dumb"}
        process = start(many, "--bundle", bundle, "--output", tmp_path / "out.h5", stderr=theirs, env=env)
        process.communicate(timeout=120)
        assert select.select([ours], [], [], 0) == ([], [], [])
    finally:
        os.close(ours)
        os.close(theirs)


def _wait_for_jets(folder: Path) -> None:
    """Until the file that is being written holds some."""
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size > 100_000 for part in folder.glob(".out.h5.*.part")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_closes_the_file_whole(tmp_path: Path, bundle: Path, many: Path, signum: int) -> None:
    def from_a_terminal() -> None:
        signal.signal(signum, signal.SIG_DFL)  # nohup, which may have started the tests, hides one

    words = (many, "--bundle", bundle, "--output", tmp_path / "out.h5", "--threads", 2)
    process = start(*words, preexec_fn=from_a_terminal)
    _wait_for_jets(tmp_path)
    process.send_signal(signum)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    pairs, made = read(tmp_path / "out.h5"), provenance(tmp_path / "out.h5")["simulation"]
    assert made["complete"] is False
    assert 0 < made["counts"]["events"] < 20000
    np.testing.assert_array_equal(pairs.event, np.repeat(np.arange(made["counts"]["events"]), 2))
    kept = f"the {made['counts']['events']} events before are simulated in {tmp_path / 'out.h5'}"
    assert err == f"pyjetsim-run: interrupted ({kept}): run the same command again\n"
    assert listing(tmp_path) == {"out.h5"}


def test_an_interrupt_does_not_wait_for_all_copies(tmp_path: Path, many: Path) -> None:
    process = start(many, "--output", tmp_path / "out.h5", "--threads", 2, "--oversample", 1000)
    time.sleep(3)  # A batch takes a quarter of a minute.
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, err = process.communicate(timeout=120)
    assert time.monotonic() - began < 8
    assert err.startswith("pyjetsim-run: interrupted (")


def test_an_event_without_an_end_can_be_interrupted(tmp_path: Path, bundle: Path, events: Path) -> None:
    """A generator that prints something else goes on and on; so do compressed pipes."""
    text = events.read_text()
    head = text[: text.index("\nE 100 ")].encode()
    for name, given in (("plain", head), ("gzip", gzip.compress(head))):
        process = start(
            "-", "--bundle", bundle, "--output", tmp_path / f"{name}.h5", stdin=subprocess.PIPE, text=False
        )
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.flush()
        deadline = time.monotonic() + 3
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGTERM)
            with suppress(BrokenPipeError):
                process.stdin.write(b"\nA more and more" if name == "plain" else b"")
                process.stdin.flush()
            time.sleep(0.05)
            assert time.monotonic() < deadline + 20
        with suppress(BrokenPipeError):
            process.stdin.close()
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"interrupted (the 5 events before are simulated in" in process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        assert sorted(set(read(tmp_path / f"{name}.h5").event)) == [3, 4, 8, 9, 12]


def test_what_is_told_of_events_does_not_depend_on_threads(tmp_path: Path, bundle: Path, many: Path) -> None:
    """Events behind a damaged one, which are not in the output, do not count."""
    text = many.read_text()
    text = text[: text.index("\nE 600 ")].replace("\nE 100 ", "\nE x ", 1)
    for first, second in zip(range(101, 350), range(351, 600), strict=True):
        text = text.replace(f"\nE {second} ", f"\nE {first} ", 1)
    (tmp_path / "in.hepmc").write_text(text.replace("\nE 50 ", "\nE 49 ", 1))
    told = set()
    for threads in (1, 2, 4):
        words = (
            tmp_path / "in.hepmc",
            "--bundle",
            bundle,
            "--output",
            tmp_path / "out.h5",
            "--threads",
            threads,
        )
        status, _, err = run(*words)
        assert status == 2
        told.add(err)
    (err,) = told
    assert "warning: 1 of the 100 events of" in err


def test_a_first_event_with_a_damaged_number_of_weights_is_told_as_in_python(
    tmp_path: Path, bundle: Path
) -> None:
    source = tmp_path / "in.hepmc"
    source.write_text(
        "HepMC::IO_GenEvent-START_EVENT_LISTING\nE 0 -1 0 0 0 0 0 1 0 0 0 9999999 1\nU GEV MM\n"
    )
    err = refused(source, "--bundle", bundle, "--output", tmp_path / "out.h5")
    with pytest.raises(Error) as caught:
        simulate(source, bundle, tmp_path / "python.h5", 1, quiet=True)
    assert err == f"pyjetsim-run: {caught.value}\n"
    assert "a weight of line E" in err


@pytest.mark.parametrize("size", [1000, 300_000])
def test_disk_that_refuses_leaves_what_was_there(tmp_path: Path, bundle: Path, many: Path, size: int) -> None:
    (tmp_path / "out.h5").write_bytes(b"old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    words = (many, "--bundle", bundle, "--output", tmp_path / "out.h5", "--threads", 2)
    err = refused(*words, preexec_fn=limit)
    assert f"cannot write {tmp_path / 'out.h5'}: File too large (what was there before is kept): " in err
    assert listing(tmp_path) == {"out.h5"}
    assert (tmp_path / "out.h5").read_bytes() == b"old"


def test_full_disk(tmp_path: Path, bundle: Path, many: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        err = refused(many, "--bundle", bundle, "--output", disk / "out.h5")
        assert "the disk is full (what was there before is kept): free space" in err
        assert listing(disk) == set()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_it_runs_from_anywhere(tmp_path: Path, bundle: Path, events: Path) -> None:
    """Its libraries are found beside it, not by the shell's settings or the folder."""
    assert PROGRAM is not None
    clean = {"PATH": str(Path(PROGRAM).parent)}
    words = ["pyjetsim-run", str(events), "--bundle", str(bundle), "--output", str(tmp_path / "out.h5")]
    done = subprocess.run(words, env=clean, executable=PROGRAM, cwd="/", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
