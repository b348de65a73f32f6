"""Old names of modules: importable for one more minor version, with a warning that says the new one."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_GONE_WITH = "0.3"
_MOVED = {
    "pyjetsim.clustering": "pyjetsim.jets.clustering",
    "pyjetsim.devices": "pyjetsim.train.devices",
    "pyjetsim.hepmc": "pyjetsim.io.hepmc",
    "pyjetsim.identity": "pyjetsim.jets.event_ids",
    "pyjetsim.noise": "pyjetsim.jets.noise",
    "pyjetsim.selection": "pyjetsim.jets.selection",
    "pyjetsim.store": "pyjetsim.io",
    "pyjetsim.bundle.simulator": "pyjetsim.simulate",
    "pyjetsim.bundle.pipeline": "pyjetsim.simulate",
    "pyjetsim.evaluate.compare": "pyjetsim.evaluate.metrics.spectra",
    "pyjetsim.evaluate.distances": "pyjetsim.evaluate.metrics.physics_distances",
}


def warn_of_new_name(old: str, new: str, stacklevel: int = 2) -> None:
    """Warn the caller's caller, or the frame ``stacklevel`` above this function's caller."""
    warnings.warn(
        f"{old} is called {new} now; the old name goes with pyjetsim {_GONE_WITH}",
        DeprecationWarning,
        stacklevel=stacklevel + 1,
    )


class _OldNames(MetaPathFinder, Loader):
    """Finds modules by their old names, and loads a module that forwards to the new one."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in _MOVED else None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        new = _MOVED[module.__name__]
        # The machinery of imports does not count as a caller.
        warn_of_new_name(module.__name__, new, stacklevel=2)

        def attribute(name: str) -> Any:
            return getattr(import_module(new), name)

        module.__doc__ = f"Moved to :mod:`{new}`."
        module.__dict__["__getattr__"] = attribute


def find_old_names() -> None:
    """Make the old names importable, after all others."""
    if not any(isinstance(finder, _OldNames) for finder in sys.meta_path):
        sys.meta_path.append(_OldNames())
