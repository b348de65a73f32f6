from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__version__: str

T = TypeVar("T", np.float32, np.float64)

def jet_kinematics(constituents: NDArray[T]) -> NDArray[T]: ...
def jet_noise(
    seed: int,
    run: NDArray[np.uint32],
    luminosity_block: NDArray[np.uint32],
    event: NDArray[np.uint64],
    jet: NDArray[np.uint64],
    n_dimensions: int,
) -> NDArray[np.float32]: ...
