"""What is looked at of a jet or a constituent: one number each."""

from pyjetsim.evaluate.observables.table import (
    KINEMATIC,
    OBSERVABLES,
    SUBSTRUCTURE,
    Observable,
    momentum_flow,
    observables,
)

__all__ = ["KINEMATIC", "OBSERVABLES", "SUBSTRUCTURE", "Observable", "momentum_flow", "observables"]
