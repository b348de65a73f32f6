#!python
"""Starts the program pyjetsim-run of the Python package, which then has this process to itself."""

import glob
import os
import sys
from importlib.util import find_spec


def folder(name):
    """Where a package is; None where it is not. Found, not imported: the program needs nothing of Python."""
    spec = find_spec(name)
    return spec and spec.submodule_search_locations and spec.submodule_search_locations[0]


package, fastjet = folder("pyjetsim"), folder("fastjet")
if not package:
    sys.exit(
        "pyjetsim-run: the package pyjetsim is not here (the program is in it): run 'pip install pyjetsim'"
    )
# The program looks for FastJet and ONNX Runtime beside its own package; elsewhere it must be told.
if fastjet and os.path.dirname(fastjet) != os.path.dirname(package):
    places = [
        os.path.dirname(library) for library in glob.glob(os.path.join(fastjet, "lib*", "libfastjet.so"))
    ]
    places += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join(places)
onnxruntime = folder("onnxruntime")
if onnxruntime and os.path.dirname(onnxruntime) != os.path.dirname(package):
    for library in glob.glob(os.path.join(onnxruntime, "capi", "libonnxruntime.so*")):
        os.environ.setdefault("PYJETSIM_ONNXRUNTIME", library)
program = os.path.join(package, "bin", "pyjetsim-run")
try:
    os.execv(program, sys.argv)
except OSError as error:
    sys.exit(
        f"pyjetsim-run: {program} cannot be run: {error.strerror} (it is the program): install pyjetsim again"
    )
