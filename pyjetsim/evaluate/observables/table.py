"""The table of observables, for jets after ``Selection.constituents``.

Source: the paper, section 6, figures 4 to 7; the momentum flows are its Flow_n. Substructure and the
spectra by class are beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.observables.classes import CLASSES, Class, members
from pyjetsim.evaluate.observables.substructure import (
    d2,
    leading_share,
    offsets,
    pt_dispersion,
    subjettiness_ratio,
    width,
)
from pyjetsim.jets import (
    ETA,
    MASS,
    PHI,
    PT,
    Jets,
    R,
    delta_phi,
    momenta,
    pseudorapidity,
    transverse_momentum,
)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observable:
    """One number for each jet, or for each constituent, and how it is shown."""

    label: str
    """For an axis, in matplotlib's mathtext."""
    unit: str
    """Empty where it has none."""
    of: Callable[[Any], Values]
    """``reco`` of a view's batch to (N,) values: of jets, unless a view reads something else.

    At constituent level one value per constituent of the class, jet by jet.
    """
    level: Literal["jet", "constituent"] = "jet"
    of_class: Class = "all"
    """At constituent level: whose values these are."""
    discrete: bool = False
    """True for counts: their bins sit on whole numbers."""
    falling: bool = False
    """True for steep spectra, which need a logarithmic axis."""

    @property
    def plain_label(self) -> str:
        """The label as plain text, such as "Jet pt"."""
        text = self.label.translate(str.maketrans("", "", "$_{}\\"))
        return text.replace("pT", "pt").replace("Delta", "Δ").replace("tau", "τ")

    @property
    def axis_label(self) -> str:
        """Label and unit."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


def energy(jets: Jets) -> Values:
    """Energy (N,) in GeV, from pt, eta and mass."""
    kinematics = jets.jet.astype(np.float64)
    return np.hypot(kinematics[:, PT] * np.cosh(kinematics[:, ETA]), kinematics[:, MASS])


def momentum_flow(jets: Jets, n: int, radius: float = R) -> Values:
    """pt of the constituents in a ring around the jet's axis, over the jet's pt.

    Parameters
    ----------
    jets : Jets
        N jets.
    n : int
        The ring, 1 to 4.
    radius : float
        R of the jets.

    Returns
    -------
    float64 array (N,)
        0 for a jet without pt.

    Notes
    -----
    Ring n is (n - 1)/4 R <= ΔR < n/4 R, with ΔR in (eta, phi) from the axis of ``jets.jet``. The jet's pt is
    that of the vector sum, so the four rings of a wide jet can add up to a little more than 1.

    References
    ----------
    M. Touranakou et al., Mach. Learn.: Sci. Technol. 3 (2022) 035003, section 6: Flow_n.
    """
    c = jets.constituents
    d_eta = pseudorapidity(c) - jets.eta[:, None]
    d_phi = delta_phi(np.arctan2(c[..., 1], c[..., 0]), jets.phi[:, None])
    # Constituents along the beam have infinite eta: far from every axis.
    squared = d_eta**2 + d_phi**2
    ring = (squared >= ((n - 1) / 4 * radius) ** 2) & (squared < (n / 4 * radius) ** 2)
    inside = np.where(ring, transverse_momentum(c), 0).sum(axis=1, dtype=np.float64)
    return np.asarray(np.divide(inside, jets.pt, out=np.zeros(len(jets)), where=jets.pt > 0))


def _component(axis: int) -> Callable[[Jets], Values]:
    return lambda jets: jets.constituents[jets.present][:, axis].astype(np.float64)


def _column(axis: int) -> Callable[[Jets], Values]:
    return lambda jets: jets.jet[:, axis].astype(np.float64)


def _momentum(axis: int) -> Callable[[Jets], Values]:
    def component(jets: Jets) -> Values:
        kinematics = jets.jet.astype(np.float64)
        return np.asarray(momenta(kinematics[:, PT], kinematics[:, ETA], kinematics[:, PHI])[:, axis])

    return component


def _flow(n: int, radius: float) -> Observable:
    return Observable(f"Momentum flow {n}", "", lambda jets: momentum_flow(jets, n, radius), falling=n > 1)


def _class_values(values: Callable[[Jets], NDArray[np.floating]], of: Class) -> Callable[[Jets], Values]:
    return lambda jets: values(jets)[members(jets, of)].astype(np.float64)


def _spectra(of: Class) -> dict[str, Observable]:
    """Pt and direction of the constituents of one class."""
    shown = of.capitalize()
    level: Literal["constituent"] = "constituent"
    return {
        f"{of}_pt": Observable(
            rf"{shown} $p_T$",
            "GeV",
            _class_values(lambda jets: transverse_momentum(jets.constituents), of),
            level,
            of,
            falling=True,
        ),
        f"{of}_deta": Observable(
            rf"{shown} $\Delta\eta$", "", _class_values(lambda jets: offsets(jets)[0], of), level, of
        ),
        f"{of}_dphi": Observable(
            rf"{shown} $\Delta\phi$", "", _class_values(lambda jets: offsets(jets)[1], of), level, of
        ),
    }


OBSERVABLES: Mapping[str, Observable] = MappingProxyType(
    {
        "constituent_px": Observable(r"Constituent $p_x$", "GeV", _component(0), "constituent", falling=True),
        "constituent_py": Observable(r"Constituent $p_y$", "GeV", _component(1), "constituent", falling=True),
        "constituent_pz": Observable(r"Constituent $p_z$", "GeV", _component(2), "constituent", falling=True),
        "pt": Observable(r"Jet $p_T$", "GeV", _column(PT), falling=True),
        "mass": Observable("Jet mass", "GeV", _column(MASS)),
        "px": Observable(r"Jet $p_x$", "GeV", _momentum(0)),
        "py": Observable(r"Jet $p_y$", "GeV", _momentum(1)),
        "pz": Observable(r"Jet $p_z$", "GeV", _momentum(2), falling=True),
        "energy": Observable("Jet energy", "GeV", energy, falling=True),
        "eta": Observable(r"Jet $\eta$", "", _column(ETA)),
        "phi": Observable(r"Jet $\phi$", "", _column(PHI)),
        **{f"flow{n}": _flow(n, R) for n in (1, 2, 3, 4)},
        "multiplicity": Observable(
            "Constituents per jet", "", lambda jets: jets.n_constituents.astype(np.float64), discrete=True
        ),
        "width": Observable("Jet width", "", width),
        "ptd": Observable(r"$p_{T}D$", "", pt_dispersion),
        "leading": Observable("Leading share", "", leading_share),
        "tau21": Observable(r"$\tau_{21}$", "", lambda jets: subjettiness_ratio(jets, 2)),
        "tau32": Observable(r"$\tau_{32}$", "", lambda jets: subjettiness_ratio(jets, 3)),
        "d2": Observable(r"$D_2$", "", d2),
        **{name: spectrum for of in CLASSES for name, spectrum in _spectra(of).items()},
    }
)
"""Of jets with the default R."""


def observables(radius: float = R) -> Mapping[str, Observable]:
    """The table for jets of another R, which changes the rings of the momentum flows."""
    flows = {f"flow{n}": _flow(n, radius) for n in (1, 2, 3, 4)}
    return OBSERVABLES if radius == R else MappingProxyType({**OBSERVABLES, **flows})


SUBSTRUCTURE = ("width", "ptd", "leading", "tau21", "tau32", "d2")
SHAPES = ("mass", "pt", "flow1", "flow2", "flow3", "flow4", "multiplicity", *SUBSTRUCTURE)
"""Observables that do not depend on the direction of a jet."""

KINEMATIC = ("mass", "pt", "energy", "eta", "phi")
"""The five whose KLD selects a model (the paper, section 6)."""
