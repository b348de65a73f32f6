"""Observables: one number for each jet, or for each constituent."""

from pyjetsim.evaluate.observables.table import (
    KINEMATIC,
    OBSERVABLES,
    SUBSTRUCTURE,
    Observable,
    momentum_flow,
    observables,
)

__all__ = ["KINEMATIC", "OBSERVABLES", "SUBSTRUCTURE", "Observable", "momentum_flow", "observables"]
