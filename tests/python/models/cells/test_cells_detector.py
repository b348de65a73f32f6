"""What the model knows of a detector is what made the jets: the same paths, the same cells, for any card."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from detectors import ATLAS, ATLAS_CONFIG, CMS, CMS_CONFIG, CONDITIONS
from synthetic import synthetic_pairs

from pyjetsim import generate
from pyjetsim.bundle.graph import _silenced
from pyjetsim.detector import Conditions, load_card, parse_card
from pyjetsim.errors import RecipeError
from pyjetsim.generate.calorimeter import Cells as GeneratedCells
from pyjetsim.generate.particles import Particles
from pyjetsim.generate.propagation import propagate
from pyjetsim.models.base import Batch
from pyjetsim.models.cells import CellsConfig, CellsModel, Detector
from pyjetsim.models.cells.geometry import Cells, to_calorimeter
from pyjetsim.train.recipe import parse_recipe

CONFIGS = {"cms": CMS_CONFIG, "atlas": ATLAS_CONFIG}
VERSION_1 = {
    "field": 3.8,
    "radius": 1.29,
    "half_length": 3.0,
    "vertex_spread": 0.053,
    "vertex_max": 0.25,
    "mean_pileup": 50.0,
    "ecal": {"step": 0.0174, "rings": 170, "columns": 360, "outer_edges": (3.125, 5.0), "outer_columns": 36},
    "hcal": {"step": 0.087, "rings": 19, "columns": 72, "outer_edges": (1.74, 5.0), "outer_columns": 36},
}
"""As checkpoints from before cards tell it, with fewer edges."""


def _card(**changes):
    content = load_card().model_dump(mode="json")
    for where, value in changes.items():
        section, figure = where.split("__")
        content[section][figure] = value
    return parse_card(content, "test")


def _conditions(**changes):
    return Conditions("x.h5", mean_pileup=50.0).with_card(_card(**changes))


BARREL = _conditions(ecal__cells=[{"phi_cells": 2000, "eta_max": 1.5, "eta_cells": 100}])
"""A calorimeter that ends where jets still are."""


def _particles(n=4000, seed=1):
    rng = np.random.default_rng(seed)
    pt, eta = 0.3 * 10 ** rng.uniform(0, 2.5, n), rng.uniform(-3.2, 3.2, n)
    phi, z = rng.uniform(-np.pi, np.pi, n), rng.uniform(-0.1, 0.1, n)
    charge = rng.integers(-1, 2, n)
    return pt, eta, phi, charge, z


def _impacts(name):
    """The same particles by the generator and by the model."""
    pt, eta, phi, charge, z = _particles()
    n = len(pt)
    zero = np.zeros(n)
    given = Particles(
        px=pt * np.cos(phi), py=pt * np.sin(phi), pz=pt * np.sinh(eta), mass=zero, x=zero, y=zero, z=z,
        pid=np.full(n, 22, np.int32), charge=charge.astype(float),
        pileup=np.zeros(n, np.bool_), event=np.arange(n),
    )  # fmt: skip
    impacts = propagate(given, load_card(name).magnet, 4.5)
    kept = impacts.particles.event
    values = (torch.from_numpy(np.asarray(v, np.float64)[kept]) for v in (pt, eta, phi, charge, z))
    return impacts, to_calorimeter(*values, CONFIGS[name].known.detector)


@pytest.mark.parametrize("name", CONFIGS)
def test_particles_arrive_where_the_generator_carries_them(name):
    impacts, (eta, phi) = _impacts(name)
    assert len(impacts.eta) > 3000
    turn = np.remainder(phi.numpy() - impacts.phi + np.pi, 2 * np.pi) - np.pi
    # What curls up inside ends anywhere in phi; its eta is that of the generator.
    pt_min = CONFIGS[name].known.detector.loops_below
    reaches = (impacts.particles.pt > pt_min) | (impacts.particles.charge == 0)
    assert reaches.sum() > 3000
    for difference in (eta.numpy() - impacts.eta, turn[reaches]):
        # The model bounds slopes at 1e-4, and circles that only just reach the barrel.
        assert np.mean(np.abs(difference) < 1e-6) > 0.999
        assert np.abs(difference).max() < 3e-3


def test_the_two_detectors_carry_particles_to_other_places():
    pt, eta, phi, charge, z = (torch.from_numpy(np.asarray(v, np.float64)) for v in _particles())
    detectors = [config.known.detector for config in CONFIGS.values()]
    places = [to_calorimeter(pt, eta, phi, charge, z, detector)[1] for detector in detectors]
    bent = charge != 0
    assert (places[0] - places[1])[bent].abs().median() > 0.02
    assert (places[0] - places[1])[~bent].abs().max() < 1e-9


@pytest.mark.parametrize("side", ["ecal", "hcal"])
@pytest.mark.parametrize("name", CONFIGS)
def test_cells_are_those_of_the_generator(name, side):
    figures = getattr(load_card(name), side)
    theirs, ours = GeneratedCells(figures), Cells(CONFIGS[name].known.detector)
    rng = np.random.default_rng(2)
    every = np.arange(len(theirs))
    # Anywhere in each cell but on its edges.
    eta, phi = theirs.position(every, *rng.uniform(0.01, 0.99, (2, len(every))))
    is_ecal = torch.full((len(every),), side == "ecal")
    found = ours.at(torch.tensor(eta).float(), torch.tensor(phi).float(), is_ecal)
    numbers = ours.number(found, is_ecal).numpy()
    assert len(np.unique(numbers)) == len(every)
    box = ours.box(found, is_ecal)
    middle = theirs.position(every, np.full(len(every), 0.5), np.full(len(every), 0.5))
    np.testing.assert_allclose(box.eta.numpy(), middle[0], atol=1e-5)
    np.testing.assert_allclose(box.phi.numpy(), middle[1], atol=1e-5)


def test_what_misses_a_calorimeter_is_in_no_cell():
    detector = ATLAS_CONFIG.known.detector
    inside = Cells(detector).inside(torch.tensor([4.8, 4.95, -4.95]), torch.tensor([False, False, True]))
    assert inside is not None
    assert inside.tolist() == [True, False, True]
    assert Cells(CMS_CONFIG.known.detector).inside(torch.zeros(1), torch.tensor([True])) is None


def test_steps_and_thresholds_are_the_cards():
    cms, atlas = (config.known.detector for config in CONFIGS.values())
    assert cms.calorimeter_steps == (1.5, 1.653)
    assert atlas.calorimeter_steps == (1.7,)
    assert cms.track_eta_steps == atlas.track_eta_steps == (2.5, 1.5, 0.5)
    assert cms.track_pt_steps == (1.0,)
    assert atlas.loops_below == pytest.approx(0.29979 * 2.0 * 1.15 / 2, rel=1e-4)
    assert atlas.photon_resolution == (0.0017, 0.101, 0.5)
    assert atlas.neutral_reach.phi > 1.9 * cms.neutral_reach.phi
    known = CellsConfig(candidate_pt_min=0.4).for_conditions(_conditions(candidates__eta_max=2.8)).known
    assert (known.candidate_pt_min, known.candidate_eta_max, known.radius) == (0.4, 2.8, 0.5)


def test_a_recipe_from_before_cards_keeps_its_figures():
    detector = Detector.model_validate(VERSION_1)
    assert detector.ecal.edges[168:173] == (0.0174 * 168, 0.0174 * 169, 0.0174 * 170, 3.125, 5.0)
    assert detector.hcal.columns == (72,) * 19 + (36, 36)
    assert (detector.loops_below, detector.photon_resolution) == (0.736, (0.01, 0.12, 0.5))


@pytest.mark.parametrize(
    "conditions",
    [
        *CONDITIONS.values(),
        replace(ATLAS, radius=0.8, mean_pileup=0.0),
        _conditions(magnet__field=0.0),
        _conditions(vertex__sigma_z=0.0, vertex__max_z=0.0),
        BARREL,
    ],
    ids=["cms", "atlas", "wide jets, no pileup", "no field", "one vertex", "barrel"],
)
def test_a_model_learns_and_answers_with_any_card(conditions):
    torch.manual_seed(0)
    model = CellsModel(CellsConfig(width=8, max_constituents=80).for_conditions(conditions))
    pairs = synthetic_pairs(24)
    tensors = {k: torch.from_numpy(v) for k, v in model.training_tensors(pairs).items()}
    constituents, pid = torch.from_numpy(pairs.gen.constituents), torch.from_numpy(pairs.gen.pid)
    batch = Batch(constituents, torch.from_numpy(pairs.reco.constituents), pid, tensors)
    loss = model.loss(batch, model.Loss())
    assert all(torch.isfinite(value) for value in loss.values())
    loss["total"].backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    with torch.no_grad():
        reco, _ = model.eval()(constituents, torch.randn(24, model.noise_size), pid)
    assert torch.isfinite(reco).all()


class _Cells(torch.nn.Module):
    """The cell of each point by number, 0 outside."""

    def __init__(self, detector):
        super().__init__()
        self.cells = Cells(detector)

    def forward(self, eta, phi):
        ecal = eta > phi
        number = self.cells.number(self.cells.at(eta, phi, ecal), ecal)
        inside = self.cells.inside(eta, ecal)
        return number if inside is None else number * inside.long()


@pytest.mark.parametrize("conditions", [CMS, ATLAS, BARREL], ids=["cms", "atlas", "barrel"])
def test_cells_of_any_card_are_the_same_in_onnx_runtime(conditions):
    module = _Cells(CellsConfig().for_conditions(conditions).known.detector)
    rng = np.random.default_rng(5)
    points = [rng.uniform(-limit, limit, (4, 500)).astype(np.float32) for limit in (5, np.pi)]
    with _silenced():
        program = torch.onnx.export(module, tuple(map(torch.from_numpy, points)), dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    (answer,) = session.run(None, dict(zip([put.name for put in session.get_inputs()], points, strict=True)))
    np.testing.assert_array_equal(answer, module(*map(torch.from_numpy, points)).numpy())
    assert len(np.unique(answer)) > 500


def test_the_detector_must_be_known():
    with pytest.raises(RecipeError, match=r"model\.detector of cells is missing"):
        CellsModel(CellsConfig())
    with pytest.raises(RecipeError, match=r"x\.h5 does not tell the figures of its detector.*--detector cms"):
        CellsConfig().for_conditions(Conditions("x.h5", "Delphes"))
    with pytest.raises(RecipeError, match=r"x\.h5 does not tell its mean pileup"):
        CellsConfig().for_conditions(replace(_conditions(), mean_pileup=None))


def test_a_recipe_cannot_say_otherwise_than_the_data():
    config = CellsConfig().for_conditions(CMS)
    assert config.for_conditions(CMS) == config
    with pytest.raises(RecipeError, match=r"model\.detector of the recipe is not that of atlas\.h5, ATLAS"):
        config.for_conditions(ATLAS)
    with pytest.raises(RecipeError, match=r"model\.radius .* leave model\.radius out"):
        config.for_conditions(replace(CMS, radius=0.4))
    untold = config.for_conditions(Conditions("x.h5"))
    assert untold == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"candidates__pt_min": 0.0}, r"candidates\.pt_min is 0"),
        ({"vertex__max_z": 3.0}, "vertex_max must be inside half_length"),
    ],
)
def test_a_card_that_the_model_cannot_use_is_told_in_one_line(changes, message):
    with pytest.raises(RecipeError, match=message) as caught:
        CellsConfig().for_conditions(_conditions(**changes))
    assert "\n" not in str(caught.value)


def test_the_models_figures_survive_a_run_folder():
    old = CMS_CONFIG.model_copy(update={"detector": Detector.model_validate(VERSION_1)})
    for config in (*CONFIGS.values(), old):
        written = json.dumps({"model": {"name": "cells", **config.model_dump(mode="json")}})
        assert parse_recipe(json.loads(written), "test").model_settings == config


def test_the_generator_takes_the_card_by_name():
    settings = generate.GenerateSettings.checked(process="ww", events=1, detector="atlas")
    told = settings.provenance()
    assert (told["detector"]["name"], told["pileup"]["mean"], told["jets"]["radius"]) == ("ATLAS", 50.0, 0.5)
