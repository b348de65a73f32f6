"""The benches: small, and with answers that are wrong."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import pyjetsim

ROOT = Path(__file__).resolve().parents[2]
TINY = (3, 6)


@pytest.fixture
def bench(monkeypatch):
    """Import a module of benches/ or tools/ by name."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    monkeypatch.syspath_prepend(ROOT / "benches")
    return importlib.import_module


@pytest.fixture
def measure(bench):
    """Measure a kernel on one tiny cell; its rows."""
    grid = bench("_grid")
    return lambda kernel: grid.measure(kernel, [grid.Cell(*TINY)], 0.0)


@pytest.fixture
def contender(bench):
    return bench("_contenders").Contender


def test_chamfer_agrees_with_its_rivals(bench, measure, contender):
    rivals = bench("_rivals")
    mode = "donot_use_mm_for_euclid_dist"
    kernel = bench("chamfer").kernel(
        [
            contender("eager", rivals.broadcast),
            contender("argmin", rivals.broadcast_argmin),
            contender(
                "cdist", lambda x, y: rivals.cdist(x, y, mode), lambda x, y: rivals.cdist_nearest(x, y, mode)
            ),
            rivals.chamferdist(),
        ]
    )
    rows = measure(kernel)
    assert [row["pass"] for row in rows] == ["forward", "forward + backward"]
    for row in rows:
        assert all(row[name] > 0 for name in ("pyjetsim", "eager", "argmin", "cdist"))


@pytest.mark.parametrize("name", ["loss", "kinematics"])
def test_the_other_kernels_agree_with_pytorch(name, bench, measure, contender):
    compiled = ["torch.compile"] if name == "kinematics" else ["torch.compile", "torch.compile, argmin"]
    missing = [contender(rival, missing="not tried") for rival in compiled]
    rows = measure(bench(name).kernel([bench(name).eager_contender(), *missing]))
    for row in rows:
        assert row["pyjetsim"] > 0
        assert row["eager"] > 0
        assert {row[rival] for rival in compiled} == {"not tried"}


def test_the_loss_by_argmin_is_the_same(bench):
    loss = bench("loss")
    jets = loss.random_jets(*TINY)
    torch.testing.assert_close(loss.eager_argmin(*jets), loss.eager(*jets))


def test_torch_compile_gets_contiguous_outputs(bench):
    kinematics = bench("kinematics")
    assert all(part.is_contiguous() for part in kinematics.contiguous(*kinematics.jets(*TINY)))


def test_a_rival_that_is_wrong_is_named_and_not_timed(bench, measure, contender):
    def half_right(x, y):
        return bench("_rivals").broadcast(x, y) + (x - x.detach()).sum((1, 2))

    row, with_gradients = measure(bench("chamfer").kernel([contender("half right", half_right)]))
    assert row["half right"] > 0
    assert with_gradients["half right"].startswith("gradient wrong by")


def test_our_own_wrong_answer_stops_the_bench(bench, measure, monkeypatch):
    chamfer = bench("chamfer")
    monkeypatch.setattr(chamfer, "chamfer_distance", lambda x, y: (x - y).square().sum((1, 2)))
    with pytest.raises(AssertionError, match="wrong by"):
        measure(chamfer.kernel([]))


def test_what_would_not_fit_is_named(bench, measure, contender, monkeypatch):
    monkeypatch.setattr(bench("_grid"), "MEMORY_LIMIT_GIB", 100.0)
    huge = contender("huge", bench("_rivals").broadcast, gib=lambda inputs, backward: 200.0 + 100 * backward)
    rows = measure(bench("chamfer").kernel([huge]))
    assert [row["huge"] for row in rows] == ["needs 200 GiB", "needs 300 GiB"]


