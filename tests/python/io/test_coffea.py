"""coffea's NanoEvents find in what is written the jets that were written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from columns import with_columns
from synthetic import MakePairs

from pyjetsim.io.outputs import pairs_output

nanoevents = pytest.importorskip("coffea.nanoevents", reason="coffea is not installed")
ak = pytest.importorskip("awkward")


@pytest.mark.parametrize("rntuple", [False, True])
@pytest.mark.parametrize("mode", ["eager", "virtual"])
@pytest.mark.filterwarnings("ignore")
def test_coffea_finds_the_same_jets(tmp_path: Path, make_pairs: MakePairs, rntuple: bool, mode: str) -> None:
    pairs = with_columns(make_pairs(40, 1))
    first = np.arange(40) // 2 * 2
    columns = {**pairs.columns, "weight": pairs.columns["weight"][first]}
    columns["luminosity_block"] = columns["luminosity_block"][first]
    pairs = replace(pairs, n_vertices=pairs.n_vertices[first], columns=columns)
    with pairs_output(tmp_path / "x.root", {}, 80, rntuple=rntuple) as writer:
        writer.append(pairs)
    events = nanoevents.NanoEventsFactory.from_root(
        {str(tmp_path / "x.root"): "Events"}, schemaclass=nanoevents.PFNanoAODSchema, mode=mode
    ).events()
    assert len(events) == 20
    np.testing.assert_array_equal(events.event, pairs.event[::2])
    np.testing.assert_array_equal(events.genWeight, columns["weight"][::2, 0])
    np.testing.assert_array_equal(ak.flatten(events.Jet.pt), pairs.reco.pt)
    np.testing.assert_array_equal(ak.flatten(events.Jet.matched_gen.eta), pairs.gen.eta)
    for jets, side in ((events.Jet, pairs.reco), (events.GenJet, pairs.gen)):
        constituents = jets.constituents.pf
        assert ak.num(constituents, axis=2).to_numpy().ravel().tolist() == side.present.sum(axis=1).tolist()
        summed = constituents.sum(axis=2)
        np.testing.assert_allclose(ak.flatten(summed.pt), side.pt, rtol=1e-4)
        # Of the stored momenta, which are massless.
        np.testing.assert_allclose(ak.flatten(summed.eta), side.eta, atol=1e-3)
    pids = events.Jet.constituents.pf.pdgId
    np.testing.assert_array_equal(ak.flatten(pids, axis=None), pairs.reco.pid[pairs.reco.present])
