from typing import Any, TypeVar

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
    copy: int = 0,
    of_event: int = 0,
) -> NDArray[np.float32]: ...

INVISIBLE: tuple[int, ...]
GEN_PT_MIN: float
ONLY_HEPMC: str
GEN_ETA_MAX: float
PARTICLE_ETA_MAX: float
JET_RADIUS: float
MATCH_DELTA_R: float
STORED_CONSTITUENTS: int

def visible(pid: NDArray[np.int32]) -> NDArray[np.bool_]: ...
def in_acceptance(momenta: NDArray[np.float64], pt_min: float, eta_max: float) -> NDArray[np.bool_]: ...
def select_constituents(
    constituents: NDArray[np.float32],
    pid: NDArray[np.int32],
    pt_min: float,
    eta_max: float,
    max_constituents: int,
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]: ...
def cpu_paths() -> list[str]: ...
def cpu_path() -> str: ...
def use_cpu_path(name: str) -> None: ...

class Engine:
    @staticmethod
    def load(
        bundle: str | bytes,
        backend: str,
        library: str | bytes,
        threads: int,
        device: str,
        onnxruntime_folder: str | bytes,
    ) -> Engine: ...
    def simulate(
        self, constituents: Any, pid: Any, event: Any, seed: Any, jet: Any, copy: Any
    ) -> tuple[
        NDArray[np.float32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.bool_],
    ]: ...
    def domain_distance(
        self, jet: NDArray[np.float32], n_constituents: NDArray[np.int32]
    ) -> NDArray[np.float32]: ...
    def run(
        self,
        constituents: NDArray[np.float32],
        noise: NDArray[np.float32],
        pid: NDArray[np.int32] | None,
        kept: int,
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]: ...
    @property
    def manifest_json(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def max_constituents(self) -> int: ...
    @property
    def max_reco_constituents(self) -> int: ...

class Graph:
    @staticmethod
    def load(
        bundle: str | bytes,
        backend: str,
        library: str | bytes,
        threads: int,
        device: str,
        onnxruntime_folder: str | bytes,
    ) -> Graph: ...
    def run(
        self,
        conditions: dict[str, NDArray[Any]],
        event: Any = None,
        seed: Any = 0,
        jet: Any = None,
        copy: Any = 0,
        rows: int | None = None,
    ) -> dict[str, NDArray[Any]]: ...
    @property
    def task(self) -> str: ...
    @property
    def manifest_json(self) -> str: ...
    @property
    def backend(self) -> str: ...

def check_manifest(text: str | bytes, path: str | bytes) -> None: ...

class HepMCReader:
    def __init__(self, path: bytes, eta_max: float, number_events: bool) -> None: ...
    def next(
        self,
    ) -> (
        tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]] | None
    ): ...
    @property
    def format(self) -> str: ...
    @property
    def weight_names(self) -> tuple[str, ...]: ...
    @property
    def warnings(self) -> list[str]: ...

def negative_number(path: str, number: int) -> tuple[str, str, str]: ...
def no_jets(path: str, pt: list[float], eta: list[float], pt_min: float, eta_max: float) -> str: ...
def kept_before(events: int, output: bytes) -> str: ...
def is_hdf5(start: bytes) -> bool: ...
def jets_layout() -> tuple[
    str,
    int,
    int,
    dict[str, tuple[str, tuple[int, ...]]],
    dict[str, tuple[str, tuple[int, ...]]],
    dict[str, tuple[str, tuple[int, ...]]],
]: ...
