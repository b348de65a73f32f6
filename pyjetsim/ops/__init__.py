"""Operations on batches of jets: compiled kernels as differentiable torch functions, on CPU and CUDA.

`reference` has their definitions in plain PyTorch.
"""

from pyjetsim._utils.extras import needs

with needs("train", "the torch ops"):
    from pyjetsim.ops import reference
    from pyjetsim.ops.chamfer import ChamferDistance, chamfer_distance
    from pyjetsim.ops.extension import has_kernels
    from pyjetsim.ops.kinematics import JetKinematics, jet_kinematics
    from pyjetsim.ops.reconstruction_loss import JetReconstructionLoss, jet_reconstruction_loss
    from pyjetsim.ops.results import ChamferResult, Kinematics, LossTerms, ReconstructionLoss
    from pyjetsim.ops.spline import inverse_rational_quadratic_spline, rational_quadratic_spline

__all__ = [
    "ChamferDistance",
    "ChamferResult",
    "JetKinematics",
    "JetReconstructionLoss",
    "Kinematics",
    "LossTerms",
    "ReconstructionLoss",
    "chamfer_distance",
    "has_kernels",
    "inverse_rational_quadratic_spline",
    "jet_kinematics",
    "jet_reconstruction_loss",
    "rational_quadratic_spline",
    "reference",
]
