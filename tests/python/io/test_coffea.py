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
    constituents = events.Jet.constituents.pf
    counts = ak.num(constituents, axis=2).to_numpy().ravel()
    assert counts.tolist() == pairs.reco.present.sum(axis=1).tolist()
    summed = constituents.sum(axis=2)
    np.testing.assert_allclose(ak.flatten(summed.pt), pairs.reco.pt, rtol=1e-4)
    np.testing.assert_allclose(ak.flatten(summed.eta), pairs.reco.eta, atol=1e-3)
    np.testing.assert_array_equal(
        ak.flatten(constituents.pdgId, axis=None), pairs.reco.pid[pairs.reco.present]
    )
    candidates = events.GenCands[events.GenJetCands.pFCandsIdx]
    np.testing.assert_array_equal(ak.flatten(candidates.pdgId), pairs.gen.pid[pairs.gen.present])
    assert ak.all(events.GenJet.pt[events.GenJetCands.jetIdx] >= candidates.pt)
