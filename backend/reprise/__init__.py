"""Reprise: text to human motion by retrieval and diffusion."""

__version__ = "0.1.0"
