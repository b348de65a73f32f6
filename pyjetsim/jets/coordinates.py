"""Momenta in any of the coordinates that the vector library names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError

# Names of momenta before names that may also be positions.
_TRANSVERSE = (("px", "py"), ("pt", "phi"), ("x", "y"), ("rho", "phi"))
_LONGITUDINAL = ("pz", "eta", "theta", "rapidity", "z")
# Coordinates of the same part of a momentum, first transverse and then longitudinal.
_MOMENTUM = (("px", "py"), ("pt", "phi")), (("pz",), ("eta",), ("theta",), ("rapidity",))
_PLACE = (("x", "y"), ("rho", "phi")), (*_MOMENTUM[1], ("z",))
MASSES = ("mass", "m", "M", "tau")
ENERGIES = ("energy", "E", "e", "t")
COORDINATES = tuple(
    dict.fromkeys((*(name for pair in _TRANSVERSE for name in pair), *_LONGITUDINAL, *MASSES, *ENERGIES))
)
"""All names of them."""
_GIVE = "give px, py, pz or pt, eta, phi, in GeV; theta, or rapidity with mass or energy, will do for eta"


class Coordinates(NamedTuple):
    """The fields that a momentum is computed from."""

    transverse: tuple[str, str]
    longitudinal: str
    fourth: str | None = None
    """Mass or energy, where there is a rapidity."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        first = (*self.transverse, self.longitudinal)
        return first if self.fourth is None else (*first, self.fourth)


def coordinates_of(fields: Iterable[str]) -> Coordinates:
    """Choose the coordinates of a momentum from ``fields``.

    Raises
    ------
    InputError
        Where they do not make a momentum, or make it in two ways.
    """
    there = list(fields)
    transverse = next((pair for pair in _TRANSVERSE if set(pair) <= set(there)), None)
    longitudinal = next((name for name in _LONGITUDINAL if name in there), None)
    if transverse is None or longitudinal is None:
        hint = ""
        if "y" in there and "x" not in there:
            hint = "; a y without x may be a rapidity, and is called so then"
        raise InputError(
            f"the constituents have the fields {', '.join(map(repr, there)) or 'none'}".replace("'", ""),
            f"momenta are needed{hint}",
            _GIVE,
        )
    for ways in _PLACE if transverse in _PLACE[0] else _MOMENTUM:
        _refuse_two(there, *ways)
    if longitudinal != "rapidity":
        return Coordinates(transverse, longitudinal)
    fourth = next((name for name in (*MASSES, *ENERGIES) if name in there), None)
    if fourth is None:
        raise InputError(
            "the constituents have a rapidity, and neither mass nor energy",
            "a rapidity is another number than eta for all that has mass",
            _GIVE,
        )
    _refuse_two(there, *((name,) for name in (*MASSES, *ENERGIES)))
    return Coordinates(transverse, longitudinal, fourth)


def _refuse_two(there: list[str], *ways: tuple[str, ...]) -> None:
    """Refuse two coordinates of the same part, as vector does; positions beside momenta are ignored."""
    found = [name for way in ways for name in way if name in there]
    told = [way for way in ways if set(way) & set(there)]
    if len(told) > 1:
        raise InputError(
            f"the constituents have the fields {', '.join(found)}",
            "they tell the same part of a momentum twice, and may contradict each other",
            f"leave out {' or '.join(', '.join(name for name in way if name in there) for way in told)}",
        )


def momenta_from(coordinates: Coordinates, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Momenta (..., 3) px, py, pz in GeV from the columns (...) that ``coordinates`` names.

    Raises
    ------
    InputError
        For a negative pt, an energy below the momentum, and directions so close to the beam that the momentum
        is beyond float32.
    """
    values = {name: np.asarray(columns[name], np.float64) for name in coordinates.names}
    first, second = (values[name] for name in coordinates.transverse)
    with np.errstate(all="ignore"):
        if coordinates.transverse in (("pt", "phi"), ("rho", "phi")):
            if (first < 0).any():
                raise InputError(
                    f"a constituent has {coordinates.transverse[0]} {first[first < 0][0]:g} GeV",
                    "a transverse momentum is a length",
                    "give its magnitude, and the direction by phi",
                )
            pt, px, py = first, first * np.cos(second), first * np.sin(second)
        else:
            pt, px, py = np.hypot(first, second), first, second
        pz = _longitudinal(coordinates, values, pt)
        _refuse_beyond(coordinates, values, pt, pz)
    return np.stack([px, py, pz], axis=-1)


def _refuse_beyond(
    coordinates: Coordinates,
    values: Mapping[str, NDArray[np.float64]],
    pt: NDArray[np.float64],
    pz: NDArray[np.float64],
) -> None:
    """Refuse small numbers that give a momentum beyond float32; a large pz is seen without this."""
    name = coordinates.longitudinal
    beyond = np.abs(pz) > np.finfo(np.float32).max
    if name in ("pz", "z") or not beyond.any():
        return
    for given in (pt, *values.values()):
        beyond = beyond & np.isfinite(given)
    if beyond.any():
        raise InputError(
            f"a constituent has {name} {values[name][beyond][0]:g} and pt {pt[beyond][0]:g} GeV",
            "its momentum along the beam is beyond 3.4e+38 GeV, where numbers of 32 bits end",
            f"check which column is {name}, or leave the constituent out",
        )


def _longitudinal(
    coordinates: Coordinates, values: Mapping[str, NDArray[np.float64]], pt: NDArray[np.float64]
) -> NDArray[np.float64]:
    given = values[coordinates.longitudinal]
    if coordinates.longitudinal in ("pz", "z"):
        return given
    if coordinates.longitudinal == "eta":
        return np.asarray(np.where(pt == 0, 0, pt * np.sinh(given)))  # as below
    if coordinates.longitudinal == "theta":
        return np.asarray(np.where(pt == 0, 0, pt / np.tan(given)))  # no particle, or none that is seen
    assert coordinates.fourth is not None
    fourth = values[coordinates.fourth]
    if coordinates.fourth in ENERGIES:
        low = fourth < pt * np.cosh(given) * (1 - 1e-3)  # energies are rounded
        if low.any():
            raise InputError(
                f"a constituent has energy {fourth[low][0]:g} GeV, pt {pt[low][0]:g} GeV and "
                f"rapidity {given[low][0]:g}",
                "no particle has less energy than momentum",
                "check which column is the energy",
            )
        return np.asarray(fourth * np.tanh(given))
    # A negative mass stands for a negative square.
    square = pt**2 + fourth * np.abs(fourth)
    if (square < 0).any():
        raise InputError(
            f"a constituent has {coordinates.fourth} {fourth[square < 0][0]:g} GeV and pt "
            f"{pt[square < 0][0]:g} GeV",
            "the square of its energy would be negative",
            "check which column is the mass",
        )
    return np.asarray(np.sqrt(square) * np.sinh(given))
