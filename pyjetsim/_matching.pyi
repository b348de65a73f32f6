from typing import Any

import numpy as np
from numpy.typing import NDArray

def fit_vertices(
    starts: NDArray[np.int64],
    gen: dict[str, NDArray[Any]],
    reco: dict[str, NDArray[Any]],
    radius: float,
    half_length: float,
    grid: NDArray[np.float64],
    spread: float,
    photon: tuple[float, float, float],
    neutral: tuple[float, float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def match_pairs(
    gen: dict[str, NDArray[Any]],
    reco: dict[str, NDArray[Any]],
    photon_reach: tuple[float, float],
    neutral_reach: tuple[float, float],
) -> dict[str, NDArray[Any]]: ...
