"""What the values of a request are called in Blender, and within which limits: for the panel and for operators alike.

Each is the keyword arguments of a property of `bpy.props`, to which its place adds its own.
"""

from __future__ import annotations

from typing import Any

from .core.contract import (
    MAX_COUNT,
    MAX_REFERENCES,
    MAX_SECONDS,
    MAX_SEED,
    MAX_STEPS,
    MIN_SECONDS,
    References,
)
from .engine_words import ENGINE_ITEMS, METHOD_ITEMS, SOLVER_ITEMS, STEPS_OF_ENGINES

Field = dict[str, Any]

PROMPT: Field = {"name": "Prompt", "description": "What the person does, in one English sentence"}
SECONDS: Field = {
    "name": "Seconds",
    "description": "How long the motion is",
    "default": 6.0,
    "min": MIN_SECONDS,
    "max": MAX_SECONDS,
    "step": 10,
    "precision": 1,
}
SEED: Field = {
    "name": "Seed",
    "description": "Another seed is another take; the same seed and sentence give the same motion",
    "min": 0,
    "max": MAX_SEED,
}
COUNT: Field = {
    "name": "Takes",
    "description": "How many takes to make at once, each with a seed of its own, to choose from",
    "default": 1,
    "min": 1,
    "max": MAX_COUNT,
}
ENGINE: Field = {"name": "Engine", "description": "What generates the motion", "items": ENGINE_ITEMS}
STEPS: Field = {
    "name": "Steps",
    "description": f"Steps of the sampler: more take longer. 0 is what the engine is made for ({STEPS_OF_ENGINES})",
    "min": 0,
    "max": MAX_STEPS,
}
SOLVER: Field = {"name": "Solver", "description": "How the sampler goes from step to step", "items": SOLVER_ITEMS}
TEXT_STRENGTH: Field = {
    "name": "Text",
    "description": "How much the sentence counts: 1 as trained, less is freer",
    "default": 1.0,
    "min": 0.0,
    "max": 2.0,
}
REFERENCE_STRENGTH: Field = {
    "name": "References",
    "description": "How much the retrieved motions count: 0 as if there were none, 1 as trained",
    "default": References.strength,
    "min": 0.0,
    "max": 2.0,
}
REFERENCES: Field = {
    "name": "How Many References",
    "description": "How many similar motions are retrieved from the library",
    "default": References.k,
    "min": 0,
    "max": MAX_REFERENCES,
}
METHOD: Field = {
    "name": "Recall By",
    "description": "What of the library's clips the sentence is compared with, to find references",
    "items": METHOD_ITEMS,
}
# Of an operator that is given these, whatever the viewport shows.
REFERENCES_ANEW: Field = REFERENCES | {"description": "How many references to look for, instead of using those shown"}
METHOD_ANEW: Field = METHOD | {"description": "How to look for references, instead of using those shown"}
