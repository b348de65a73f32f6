"""The task variables, from a table of objects to a simulated one, and what can be wrong with either."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import plain_nanoaod
import pytest
import torch
from nanoaod_files import write_tree
from object_tables import CONDITIONS, TARGETS, recipe, table, write_table

from pyjetsim.bundle import export_model
from pyjetsim.errors import DataError, DataWarning, Error, InputError, RecipeError, TrainingError
from pyjetsim.io.nanoaod_objects import NanoAODObjects
from pyjetsim.io.objects import EventObjects, Kind, ObjectsFile, Side
from pyjetsim.jets.event_ids import jet_ids
from pyjetsim.jets.noise import jet_noise
from pyjetsim.simulate import simulate
from pyjetsim.simulate.graph import Graph
from pyjetsim.tasks.variables.simulation import noise_copy
from pyjetsim.tasks.variables.tables import Layout, relative_to
from pyjetsim.train import load_model, train
from pyjetsim.train.recipe import load_recipe, parse_recipe

pytestmark = pytest.mark.usefixtures("unrendered_module")

N_EVENTS = 2500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variables")


@pytest.fixture(scope="module")
def data(folder: Path) -> Path:
    return write_table(folder / "jets.h5", table(N_EVENTS, 1))


@pytest.fixture(scope="module")
def run(folder: Path, data: Path) -> Path:
    train(parse_recipe(recipe(), "test"), data, folder / "run", threads=1, quiet=True, device="cpu")
    return folder / "run"


@pytest.fixture(scope="module")
def bundle(folder: Path, run: Path) -> Path:
    """Exported: the graph answers as PyTorch does, in batches of 1, 2 and 64."""
    model, checkpoint = load_model(run)
    export_model(
        model,
        folder / "bundle",
        domain=checkpoint.domain,
        provenance=checkpoint.training_provenance,
        cuts=checkpoint.cuts,
        task=checkpoint.task,
    )
    return folder / "bundle"


@pytest.fixture(scope="module")
def gen(folder: Path) -> Path:
    """Other events of the same kind."""
    return write_table(folder / "gen.h5", table(2000, 2))


@pytest.fixture(scope="module")
def simulated(folder: Path, bundle: Path, gen: Path) -> Path:
    simulate(gen, bundle, folder / "out.h5", 1, quiet=True)
    return folder / "out.h5"


def read(path: Path) -> EventObjects:
    with ObjectsFile(path) as file:
        return file.read()


def test_a_training_learns_and_is_scored(run: Path) -> None:
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert entries[-1]["train"]["total"] < entries[0]["train"]["total"] - 0.5
    assert set(entries[-1]["w1"]) == {*(target["name"] for target in TARGETS), "efficiency", "sum"}
    assert entries[-1]["w1"]["efficiency"] < 0.05
    assert entries[-1]["w1"]["ptRatio"] < 0.25


def test_a_bundle_says_its_columns(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert (manifest["task"], manifest["model"]) == ("variables", "variables_flow")
    assert [each["name"] for each in manifest["settings"]["targets"]] == [each["name"] for each in TARGETS]
    assert set(manifest["domain"]) == {each["name"] for each in CONDITIONS}


def test_simulated_objects_are_those_of_the_detector(simulated: Path, gen: Path) -> None:
    made, true = read(simulated), read(gen)
    jets, real = made.kinds["jets"], true.kinds["jets"]
    for name, values in real.gen.columns.items():
        np.testing.assert_array_equal(jets.gen[name], values)
    assert len(jets.reco) == pytest.approx(len(real.reco), rel=0.05)
    ratio = [
        objects.matched("jets").reco["pt"] / objects.matched("jets").gen["pt"] for objects in (made, true)
    ]
    assert ratio[0].mean() == pytest.approx(ratio[1].mean(), abs=0.04)
    assert ratio[0].std() == pytest.approx(ratio[1].std(), rel=0.3)
    assert set(np.unique(jets.reco["puId"])) <= {0, 4, 6, 7}
    assert jets.reco["nConstituents"].dtype == np.int32
    assert (jets.reco["muEF"] == 0).mean() == pytest.approx((real.reco["muEF"] == 0).mean(), abs=0.1)
    assert np.abs(jets.reco["phi"]).max() <= np.float32(np.pi)


def test_links_order_and_other_kinds_are_kept(simulated: Path, gen: Path) -> None:
    made, true = read(simulated), read(gen)
    jets = made.kinds["jets"]
    assert (jets.gen.match[jets.reco.match] == np.arange(len(jets.reco))).all()
    place = jets.reco.place
    falling = np.diff(jets.reco["pt"]) <= 0
    assert falling[np.diff(place) == 0].all()
    np.testing.assert_array_equal(jets.gen.place[jets.reco.match], place)
    np.testing.assert_array_equal(made.kinds["muons"].reco["pt"], true.kinds["muons"].reco["pt"])
    np.testing.assert_array_equal(made.columns["pileup"], true.columns["pileup"])
    with ObjectsFile(simulated) as file:
        assert file.column("jets", "reco", "pt").unit == "GeV"
        assert file.provenance["simulation"]["kind"] == "jets"
        assert file.provenance["simulation"]["counts"]["objects"] == len(jets.gen)


def test_an_answer_is_pytorchs_whatever_it_is_simulated_with(bundle: Path, run: Path, gen: Path) -> None:
    model, _ = load_model(run)
    objects = read(gen).kinds["jets"].gen
    conditions = np.stack([objects[each["name"]].astype(np.float32) for each in CONDITIONS], 1)[:100]
    graph = Graph(bundle)
    ids = jet_ids(100, np.arange(100), np.zeros(100, int))
    copy = noise_copy("jets")
    found = graph({"conditions": conditions}, ids, 5, copy=copy)
    alone = graph({"conditions": conditions[7:8]}, jet_ids(1, [7], [0]), 5, copy=copy)
    noise = jet_noise(5, ids, model.noise_size, copy)
    with torch.no_grad():
        there, values = model.eval()(torch.from_numpy(conditions), torch.from_numpy(noise))
    np.testing.assert_array_equal(found["found"], there.numpy())
    close = np.isclose(found["variables"], values.numpy(), rtol=1e-3, atol=1e-3)
    assert close.mean() > 0.99  # a whole number may fall to the other side by rounding
    np.testing.assert_allclose(alone["variables"][0], found["variables"][7], rtol=1e-4, atol=1e-4)


def test_a_simulation_does_not_depend_on_how_a_file_is_cut(
    simulated: Path, bundle: Path, gen: Path, tmp_path: Path
) -> None:
    objects = read(gen)
    inside = np.zeros(len(objects), np.bool_)
    inside[500:600] = True
    write_table(tmp_path / "part.h5", objects.events(inside))
    simulate(tmp_path / "part.h5", bundle, tmp_path / "out.h5", 1, quiet=True)
    part, whole = read(tmp_path / "out.h5").kinds["jets"], read(simulated).events(inside).kinds["jets"]
    for name, values in whole.reco.columns.items():
        np.testing.assert_allclose(part.reco[name], values, rtol=1e-4, atol=1e-4)


def test_plain_nanoaod_is_learnt_from_and_simulated(bundle: Path, tmp_path: Path) -> None:
    nano = write_tree(tmp_path / "nano.root", plain_nanoaod.events(300))
    columns = {"conditions": CONDITIONS[:3], "targets": [TARGETS[0], TARGETS[-1]]}
    made = {**recipe(**columns), "training": {"epochs": 1, "seed": 1}}
    train(parse_recipe(made, "test"), nano, tmp_path / "run", threads=1, quiet=True, device="cpu")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["data"]["train"] > 200
    with pytest.raises(DataError, match="has no column jets/gen/flavour"):
        simulate(nano, bundle, tmp_path / "out.h5", 1, quiet=True)
    simulate(nano, "flashsim_jets", tmp_path / "out.h5", 1, quiet=True)
    with NanoAODObjects(nano) as file:
        gen = EventObjects.concatenate(list(file.batches()))
    out = read(tmp_path / "out.h5")
    np.testing.assert_array_equal(out.event, gen.event)
    np.testing.assert_array_equal(out.kinds["jets"].gen["pt"], gen.kinds["jets"].gen["pt"])
    assert (out.kinds["jets"].gen.match >= 0).mean() > 0.5


def test_events_are_simulated_several_times(simulated: Path, bundle: Path, gen: Path, tmp_path: Path) -> None:
    objects = read(gen).events(np.arange(2000) < 300)
    write_table(tmp_path / "gen.h5", objects)
    simulate(tmp_path / "gen.h5", bundle, tmp_path / "many.h5", 1, oversample=3, quiet=True)
    many, once = read(tmp_path / "many.h5"), read(simulated)
    np.testing.assert_array_equal(many.event, np.repeat(objects.event, 3))
    np.testing.assert_array_equal(many.columns["copy"], np.tile([0, 1, 2], 300))
    first = many.events(many.columns["copy"] == 0)
    other = many.events(many.columns["copy"] == 1)
    for kind in ("jets", "muons"):
        for side in ("gen", "reco"):
            expected = getattr(once.events(np.arange(2000) < 300).kinds[kind], side)
            found = getattr(first.kinds[kind], side)
            np.testing.assert_array_equal(found.match, expected.match)
            for name, values in expected.columns.items():
                np.testing.assert_array_equal(found[name], values)
    both = [
        each.kinds["jets"].reco["pt"][np.maximum(each.kinds["jets"].gen.match, 0)] for each in (first, other)
    ]
    there = (first.kinds["jets"].gen.match >= 0) & (other.kinds["jets"].gen.match >= 0)
    assert (both[0] != both[1])[there].all()
    with pytest.raises(DataError, match="several simulations of each gen jet or event"):
        simulate(tmp_path / "many.h5", bundle, tmp_path / "more.h5", 1, oversample=2, quiet=True)


def test_events_at_places_keep_their_links(gen: Path) -> None:
    objects = read(gen)
    places = np.array([5, 3, 3, 1999, 0])
    taken = objects.at(places)
    parts = [objects.events(np.arange(len(objects)) == place) for place in places]
    together = EventObjects.concatenate(parts)
    np.testing.assert_array_equal(taken.event, together.event)
    for kind in objects.kinds:
        for one, other in zip(taken.kinds[kind], together.kinds[kind], strict=True):
            np.testing.assert_array_equal(one.match, other.match)
            np.testing.assert_array_equal(one.count, other.count)
            for name, values in other.columns.items():
                np.testing.assert_array_equal(one[name], values)


def with_unmatched(objects: EventObjects, seed: int) -> EventObjects:
    """Reco jets without a gen jet besides: more of them with pileup, soft, forward."""
    rng = np.random.default_rng(seed)
    n_events = len(objects)
    count = np.minimum(rng.poisson(objects.columns["pileup"] / 30), 5).astype(np.int32)
    n = int(count.sum())
    gen, reco = objects.kinds["jets"]
    more = {
        "pt": 20 + rng.exponential(5, n),
        "eta": rng.choice([-1, 1], n) * rng.normal(2.5, 0.3, n),
        "phi": rng.uniform(-np.pi, np.pi, n),
        "nConstituents": rng.integers(3, 9, n),
        "muEF": np.where(rng.random(n) < 0.9, 0, rng.uniform(0.3, 0.7, n)),
        "puId": rng.choice([0, 4, 7], n),
    }
    place = np.concatenate([reco.place, np.repeat(np.arange(n_events), count)])
    order = np.argsort(place, kind="stable")
    match = np.concatenate([reco.match, np.full(n, -1, np.int32)])[order]
    columns = {c: np.concatenate([reco[c], more[c].astype(reco[c].dtype)])[order] for c in reco.columns}
    moved = np.full(len(gen), -1, np.int32)
    moved[match[match >= 0]] = np.flatnonzero(match >= 0)
    jets = Kind(replace(gen, match=moved), Side(columns, (reco.count + count).astype(np.int32), match))
    return replace(objects, kinds={**objects.kinds, "jets": jets})


UNMATCHED = {
    "unmatched": 5,
    "conditions": [{"name": "pileup", "of": "event"}],
    "targets": [
        {"name": "pt", "range": [20.0, 200.0], "transform": "log", "offset": -19.99},
        {"name": "eta", "range": [-5.0, 5.0]},
        {"name": "phi", "range": [-3.1416, 3.1416]},
        *TARGETS[3:],
    ],
}


def test_objects_without_a_gen_object_have_a_model_of_their_own(tmp_path: Path) -> None:
    data = write_table(tmp_path / "jets.h5", with_unmatched(table(N_EVENTS, 1), 1))
    train(
        parse_recipe(recipe(**UNMATCHED), "test"), data, tmp_path / "run", threads=1, quiet=True, device="cpu"
    )
    model, checkpoint = load_model(tmp_path / "run")
    export_model(
        model,
        tmp_path / "bundle",
        domain=checkpoint.domain,
        provenance=checkpoint.training_provenance,
        cuts=checkpoint.cuts,
        task=checkpoint.task,
    )
    true = with_unmatched(table(2000, 2), 2)
    write_table(tmp_path / "gen.h5", true)
    simulate(tmp_path / "gen.h5", tmp_path / "bundle", tmp_path / "out.h5", 1, quiet=True)
    made = read(tmp_path / "out.h5")
    (gen, reco), (true_gen, true_reco) = made.kinds["jets"], true.kinds["jets"]
    # What has a gen object is what it was; its links lead there.
    linked, truly = gen.match[gen.match >= 0], true_gen.match[true_gen.match >= 0]
    np.testing.assert_array_equal(gen.match >= 0, true_gen.match >= 0)
    for name in true_reco.columns:
        np.testing.assert_array_equal(reco[name][linked], true_reco[name][truly])
    assert (gen.match[reco.match[reco.match >= 0]] == np.flatnonzero(reco.match >= 0)).all()
    # The others are new, as many and as soft as they should be, and more with pileup.
    alone, expected = reco.match < 0, true_reco.match < 0
    assert alone.sum() == pytest.approx(expected.sum(), rel=0.08)
    assert reco["pt"][alone].mean() == pytest.approx(true_reco["pt"][expected].mean(), rel=0.1)
    # None is a copy of a true one. Two of thousands may share one number by chance, not two numbers.
    places = [
        set(zip(side["pt"][chosen], side["eta"][chosen], strict=True))
        for side, chosen in ((reco, alone), (true_reco, ...))
    ]
    assert not places[0] & places[1]
    number = np.bincount(reco.place[alone], minlength=2000)
    assert np.corrcoef(number, made.columns["pileup"])[0, 1] > 0.05
    assert (reco["puId"][alone] == 6).mean() < 0.02  # which none has
    falling = np.diff(reco["pt"]) <= 0
    assert falling[np.diff(reco.place) == 0].all()


def test_a_file_is_simulated_again_for_another_kind(simulated: Path, bundle: Path, tmp_path: Path) -> None:
    simulate(simulated, bundle, tmp_path / "twice.h5", 2, quiet=True)
    with ObjectsFile(tmp_path / "twice.h5") as file:
        provenance = file.provenance
    assert provenance["simulation"]["seed"] == 2
    assert [each["seed"] for each in provenance["earlier_simulations"]] == [1]


def changed(objects: EventObjects, side: str = "gen", **columns: np.ndarray) -> EventObjects:
    """The same with other columns of jets; None: without them."""
    kind = objects.kinds["jets"]
    of = getattr(kind, side)
    content = {name: values for name, values in {**of.columns, **columns}.items() if values is not None}
    jets = kind._replace(**{side: replace(of, columns=content)})
    return EventObjects(objects.event, {**objects.kinds, "jets": jets}, objects.columns)


def one(values: np.ndarray, value: float) -> np.ndarray:
    """The same with another fourth value."""
    values = values.copy()
    values[3] = value
    return values


BAD_GEN = {
    "a missing column": (lambda jets: {"eta": None}, "has no column jets/gen/eta (the model takes it)"),
    "no number": (
        lambda jets: {"eta": one(jets.gen["eta"], np.nan)},
        "jets/gen/eta of row 3 is nan (no answer to it means anything",
    ),
    "an unknown flavour": (
        lambda jets: {"flavour": one(jets.gen["flavour"], 4)},
        "jets/gen/flavour of row 3 is 4 (the model knows 1, 5, 21)",
    ),
}


@pytest.mark.parametrize(("damage", "message"), BAD_GEN.values(), ids=BAD_GEN)
def test_what_cannot_be_simulated_is_told(tmp_path: Path, bundle: Path, damage, message: str) -> None:
    objects = table(20, 3)
    bad = write_table(tmp_path / "bad.h5", changed(objects, **damage(objects.kinds["jets"])))
    with pytest.raises(Error) as error:
        simulate(bad, bundle, tmp_path / "out.h5", 1, quiet=True)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out.h5").exists()


def test_conditions_outside_the_range_are_answered_flagged_and_counted(bundle: Path, tmp_path: Path) -> None:
    objects = table(200, 4)
    pt = objects.kinds["jets"].gen["pt"].copy()
    pt[::2] = 1e5
    summary = simulate(
        write_table(tmp_path / "far.h5", changed(objects, pt=pt)), bundle, tmp_path / "out.h5", 1, quiet=True
    )
    jets = read(tmp_path / "out.h5").kinds["jets"]
    domain = json.loads((bundle / "manifest.json").read_text())["domain"]
    outside = np.zeros(len(pt), np.bool_)
    for name in ("pt", "eta", "phi"):
        outside |= (jets.gen[name] < np.float32(domain[name][0])) | (
            jets.gen[name] > np.float32(domain[name][1])
        )
    assert outside[::2].all()
    assert outside[1::2].mean() < 0.1
    assert summary.of_task["outside_domain"] == outside.sum()
    np.testing.assert_array_equal(jets.reco["outside_domain"] == 1, outside[jets.reco.match])
    assert all(np.isfinite(values).all() for values in jets.reco.columns.values())


def test_events_without_objects(bundle: Path, tmp_path: Path) -> None:
    objects = table(5, 5)
    empty = objects.kinds["jets"]
    none = np.zeros(0, np.int32)
    sides = (
        Side({name: v[:0] for name, v in side.columns.items()}, np.zeros(5, np.int32), none) for side in empty
    )
    nothing = EventObjects(objects.event, {**objects.kinds, "jets": Kind(*sides)}, objects.columns)
    path = write_table(tmp_path / "empty.h5", nothing)
    with pytest.warns(DataWarning, match="has no gen jets in its events"):
        summary = simulate(path, bundle, tmp_path / "out.h5", 1, quiet=True)
    assert (summary.events, summary.jets) == (5, 0)
    assert len(read(tmp_path / "out.h5").kinds["jets"].reco) == 0


def test_other_files_and_options_are_refused(bundle: Path, gen: Path, tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_text("nothing")
    with pytest.raises(DataError, match="is no table of objects"):
        simulate(tmp_path / "x.h5", bundle, tmp_path / "out.h5", 1, quiet=True)
    with pytest.raises(InputError, match="gen_pt_min was given"):
        simulate(gen, bundle, tmp_path / "out.h5", 1, quiet=True, gen_pt_min=30.0)


BAD_RECO = {
    "a missing target": (lambda jets: {"muEF": None}, DataError, "has no column jets/reco/muEF"),
    "a constant target": (
        lambda jets: {"puId": np.full_like(jets.reco["puId"], 7)},
        TrainingError,
        "the target puId has the same value in all objects",
    ),
    "a value never seen": (
        lambda jets: {"puId": one(jets.reco["puId"], 5)},
        DataError,
        "is 5 (the model knows 0, 4, 6, 7)",
    ),
    "no number": (lambda jets: {"muEF": one(jets.reco["muEF"], np.inf)}, DataError, "is inf"),
}


@pytest.mark.parametrize(("damage", "kind", "message"), BAD_RECO.values(), ids=BAD_RECO)
def test_what_cannot_be_learnt_is_told(tmp_path: Path, damage, kind, message: str) -> None:
    objects = table(200, 6)
    path = write_table(tmp_path / "bad.h5", changed(objects, "reco", **damage(objects.kinds["jets"])))
    with pytest.raises(kind) as error:
        train(parse_recipe(recipe(), "test"), path, tmp_path / "run", quiet=True, device="cpu")
    assert message in str(error.value)
    assert not (tmp_path / "run").exists()


def test_what_is_outside_a_range_is_counted(tmp_path: Path) -> None:
    objects = table(300, 7)
    kind = objects.kinds["jets"]
    pt = kind.reco["pt"].copy()
    pt[:5] = 10 * kind.gen["pt"][kind.reco.match[:5]]
    path = write_table(tmp_path / "far.h5", changed(objects, "reco", pt=pt))
    one_epoch = parse_recipe(recipe(), "test").with_epochs(1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        train(one_epoch, path, tmp_path / "run", quiet=True, device="cpu")
    counts = [str(each.message) for each in told if issubclass(each.category, DataWarning)]
    assert any(
        "ptRatio of " in text and "is outside 0 to 3 and was set to the nearest" in text for text in counts
    )


BAD_COLUMNS = {
    "a logarithm": ({"range": [-1.0, 5.0], "transform": "log"}, "its logarithm could not be undone"),
    "a logit": ({"range": [0.0, 1.0], "transform": "logit"}, "its logit could not be undone"),
    "an arctangent": ({"range": [0.0, 1.0], "transform": "arctan", "scale": 0.0}, "could not be undone"),
    "no range": ({"transform": "log"}, "range is missing"),
    "an integer's range": ({"integer": True, "range": [0.5, 3.0]}, "of whole numbers"),
    "a range upside down": ({"range": [3.0, 1.0]}, "range goes from 3 to 1"),
    "values twice": ({"values": [1, 1]}, "two of its values are the same"),
    "a point mass inside": ({"range": [0.0, 1.0], "below": 0.5}, "below and above are outside range"),
    "a mistyped key": ({"rnage": [0.0, 1.0]}, "rnage"),
}


@pytest.mark.parametrize(("column", "message"), BAD_COLUMNS.values(), ids=BAD_COLUMNS)
def test_transforms_that_cannot_be_undone_are_refused(column, message: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(recipe(targets=[{"name": "area", **column}]), "test")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


IMPACT = [
    {"name": "eta", "relative": "difference"},
    *({"name": name} for name in ("dxy", "dz", "dxyErr", "dzErr")),
]


def test_columns_that_follow_from_others_are_calculated() -> None:
    layout = Layout("muons", [{"name": "pt"}], IMPACT, ["ip3d", "sip3d"], None)
    answer = np.array([[0.5, 3e-3, 8e-3, 1e-3, 2e-3], [0.0, 0.0, 0.0, 1e-3, 2e-3]], np.float32)
    columns = layout.reco_columns(answer, {"eta": np.array([0.5, 0.0], np.float32)})
    across = 8e-3 / np.cosh(1.0)
    ip3d = np.hypot(3e-3, across)
    error = np.hypot(3e-3 * 1e-3, across * 2e-3 / np.cosh(1.0)) / ip3d
    np.testing.assert_allclose(columns["ip3d"], [ip3d, 0], rtol=1e-5)
    np.testing.assert_allclose(columns["sip3d"], [ip3d / error, 0], rtol=1e-5)
    assert [each["name"] for each in layout.with_derived().targets][-2:] == ["ip3d", "sip3d"]


def test_other_recipes_that_are_refused() -> None:
    with pytest.raises(RecipeError, match="derived: ip4d is not known"):
        parse_recipe(recipe(derived=["ip4d"]), "test")
    with pytest.raises(RecipeError, match="derived: ip3d follows from dxy, which no target has"):
        parse_recipe(recipe(derived=["ip3d"]), "test")
    with pytest.raises(RecipeError, match="derived: ip3d is a target, too"):
        parse_recipe(recipe(targets=[*IMPACT, {"name": "ip3d"}], derived=["ip3d"]), "test")
    with pytest.raises(RecipeError, match="condition pt is not of the event"):
        parse_recipe(recipe(unmatched=3), "test")
    with pytest.raises(RecipeError, match="target ptRatio is relative to one"):
        parse_recipe(recipe(unmatched=3, conditions=[{"name": "pileup", "of": "event"}]), "test")
    with pytest.raises(RecipeError, match="all targets are flags"):
        parse_recipe(recipe(targets=[TARGETS[-1]]), "test")
    with pytest.raises(RecipeError, match="the column pt is named twice"):
        parse_recipe(recipe(conditions=[{"name": "pt"}, {"name": "pt"}]), "test")
    with pytest.raises(RecipeError, match="gen_pt_min is -1"):
        parse_recipe({**recipe(), "task": {"gen_pt_min": -1}}, "test")
    with pytest.raises(RecipeError, match=r"task\.pt_min is no setting"):
        parse_recipe({**recipe(), "task": {"pt_min": 1}}, "test")


@pytest.mark.parametrize("name", ["flashsim_jets", "flashsim_muons", "flashsim_fakes"])
def test_the_shipped_recipes_are_small_enough(name: str) -> None:
    model = load_recipe(name).new_model()
    assert sum(p.numel() for p in model.parameters()) <= 2_000_000
    assert 15 <= len(model.config.targets) <= 22


def test_the_ratio_to_nothing_is_beyond_any_range_and_an_infinite_answer_stays_one() -> None:
    reco, gen = np.array([0.0, 3.0, 3.0, np.inf, np.nan, 1e30]), np.array([0.0, 0.0, 2.0, 2.0, 0.0, 1e-30])
    largest = np.finfo(np.float32).max
    np.testing.assert_array_equal(relative_to(reco, gen, "ratio"), [1, largest, 1.5, np.inf, np.nan, largest])
