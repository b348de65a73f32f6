"""Small NanoAOD without candidates: jets, particles and muons, linked by place; `nanoaod_files` writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

Rows = dict[str, list[Any]]
FIRST = 4_000_000_000


def events(n: int = 60, seed: int = 1) -> Rows:
    """Jets, particles and muons as CMS lays them out: by falling pt, linked by place in the event."""
    rng = np.random.default_rng(seed)
    rows: Rows = {}

    def add(name: str, values: Any) -> None:
        rows.setdefault(name, []).append(values if np.isscalar(values) else np.asarray(values).tolist())

    for event in range(n):
        n_gen = int(rng.integers(0, 5))
        pt = np.sort(rng.exponential(40, n_gen) + 10)[::-1]
        eta, phi = rng.uniform(-4, 4, n_gen), rng.uniform(-3, 3, n_gen)
        for leaf, values in (("pt", pt), ("eta", eta), ("phi", phi), ("mass", pt / 10)):
            add(f"GenJet_{leaf}", values)
        add("GenJet_partonFlavour", rng.choice([21, 1, -5, 4], n_gen))
        add("GenJet_hadronFlavour", rng.choice([0, 4, 5], n_gen))
        # A lost jet, then a fake.
        seen = np.flatnonzero(rng.random(n_gen) < 0.8)
        link = np.concatenate([seen, [-1] * int(rng.integers(0, 2))]).astype(int)
        reco_pt = np.where(link >= 0, pt[link] if n_gen else 0, 20.0) * rng.normal(1, 0.1, len(link))
        order = np.argsort(-reco_pt)
        add("Jet_pt", reco_pt[order])
        add("Jet_genJetIdx", link[order])
        for leaf in ("eta", "phi", "mass", "chHEF", "btagDeepFlavB", "bRegCorr"):
            add(f"Jet_{leaf}", rng.random(len(link)))
        add("Jet_nConstituents", rng.integers(1, 40, len(link)))
        add("Jet_puId", rng.choice([0, 4, 6, 7], len(link)))
        # Particles: a boson, a muon near the first jet, another one, one that is not stable, a soft one.
        muon_eta = np.array([0.0, eta[0] / 2 if n_gen else 0.5, 1.0, 1.0, 0.2])
        add("GenPart_pt", [50.0, 30.0, 20.0, 20.0, 1.0])
        add("GenPart_eta", muon_eta)
        add("GenPart_phi", [0.0, phi[0] + 0.1 if n_gen else 1.0, 2.0, 2.0, 0.0])
        add("GenPart_pdgId", [23, 13, -13, -13, 13])
        add("GenPart_status", [62, 1, 1, 23, 1])
        muons = [1, 2, -1, 4][: int(rng.integers(0, 5))]
        add("Muon_genPartIdx", muons)
        for leaf in ("pt", "eta", "phi", "dxy", "pfRelIso04_all"):
            add(f"Muon_{leaf}", rng.random(len(muons)))
        add("Muon_charge", [-1] * len(muons))
        add("Muon_mediumId", [1] * len(muons))
        for name, value in (
            ("run", 1),
            ("luminosityBlock", 3),
            ("event", FIRST + event),
            ("genWeight", 0.5 + event),
        ):
            add(name, value)
        add("Pileup_nPU", int(20 + event % 9))
        add("fixedGridRhoFastjetAll", 12.5)
    return rows
