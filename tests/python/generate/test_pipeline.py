"""The whole stage: content, reproducibility, interrupts, full disks, leftover shards."""

from __future__ import annotations

import inspect
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_world import POOL_SIZE

from pyjetsim._utils.output import temporary_name
from pyjetsim.errors import DataError, DataWarning, GenerationError, InputError, RecipeError, StorageError
from pyjetsim.generate import GenerateSettings, generate
from pyjetsim.generate import pipeline as pipeline_module
from pyjetsim.generate.chain import Chain
from pyjetsim.generate.maker import DatasetJob
from pyjetsim.generate.pool import pool_path
from pyjetsim.generate.settings import DEFAULTS, SHARD_EVENTS
from pyjetsim.io import PairsFile, PairsWriter, open_pairs
from pyjetsim.jets import VERTEX_Z, Pairs, gen_reco_delta_r

EVENTS = 2 * SHARD_EVENTS + 30


def run(cmnd: Path, output: Path, **options: object) -> Path:
    return generate(str(cmnd), EVENTS, output, **{"pileup": 0, "processes": 1, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from small_world import FAST

    path = tmp_path_factory.mktemp("settings") / "fast.cmnd"
    path.write_text(FAST)
    return path


@pytest.fixture(scope="module")
def whole(fast: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed run writes."""
    return run(fast, tmp_path_factory.mktemp("whole") / "pairs.h5")


# Content


def test_file_holds_matched_pairs_in_acceptance(whole: Path) -> None:
    with PairsFile(whole) as file:
        pairs, counts = file.read(), file.provenance["counts"]
    assert counts["events"] == EVENTS
    assert counts["pairs"] == counts["gen_jets"] - counts["unmatched"] == len(pairs)
    assert len(pairs) > EVENTS
    assert (pairs.gen.pt > 100).all()
    assert (np.abs(pairs.gen.eta) < 3).all()
    assert (pairs.reco.pt > 20).all()
    assert_array_equal(pairs.delta_r, gen_reco_delta_r(pairs.gen, pairs.reco))
    assert pairs.delta_r.max() < 0.4
    assert (np.diff(pairs.event) >= 0).all()
    assert pairs.event.max() >= 2 * SHARD_EVENTS
    assert_array_equal(pairs.n_vertices, 1)
    vertex = pairs.columns[VERTEX_Z]
    assert 0.03 < vertex.std() < 0.08
    assert_array_equal(vertex[1:][np.diff(pairs.event) == 0], vertex[:-1][np.diff(pairs.event) == 0])
    assert set(np.unique(np.abs(pairs.reco.pid))) <= {0, 11, 13, 22, 130, 211, 321, 2212}
    assert abs(np.median(pairs.reco.pt / pairs.gen.pt) - 1) < 0.05
    assert not (whole.parent / "pairs.h5.shards").exists()


def test_provenance_says_how_to_make_it_again(whole: Path, fast: Path) -> None:
    with PairsFile(whole) as file:
        provenance = file.provenance
    assert provenance["generator"].startswith("PYTHIA 8.3")
    assert provenance["pythia_settings"] == fast.read_text().splitlines()
    assert provenance["seed"] == 1
    assert provenance["detector"]["magnet"]["field"] == 3.8
    assert provenance["gen"]["pt_min"] == 100
    assert provenance["pileup"] == {"mean": 0.0}
    assert not {"date", "processes", "host"} & set(provenance)


def test_pileup_adds_vertices_and_constituents(cache: Path, fast: Path, tmp_path: Path, whole: Path) -> None:
    path = generate(str(fast), 60, tmp_path / "pileup.h5", pileup=50, pileup_pool=POOL_SIZE, processes=1)
    with PairsFile(path) as file, PairsFile(whole) as without:
        pairs, clean = file.read(), without.read()
        assert file.provenance["pileup"]["pool"]["events"] == POOL_SIZE
    # The same hard collisions, so the same gen jets.
    assert_array_equal(pairs.gen.jet[:20], clean.gen.jet[:20])
    assert_allclose(pairs.n_vertices.mean(), 51, atol=4)
    _, with_pileup, alone = np.intersect1d(pairs.gen.pt, clean.gen.pt, return_indices=True)
    gained = pairs.reco.n_constituents[with_pileup] - clean.reco.n_constituents[alone]
    assert len(gained) > 0.9 * len(pairs)
    assert gained.mean() > 5 * gained.std() / np.sqrt(len(gained))


def test_more_constituents_than_stored_are_counted(fast: Path, tmp_path: Path, whole: Path) -> None:
    with PairsFile(run(fast, tmp_path / "few.h5", max_constituents=8)) as file, PairsFile(whole) as full:
        few, complete = file.read(), full.read()
    assert few.gen.constituents.shape[1] == 8
    assert_array_equal(few.gen.n_constituents, complete.gen.n_constituents)
    assert (few.gen.n_constituents > 8).mean() > 0.9
    assert_array_equal(few.gen.constituents, complete.gen.constituents[:, :8])


def test_an_event_without_particles_or_jets_gives_no_pairs(cache: Path) -> None:
    from small_world import one_kind

    settings = GenerateSettings(process="ww", events=3, pileup=5, pileup_pool=POOL_SIZE)
    chain = Chain(settings, pool_path(POOL_SIZE, cache))
    pairs, counts = chain(one_kind(0, 22, 1.0), np.arange(3))
    assert (len(pairs), counts["events"], counts["gen_jets"]) == (0, 3, 0)
    soft = one_kind(1, 22, 5.0, event=np.array([1]))
    assert len(chain(soft, np.arange(3))[0]) == 0
    hard = one_kind(1, 22, 500.0, event=np.array([1]))
    pairs, counts = chain(hard, np.array([10, 11, 12]))
    assert_array_equal(pairs.event, [11])
    # A gen jet beyond the detector has no reco jet.
    far = one_kind(1, 22, 500.0, 2.999, event=np.array([1]))
    lost = Chain(settings.model_copy(update={"reco_pt_min": 1e4}), chain.pool and pool_path(POOL_SIZE, cache))
    assert lost(far, np.arange(3))[1]["unmatched"] == 1


def test_a_sample_without_any_jet_is_an_empty_file(fast: Path, tmp_path: Path) -> None:
    with PairsFile(
        generate(str(fast), 3, tmp_path / "none.h5", pileup=0, gen_pt_min=6000.0, processes=1)
    ) as file:
        assert len(file) == 0
        assert file.provenance["counts"] == {"events": 3, "gen_jets": 0, "pairs": 0, "unmatched": 0}


# The same seed, the same bytes


def test_bytes_do_not_depend_on_the_number_of_processes(fast: Path, tmp_path: Path, whole: Path) -> None:
    assert run(fast, tmp_path / "two.h5", processes=2).read_bytes() == whole.read_bytes()


def test_another_seed_is_another_sample(fast: Path, tmp_path: Path, whole: Path) -> None:
    with PairsFile(run(fast, tmp_path / "other.h5", seed=2)) as file, PairsFile(whole) as first:
        assert not np.array_equal(file.read().gen.jet[:20], first.read().gen.jet[:20])


# Interrupts


def command(cmnd: Path, output: Path, processes: int) -> list[str]:
    words = [sys.executable, "-m", "pyjetsim", "generate", "--process", str(cmnd), "--events", str(EVENTS)]
    return [*words, "--pileup", "0", "--output", str(output), "--processes", str(processes)]


@pytest.mark.parametrize(("processes", "how"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGKILL)])
def test_interrupted_it_keeps_shards_and_goes_on(
    fast: Path, tmp_path: Path, whole: Path, processes: int, how: signal.Signals
) -> None:
    output = tmp_path / "pairs.h5"
    shards = tmp_path / "pairs.h5.shards"
    going = subprocess.Popen(
        command(fast, output, processes), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(shards.glob("0*.h5")):
        assert going.poll() is None, going.communicate()
        time.sleep(0.005)
    if how == signal.SIGINT:
        os.killpg(going.pid, how)  # As a terminal does: to all processes.
    else:
        going.send_signal(how)
    _, said = going.communicate(timeout=60)
    if how == signal.SIGINT:
        assert going.returncode == 2, said
        assert "Traceback" not in said
    assert not output.exists()
    kept = {path.name: path.read_bytes() for path in shards.glob("0*.h5")}
    assert kept
    _wait_until_free(shards)

    made: list[int] = []
    _count_shards(made, lambda: run(fast, output))
    assert len(made) == 3 - len(kept)
    assert output.read_bytes() == whole.read_bytes()
    assert not shards.exists()


def _wait_until_free(shards: Path) -> None:
    """A killed parent's workers end by themselves; until then the lock may be held."""
    import fcntl

    for _ in range(500):
        with (shards / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
            else:
                return
    raise AssertionError("the lock is still held")


def _count_shards(made: list[int], call: Callable[[], object]) -> None:
    """Note which shards are made during ``call``."""
    original = pipeline_module.ShardMaker.__call__

    def noting(self: pipeline_module.ShardMaker, shard: int) -> None:
        made.append(shard)
        original(self, shard)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline_module.ShardMaker, "__call__", noting)
        call()


def broken_after(n: int, error: BaseException) -> Callable[[pytest.MonkeyPatch], None]:
    """Make writing the file number ``n`` (from 0) fail."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original, seen = PairsWriter.__enter__, []

        def entering(self: PairsWriter) -> PairsWriter:
            seen.append(self)
            if len(seen) > n:
                raise error
            return original(self)

        monkeypatch.setattr(PairsWriter, "__enter__", entering)

    return patch


@pytest.mark.parametrize("finished", [1, 3])
def test_an_error_keeps_the_finished_shards(fast: Path, tmp_path: Path, whole: Path, finished: int) -> None:
    """After one shard, and while merging."""
    output = tmp_path / "pairs.h5"
    with pytest.MonkeyPatch.context() as patch:
        broken_after(finished, RuntimeError("broken"))(patch)
        with pytest.raises(RuntimeError, match="broken"):
            run(fast, output)
    made: list[int] = []
    _count_shards(made, lambda: run(fast, output))
    assert made == list(range(finished, 3))
    assert output.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("fits", [0, 1])
def test_a_full_disk_is_told_and_loses_nothing(fast: Path, tmp_path: Path, whole: Path, fits: int) -> None:
    """Files may only grow so far: less than a shard, or a shard but not the whole."""
    output, shards = tmp_path / "pairs.h5", tmp_path / "pairs.h5.shards"
    size = whole.stat().st_size
    # A file grows beyond its final size while it is written: 0.9 of the whole is room for a shard.
    limit = size // 8 if fits == 0 else int(size * 0.9)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # Nothing else may write files in that process: no bytecode, and not what its lines cover.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        command(fast, output, 1), preexec_fn=limited, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2, done.stderr
    assert "pyjetsim: cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()
    assert not list(tmp_path.glob(".*"))
    assert len(list(shards.glob("*.h5"))) == 3 * fits
    made: list[int] = []
    _count_shards(made, lambda: run(fast, output))
    assert len(made) == 3 - 3 * fits
    assert output.read_bytes() == whole.read_bytes()


# Leftover shards


@pytest.fixture
def interrupted(fast: Path, tmp_path: Path) -> Path:
    """An output of which one shard is finished."""
    output = tmp_path / "pairs.h5"
    with pytest.MonkeyPatch.context() as patch:
        broken_after(1, KeyboardInterrupt())(patch)
        with pytest.raises(KeyboardInterrupt):
            run(fast, output)
    assert (tmp_path / "pairs.h5.shards" / "000000.h5").is_file()
    return output


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ({"seed": 2}, "seed was 1, is 2"),
        ({"gen_pt_min": 90.0}, r"gen\.pt_min was 100\.0, is 90\.0"),
        ({"pthat_min": 300.0}, "pythia_settings was"),
    ],
)
def test_shards_of_other_settings_are_refused(
    fast: Path, interrupted: Path, options: dict[str, object], difference: str
) -> None:
    with pytest.raises(GenerationError, match=difference) as caught:
        run(fast, interrupted, **options)
    assert "pairs.h5.shards" in str(caught.value)
    assert (interrupted.parent / "pairs.h5.shards" / "000000.h5").is_file()


def test_a_damaged_shard_is_made_again(fast: Path, interrupted: Path, whole: Path) -> None:
    shard = interrupted.parent / "pairs.h5.shards" / "000000.h5"
    shard.write_bytes(shard.read_bytes()[:5000])
    assert run(fast, interrupted).read_bytes() == whole.read_bytes()


def test_two_runs_cannot_write_the_same_output(fast: Path, interrupted: Path) -> None:
    import fcntl

    with (interrupted.parent / "pairs.h5.shards" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(GenerationError, match="another run is writing"):
            run(fast, interrupted)


def test_shards_without_settings_are_made_again(fast: Path, interrupted: Path, whole: Path) -> None:
    (interrupted.parent / "pairs.h5.shards" / "settings.json").unlink()
    assert run(fast, interrupted).read_bytes() == whole.read_bytes()


def test_settings_that_cannot_be_read_are_refused(fast: Path, interrupted: Path) -> None:
    (interrupted.parent / "pairs.h5.shards" / "settings.json").write_text("{")
    with pytest.raises(GenerationError, match="shards of other settings"):
        run(fast, interrupted)


# Wrong arguments


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events": 0}, "events is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"pileup": -1.0}, r"pileup is -1\.0"),
        ({"pileup": float("nan")}, "pileup is nan"),
        ({"pileup_pool": 0}, "pileup_pool is 0"),
        ({"pthat_min": -5.0}, r"pthat_min is -5\.0"),
        ({"max_constituents": 0}, "max_constituents is 0"),
        ({"gen_eta_max": "wide"}, "gen_eta_max is 'wide'"),
        ({"process": "wz"}, "no process 'wz'"),
        ({"processes": 0}, "processes is 0"),
    ],
)
def test_a_wrong_argument_is_named(tmp_path: Path, options: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"process": "ww", "events": 5, "pileup": 0, **options}
    with pytest.raises(InputError, match=message):
        generate(output=tmp_path / "pairs.h5", **arguments)  # type: ignore[arg-type]


def test_the_arguments_are_the_settings_with_their_defaults() -> None:
    arguments = dict(inspect.signature(generate).parameters)
    for name in ("output", "processes", "quiet", "part", "scheduler", "events_per_shard"):
        del arguments[name]
    fields = GenerateSettings.model_fields
    assert arguments.keys() == fields.keys()
    for name, argument in arguments.items():
        if name in DEFAULTS["jets"]:  # what is written decides
            assert argument.default is None, name
            assert fields[name].default == DEFAULTS["jets"][name], name
        elif not fields[name].is_required():
            assert argument.default == fields[name].default, name


def test_a_wrong_card_is_told_before_anything_starts(fast: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text("name = 'nothing'")
    with pytest.raises(RecipeError, match=r"card\.toml: vertex is missing"):
        run(fast, tmp_path / "pairs.h5", detector=card)
    assert not (tmp_path / "pairs.h5.shards").exists()


def test_an_output_that_cannot_be_written_is_told(fast: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"):
        run(fast, tmp_path / "file" / "pairs.h5")


def test_a_folder_as_output_is_told_before_the_work(
    fast: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "Shards", None)  # Calling it would be an error.
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder in ("folder", "."):
        with pytest.raises(InputError, match="is a folder"):
            run(fast, Path(folder))
    assert not list(tmp_path.glob("*.shards"))


def test_what_a_killed_run_had_begun_is_removed(fast: Path, interrupted: Path, whole: Path) -> None:
    shards = interrupted.with_name("pairs.h5.shards")
    leftovers = [temporary_name(interrupted), temporary_name(shards / "000001.h5")]
    other = temporary_name(interrupted.with_name("other.h5"))
    for path in (*leftovers, other):
        path.write_text("half")
    assert run(fast, interrupted).read_bytes() == whole.read_bytes()
    assert not any(path.exists() for path in leftovers)
    assert other.exists()
    assert not shards.exists()


def test_settings_json_names_everything(interrupted: Path) -> None:
    settings = json.loads((interrupted.parent / "pairs.h5.shards" / "settings.json").read_text())
    assert settings["events"] == EVENTS
    assert settings["detector"]["name"] == "CMS"


def test_files_of_others_in_the_shards_directory_stay(fast: Path, interrupted: Path, whole: Path) -> None:
    note = interrupted.parent / "pairs.h5.shards" / "note.txt"
    note.write_text("mine")
    assert run(fast, interrupted).read_bytes() == whole.read_bytes()
    assert [path.name for path in note.parent.iterdir()] == ["note.txt"]


def test_a_file_system_without_locks_will_do(
    fast: Path, interrupted: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def unsupported(file: object, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    assert run(fast, interrupted).read_bytes() == whole.read_bytes()


def test_a_corrected_cmnd_goes_on_where_nothing_was_made(fast: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.h5"
    good = fast.read_text()
    mine = tmp_path / "mine.cmnd"
    mine.write_text(good.replace("WeakDoubleBoson:ffbar2WW = on", ""))
    with pytest.raises(GenerationError, match="PYTHIA"):
        generate(str(mine), 5, output, pileup=0, processes=1)
    mine.write_text(good)
    assert generate(str(mine), 5, output, pileup=0, processes=1) == output


# Datasets, and events that fail


def pairs_of(path: Path) -> Pairs:
    with open_pairs(path) as file:
        return file.read()


def same(one: Pairs, other: Pairs) -> None:
    for side in ("gen", "reco"):
        assert_array_equal(getattr(one, side).constituents, getattr(other, side).constituents)
        assert_array_equal(getattr(one, side).pid, getattr(other, side).pid)
    assert_array_equal(one.event, other.event)


def test_a_worker_that_starts_after_the_settings_changed_refuses(tmp_path: Path) -> None:
    commands = tmp_path / "mine.cmnd"
    commands.write_text("HardQCD:all = on\nPhaseSpace:pTHatMin = 300\n")
    job = DatasetJob.checked(GenerateSettings(process=str(commands), events=200, seed=1, pileup=0), 200)
    commands.write_text("HardQCD:all = on\nPhaseSpace:pTHatMin = 900\n")
    with pytest.raises(DataError, match=r"mine\.cmnd changed since this began"):
        job.maker(lambda _: None)


def test_a_dataset_has_the_pairs_of_the_file(fast: Path, tmp_path: Path, whole: Path) -> None:
    for part in ("2/2", "1/2"):
        run(fast, tmp_path / "data", events_per_shard=2 * SHARD_EVENTS, part=part)
    same(pairs_of(tmp_path / "data"), pairs_of(whole))
    with open_pairs(tmp_path / "data") as many, PairsFile(whole) as file:
        told = many.provenance
        assert told.pop("dataset")["shards"] == 2
        assert told == file.provenance
    for options, message in (
        ({"events_per_shard": 300}, "give a multiple of 200"),
        ({"part": "3/2"}, "it says which part of the shards"),
        ({"part": "1/2", "write": "objects"}, "a dataset holds pairs of jets"),
        ({"events_per_shard": 400, "seed": 2}, "holds shards of other settings: seed was 1, is 2"),
    ):
        with pytest.raises(InputError, match=message):
            run(fast, tmp_path / "data", **options)


def test_an_event_that_fails_is_left_out_and_listed(
    fast: Path, tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Chain.__call__

    def poisoned(self: Chain, hard: object, events: np.ndarray) -> object:
        if np.isin(events, [7, 205]).any():
            raise ValueError("poison")
        return original(self, hard, events)  # type: ignore[arg-type]

    monkeypatch.setattr(Chain, "__call__", poisoned)
    with pytest.warns(DataWarning, match=r"left out: 2, .* event 7 with seed 1: ValueError: poison"):
        path = run(fast, tmp_path / "pairs.h5")
    expected = pairs_of(whole)
    same(pairs_of(path), expected[~np.isin(expected.event, [7, 205])])
    with PairsFile(path) as file:
        found = file.provenance["quarantined"]
        assert file.provenance["counts"]["events"] == EVENTS - 2
    assert [(each["event"], each["place"], each["error"]) for each in found] == [
        (7, 7, "ValueError: poison"),
        (205, 5, "ValueError: poison"),
    ]
    with pytest.warns(DataWarning, match="left out: 2"):
        run(fast, tmp_path / "data", events_per_shard=SHARD_EVENTS)
    same(pairs_of(tmp_path / "data"), pairs_of(path))
    with open_pairs(tmp_path / "data") as many:
        assert many.provenance["quarantined"] == found

    # Where all of a batch fail, it is none of them that is wrong.
    def broken(self: Chain, hard: object, events: np.ndarray) -> object:
        raise ValueError("broken")

    monkeypatch.setattr(Chain, "__call__", broken)
    with pytest.raises(ValueError, match="broken"):
        run(fast, tmp_path / "none.h5")
