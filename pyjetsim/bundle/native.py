"""native.bin: a model for the native backend, which is in C++ and needs no runtime. C++ reads it.

Little-endian: 16 bytes that name the format, its version and the length of a header, uint32 each; the header,
JSON with the model's name, its settings, name and shape of each tensor; zeros up to a multiple of 64 bytes;
and the tensors' float32, one after the other.
"""

from __future__ import annotations

import json
import struct

import numpy as np

from pyjetsim.models.base import NativeModel

_NAME = b"pyjetsim.native\n"
_VERSION = 1
_ALIGNMENT = 64


def native_file(model: NativeModel) -> bytes:
    """The bytes of native.bin.

    Parameters
    ----------
    model : NativeModel
        What :meth:`pyjetsim.models.Model.native` gives.

    Returns
    -------
    bytes
        Same weights, same bytes.
    """
    tensors = [{"name": name, "shape": list(each.shape)} for name, each in model.tensors.items()]
    header = json.dumps({"model": model.name, "settings": dict(model.settings), "tensors": tensors}).encode()
    start = _NAME + struct.pack("<II", _VERSION, len(header)) + header
    padding = bytes(-len(start) % _ALIGNMENT)
    numbers = b"".join(np.ascontiguousarray(each, "<f4").tobytes() for each in model.tensors.values())
    return start + padding + numbers
