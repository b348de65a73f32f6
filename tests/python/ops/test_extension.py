"""What a user reads where the compiled ops do not load."""

import subprocess
import sys

import pytest
import torch

from pyjetsim.errors import Error, ExtensionError
from pyjetsim.ops.extension import compiled_op, load_extension


def test_missing_extension():
    program = "import sys; sys.modules['pyjetsim._ops'] = None; import pyjetsim.ops"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 1
    message = result.stderr.splitlines()[-1]
    assert f"ExtensionError: pyjetsim._ops does not load with torch {torch.__version__}" in message
    assert message.endswith(
        "(it holds the compiled ops): install pyjetsim again, or build it against this torch"
    )


def test_torch_that_is_too_old(monkeypatch):
    monkeypatch.setattr(torch, "__version__", "2.9.1+cpu")
    with pytest.raises(ExtensionError, match=r"torch is 2\.9\.1\+cpu .*: install torch 2\.10 or later"):
        load_extension()


def test_extension_of_older_sources():
    message = r"pyjetsim\._ops has no chamfer_of_tomorrow \(.*\): install pyjetsim again"
    with pytest.raises(ExtensionError, match=message):
        compiled_op("chamfer_of_tomorrow")


def test_it_is_an_import_error_and_one_of_ours():
    assert issubclass(ExtensionError, ImportError)
    assert issubclass(ExtensionError, Error)


def test_jets_without_torch():
    program = "import sys, pyjetsim; assert pyjetsim.jet_kinematics; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
