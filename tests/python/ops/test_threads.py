"""The number of threads changes nothing but the time."""

import pytest
import torch
from clouds import points, some

from pyjetsim.ops import chamfer_distance, jet_kinematics, jet_reconstruction_loss


@pytest.mark.usefixtures("threads", "cpu_path")
@pytest.mark.parametrize(("b", "n", "m"), [(1000, 20, 30), (3, 400, 300)])
def test_one_and_more(b, n, m):
    x, y, mask = (
        points(b, n, 3, dtype=torch.float32),
        points(b, m, 3, seed=1, dtype=torch.float32),
        some(b, n),
    )
    runs = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        p, q = x.clone().requires_grad_(), y.clone().requires_grad_()
        found = chamfer_distance(p, q, mask, return_nearest=True)
        loss = jet_reconstruction_loss(p, q, mask)
        mass = jet_kinematics(p, mask).mass
        gradients = [torch.autograd.grad(result.sum(), (p, q)) for result in (found.distance, loss)]
        gradients.append(torch.autograd.grad(mass.sum(), p))
        runs.append([*found, loss, mass, *(part for parts in gradients for part in parts)])
        with torch.no_grad():
            runs[-1].append(chamfer_distance(p, q))
    for run in runs[1:]:
        assert all(torch.equal(a, b) for a, b in zip(run, runs[0], strict=True))
