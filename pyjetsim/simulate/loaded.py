"""A loaded bundle of any task: what :class:`Simulator` and :class:`Graph` share."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pyjetsim.simulate.libraries import onnxruntime_folder, prepare_backend, whole_number

if TYPE_CHECKING:
    from pyjetsim.bundle.manifest import Manifest


class LoadedBundle:
    """A bundle loaded by C++. It may be called from several threads at the same time.

    Parameters
    ----------
    bundle : str or Path
        A folder, or the name of a bundle that comes with pyjetsim.
    backend, library, threads, device
        As in :func:`pyjetsim.load`.
    """

    _kind: ClassVar[Any]
    """The class of :mod:`pyjetsim._core` that does the work."""

    def __init__(
        self,
        bundle: str | Path,
        backend: str = "auto",
        *,
        library: str | Path | None = None,
        threads: int = 1,
        device: str = "cpu",
    ) -> None:
        """Load a bundle; see :func:`pyjetsim.load`."""
        prepare_backend(backend, library)
        self._engine = self._kind.load(
            os.fsencode(bundle),
            backend,
            "" if library is None else os.fsencode(library),
            whole_number("threads", threads, 1),
            device,
            os.fsencode(onnxruntime_folder()),
        )

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest: tensors, settings of the task, domain, provenance."""
        from pyjetsim.bundle.manifest import manifest_of

        return manifest_of(self._engine.manifest_json)

    @property
    def backend(self) -> str:
        """The library that runs the model, with its version."""
        return str(self._engine.backend)
