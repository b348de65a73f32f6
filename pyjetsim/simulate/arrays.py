"""Arrays of any kind, converted to what the simulator takes."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyjetsim.errors import InputError
from pyjetsim.jets import Float, Int, as_constituents, as_pid
from pyjetsim.jets.coordinates import coordinates_of, momenta_from


def constituents_of(values: Any) -> Float:
    """Constituents (N, P, 3) in GeV as the C++ simulator takes them; see :func:`as_constituents`."""
    array = as_constituents(values, "pad jets of different length with zero rows, or give an awkward array")
    return np.require(array, requirements=("C", "ALIGNED"))


def pids_of(values: Any, constituents: Float) -> Int:
    """PDG ids (N, P) as the C++ simulator takes them; see :func:`as_pid`."""
    return np.require(as_pid(values, constituents), requirements=("C", "ALIGNED"))


def is_awkward(values: Any) -> bool:
    """Whether ``values`` is an awkward array, of any behaviour."""
    awkward = sys.modules.get("awkward")  # there is none of its arrays where it was not imported
    return awkward is not None and isinstance(values, awkward.Array | awkward.Record)


def as_numpy(constituents: Any, pid: Any) -> tuple[Any, Any]:
    """Convert tensors, masked arrays and structured arrays of vector's coordinates to plain arrays."""
    constituents, pid = _without_torch(constituents), _without_torch(pid)
    if isinstance(constituents, np.ma.MaskedArray):
        constituents = _unmasked(constituents)
    names = getattr(getattr(constituents, "dtype", None), "names", None)
    if not names:
        return constituents, pid
    records = np.asarray(constituents)
    if pid is None and "pid" in names:
        pid = records["pid"]
    columns = {name: _column(records, name) for name in coordinates_of(names).names}
    return momenta_from(coordinates_of(names), columns), pid


def _unmasked(constituents: Any) -> NDArray[Any]:
    """NumPy's masked arrays (N, P, 3): a constituent that is masked is none."""
    mask = np.ma.getmaskarray(constituents)
    if mask.dtype.names or (mask.ndim == 3 and (mask.any(-1) != mask.all(-1)).any()):
        raise InputError(
            "a constituent is masked in some of its numbers",
            "a momentum has all three or is none",
            "mask px, py and pz of a constituent together",
        )
    return np.asarray(constituents.filled(0))


def _column(records: NDArray[Any], name: str) -> NDArray[Any]:
    column = records[name]
    if column.dtype.kind not in "iuf" or column.shape != records.shape:
        raise InputError(
            f"the field {name} of the constituents holds {records.dtype[name]}",
            "a momentum has one number for each coordinate",
            "give numbers in GeV",
        )
    return column


def _without_torch(values: Any) -> Any:
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(values, torch.Tensor):
        return values
    here = values.detach().cpu()
    # NumPy has no bfloat16.
    return (here.float() if here.is_floating_point() else here).numpy()
