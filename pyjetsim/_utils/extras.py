"""What is installed only on request: `pip install pyjetsim` simulates; every other stage has an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from pyjetsim.errors import MissingExtraError

EXTRAS = {
    "train": ("torch", "onnx", "onnx_ir", "onnxscript", "pydantic", "scipy", "tensorboard", "zuko"),
    "generate": ("awkward", "pydantic", "pythia8mc"),
    "evaluate": ("awkward", "hist", "jinja2", "matplotlib", "mplhep", "ot", "pydantic", "scipy", "sklearn"),
    "formats": ("awkward", "pyarrow", "pydantic", "uproot", "vector"),
    "scale": ("distributed", "optuna", "tomli_w"),
}
"""The modules that each extra brings, as they are imported."""


@contextmanager
def needs(extra: str, purpose: str) -> Iterator[None]:
    """Tell, where an import inside fails for a module of ``extra``, what to install.

    Raises :class:`~pyjetsim.errors.MissingExtraError`, which is an ImportError.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS[extra]:
            raise
        raise missing(module, extra, purpose) from error


def missing(module: str, extra: str, purpose: str) -> MissingExtraError:
    """The error for a module that is not installed."""
    return MissingExtraError(
        f"the package {module} is not installed",
        f"{purpose} needs it",
        f"run pip install 'pyjetsim[{extra}]'",
    )


def check_all(purpose: str) -> None:
    """Check that the modules of every extra are there; the first that is not raises as in :func:`needs`."""
    for modules in EXTRAS.values():
        for module in modules:
            if not has(module):
                raise missing(module, "all", purpose)


def has(module: str) -> bool:
    """Whether a module can be imported; it is not."""
    return find_spec(module) is not None
