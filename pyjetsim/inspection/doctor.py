"""What works on this machine, what is missing, and how to get it: `pyjetsim doctor`."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from pyjetsim._core import __file__ as _core_file
from pyjetsim._core import __version__
from pyjetsim._utils.extras import EXTRAS, has
from pyjetsim.errors import Error
from pyjetsim.simulate.libraries import onnxruntime_folder

_PURPOSES = {
    "train": "train, export",
    "generate": "generate",
    "evaluate": "evaluate, show",
    "formats": "convert; ROOT and Parquet files; awkward jets with vector's methods",
}
_DISTRIBUTIONS = {"ot": "pot", "sklearn": "scikit-learn"}
_USED = ("numpy", "h5py", "fastjet", "onnxruntime", "rich")
Report = dict[str, Any]


def doctor() -> Report:
    """Look at the installation: versions, compiled parts, threads, GPU, ONNX Runtime, bundles, extras.

    Returns
    -------
    dict
        As JSON. ``missing`` lists what does not work, each with ``what``, ``why`` it matters and ``how`` to
        get it.

    Notes
    -----
    Nothing raises: what fails is told.
    """
    missing: list[dict[str, str]] = []

    def lacks(what: str, why: str, how: str) -> None:
        missing.append({"what": what, "why": why, "how": how})

    return {
        "versions": _versions(),
        "machine": _machine(),
        "compiled": _compiled(lacks),
        "onnxruntime": _onnxruntime(lacks),
        "gpu": _gpu(),
        "bundles": _bundles(lacks),
        "extras": _extras(lacks),
        "missing": missing,
    }


Lacks = Callable[[str, str, str], None]


def _version(module: str) -> str | None:
    try:
        return metadata.version(_DISTRIBUTIONS.get(module, module))
    except metadata.PackageNotFoundError:
        return None if not has(module) else "without a version"


def versions() -> dict[str, str]:
    """Tell the versions of pyjetsim and of its parts, of those that are there; nothing is loaded.

    Returns
    -------
    dict of str to str
        By name: pyjetsim, its C++ library, FastJet and ONNX Runtime as packages, and what extras bring.
    """
    modules = dict.fromkeys((*_USED, *(module for each in EXTRAS.values() for module in each)))
    parts = {_DISTRIBUTIONS.get(module, module): _version(module) for module in modules}
    if parts["onnxruntime"] is None:
        parts["onnxruntime-gpu"] = _version("onnxruntime-gpu")
    library = next(iter(sorted((Path(_core_file).parent / "lib").glob("libpyjetsim_core.so.*"))), None)
    return {
        "pyjetsim": __version__,
        "Python": platform.python_version(),
        "libpyjetsim": "not there" if library is None else library.name.partition(".so.")[2],
        **{name: version for name, version in parts.items() if version is not None},
    }


def _versions() -> Report:
    return {
        "pyjetsim": __version__,
        "python": platform.python_version(),
        **{module: _version(module) for module in _USED},
    }


def _machine() -> Report:
    flags = ""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                flags = line.partition(":")[2]
                break
    except OSError:
        pass
    known = [name for name in ("avx2", "fma", "avx512f", "asimd", "sve") if name in flags.split()]
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "instruction_sets": known,
        "cores": os.cpu_count(),
        "cores_this_process_may_use": usable,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
    }


def _compiled(lacks: Lacks) -> Report:
    folder = Path(_core_file).parent
    found: Report = {"folder": str(folder)}
    for module, purpose in (
        ("_core", "everything"),
        ("_clustering", "clustering jets"),
        ("_matching", "training cells"),
    ):
        found[module] = _loads(f"pyjetsim.{module}", purpose, lacks)
    found["_clustering"] = _clustering(lacks)
    found["_ops"] = _ops(lacks)
    library = next(iter(sorted((folder / "lib").glob("libpyjetsim_torchscript*"))), None)
    found["torchscript_backend"] = None if library is None else library.name
    if library is None:
        lacks(
            "the backend torchscript",
            "bundles run with ONNX Runtime all the same",
            "pip install torch, then pip install . from the sources; no wheel has it",
        )
    program = folder / "bin" / "pyjetsim-run"
    found["pyjetsim-run"] = str(program) if program.is_file() else None
    if not program.is_file():
        lacks(
            "the program pyjetsim-run",
            "HepMC is simulated by pyjetsim simulate all the same",
            "install HDF5's and Zstandard's headers (libhdf5-dev, libzstd-dev), then build from the sources",
        )
    return found


def _loads(module: str, purpose: str, lacks: Lacks) -> str:
    try:
        import_module(module)
    except (ImportError, OSError) as error:
        lacks(module, f"{purpose} needs it", "install pyjetsim again")
        return f"does not load: {_one_line(error)}"
    return "loads"


def _clustering(lacks: Lacks) -> str:
    try:
        from pyjetsim.jets.clustering import FASTJET_VERSION
    except (Error, ImportError, OSError) as error:
        lacks("clustering", "HepMC and ROOT events are clustered", "run pip install 'fastjet>=3.4.3'")
        return f"does not load: {_one_line(error)}"
    return f"loads, with FastJet {FASTJET_VERSION}"


def _ops(lacks: Lacks) -> Report | str:
    if not has("torch"):
        return "needs torch, which is not installed"
    try:
        from pyjetsim.ops.extension import load_extension

        extension = load_extension()
        return {
            "instruction_sets": list(extension.cpu_paths()),
            "in_use": extension.cpu_path(),
            "cuda": bool(extension.cuda_built()),
        }
    except (Error, ImportError, OSError) as error:
        lacks(
            "the kernels for PyTorch (pyjetsim.ops)", "training is slower without", "install pyjetsim again"
        )
        return f"does not load: {_one_line(error)}"


def _onnxruntime(lacks: Lacks) -> Report:
    folder = onnxruntime_folder()
    named = os.environ.get("PYJETSIM_ONNXRUNTIME")
    libraries = sorted(Path(folder).glob("libonnxruntime.so*")) if folder else []
    cuda = bool(folder) and (Path(folder) / "libonnxruntime_providers_cuda.so").is_file()
    found: Report = {
        "package": _version("onnxruntime") or _version("onnxruntime-gpu"),
        "folder": folder or None,
        "library": libraries[0].name if libraries else None,
        "PYJETSIM_ONNXRUNTIME": named,
        "cuda_provider": cuda,
    }
    if not libraries and not named:
        lacks("ONNX Runtime", "bundles are run by it", "run pip install onnxruntime")
    return found


def _gpu() -> Report:
    driver = _driver()
    found: Report = {"driver": driver}
    if has("torch"):
        try:
            import torch

            found["torch"] = torch.__version__
            found["torch_cuda"] = torch.version.cuda
            available = torch.cuda.is_available()
            found["devices"] = [
                torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())
            ] * available
        except Exception as error:  # a driver may fail in any way
            found["torch"] = f"does not load: {_one_line(error)}"
    return found


def _driver() -> str | None:
    """What CUDA the driver of this machine speaks; None without one."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
        version = ctypes.c_int()
        if cuda.cuDriverGetVersion(ctypes.byref(version)) != 0:
            return "there, and does not answer"
    except (OSError, AttributeError):
        return None
    return f"CUDA {version.value // 1000}.{version.value % 1000 // 10}"


