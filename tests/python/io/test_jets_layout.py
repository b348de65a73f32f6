"""The layout of a jets.h5 stands once in Python and once in C++, which write the same."""

from __future__ import annotations

import numpy as np

from pyjetsim import _core
from pyjetsim.io.jets_h5.layout import CHUNK, COPY, FORMAT, JETS, OPTIONAL, PAIRS, VERSION


def test_python_and_cpp_have_one_layout() -> None:
    form, version, chunk, jets, pairs, copies = _core.jets_layout()
    assert (form, version, chunk) == (FORMAT, VERSION, CHUNK)
    assert jets == {name: (np.dtype(dtype).name, shape) for name, (dtype, shape) in JETS.items()}
    assert pairs == {name: (np.dtype(dtype).name, ()) for name, dtype in PAIRS.items()}
    assert copies == {COPY: (np.dtype(OPTIONAL[COPY]).name, ())}
    assert list(jets) == list(JETS)
