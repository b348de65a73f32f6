"""What the files tell of their jets, and two detectors that are not compared by mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest
from detectors import ATLAS, CMS

from pyjetsim.cli import main
from pyjetsim.errors import DataError
from pyjetsim.evaluate.conditions import JetsOf, jets_of
from pyjetsim.io import PairsFile, write_pairs

pytestmark = pytest.mark.usefixtures("unrendered_module")

DELPHES = {"detector": "Delphes 3.5.1, CMS card with pileup", "jets": "anti-kt R=0.5"}


@pytest.fixture
def write(tmp_path, make_pairs):
    def written(name, provenance, n=4):
        write_pairs(tmp_path / name, make_pairs(n, 1), provenance)
        return tmp_path / name

    return written


def _jets_of(target, prediction, **more):
    with PairsFile(target) as one, PairsFile(prediction) as other:
        return jets_of(one, other, **more)


def test_radius_and_threshold_are_the_datas(write):
    files = [write(name, replace(ATLAS, radius=0.8).as_provenance()) for name in ("t.h5", "p.h5")]
    assert _jets_of(*files) == JetsOf(0.8, 0.25)
    simulated = write("s.h5", {"gen_jets": {"radius": 0.6}, "simulation": {"training": {}}})
    assert _jets_of(write("n.h5", {}), simulated).radius == 0.6


def test_where_no_file_tells_the_default_is_taken_with_a_note(write):
    found = _jets_of(write("t.h5", DELPHES), write("p.h5", {}))
    assert (found.radius, found.candidate_pt_min) == (0.5, 0)
    assert found.notes == ("neither file tells R of its jets: R = 0.5 is taken",)


def test_a_detector_that_only_one_file_tells_is_noted(write):
    trained = {"simulation": {"training": {"data": {"provenance": DELPHES}}}}
    found = _jets_of(write("t.h5", CMS.as_provenance()), write("p.h5", trained))
    (note,) = found.notes
    assert "p.h5 does not tell the figures of its detector, Delphes 3.5.1" in note
    assert "CMS (pileup 50, R = 0.5) was not checked" in note


def test_two_detectors_are_refused_with_both_named_unless_asked(write, tmp_path, capsys):
    target = write("t.h5", CMS.as_provenance(), 200)
    trained = {"conditions": ATLAS.as_provenance()}
    prediction = write("p.h5", {**CMS.as_provenance(), "simulation": {"training": trained}}, 200)
    with pytest.raises(DataError, match=r"t\.h5 is of detector CMS .*p\.h5 of ATLAS .*--mix-detectors"):
        _jets_of(target, prediction)
    assert _jets_of(target, prediction, mix_detectors=True) == JetsOf(0.5, 0.25)
    command = ["evaluate", "--target", str(target), "--prediction", str(prediction)]
    assert main([*command, "--output", str(tmp_path / "report")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "CMS" in said
    assert "ATLAS" in said
    assert not (tmp_path / "report").exists()
    more = ["--selection", "all", "--mix-detectors", "--skip", "trees", "sets", "distances"]
    assert main([*command, *more, "--output", str(tmp_path / "report")]) == 0


def test_another_radius_or_pileup_is_another_sample(write):
    target = write("t.h5", CMS.as_provenance())
    for other, what in ((replace(CMS, radius=0.8), "R"), (replace(CMS, mean_pileup=20.0), "mean pileup")):
        with pytest.raises(DataError, match=f"they differ in {what}"):
            _jets_of(target, write("p.h5", other.as_provenance()))
