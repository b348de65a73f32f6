"""Operations on batches of jets as differentiable torch functions."""

from pyjetsim.ops.chamfer import chamfer_distance
from pyjetsim.ops.kinematics import JetKinematics, jet_kinematics
from pyjetsim.ops.reconstruction import ReconstructionTerms, jet_reconstruction_loss

__all__ = [
    "JetKinematics",
    "ReconstructionTerms",
    "chamfer_distance",
    "jet_kinematics",
    "jet_reconstruction_loss",
]
