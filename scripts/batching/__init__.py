"""The parts of `scripts/batch.py`. Those that import bpy say so."""
