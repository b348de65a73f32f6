"""Gen jets of the model's radius, and their simulation. Import it and put `jetSimTask` into a path."""

import FWCore.ParameterSet.Config as cms
from RecoJets.Configuration.GenJetParticles_cff import genParticlesForJetsNoNu
from RecoJets.JetProducers.ak4GenJets_cfi import ak4GenJets

# CHANGE: the radius of the bundle, `jet_definition` in its manifest.json
ak5GenJetsNoNu = ak4GenJets.clone(src="genParticlesForJetsNoNu", rParam=0.5, jetPtMin=100.0)

jetSim = cms.EDProducer(
    "JetSimProducer",
    genJets=cms.InputTag("ak5GenJetsNoNu"),
    genJetRadius=cms.double(0.5),
    manifest=cms.FileInPath("MyAnalysis/JetSim/data/bundle/manifest.json"),  # CHANGE: where the bundle is
    seed=cms.uint64(1),
)

jetSimTask = cms.Task(genParticlesForJetsNoNu, ak5GenJetsNoNu, jetSim)
