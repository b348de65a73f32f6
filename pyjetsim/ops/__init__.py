"""Operations on batches of jets as differentiable torch functions."""

from pyjetsim.ops.chamfer import chamfer_distance
from pyjetsim.ops.kinematics import JetKinematics, jet_kinematics

__all__ = ["JetKinematics", "chamfer_distance", "jet_kinematics"]
