"""Finds, starts, watches and talks to the generation backend. Standard library only; knows nothing of Blender."""
