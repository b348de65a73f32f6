"""Golden items: inputs with the outputs that every loader must reproduce. C++ reads and replays them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyjetsim.bundle.manifest import Tolerance
from pyjetsim.errors import BundleError
from pyjetsim.tasks import Task
from pyjetsim.tasks.base import Array, Arrays


@dataclass(frozen=True)
class Golden:
    """A few items: tensors by name, (G, ...) each, the noise among the inputs."""

    inputs: Arrays
    outputs: Arrays

    def as_json(self) -> bytes:
        """Numbers that read back to the same float32."""
        both = {
            side: {name: array.tolist() for name, array in arrays.items()}
            for side, arrays in (("inputs", self.inputs), ("outputs", self.outputs))
        }
        return (json.dumps(both) + "\n").encode()


def check_agreement(
    found: Arrays,
    expected: Arrays,
    tolerance: Tolerance,
    where: str,
    task: Task,
    items: NDArray[np.bool_] | None = None,
) -> None:
    """Compare outputs by name.

    Parameters
    ----------
    found, expected : dict of array
        Outputs of two runtimes, (N, ...) each.
    tolerance : Tolerance
        The absolute difference of floats may be ``absolute`` + ``relative`` times the largest absolute
        value of the item. Integers must be equal.
    where : str
        What is compared, for messages.
    task : Task
        Names values and units in messages.
    items : bool array (N,), optional
        Which are compared; None: all.

    Raises
    ------
    BundleError
        For a difference, with both values.
    """
    check_shapes(found, expected, where)
    for name, values in expected.items():
        bad = ~agreement(found[name], values, tolerance)
        if items is not None:
            bad[~items] = False
        if bad.any():
            raise _difference(name, found[name], values, bad, tolerance, where, task)


def check_shapes(found: Arrays, expected: Arrays, where: str) -> None:
    """Raise BundleError where outputs have other names or shapes than those expected."""
    if found.keys() != expected.keys():
        raise BundleError(
            f"{where}: the answer has {_names(found)}, not {_names(expected)}",
            "it is not the model that was trained",
            "export the model again",
        )
    for name, values in expected.items():
        if found[name].shape != values.shape:
            raise BundleError(
                f"{where}: {name} has shape {found[name].shape}, not {values.shape}",
                "it is not the model that was trained",
                "export the model again",
            )


def agreement(found: Array, expected: Array, tolerance: Tolerance) -> NDArray[np.bool_]:
    """Where outputs (N, ...) agree, as :func:`check_agreement` compares them."""
    if expected.dtype.kind != "f":
        same: NDArray[np.bool_] = found == expected
        return same
    inner = tuple(range(1, expected.ndim))
    scale = np.abs(expected).max(axis=inner, initial=0, keepdims=True)
    # NaN is a difference too.
    close: NDArray[np.bool_] = np.abs(found - expected) <= tolerance.absolute + tolerance.relative * scale
    return close


def _difference(
    name: str,
    found: Array,
    expected: Array,
    bad: NDArray[np.bool_],
    tolerance: Tolerance,
    where: str,
    task: Task,
) -> BundleError:
    if expected.dtype.kind != "f":
        at = tuple(map(int, np.argwhere(bad)[0]))
        return BundleError(
            f"{where}: {task.place(name, at)} is {found[at]}, not {expected[at]}",
            "whole numbers are the same everywhere",
            "use another version of the runtime, or export the model again",
        )
    excess = np.where(bad, np.abs(found - expected), -1)
    worst = np.unravel_index(int(np.argmax(np.where(np.isfinite(excess), excess, np.inf))), found.shape)
    at = tuple(map(int, worst))
    unit = task.unit(name)
    return BundleError(
        f"{where}: {task.place(name, at)} is {found[at]:.7g}{unit}, not {expected[at]:.7g}{unit}",
        f"outputs may differ by {tolerance.absolute:g}{unit} and {tolerance.relative:g} of the largest "
        f"component of the {task.item}",
        "use another version of the runtime, or export the model again",
    )


def _names(arrays: Arrays) -> str:
    return " and ".join(arrays) or "nothing"
