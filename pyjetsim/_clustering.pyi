import numpy as np
from numpy.typing import NDArray

fastjet_version: str

def cluster(
    momenta: NDArray[np.float64],
    offsets: NDArray[np.int64],
    pid: NDArray[np.int32],
    mass: NDArray[np.float64] | None,
    pt_min: float,
    eta_max: float,
    radius: float,
    max_constituents: int,
) -> tuple[
    NDArray[np.float32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]
]: ...
def active_areas(
    momenta: NDArray[np.float64],
    offsets: NDArray[np.int64],
    seeds: NDArray[np.int32],
    pt_min: float,
    radius: float,
    rapidity_max: float,
    ghost_area: float,
) -> NDArray[np.float64]: ...
def match_nearest(
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    event: NDArray[np.int64],
    other_eta: NDArray[np.float64],
    other_phi: NDArray[np.float64],
    other_event: NDArray[np.int64],
    max_delta_r: float,
) -> NDArray[np.int64]: ...
