"""An analysis loop that calls the simulator inside: uproot, awkward, FastJet, pyjetsim, hist.

python examples/analysis_loop.py TREE.root [BUNDLE]

Of a Delphes tree, some events at a time: the gen particles are clustered, their jets simulated, and the mass
of the two leading simulated jets filled. Nothing is written in between; jets stay in their events.
"""

import sys

import awkward as ak
import fastjet
import hist
import numpy as np
import uproot
import vector

import pyjetsim
from pyjetsim.jets.clustering import visible

vector.register_awkward()
simulate = pyjetsim.load(sys.argv[2] if len(sys.argv) > 2 else None)
anti_kt = fastjet.JetDefinition(fastjet.antikt_algorithm, simulate.manifest.jet_definition.radius)
mass = hist.Hist(hist.axis.Regular(30, 0, 1500, label="dijet mass [GeV]"), storage=hist.storage.Weight())
n_events = 0

LEAVES = ["Px", "Py", "Pz", "Mass", "PID", "Status"]
for events in uproot.iterate(
    {sys.argv[1]: "Delphes"}, ["Event.Number", *(f"Particle.{leaf}" for leaf in LEAVES)]
):
    px, py, pz, m, pid, status = (events[f"Particle.{leaf}"] for leaf in LEAVES)
    seen = ak.unflatten(visible(ak.to_numpy(ak.flatten(pid))), ak.num(pid))
    particles = ak.zip({"px": px, "py": py, "pz": pz, "mass": m, "pid": pid}, with_name="Momentum4D")
    particles = particles[(status == 1) & seen]
    particles = particles[(particles.pt > 0) & (abs(particles.eta) < 5)]

    # Events x jets x constituents: each constituent keeps its PDG id.
    of_jets = fastjet.ClusterSequence(particles, anti_kt).constituent_index(min_pt=100)
    gen = particles[ak.flatten(of_jets, axis=2)]
    gen = ak.unflatten(gen, ak.flatten(ak.num(of_jets, axis=2)), axis=1)

    # The noise of a jet is keyed by its event: the same in any chunk, on any machine.
    number = ak.to_numpy(ak.flatten(events["Event.Number"], axis=None))
    reco = simulate(gen, event=number, seed=1)

    reco = reco[(reco.pt > 100) & (abs(reco.eta) < 2.5)]
    reco = reco[ak.argsort(reco.pt, axis=1, ascending=False)]
    two = reco[ak.num(reco) >= 2]
    mass.fill((two[:, 0] + two[:, 1]).mass)
    n_events += len(number)

centre = np.average(mass.axes[0].centers, weights=mass.values()) if mass.sum().value else 0
print(
    f"{n_events} events, {mass.sum(flow=True).value:.0f} with two simulated jets, mean mass {centre:.0f} GeV"
)
print(mass)
