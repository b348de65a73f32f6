"""A graph variational autoencoder: permutation-equivariant, of variable length."""

from pyjetsim.models.graph.vae import GraphVAE, GraphVAEConfig

__all__ = ["GraphVAE", "GraphVAEConfig"]
