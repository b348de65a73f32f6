"""Momenta, angles and jet kinematics of arrays of constituents."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim import _core
from pyjetsim.errors import InputError

Float = NDArray[np.float32]
Int = NDArray[np.int32]

R = _core.JET_RADIUS
"""Distance parameter of anti-kt jets where nothing else is said."""
PT, ETA, PHI, MASS = range(4)
"""Columns of :attr:`Jets.jet`."""


def jet_kinematics(constituents: NDArray[np.floating]) -> Float:
    """Kinematics of the sum of massless constituents.

    Parameters
    ----------
    constituents : array (N, P, 3)
        px, py, pz in GeV. Zero rows are padding and add nothing.

    Returns
    -------
    float32 array (N, 4)
        pt, eta, phi, mass; GeV and radians. A jet without constituents is all zeros.

    Raises
    ------
    InputError
        For another shape.

    Notes
    -----
    The mass is computed from momenta across the jet axis, so that light jets at TeV momenta keep theirs; see
    :func:`pyjetsim.ops.jet_kinematics` for the formula.

    Examples
    --------
    >>> jet_kinematics(np.array([[[30.0, 0, 0], [0, 40, 0]]]))[0, 0]
    np.float32(50.0)
    """
    check_shape(constituents)
    return _core.jet_kinematics(np.ascontiguousarray(constituents, dtype=np.float32))


def as_constituents(values: Any, ragged: str = "pad jets of different length with zero rows") -> Float:
    """Convert constituents to float32.

    Parameters
    ----------
    values : array-like (N, P, 3)
        px, py, pz in GeV.
    ragged : str
        What the error message advises for jets of different length.

    Returns
    -------
    float32 array (N, P, 3)
        The constituents; not copied where they are float32 already.

    Raises
    ------
    InputError
        For what is not numbers, other shapes, and finite numbers beyond float32.
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind in "bc":
            raise TypeError(f"they are of type {given.dtype}")
        with np.errstate(over="ignore"):
            constituents = given.astype(np.float32, copy=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"constituents are no numbers: {error}", "a batch of jets is (N, P, 3): px, py, pz in GeV", ragged
        ) from error
    check_shape(constituents)
    _refuse_beyond(given, constituents)
    return constituents


def _refuse_beyond(given: NDArray[Any], constituents: Float) -> None:
    if given is constituents or not np.isinf(constituents).any():
        return
    beyond = np.isinf(constituents) & np.isfinite(given.astype(np.float64))
    if beyond.any():
        jet, place, axis = np.argwhere(beyond)[0].tolist()
        raise InputError(
            f"{('px', 'py', 'pz')[axis]} of constituent {place} of jet {jet} is "
            f"{float(given[jet, place, axis]):g} GeV",
            "numbers of 32 bits end at 3.4e+38",
            "drop the jet, or find out where it comes from",
        )


def as_pid(values: Any, constituents: NDArray[np.floating]) -> Int:
    """Convert PDG ids to int32.

    Parameters
    ----------
    values : array-like (N, P), optional
        PDG ids; None: all unknown, 0.
    constituents : array (N, P, 3)
        The constituents that they belong to.

    Returns
    -------
    int32 array (N, P)
        The ids.

    Raises
    ------
    InputError
        For another shape, and for numbers that are not integers below 2^31.
    """
    shape = constituents.shape[:2]
    if values is None:
        return np.zeros(shape, np.int32)
    try:
        given: Any = np.shape(values)
    except ValueError:
        given = "of different lengths"
    if given != shape:
        raise InputError(
            f"pid has shape {given}, constituents {constituents.shape}",
            "every constituent has one",
            "give pid for all constituents, 0 where it is unknown, or leave it out",
        )
    pid = np.asarray(values)
    whole = np.issubdtype(pid.dtype, np.integer)
    if pid.size and not (whole and pid.min() >= -_LARGEST_PID and pid.max() <= _LARGEST_PID):
        raise InputError(
            "pid is not made of whole numbers below 2^31", "PDG ids are such", "give 0 where it is unknown"
        )
    return pid.astype(np.int32, copy=False)


_LARGEST_PID = np.iinfo(np.int32).max


def check_shape(constituents: NDArray[np.floating]) -> None:
    """Raise :class:`~pyjetsim.errors.InputError` for another shape than (N, P, 3)."""
    if constituents.ndim != 3 or constituents.shape[-1] != 3:
        raise InputError(
            f"constituents have shape {constituents.shape}",
            "a batch of jets is (N, P, 3): px, py, pz in GeV",
            "add the missing axis or drop the extra one",
        )


def transverse_momentum(constituents: Float) -> Float:
    """pt (N, P) in GeV of constituents (N, P, 3)."""
    return np.hypot(constituents[..., 0], constituents[..., 1])


def pseudorapidity(constituents: Float) -> Float:
    """Eta (N, P) of constituents (N, P, 3); 0 for padding and ±inf along the beam."""
    pt, pz = transverse_momentum(constituents), constituents[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pz == 0, np.float32(0), np.arcsinh(pz / pt)).astype(np.float32)


def momenta(pt: NDArray[np.floating], eta: NDArray[np.floating], phi: NDArray[np.floating]) -> NDArray[Any]:
    """Momenta from pt, eta and phi.

    Parameters
    ----------
    pt : array (...)
        GeV.
    eta, phi : array (...)
        Pseudorapidity, and azimuth in radians.

    Returns
    -------
    array (..., 3)
        px, py, pz in GeV.
    """
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def delta_phi(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """a - b for angles in radians, wrapped to [-pi, pi).

    Parameters
    ----------
    a, b : array
        Angles in radians, of shapes that broadcast.

    Returns
    -------
    array
        The difference.
    """
    return (a - b + np.pi) % (2 * np.pi) - np.pi
