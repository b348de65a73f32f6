"""Simulate the gen jets of a jets.h5 with a bundle, and look at the response.

python examples/simulate_jets.py BUNDLE JETS.h5
"""

import sys

import numpy as np

import pyjetsim
from pyjetsim.io import PairsFile

sim = pyjetsim.load(sys.argv[1])

with PairsFile(sys.argv[2]) as file:
    pairs = file.read(0, 10_000)

# The event number keys the noise: a jet is answered alike, up to rounding, in its event and in any batch.
# A model that uses particle identities takes them; others ignore them.
reco = sim(pairs.gen.constituents, pairs.gen.pid, event=pairs.event, seed=1)

known = ~sim.outside_domain(pairs.gen) & (reco.n_constituents > 0)
response = reco.pt[known] / pairs.gen.pt[known]
print(f"{len(reco)} jets, {known.sum()} of them in the domain of the training")
if known.any():
    low, middle, high = np.quantile(response, [0.16, 0.5, 0.84])
    print(f"reco pt / gen pt: median {middle:.3f}, central 68 % from {low:.3f} to {high:.3f}")
    print(f"constituents: gen {pairs.gen.n_constituents.mean():.1f}, reco {reco.n_constituents.mean():.1f}")
