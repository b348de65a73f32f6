import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from browser import shown
from matplotlib.figure import Figure
from PIL import Image
from rich.console import Console

from pyjetsim.errors import DataError, InputError, StorageError
from pyjetsim.evaluate import evaluate, panels, summary_table
from pyjetsim.evaluate.gather import gather
from pyjetsim.evaluate.metrics import history, response, response_bins, turn_on
from pyjetsim.evaluate.metrics.spectra import compare
from pyjetsim.evaluate.observables.table import OBSERVABLES
from pyjetsim.evaluate.report import evaluation, publish
from pyjetsim.evaluate.view import ConstituentsView
from pyjetsim.io import in_split, write_pairs
from pyjetsim.jets import Pairs
from pyjetsim.jets.selection import SELECTIONS

DISTANCE = {"value", "spread", "over_floor", "uncertainty"}
FIGURES = [
    "figure_2", "figure_3", "figure_4", "figure_5", "figure_6", "figure_7", "multiplicity", "substructure",
    "spectra", "response", "response_bins", "mass_bins", "turn_on", "figure_a1", "figure_a2",
]  # fmt: skip


def reordered(pairs, seed=0):
    return pairs[np.random.default_rng(seed).permutation(len(pairs))]


@pytest.fixture(scope="module")
def files(make_pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    target, other = make_pairs(2500, 1), make_pairs(2500, 2)
    # The same gen jets, the reco jets those of another passage through a detector with a shift.
    prediction = Pairs(
        target.gen, make_pairs(2500, 1, response=1.2).reco, target.event, target.delta_r, target.n_vertices
    )
    write_pairs(folder / "target.h5", target, {"generator": "synthetic <b>&</b>"})
    write_pairs(folder / "prediction.h5", prediction, {"bundle": "b"})
    write_pairs(folder / "other.h5", other, {})
    run = folder / "run"
    run.mkdir()
    lines = [
        {
            "epoch": epoch,
            "train": {"total": 9.0 / epoch, "mass": 1.0 / epoch},
            "validation": {"total": 10.0 / epoch, "mass": 1.1 / epoch},
            "seconds": 1.0,
            **(
                {"kld": {"mass": float("inf") if epoch == 10 else 0.1, "sum": 0.3}} if epoch % 10 == 0 else {}
            ),
        }
        for epoch in range(1, 31)
    ]
    # Epoch 30 is there twice, as after a resume, and the last line was cut off.
    text = "\n".join(json.dumps(line) for line in [*lines, lines[-1]]) + '\n{"epoch": 31, "tr'
    (run / "log.jsonl").write_text(text)
    (run / "selection.json").write_text('{"epoch": 20, "sum": 0.3}')
    return folder


@pytest.fixture(scope="module")
def made(files):
    before = dict(mpl.rcParams)
    output = files / "report"
    report = evaluate(
        files / "target.h5",
        files / "prediction.h5",
        output,
        json=files / "deep" / "copy.json",
        run=files / "run",
    )
    assert dict(mpl.rcParams) == before
    return output, report


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.tags = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_fits_a_telephone_and_begins_with_the_verdict(made, tmp_path, dark):
    output, _ = made
    text = (output / "index.html").read_text()
    assert re.search(r'<h1>[^<]*</h1>\s*<p id="verdict_line"', text)
    (told,) = shown(output, ["index.html"], tmp_path, dark).values()
    assert told["dark"] is dark
    assert (told["width"], told["needs"]) == (400, 400)
    assert not told["missing"]
    assert not told["pale"]


def test_the_page_needs_no_network_and_shows_every_figure(made):
    output, report = made
    text = (output / "index.html").read_text()
    links = Links(text)
    assert not {"script", "link", "iframe"} & set(links.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert len(links.found) == len(report["figures"])
    assert report["figures"] == FIGURES
    prefix = "data:image/png;base64,"
    for link, name in zip(links.found, report["figures"], strict=True):
        png = base64.b64decode(link.removeprefix(prefix), validate=True)
        assert png == (output / f"{name}.png").read_bytes()
        Image.open(io.BytesIO(png)).verify()
    assert "synthetic &lt;b&gt;" in text
    for observable in OBSERVABLES.values():
        assert observable.plain_label in text


def test_figures_hold_more_than_a_frame(made):
    for name in FIGURES:
        pixels = np.asarray(Image.open(made[0] / f"{name}.png").convert("RGB"))
        assert min(pixels.shape[:2]) > 350, name
        assert 0.02 < (pixels < 250).any(axis=-1).mean() < 0.9, name


def test_the_json_re_opens_with_its_schema(made, files):
    output, report = made
    read = json.loads((output / "report.json").read_text(), parse_constant=pytest.fail)
    assert read == report == json.loads((files / "deep" / "copy.json").read_text())
    assert set(read) == {
        "format", "version", "pyjetsim", "target", "prediction", "selection", "split", "paired", "baselines",
        "metrics", "response", "turn_on", "classifiers", "distances", "scores", "run", "figures", "jets",
        "verdict", "mass_bins", "tails", "tagger_closure",
    }  # fmt: skip
    assert (read["format"], read["version"]) == ("pyjetsim.report", 1)
    assert read["selection"]["jet_pt_min"] == 200
    assert read["target"]["provenance"] == {"generator": "synthetic <b>&</b>"}
    assert set(read["metrics"]["observables"]) == set(OBSERVABLES)
    samples = {"prediction", "identity", "smearing"}
    for row in read["metrics"]["observables"].values():
        assert set(row) == {"label", "unit", "level", "wasserstein", "kld", "binning"}
        for metric in ("wasserstein", "kld"):
            assert set(row[metric]) == {"floor", *samples}
            assert all(set(score) == DISTANCE for score in row[metric].values())
    assert set(read["metrics"]["kld_sum"]) == {"floor", *samples}
    for scores in read["metrics"]["kinematic_kld"].values():
        assert set(scores) == {"mass", "pt", "energy", "eta", "phi", "sum"}
    assert set(read["response"]["tables"]) == {"target", *samples}
    assert set(read["response"]["tables"]["target"][0]) == {
        "low", "high", "n", "mean", "mean_error", "median", "width", "width_error", "std",
    }  # fmt: skip
    assert [row["n"] for row in read["response"]["tables"]["prediction"]] == [
        row["n"] for row in read["response"]["tables"]["target"]
    ]
    assert read["run"]["chosen"] == 20
    assert [line["epoch"] for line in read["run"]["epochs"]] == list(range(1, 31))
    assert read["run"]["epochs"][9]["kld"]["mass"] is None


def test_numbers_tell_the_shift(made):
    rows = made[1]["metrics"]["observables"]
    assert made[1]["paired"] is True
    assert rows["pt"]["wasserstein"]["prediction"]["over_floor"] > 1
    tables = made[1]["response"]["tables"]
    ratio = tables["prediction"][0]["mean"] / tables["target"][0]["mean"]
    assert ratio == pytest.approx(1.2, rel=0.02)


FLAT = {
    *(
        f"w1_over_floor_{name}"
        for name in (
            "mass", "pt", "flow1", "flow2", "flow3", "flow4", "multiplicity", "width", "ptd", "leading",
            "tau21", "tau32", "d2",
        )
    ),
    "auc", "auc_constituents", "fpd", "kpd",
    "response_mean_error_max", "response_width_error_max", "response_std_error_max",
}  # fmt: skip


def test_figures_of_merit_are_flat_and_told_for_every_sample(made):
    scores = made[1]["scores"]
    everyone = {f"{prefix}{name}" for prefix in ("", "identity_", "smearing_") for name in FLAT}
    for kind in ("values", "uncertainties", "floors"):
        assert set(scores[kind]) == everyone
    values, rows = scores["values"], made[1]["metrics"]["observables"]
    assert values["w1_over_floor_mass"] == rows["mass"]["wasserstein"]["prediction"]["over_floor"]
    assert values["identity_w1_over_floor_d2"] == rows["d2"]["wasserstein"]["identity"]["over_floor"]
    # The set network judges the prediction alone, and no bin of the response has 500 pairs here.
    unknown = {name for name, value in values.items() if value is None}
    assert unknown == {"identity_auc_constituents", "smearing_auc_constituents"} | {
        name for name in everyone if "response" in name
    }
    # 20 % more response where it scatters by 12 %: two classifiers see it from 170 pairs.
    assert values["auc"] > 0.7
    assert values["auc_constituents"] > 0.7
    assert scores["floors"]["auc"] == pytest.approx(0.5, abs=0.1)


def test_the_table_speaks_plainly(made):
    console = Console(width=110, file=io.StringIO(), record=True)
    console.print(summary_table(made[1]))
    text = console.export_text()
    for observable in OBSERVABLES.values():
        assert observable.plain_label in text
    assert "1 is perfect" in text
    assert "AUC on constituents (0.5)" in text
    assert re.search(r"identity in \d+ of 31", " ".join(text.split()))


def test_the_order_of_jets_changes_nothing(made, files, make_pairs):
    write_pairs(files / "shuffled.h5", reordered(make_pairs(2500, 1)), {})
    paper = SELECTIONS["paper"]
    gathered = gather(ConstituentsView(), files / "shuffled.h5", files / "prediction.h5", "all", [])
    assert gathered.paired is False
    table = compare({name: sample.accepted(paper) for name, sample in gathered.samples.items()})
    for name, row in made[1]["metrics"]["observables"].items():
        again = table.observables[name].to_json()
        assert again["binning"] == row["binning"], name
        for metric in ("wasserstein", "kld"):
            for sample in ("floor", "prediction", "identity"):
                assert again[metric][sample] == pytest.approx(row[metric][sample], rel=1e-9), name


@pytest.mark.usefixtures("unrendered")
def test_other_gen_jets_one_split_and_no_identity(files, make_pairs):
    # Gen jets so soft that none is in acceptance: the identity baseline has nothing to show.
    pairs = make_pairs(2500, 5, response=2.5)
    write_pairs(files / "soft_gen.h5", pairs[pairs.gen.pt < 125], {})
    report = evaluate(
        files / "soft_gen.h5",
        files / "other.h5",
        files / "unpaired",
        split="test",
        selection="paper-extended",
        skip=("sets", "trees"),
    )
    assert report["paired"] is False
    assert report["run"] is None
    assert "figure_3" not in report["figures"]
    assert report["selection"]["constituent_eta_max"] is None
    expected = int(in_split(np.arange(2500) // 2, "test").sum())
    assert report["prediction"]["pairs_in_split"] == expected
    assert set(report["metrics"]["kld_sum"]) == {"floor", "prediction", "smearing"}
    assert report["scores"]["values"]["auc"] is report["scores"]["values"]["identity_fpd"] is None
    assert report["scores"]["values"]["fpd"] > 0
    summary_table(report)
    assert "None" not in re.sub(r"base64,[^\"]*", "", (files / "unpaired" / "index.html").read_text())


def published(made, output, **changes):
    """Publish the report again, without making it again."""
    folder, report = made
    figures = {name: publish.Png((folder / f"{name}.png").read_bytes(), "") for name in report["figures"]}
    publish.publish({**report, **changes}, figures, output, None)
    return (output / "report.json").read_bytes()


def test_a_report_is_replaced_and_nothing_else_is(made, files):
    output = files / "twice"
    output.mkdir()
    first = published(made, output)
    assert published(made, output, split="test") != first
    assert json.loads((output / "report.json").read_text())["split"] == "test"
    assert not list(files.glob(".twice*"))
    (files / "precious").mkdir()
    (files / "precious" / "thesis.tex").write_text("x")
    for bad in (files / "precious", files / "target.h5"):
        with pytest.raises(InputError, match="is no report"):
            evaluate(files / "target.h5", files / "other.h5", bad)
    assert [path.name for path in (files / "precious").iterdir()] == ["thesis.tex"]


def bad_file(kind, files, make_pairs):
    path = files / f"{kind}.h5"
    if kind == "truncated":
        content = (files / "target.h5").read_bytes()
        path.write_bytes(content[: len(content) // 2])
    elif kind == "empty":
        write_pairs(path, Pairs.empty(80), {})
    elif kind == "one":
        pairs = make_pairs(2500, 3)
        write_pairs(path, pairs[np.argsort(-pairs.reco.pt)[:1]], {})
    elif kind == "soft":
        pairs = make_pairs(2500, 3)
        write_pairs(path, pairs[pairs.reco.pt < 150], {})
    return path


@pytest.mark.parametrize("kind", ["truncated", "empty", "one", "soft", "absent"])
@pytest.mark.parametrize("role", ["target", "prediction"])
def test_files_that_cannot_be_compared_leave_nothing(kind, role, files, make_pairs):
    bad = bad_file(kind, files, make_pairs)
    arguments = {"target": files / "target.h5", "prediction": files / "other.h5"} | {role: bad}
    with pytest.raises(DataError, match=bad.name):
        evaluate(**arguments, output=files / "nothing")
    assert not [path for path in files.iterdir() if "nothing" in path.name]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["six", "two", "alike"])
def test_few_jets_make_a_report_without_foreign_warnings(kind, make_pairs, tmp_path, monkeypatch):
    said = []
    for module in (panels, history, response, response_bins, turn_on):
        monkeypatch.setattr(module, "tell_empty", lambda axes, why: said.append(why), raising=True)
    for seed, name in enumerate(("target.h5", "prediction.h5"), 1):
        pairs = make_pairs(100, seed)
        accepted = np.flatnonzero((pairs.reco.pt > 210) & (np.abs(pairs.reco.eta) < 2))
        few = pairs[{"six": accepted[:6], "two": accepted[:2], "alike": accepted[[0, 0]]}[kind]]
        event = np.arange(len(few), dtype=np.int64)
        write_pairs(
            tmp_path / name, Pairs(few.gen, few.reco, event, few.delta_r, few.n_vertices), {"seed": seed}
        )
    report = evaluate(
        tmp_path / "target.h5", tmp_path / "prediction.h5", tmp_path / "report", skip=["sets", "distances"]
    )
    Console(file=io.StringIO()).print(summary_table(report))
    assert said.count("no bin of gen jet $p_T$ has 10 pairs") == 2
    assert "too few jets in every bin for a ratio" in said or kind != "two"


def test_an_empty_panel_says_why():
    figure = Figure()
    axes = figure.subplots()
    panels.tell_empty(axes, "no pairs")
    assert [text.get_text() for text in axes.texts] == ["no pairs"]


def test_wrong_names_are_told_at_once(files):
    for wrong in ({"selection": "papr"}, {"split": "tset"}, {"skip": ["tree"]}):
        with pytest.raises(InputError, match=r"papr|tset|'tree'"):
            evaluate(files / "target.h5", files / "other.h5", files / "nothing", **wrong)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (None, "log.jsonl is not there"),
        ("", "no epoch"),
        ('{"epoch": 1}\n', "line 1"),
        ('{"epoch": 1, "train": {}, "validation": {}}\nnot json\n', "line 2"),
    ],
)
def test_a_run_folder_without_a_history(log, message, files, tmp_path):
    if log is not None:
        (tmp_path / "log.jsonl").write_text(log)
    with pytest.raises(DataError, match=message):
        evaluate(files / "target.h5", files / "other.h5", tmp_path / "nothing", run=tmp_path)
    assert not (tmp_path / "nothing").exists()


def test_a_full_disk_keeps_the_old_report(made, files, monkeypatch):
    old = published(made, files / "kept")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "render", full)
    with pytest.raises(StorageError, match="disk is full"):
        published(made, files / "kept", split="test")
    assert (files / "kept" / "report.json").read_bytes() == old
    assert not list(files.glob(".kept*"))


def test_an_interrupt_while_swapping_puts_the_old_report_back(made, files, monkeypatch):
    old = published(made, files / "swapped")
    rename = Path.rename

    def interrupted(self, target):
        if self.name.endswith(".part"):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        published(made, files / "swapped", split="test")
    monkeypatch.undo()
    assert (files / "swapped" / "report.json").read_bytes() == old
    assert not list(files.glob(".swapped*"))


def test_a_place_that_cannot_be_written_is_told_before_the_work(files, monkeypatch):
    monkeypatch.setattr(evaluation, "gather", None)  # Calling it would be an error.
    (files / "folder").mkdir()
    monkeypatch.chdir(files)
    here = {path.name for path in files.iterdir()}
    for output, copy, message in (
        (".", None, "is the folder you work in"),
        ("report", "folder", "output folder is a folder"),
        ("report", ".", "is a folder"),
        ("fresh", "fresh", "is both the report and its JSON copy"),
        ("target.h5/report", None, "target.h5 is a file"),
    ):
        with pytest.raises((InputError, StorageError), match=message):
            evaluate("target.h5", "other.h5", output, json=copy)
    assert {path.name for path in files.iterdir()} == here


def test_the_json_copy_may_lie_in_the_report(made, files):
    _, report = made
    for _ in range(2):
        publish.publish(report, {}, files / "holding", files / "holding" / "copies" / "a.json")
        assert json.loads((files / "holding" / "copies" / "a.json").read_text()) == report
