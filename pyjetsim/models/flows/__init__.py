"""Normalizing flows: densities of a few numbers, given others."""

from pyjetsim.models.flows.coupling import CouplingConfig, CouplingFlow

__all__ = ["CouplingConfig", "CouplingFlow"]
