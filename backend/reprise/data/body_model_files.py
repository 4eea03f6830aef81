"""Where a user's body models lie: a file, or a folder in any of the layouts that people have.

`smpl/SMPL_NEUTRAL.pkl`, `smplh/male/model.npz`, `smplx/SMPLX_FEMALE.npz`, `basicmodel_m_lbs_10_207_0_v1.1.0.pkl` and
the like: an .npz says by its joints which family it is of, a pickle only by its name.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reprise_core.errors import RepriseError

KINDS = {"smpl": "SMPL", "smplh": "SMPL-H", "smplx": "SMPL-X"}
JOINTS_OF_KIND = {"smpl": 24, "smplh": 52, "smplx": 55}
EXAMPLES = {"smpl": "smpl/SMPL_NEUTRAL.pkl", "smplh": "smplh/male/model.npz", "smplx": "smplx/SMPLX_NEUTRAL.npz"}
GENDERS = ("neutral", "female", "male")
_ARRAYS = {"v_template", "J_regressor", "shapedirs", "kintree_table"}
_FAMILIES = (("smplx", r"smpl[-_]?x"), ("smplh", r"smpl[-_+]?h"), ("smpl", r"smpl|basicmodel"))
_LETTERS = {"m": "male", "f": "female", "n": "neutral"}


@dataclass(frozen=True)
class BodyModelFile:
    """A body model on disk: `kind` is a key of `KINDS`, `gender` one of `GENDERS`."""

    path: Path
    kind: str
    gender: str


def find_body_models(place: Path) -> tuple[BodyModelFile, ...]:
    """All body models in a folder, or the one in a file; .npz before pickles, which take long to read.

    Raises `RepriseError` when the place does not exist or holds none.
    """
    place = Path(place)
    if not place.exists():
        raise RepriseError("no_body_model", f"There is no body model '{place}'.", "Check --body-model.")
    alone = place.is_file()
    paths = [place] if alone else sorted(path for path in place.rglob("*.[np][pk][zl]") if path.is_file())
    found = [model for path in paths if (model := _recognised(path, place.parent, alone))]
    if not found:
        raise RepriseError(
            "no_body_model", f"'{place}' holds no SMPL body model.", f"A model is a file like {EXAMPLES['smplx']}."
        )
    return tuple(sorted(found, key=lambda model: (model.path.suffix.lower() != ".npz", len(model.path.parts))))


def choose_body_model(place: Path, kind: str, genders: tuple[str, ...]) -> BodyModelFile:
    """The model of the kind with the first of the genders that there is; `RepriseError` that says what there is."""
    models = find_body_models(place)
    for gender in genders:
        for model in models:
            if (model.kind, model.gender) == (kind, gender):
                return model
    there = ", ".join(dict.fromkeys(f"{model.gender} {KINDS[model.kind]}" for model in models))
    raise RepriseError(
        "no_body_model",
        f"'{place}' has no {' or '.join(genders)} {KINDS[kind]} body model, only {there}.",
        f"Put one there, such as {EXAMPLES[kind]}.",
    )


def _recognised(path: Path, above: Path, alone: bool) -> BodyModelFile | None:
    """What the file is, if it is a body model; `above` is the folder from which on its path tells."""
    words = path.relative_to(above).parts[::-1]  # the file's own name first
    kind = _kind_of_arrays(path) if path.suffix.lower() == ".npz" else _kind_in_name(words)
    gender = next((gender for word in words if (gender := _gender_in(word))), "")
    if not kind or not (gender or alone or path.suffix.lower() == ".npz"):
        return None
    return BodyModelFile(path, kind, gender or "neutral")


def _kind_of_arrays(path: Path) -> str:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not set(arrays.files) >= _ARRAYS:
                return ""
            joints = arrays["kintree_table"].shape[-1]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return ""
    return next((kind for kind, count in JOINTS_OF_KIND.items() if count == joints), "")


def _kind_in_name(words: tuple[str, ...]) -> str:
    for word in words:
        for kind, pattern in _FAMILIES:
            if re.search(pattern, word.lower()):
                return kind
    return ""


def _gender_in(word: str) -> str:
    parts = re.split(r"[^a-z]+", word.lower())
    letters = _LETTERS if parts[0] == "basicmodel" else {}
    return next((letters.get(part, part) for part in parts if letters.get(part, part) in GENDERS), "")
