"""The task variables: columns of gen objects in, columns of reco objects out."""

from pyjetsim.tasks.variables.task import Variables

__all__ = ["Variables"]
