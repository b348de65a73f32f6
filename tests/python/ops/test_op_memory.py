"""No op ever makes a tensor of all pairs: measured as the memory that a process of its own takes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

B, N = 256, 512
FEW = 16  # sets for the definition, which would take gigabytes for all
PROGRAM = """
import json, sys, torch
from pyjetsim import ops
from pyjetsim.ops import reference

def peak():
    # Not getrusage: that starts with the peak of the process this one was forked from.
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

def run(function, b, n):
    x, y = (torch.randn(b, n, 3, requires_grad=True) for _ in "xy")
    mask = torch.rand(b, n) < 0.9
    for masks in ((), (mask, mask)):
        function(x, y, *masks).sum().backward()
        with torch.no_grad():
            function(x, y, *masks)

grown = {}
for name, function in {
    "chamfer": ops.chamfer_distance,
    "rows": lambda *a: ops.chamfer_distance(*a, return_nearest=True).distance,
    "loss": ops.jet_reconstruction_loss,
    "kinematics": lambda x, y, *masks: ops.jet_kinematics(x, *masks[:1]).mass,
    "definition": reference.chamfer_distance,
}.items():
    run(function, 16, 16)
    before = peak()
    run(function, int(sys.argv[2 if name == "definition" else 1]), int(sys.argv[3]))
    grown[name] = peak() - before
print(json.dumps(grown))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_is_that_of_the_points():
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, (B, FEW, N))], capture_output=True, text=True, check=True
    )
    grown = json.loads(result.stdout)
    # The measurement sees a tensor of all pairs where there is one.
    assert grown.pop("definition") > 4 * FEW * N * N
    # Points, gradients and rows are 8 MB; the rest is what the allocator keeps.
    assert all(size < 4 * B * N * N / 8 for size in grown.values()), grown