@pytest.mark.parametrize(("rival", "package"), [("keops", "pykeops"), ("chamferdist", "chamferdist")])
def test_a_missing_rival_says_so(rival, package, bench, measure, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    rivals = bench("_rivals")
    monkeypatch.setattr(rivals, "import_module", missing)
    found = getattr(rivals, rival)()
    assert {row[found.name] for row in measure(bench("chamfer").kernel([found]))} == {
        f"not installed ({package})"
    }


class Answering:
    """Settings of torch.compile that answer, or fail."""

    def __init__(self, problem=None):
        self.problem, self.asked = problem, 0

    def answer(self, kind, inputs):
        self.asked += 1
        if self.problem:
            raise self.problem

    def call(self, kind, inputs):
        return lambda: None

    def close(self):
        pass


def test_where_nothing_is_compiled_torch_compile_says_why(bench, monkeypatch):
    inductor, failed = bench("_inductor"), bench("_children").Failed("RuntimeError: no C++ compiler")
    monkeypatch.setattr(inductor, "Apart", lambda *given, **more: Answering(failed))
    given = ("a:b", "a:b", bench("chamfer").BOTH, (), 0.0)
    found, settings = inductor.best_compiled("torch.compile", *given)
    assert (found.missing, settings) == ("RuntimeError: no C++ compiler", "")
    found, settings = inductor.best_compiled("torch.compile", *given, settings=[])
    assert found.missing.startswith("left out")


def test_settings_that_hang_end_the_search_for_the_best(bench):
    inductor, children = bench("_inductor"), bench("_children")
    hanging = Answering(children.Stopped("no answer within 120 s"))
    tried = {"fails": Answering(children.Failed("no")), "works": Answering(), "hangs": hanging}
    tried["never tried"] = Answering()
    assert inductor._fastest(tried, inductor.FORWARD, (), 0.0) == "works"
    assert tried["never tried"].asked == 0
    with pytest.raises(inductor.CompileError, match="no answer within 120 s"):
        inductor._fastest({"hangs": hanging}, inductor.FORWARD, (), 0.0)


HANGING = """
import subprocess
from pathlib import Path
import torch
from _contenders import Contender

def contender(file):
    def hanging(x, y):
        compiler = subprocess.Popen(["sleep", "1000"])
        Path(file).write_text(str(compiler.pid))
        compiler.wait()
    return Contender("hanging", hanging)

def dying():
    import os, signal
    return Contender("dying", lambda x, y: os.kill(os.getpid(), signal.SIGKILL))
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_rival_that_hangs_is_killed_with_its_compiler_and_named(bench, measure, monkeypatch, tmp_path):
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    (tmp_path / "hanging.py").write_text(HANGING)
    monkeypatch.syspath_prepend(tmp_path)
    apart, contenders = bench("_apart"), bench("_contenders")
    compiler = tmp_path / "compiler"
    rivals = [
        apart.Apart("hanging", "hanging:contender", str(compiler)),
        apart.Apart("dying", "hanging:dying"),
        apart.Apart("eager", "_rivals:eager"),
    ]
    for rival in rivals:
        assert rival.can(contenders.FORWARD), "the process has come up"
    process = rivals[0]._child._process.pid
    rivals[0]._child.limit = 1.0
    first, second = measure(bench("chamfer").kernel(rivals))
    assert first["hanging"] == "no answer within 1 s"
    assert second["hanging"] == "left out: no answer within 1 s before"
    assert first["dying"] == "its process ended with SIGKILL"
    assert second["dying"].startswith("left out: its process ended")
    assert first["eager"] > 0
    assert second["eager"] > 0
    until = time.monotonic() + 20
    while alive(compiler.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(compiler.read_text())
    assert not alive(process)
    rivals[2].close()


def test_a_rival_that_cannot_be_made_says_so(bench):
    with (
        bench("_children").Child("_rivals:no_such_rival") as child,
        pytest.raises(bench("_children").Stopped, match="no_such_rival"),
    ):
        child.ask("about")


@pytest.mark.parametrize("rival", [True, False])
def test_a_program_that_does_not_answer_is_stopped(rival, bench):
    programs = bench("_programs")
    script = "print('ready', flush=True); print(input() and 2.5, flush=True); import time; time.sleep(1000)"
    failure = bench("_children").Stopped if rival else RuntimeError
    with programs.Program([sys.executable, "-c", script], rival=rival) as program:
        assert program.sample("first") == 2.5
        program.limit = 0.2
        with pytest.raises(failure, match="no answer to second within"):
            program.sample("second")
        with pytest.raises(failure):
            program.sample("third")


def test_samplers_that_fail_are_left_out_of_their_turns(bench):
    def stopped():
        raise bench("_children").Stopped("no answer")

    assert bench("_timing").in_turn({"works": lambda: 2.0, "hangs": stopped}, 2) == {"works": 2.0}


def test_results_are_written_as_they_come(bench, tmp_path):
    file = tmp_path / "folder" / "x.json"
    with bench("_common").Report(file, quick=True) as report:
        assert not file.exists(), "what measured nothing leaves what was there"
        report.add({"what": "first"}, seconds=1.0)
        content = json.loads(file.read_text())
        assert (content["complete"], content["quick"]) == (False, True)
        assert (content["rows"], content["figures"]) == ([{"what": "first"}], {"seconds": 1.0})
        report.add({"what": "second"})
        assert len(json.loads(file.read_text())["rows"]) == 2
    content = json.loads(file.read_text())
    assert content["complete"] is True
    assert "stopped" not in content
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("how", ["interrupt", "terminate", "error"])
def test_an_interrupted_bench_leaves_what_it_measured(how, bench, tmp_path, capsys):
    def stop():
        if how == "terminate":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        raise KeyboardInterrupt if how == "interrupt" else ValueError("no more")

    file, before = tmp_path / "x.json", signal.getsignal(signal.SIGTERM)

    def measure():
        with bench("_common").Report(file) as report:
            report.add({"what": "first"}, seconds=1.0)
            stop()

    with pytest.raises((KeyboardInterrupt, SystemExit, ValueError)):
        measure()
    content = json.loads(file.read_text())
    assert content["complete"] is False
    assert content["stopped"].startswith(
        {
            "interrupt": "KeyboardInterrupt",
            "terminate": "SystemExit: stopped by SIGTERM",
            "error": "ValueError",
        }[how]
    )
    assert content["figures"] == {"seconds": 1.0}
    assert "first" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(ValueError, match="at once"), bench("_common").Report(file):
        raise ValueError("at once")
    assert json.loads(file.read_text()) == content


def test_quick_figures_never_replace_others(bench, tmp_path, capsys):
    common = bench("_common")
    options = common.parser("A bench.")
    options.add_argument("--rounds", type=int, default=7)
    assert common.parsed(options, [], rounds=1).rounds == 7
    options = common.parser("A bench.")
    options.add_argument("--rounds", type=int, default=7)
    words = ["--quick", "--json", str(tmp_path / "x.json")]
    assert common.parsed(options, words, rounds=1).rounds == 1
    assert common.parsed(options, [*words, "--rounds", "5"], rounds=1).rounds == 5
    with pytest.raises(SystemExit):
        common.parsed(options, ["--quick", "--json", str(ROOT / "benches" / "results" / "x.json")])
    assert "name another file" in capsys.readouterr().err


def test_a_busy_machine_gives_no_figures_of_two_threads(bench, monkeypatch):
    quiet, threads = bench("_quiet"), bench("_threads")
    assert quiet.busy(lambda: 0.1) == ""
    assert quiet.busy(lambda: 0.9) == "not measured: the machine was busy (other programs used 0.9 cores)"
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    readings = []
    monkeypatch.setattr(quiet, "cores_in_use", lambda: readings.pop(0))
    calls = []
    readings[:] = [0.9]
    assert "was busy" in threads.speed_up(lambda: calls.append(1), 0.0)
    assert not calls, "it is not even tried"
    readings[:] = [0.0, 0.9]  # others come while it is measured
    assert "was busy" in threads.speed_up(lambda: calls.append(1), 0.0)
    readings[:] = [0.0, 0.0]
    assert threads.speed_up(lambda: calls.append(1), 0.0) > 0
    readings[:] = [0.9, 0.9]
    rows, figures = bench("chamfer").thread_figures([], 0.0)
    assert figures == {}
    assert all("was busy" in row["pyjetsim"] for row in rows)
    assert len(rows) == 2


def test_what_others_use_is_measured(bench):
    quiet = bench("_quiet")
    if not quiet._STAT.is_file():
        pytest.skip("needs /proc/stat")
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        used = [quiet.cores_in_use(0.3) for _ in range(10)]
    finally:
        spinning.kill()
        spinning.wait()
    assert 0.5 < max(used) <= (os.cpu_count() or 1) * 1.5


def test_a_bench_that_fails_does_not_stop_the_others(bench, monkeypatch, tmp_path, capfd):
    runner = bench("run_benches")
    for name, text in (
        ("fails", "raise SystemExit(3)"),
        ("hangs", "import time; time.sleep(1000)"),
        ("works", "import sys; print(sys.argv[1:])"),
        ("_shared", "raise SystemExit(4)"),
    ):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(runner, "BENCHES", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run_benches.py", "--quick", "--limit", "5"])
    assert runner.main() == 1
    told = capfd.readouterr()
    assert told.err.splitlines() == ["failed: fails, exit code 3", "failed: hangs, stopped after 5 s"]
    assert f"['--json', '{ROOT / 'build' / 'benches' / 'works.json'}', '--quick']" in told.out
    monkeypatch.setattr(sys, "argv", ["run_benches.py", "works"])
    assert runner.main() == 0
    assert f"'{tmp_path / 'results' / 'works.json'}'" in capfd.readouterr().out


def test_jets_with_two_equally_near_points_are_not_compared(bench):
    x = torch.tensor([[[0.0, 0, 0]], [[0.0, 0, 0]]])
    y = torch.tensor([[[1.0, 0, 0], [0, 1 + 1e-7, 0]], [[1.0, 0, 0], [0, 1.1, 0]]])
    assert bench("_jets").decided(x, y).tolist() == [False, True]


def test_a_nan_is_not_a_right_answer(bench):
    error = bench("_answers").relative_error
    true = torch.ones(3, dtype=torch.float64)
    assert error(torch.tensor([1.0, 1.0, 1.0]), true) == 0
    assert error(torch.tensor([1.0, float("nan"), 1.0]), true) == float("inf")


def test_calls_take_turns(bench):
    calls = []
    bench("_timing").interleaved({name: lambda name=name: calls.append(name) for name in "ab"}, 0.0, least=2)
    turns = [name for index, name in enumerate(calls) if index == 0 or calls[index - 1] != name]
    assert turns == ["a", "b"] * 3  # how long they take, then two rounds


def test_a_long_call_is_timed_once(bench, monkeypatch):
    timing, calls = bench("_timing"), []
    monkeypatch.setattr(timing, "_LONG", 0.0)
    assert timing.interleaved({"long": lambda: calls.append(1)}, 0.0)["long"] > 0
    assert calls == [1]


def test_figures_have_their_names(bench):
    chamfer = bench("chamfer")
    rows = [
        {"B": batch, "N": 50, "pass": kind.name, "pyjetsim": 2.0, "eager": 8.0, "KeOps": "not installed"}
        for batch in (1, 1024)
        for kind in (chamfer.FORWARD, chamfer.BOTH)
    ]
    rows.append({"pass": "settings", "torch.compile": "default"})
    figures = chamfer.figures_of(rows)
    assert figures["fwd_vs_eager"] == figures["fb_vs_eager"] == 4
    assert (figures["fb_us_b1"], figures["eager_fb_us_b1"]) == (2, 8)
    assert "fb_vs_keops" not in figures
    assert chamfer.figures_of(rows[-1:]) == {}  # neither shape was asked for


def test_the_peak_is_one_that_a_core_can_have(bench):
    peak = bench("_peak")
    if shutil.which("g++") is None:
        pytest.skip("no g++")
    found = peak.peaks(peak.probe(), seconds=2e-3, repeats=3)
    assert 128 in found
    # A loop that was optimised away would be faster than any processor.
    assert all(1e8 < value < 1e12 for value in found.values())


def test_without_a_compiler_there_is_no_peak(bench, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "no C++ compiler" in bench("_peak").probe()


def test_a_second_thread_leaves_the_number_as_it_was(bench):
    before = torch.get_num_threads()
    ratio = bench("_threads").speed_up(lambda: None, 0.0)
    assert ratio.startswith("not measured") if isinstance(ratio, str) else ratio > 0
    assert torch.get_num_threads() == before


def test_a_training_step_with_each_loss(bench):
    step = bench("train_step")
    recipe = step.load_recipe("paper")
    small = recipe.model_copy(update={"optimiser": recipe.optimiser.model_copy(update={"batch_size": 4})})
    rows, figures = step.measure(small, 0.0)
    assert [row["loss"] for row in rows] == ["pyjetsim", "broadcast", "cdist"]
    assert figures["step_speedup"] == pytest.approx(rows[1]["step, ms"] / rows[0]["step, ms"])


@pytest.fixture
def results(tmp_path):
    """A folder with results in which a rival is missing and another does not fit everywhere."""
    rows = [
        {
            "B": batch,
            "N": points,
            "pass": kind,
            "pyjetsim": 2.0 * batch,
            "eager": "needs 15 GiB" if batch > 64 else 50.0 * batch,
            "KeOps": "not installed (pykeops)",
            "pyjetsim, MB": 0.1,
        }
        for batch in (1, 64, 1024)
        for points in (30, 50)
        for kind in ("forward", "forward + backward")
    ]
    content = {"machine": {"cpu": "a processor"}, "commit": "abc", "rows": [*rows, {"pass": "settings"}]}
    (tmp_path / "chamfer.json").write_text(json.dumps({**content, "figures": {"threads": 1}}))
    return tmp_path


def test_the_picture_is_drawn(bench, results, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["plot_benches.py", str(results / "chamfer.json")])
    bench("plot_benches").main()
    assert (results / "chamfer.png").read_bytes().startswith(b"\x89PNG")


def test_results_of_a_bench_that_was_stopped_are_drawn_as_far_as_they_go(bench, results, monkeypatch):
    file = results / "chamfer.json"
    content = json.loads(file.read_text())
    content["rows"] = [row for row in content["rows"] if row.get("N") != 50][:1]
    del content["rows"][0]["eager"]
    file.write_text(json.dumps(content))
    table = bench("results_table")
    monkeypatch.setattr(table, "BENCHES", results)
    text = "<!-- chamfer -->\nas it was\n<!-- /chamfer -->"
    assert table.filled(text) == text
    monkeypatch.setattr(sys, "argv", ["plot_benches.py", str(file)])
    bench("plot_benches").main()
    assert (results / "chamfer.png").is_file()
    (results / "chamfer.png").unlink()
    file.write_text(json.dumps({**content, "rows": []}))
    bench("plot_benches").main()
    assert not (results / "chamfer.png").exists()


def test_a_figure_that_was_left_out_is_named_in_the_table(bench, monkeypatch):
    table = bench("results_table")
    whole = table._bench

    def without(file):
        content = whole(file)
        content["figures"].pop("two_thread_speedup", None)
        return content

    monkeypatch.setattr(table, "_bench", without)
    assert "| `cells`, a second thread | not measured |" in table.speed().splitlines()


def test_the_table_keeps_the_reasons(bench, results, monkeypatch):
    table = bench("results_table")
    monkeypatch.setattr(table, "BENCHES", results)
    lines = table.chamfer().splitlines()
    assert lines[0] == "| Chamfer distance, N = 50 | pyjetsim | eager | KeOps |"
    assert lines[2] == "| B = 1, forward | 2 µs | 25 × | not installed (pykeops) |"
    assert "| B = 1024, forward | 2.05 ms | needs 15 GiB | not installed (pykeops) |" in lines


@pytest.fixture(scope="module")
def simulator_results(tmp_path_factory):
    """The bench of the C++ simulator on a few events: rows and figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benches")
        simulator = importlib.import_module("simulator")
        common, quiet = importlib.import_module("_common"), importlib.import_module("_quiet")
        # Other tests may run beside this one.
        patch.setattr(quiet, "busy", lambda: "")
        programs = importlib.import_module("_programs")
        whole = programs.build_torchscript
        patch.setattr(programs, "build_torchscript", lambda folder: whole(folder, limit=1200.0))
        few = ["--events", "50", "--collisions", "60", "--rounds", "1", "--file-rounds", "1"]
        report = common.Report()
        simulator.measure(simulator.parser().parse_args(few), tmp_path_factory.mktemp("simulator"), report)
        return report.rows, report.figures


def test_the_simulator_beside_its_rivals(simulator_results, bench):
    rows, figures = simulator_results
    table = bench("_simulator_table")
    wanted = set(table.WANTED)
    if shutil.which("pyjetsim-run", path=sysconfig.get_path("scripts")) is None:
        wanted -= {"run_vs_reader"}
    if (os.cpu_count() or 1) < 2:
        wanted -= {"two_thread_speedup"}
    assert wanted <= set(figures)
    assert all(figures[name] > 0 for name in wanted - {"jets_share_of_event"})
    assert 0 < figures["jets_share_of_event"] < 1
    assert wanted == {row["figure"] for row in rows if row.get("wanted")}
    assert [row["other"] for row in rows if row.get("ratio") == "not measured here"] == [7, 4, 50]
    if sys.platform == "linux":
        assert 0 <= figures["mb_per_thread"] < 500
        assert [row["unit"] for row in rows if row["what"].startswith("memory of a thread")] == ["MB"]


def test_fifty_events_are_the_same_jets_for_one_thread_four_and_python(simulator_results):
    rows, figures = simulator_results
    if "run_vs_reader" not in figures:
        pytest.skip("pyjetsim was built without pyjetsim-run: HDF5 was missing")
    assert figures["same_jets_compared"] > 30
    assert figures["same_jets_python_difference"] <= 1e-4
    told = [row["pyjetsim"] for row in rows if "the same bytes" in str(row.get("pyjetsim"))]
    assert told[0] == "the same bytes in all 11 datasets"
    assert len(told) == 2


def test_python_beside_the_program_that_does_the_same(bench, tmp_path):
    simulate = bench("simulate")
    few = ["--bundle", "paper", "--jets", "256", "--rounds", "1", "--file-jets", "300"]
    report = bench("_common").Report()
    simulate.measure(simulate.parser().parse_args(few), tmp_path, report)
    rows, figures = report.rows, report.figures
    assert {"python_over_cpp_b256", "python_call_overhead_us", "simulate_ms_per_jet_batch_1"} <= set(figures)
    assert [row["what"] for row in rows] == [
        *(f"batch of {batch}" for batch in simulate.BATCHES),
        "jets.h5 to jets.h5",
    ]
    assert 0.1 < figures["python_over_cpp_b256"] < 10
    # The answers are compared, and another one is seen.
    answers = np.fromfile(tmp_path / "simulated.f32", np.float32)
    sim = pyjetsim.load("paper")
    given = [
        np.fromfile(tmp_path / name, kind) for name, kind in (("momenta.f32", "f4"), ("event.u64", "u8"))
    ]
    found = sim(given[0].reshape(256, -1, 3), event=given[1])
    simulate.check_answers(found, tmp_path)
    answers[7] += 1
    answers.tofile(tmp_path / "simulated.f32")
    with pytest.raises(AssertionError, match="answer otherwise"):
        simulate.check_answers(found, tmp_path)


def test_start_and_size_of_an_environment(bench, tmp_path):
    pytest.importorskip("pyhepmc", reason="pyhepmc writes the events")
    startup = bench("startup")
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    for name, words in (("python", '"$@"'), ("pyjetsim", '-m pyjetsim "$@"')):
        (environment / "bin" / name).write_text(f"#!/bin/sh\nexec {sys.executable} {words}\n")
        (environment / "bin" / name).chmod(0o755)
    (environment / "large").write_bytes(b"x" * 3_000_000)
    os.link(environment / "large", environment / "again")
    (environment / "elsewhere").symlink_to("large")
    report = bench("_common").Report()
    startup.events, fewer = lambda path, count: fewer(path, 3), startup.events
    startup.measure(environment, 1, report, tmp_path)
    rows, figures = report.rows, report.figures
    assert set(figures) == set(startup.WANTED)
    assert figures["plain_install_mb"] == pytest.approx(3, abs=0.01)
    assert 0 < figures["load_cells_seconds"] < 60
    assert 0 < figures["help_seconds"] < 60
    assert 0 < figures["own_events_seconds"] < 60
    assert all(row["wanted"] for row in rows)


def test_jets_that_differ_stop_the_bench(bench):
    difference = bench("_run_program").largest_difference
    jets = {"event": np.arange(3), "reco/jet": np.full((3, 4), 50, np.float32)}
    assert difference(jets, jets) == {}
    close = {**jets, "reco/jet": jets["reco/jet"] * np.float32(1 + 5e-5)}
    assert list(difference(jets, close)) == ["reco/jet"]
    for other in (
        {**jets, "reco/jet": jets["reco/jet"] * np.float32(1 + 5e-4)},
        {**jets, "reco/jet": np.full((3, 4), np.nan, np.float32)},
        {**jets, "event": jets["event"] + 1},
        {**jets, "reco/jet": jets["reco/jet"][:2]},
        {"event": jets["event"]},
    ):
        with pytest.raises(AssertionError):
            difference(jets, other)


def test_the_better_torchscript_is_the_rival(bench):
    taken = dict.fromkeys(("bare", "whole", "batched"), 1.0)
    for batch in (1, 4):
        taken |= {f"simulator_b{batch}": 2.0, f"bare_b{batch}": 1.0, f"eager_b{batch}": 20.0}
        taken |= {f"torchscript_loaded_b{batch}": 9.0, f"torchscript_optimised_b{batch}": 8.0}
    table = bench("_simulator_table")
    figures = table.inference_figures(taken)
    assert figures["vs_torchscript_b1"] == 4
    assert figures["overhead_b4"] == 2
    assert "two_thread_speedup" not in figures  # a machine with one core
    assert any("optimised" in row["what"] for row in table.inference_rows(taken))


def test_rivals_of_the_simulator_that_are_missing_are_named(bench):
    taken = dict.fromkeys(("bare", "whole", "batched"), 1.0)
    for batch in (1, 4):
        taken |= {f"simulator_b{batch}": 2.0, f"bare_b{batch}": 1.0}
    table = bench("_simulator_table")
    figures = table.inference_figures(taken)
    assert not any(name.startswith(("vs_torchscript", "vs_eager")) for name in figures)
    rows = table.inference_rows(taken, "not compiled within 120 s", "not measured: busy", 2.0)
    told = {row["what"]: row for row in table.with_figures(rows, figures)}
    assert told["event of 1 jet beside TorchScript in C++"]["other"] == "not compiled within 120 s"
    assert told["event of 4 jets beside PyTorch eager"]["other"] == "no answer in time"
    assert told["events of 4 jets, two threads beside one"]["pyjetsim"] == "not measured: busy"
    assert told["event of 1 jet beside ONNX Runtime's C API"]["ratio"] == 2
    assert told["memory of a thread, beside the model, 64 jets a call"]["pyjetsim"] == 2


def test_the_simulator_table_has_units_and_what_was_not_measured(bench, tmp_path, monkeypatch):
    table = bench("results_table")
    monkeypatch.setattr(table, "BENCHES", tmp_path)
    text = "<!-- simulator -->\nas it was\n<!-- /simulator -->"
    assert table.filled(text) == text  # without results
    rows = [
        {"what": "a", "unit": "µs", "pyjetsim": 81.26, "other": 77.0, "ratio": 1.0553, "wanted": "<= 1.10"},
        {"what": "b", "unit": "jets/s", "pyjetsim": 21234.5, "ratio": 21234.5, "wanted": ">= 20000"},
        {"what": "c", "pyjetsim": "the same bytes"},
        *bench("_simulator_table").elsewhere_rows()[:1],
    ]
    (tmp_path / "simulator.json").write_text(json.dumps({"rows": rows}))
    assert table.filled(text).splitlines()[3:-1] == [
        "| a | 81.3 µs | 77 µs | 0.95 × |",
        "| b | 21,234 jets/s |  |  |",
        "| c | the same bytes |  |  |",
        "| an event: the paper's model from Python, Xeon 4216 |  | 7 ms | not measured here |",
    ]


def test_files_are_converted(bench, tmp_path):
    convert = bench("convert")
    report = bench("_common").Report()
    convert.measure(convert.parser().parse_args(["--events", "5", "--rounds", "1"]), tmp_path, report)
    rows, figures = report.rows, report.figures
    writing = "writing NanoAOD (ZSTD, level 3)"
    whats = [("Delphes", 5), ("Delphes", 50), ("NanoAOD", 5), ("NanoAOD", 50), (writing, 50), (writing, 500)]
    assert [row["what"] for row in rows] == [f"{what}, {events} events" for what, events in whats]
    for name in ("delphes_events_per_s", "pfnano_jets_per_s", "nanoaod_write_events_per_s"):
        assert figures[name] > 0
    assert "convert_rss_growth_mb" in figures


def test_cells_by_the_backend_native(bench, tmp_path, monkeypatch):
    from native_bundles import make, write

    def measured(words):
        report = bench("_common").Report()
        cells.measure(cells.parser().parse_args(words), report)
        return report.rows, report.figures

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    cells = bench("cells")
    bundle = write(make(width=16), tmp_path / "bundle")
    words = ["--bundle", str(bundle), "--jets", "64", "--rounds", "1", "--backends", "native"]
    monkeypatch.setattr(bench("_quiet"), "busy", lambda: "")
    rows, figures = measured(words)
    assert [row["what"] for row in rows] == list(figures)
    monkeypatch.setattr(bench("_quiet"), "busy", lambda: "not measured: busy")
    busy_rows, without = measured(words)
    assert set(figures) - set(without) == {"two_thread_speedup"}
    assert [row["native"] for row in busy_rows if row["what"] == "two_thread_speedup"] == [
        "not measured: busy"
    ]
    assert all(value > 0 for name, value in figures.items() if name != "mb_per_thread")


def test_coverage_by_package(bench, tmp_path, monkeypatch):
    def file(*counts):
        names = ("covered_lines", "num_statements", "covered_branches", "num_branches")
        return {"summary": dict(zip(names, counts, strict=True))}

    python = {
        "pyjetsim/io/a.py": file(10, 10, 5, 5),
        "pyjetsim/io/b/c.py": file(2, 10, 0, 5),
        ".venv/lib/python3/site-packages/pyjetsim/cli/x.py": file(1, 2, 0, 0),
        "pyjetsim/errors.py": file(3, 4, 0, 0),
        "tests/x.py": file(0, 100, 0, 0),
    }
    cpp = [
        {
            "filename": "csrc/io/a.cpp",
            "line_covered": 3,
            "line_total": 4,
            "branch_covered": 0,
            "branch_total": 9,
        },
        {"filename": "csrc/jets/b.h", "line_covered": 4, "line_total": 4},
    ]
    output = tmp_path / "coverage.json"
    tool, table = bench("coverage_figures"), bench("results_table")
    for files in (python, cpp):
        report = tmp_path / "report.json"
        report.write_text(json.dumps({"files": files}))
        monkeypatch.setattr(sys, "argv", ["coverage_figures.py", str(report), "--output", str(output)])
        assert tool.main() == 0
    found = {
        language: {name: room["percent"] for name, room in content["rooms"].items()}
        for language, content in json.loads(output.read_text()).items()
    }
    assert found["python"] == {"io": 56.7, "cli": 50.0, "pyjetsim": 75.0, "all": 58.3}
    assert found["cpp"] == {"io": 75.0, "jets": 100.0, "all": 87.5}
    monkeypatch.setattr(table, "REPORTS", tmp_path)
    lines = table.coverage().splitlines()
    assert "| Python: all | 58.3 % |" in lines
    assert lines[-1] == "| C++: all | 87.5 % |"
    report.write_text(json.dumps({"files": {"tests/x.py": file(0, 1, 0, 0)}}))
    assert tool.main() == 1


@pytest.fixture
def scaling_results(bench, tmp_path, monkeypatch):
    """Small steps of the bench of scaling, one that fails, and what a verb of known speed would give."""
    scaling, runs = bench("scaling"), bench("_scaling_runs")
    sizes = scaling.Sizes(quick=True)
    sizes.shards, sizes.unit, sizes.loader, sizes.weak = 40, 600, 2, True
    results = runs.Results(tmp_path / "scaling.json", quick=True)
    made = scaling.Bench(sizes, results, tmp_path)

    def generate():
        # 3 s and 10 ms an event, halved by a second worker.
        def once(workers, n):
            return 3 + 0.01 * n / workers, 2 * n, 4000 * n

        found = made._two_lengths("generate", once, (100, 200), "events")
        made._cost("generate", found, (100, 200))

    def evaluate():
        runs.program(["-c", "import time; time.sleep(60)"], tmp_path, 0.3)

    monkeypatch.setattr(made, "simulate", generate)
    monkeypatch.setattr(made, "evaluate", evaluate)
    for name in ("plan", "loader", "simulate", "evaluate"):
        results.step(name, made.steps()[name])
    return tmp_path / "scaling.json"


def test_scaling_goes_on_where_a_step_takes_too_long(scaling_results):
    content = json.loads(scaling_results.read_text())
    figures, parts = content["figures"], {}
    for row in content["rows"]:
        parts.setdefault(row["part"], []).append(row)
    assert [row["what"] for row in parts["problem"]] == ["evaluate"]
    assert "took more than 0 s" in parts["problem"][0]["problem"]
    assert figures["generate_speedup_2"] == pytest.approx(5 / 4)
    assert [row["per_s"] for row in parts["weak"]] == pytest.approx([40, 80])
    (cost,) = parts["cost"]
    assert cost["fixed_s"] == pytest.approx(3)
    assert cost["core_s_per_million"] == pytest.approx(5000)
    assert cost["gb_per_million"] == pytest.approx(2)
    assert cost["core_h_a billion"] == pytest.approx((3 + 5e6) / 3600)
    assert figures["loader_jets_per_s"] > 0
    assert {row["shards"] for row in parts["plan"]} == {40}
    assert len(parts["plan"]) == 5
    assert content["quick"] is True


def test_steps_that_are_made_again_replace_their_own(bench, scaling_results):
    runs = bench("_scaling_runs")
    again = runs.Results()
    again.keep(scaling_results, ["simulate", "evaluate"])
    assert set(again.figures) == {"plan_0k_shards_s", "loader_jets_per_s"}
    assert {row["part"] for row in again.rows} == {"figure", "plan", "run"}
    again.keep(scaling_results.with_name("none.json"), [])
    again.keep(None, [])


def test_tables_of_scaling_say_what_was_not_measured(bench, scaling_results, monkeypatch):
    table = bench("results_table")
    monkeypatch.setattr(table, "BENCHES", scaling_results.parent)
    lines = table.scaling_figures().splitlines()
    assert "| `generate`, two workers over one | 1.25 |  |" in lines
    assert "| `train cells`, batches of 128, two ranks of torchrun over one | not measured |  |" in lines
    assert table.scaling_weak().splitlines()[2] == "| `generate` | 1 | 200 events | 5 | 40 |"
    assert table.scaling_cost().splitlines()[2] == "| generate | 3 | 5,000 | 2 |"
    assert table.scaling_predictions().splitlines()[3] == "| generate: disk | 3.4 GB | 200 GB | 2,000 GB |"
    assert "evaluate: TooLong: -c import time" in table.scaling_runs()
    assert len(table.scaling_plan().splitlines()) == 7


def test_independent_workers_are_asked_all_at_once(bench, tmp_path):
    script = tmp_path / "work.py"
    script.write_text("import sys, time\nprint('ready', flush=True)\nfor _ in sys.stdin:\n"
                      "    time.sleep(0.5)\n    print(0, flush=True)\n")  # fmt: skip
    with bench("_scaling_runs").Workers(script, 2) as workers:
        assert 0.5 <= workers.seconds(2) < 1.0
