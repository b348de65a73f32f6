from typing import overload

import numpy as np
from numpy.typing import NDArray

__version__: str

@overload
def jet_kinematics(constituents: NDArray[np.float32]) -> NDArray[np.float32]: ...
@overload
def jet_kinematics(constituents: NDArray[np.float64]) -> NDArray[np.float64]: ...
def jet_noise(
    seed: int,
    run: NDArray[np.uint32],
    luminosity_block: NDArray[np.uint32],
    event: NDArray[np.uint64],
    jet: NDArray[np.uint64],
    n_dimensions: int,
) -> NDArray[np.float32]: ...