def _bundles(lacks: Lacks) -> Report:
    from pyjetsim.bundle.shipped import SHIPPED
    from pyjetsim.simulate import load

    found: Report = {}
    for name in SHIPPED:
        try:
            found[name] = f"loads, with {load(name).backend}"
        except (Error, OSError, RuntimeError) as error:
            found[name] = f"does not load: {_one_line(error)}"
            lacks(f"the bundle {name}", "it simulates out of the box", "see what it says above")
    return found


def _extras(lacks: Lacks) -> Report:
    found: Report = {}
    for extra, modules in EXTRAS.items():
        absent = [module for module in modules if not has(module)]
        found[extra] = {
            "for": _PURPOSES.get(extra, extra),
            "there": {module: _version(module) for module in modules if module not in absent},
            "not_there": absent,
        }
        if absent:
            lacks(
                f"{', '.join(absent)} of the extra {extra}",
                f"needed for {_PURPOSES.get(extra, extra)}",
                f"run pip install 'pyjetsim[{extra}]'",
            )
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def told(report: Report) -> Iterator[str]:
    """Lines for people.

    Parameters
    ----------
    report : dict
        What :func:`doctor` found.

    Yields
    ------
    str
        A line.
    """
    versions, machine = report["versions"], report["machine"]
    yield f"pyjetsim {versions['pyjetsim']}, Python {versions['python']} ({sys.executable})"
    used = [f"{name} {versions[name] or 'missing'}" for name in _USED]
    yield f"  with {', '.join(used)}"
    yield f"machine: {machine['system']}"
    yield (
        f"  {machine['cores_this_process_may_use']} of {machine['cores']} cores, "
        f"{', '.join(machine['instruction_sets']) or 'no instruction sets that are known here'}"
        + (f"; OMP_NUM_THREADS={machine['OMP_NUM_THREADS']}" if machine["OMP_NUM_THREADS"] else "")
    )
    yield f"compiled: {report['compiled']['folder']}"
    for name, state in report["compiled"].items():
        if name == "folder":
            continue
        if isinstance(state, dict):
            cuda = "with" if state["cuda"] else "without"
            state = f"{', '.join(state['instruction_sets'])}; in use {state['in_use']}; {cuda} CUDA"
        yield f"  {name}: {state or 'not built'}"
    runtime = report["onnxruntime"]
    yield (
        f"ONNX Runtime: {runtime['PYJETSIM_ONNXRUNTIME'] or runtime['library'] or 'none'} "
        f"({runtime['folder'] or 'no package'}), {'with' if runtime['cuda_provider'] else 'without'} CUDA"
    )
    for name, state in report["bundles"].items():
        yield f"  bundle {name}: {state}"
    gpu = report["gpu"]
    devices = ", ".join(gpu.get("devices") or []) or "none"
    yield f"GPU: {devices}; driver: {gpu['driver'] or 'none'}; torch {gpu.get('torch') or 'is not installed'}"
    yield "extras:"
    for extra, state in report["extras"].items():
        absent = state["not_there"]
        yield f"  {extra} ({state['for']}): {'missing ' + ', '.join(absent) if absent else 'complete'}"
    if not report["missing"]:
        yield "nothing is missing"
        return
    yield "missing:"
    for each in report["missing"]:
        yield f"  {each['what']} ({each['why']}): {each['how']}"
