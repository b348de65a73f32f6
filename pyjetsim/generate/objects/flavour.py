"""Flavours of gen jets by ghosts, as CMS tells them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyjetsim.generate.pythia import Truth

GHOST_SCALE = 1e-18
"""What momenta of hadrons and partons are multiplied by: jets hold them and stay as they are."""

Index = NDArray[np.intp]


def flavours(n_jets: int, jet: Index, ghost: Index, truth: Truth) -> tuple[Index, Index]:
    """Parton and hadron flavour of gen jets.

    Parameters
    ----------
    n_jets : int
        N.
    jet, ghost : integer array (G,)
        Which jet each ghost was clustered into, and which row of ``truth`` it is.
    truth : Truth
        Hadrons and partons.

    Returns
    -------
    parton, hadron : integer array (N,)
        PDG id of the parton that decides, 0 for none; 5, 4 or 0.

    Notes
    -----
    Hadron flavour: 5 with a b hadron in the jet, else 4 with a c hadron, else 0. Of hadrons that decay into
    one with the same quark, the last one counts. Parton flavour: the hardest b quark, else the hardest c
    quark, else the hardest light quark or gluon, of partons just before they become hadrons. Hadrons have
    priority: a jet without heavy hadrons is not of a heavy parton, and one with them has their flavour.

    References
    ----------
    CMS, `JetFlavourClustering`, as CMSSW makes ``GenJet_partonFlavour`` and ``GenJet_hadronFlavour``.
    """
    pid, is_parton = truth.pid[ghost], truth.parton[ghost]
    hadron = np.zeros(n_jets, np.intp)
    for quark in (4, 5):  # b overwrites c
        hadron[jet[~is_parton & (pid == quark)]] = quark
    pt = np.hypot(truth.momenta[ghost, 0], truth.momenta[ghost, 1])
    absolute = np.abs(pid)
    heavy = np.where(np.isin(absolute, (4, 5)), absolute, 0)
    partons = np.flatnonzero(is_parton)
    order = partons[np.lexsort((pt[partons], heavy[partons]))]
    parton = np.zeros(n_jets, np.intp)
    parton[jet[order]] = pid[order]  # of several the last one stays
    heavy_parton = np.isin(np.abs(parton), (4, 5))
    parton[(hadron == 0) & heavy_parton] = 0
    other = (hadron > 0) & (np.abs(parton) != hadron)
    parton[other] = hadron[other]
    return parton, hadron
