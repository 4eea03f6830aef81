"""What the panel calls engines, solvers and ways of recalling, as items of its fields."""

from __future__ import annotations

from .core.contract import DEFAULT_STEPS, ENGINES, RETRIEVAL_METHODS, SOLVERS

_ENGINE_WORDS = {
    "remodiffuse": ("ReMoDiffuse", "Diffusion, built on retrieved references"),
    "remomask": ("ReMoMask", "Masked motion tokens, built on retrieved references; it needs no solver"),
}
_SOLVER_WORDS = {
    "ddim": ("DDIM", "The published one: 50 steps"),
    "dpm++": ("DPM++", "Of second order: 15 steps come nearer than 50 of DDIM"),
}
_METHOD_WORDS = {
    "hybrid": ("Captions", "Clips whose captions say the like of the sentence"),
    "momentum": (
        "Motions",
        "Clips whose motion itself fits the sentence, whatever their captions say: for libraries with poor captions",
    ),
}
# Blender reads the texts of items where they lie: what is made at run time must have a name here.
ENGINE_ITEMS = tuple((name, *_ENGINE_WORDS.get(name, (name, ""))) for name in ENGINES)
SOLVER_ITEMS = tuple((name, *_SOLVER_WORDS.get(name, (name, ""))) for name in SOLVERS)
METHOD_ITEMS = tuple((name, *_METHOD_WORDS.get(name, (name, ""))) for name in RETRIEVAL_METHODS)
STEPS_OF_ENGINES = ", ".join(f"{words[1]}: {DEFAULT_STEPS[words[0]]}" for words in ENGINE_ITEMS)


def engine_name(engine: str) -> str:
    """What people call an engine."""
    return _ENGINE_WORDS.get(engine, (engine,))[0]
