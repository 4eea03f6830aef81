"""SMPL bodies as far as motion needs them: where the joints are for a shape and a pose.

SMPL (Loper et al., 2015), SMPL-H (Romero et al., 2017) and SMPL-X (Pavlakos et al., 2019) share their first 22 joints,
which are HumanML3D's. Joints are linear in the shape: J = R (V + S beta) with the joint regressor R, the template's
vertices V and the shape directions S; so R V and R S (22 rows) are all that is kept of a model. Blend shapes of the
pose move vertices, not joints. Shaping and posing run through `smplx`, whose licence allows non-commercial research
only: it is an extra (`reprise[smpl]`) and loaded when it is needed.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.errors import RepriseError
from reprise_core.skeleton import PARENTS

from .body_model_files import JOINTS_OF_KIND, KINDS, BodyModelFile
from .body_model_pickle import read_pickled_arrays

Array = NDArray[np.float64]

_WANTED = ("v_template", "shapedirs", "J_regressor", "kintree_table")
_CHUNK = 2048  # frames posed at once: 60 MB
_JOINTS = len(PARENTS)
_SMPLX_SHAPE = 300  # of the 400 directions in SMPL-X 1.1; the others are expressions
_SMPLX_SHAPE_SMALL = 10  # of 20 in SMPL-X 1.0


@dataclass(frozen=True)
class BodyModel:
    """The 22 body joints of a model: the template's (22, 3; metres) and how they move per shape (22, 3, B)."""

    name: str
    kind: str
    gender: str
    template: Array
    shape_directions: Array

    def rest_joints(self, betas: ArrayLike = ()) -> Array:
        """(22, 3) the joints at rest in the model's frame (Y up, facing +Z) for a shape; missing betas are 0."""
        given = np.asarray(betas, dtype=np.float64).ravel()[: self.shape_directions.shape[-1]]
        lbs, torch = _smplx()
        directions = torch.from_numpy(self.shape_directions[..., : len(given)])
        moved = lbs.blend_shapes(torch.from_numpy(given)[None], directions)[0].numpy()
        return self.template + moved

    def posed_joints(self, rotation_vectors: ArrayLike, translation: ArrayLike, betas: ArrayLike = ()) -> Array:
        """(T, 22, 3) joints for poses (T, 22 or more, 3) or (T, 66 or more) of rotation vectors in radians.

        The first is the global orient, which turns about the pelvis; `translation` (T, 3) is added to all joints. The
        frame is that of these two. Poses are worked off in chunks, so that memory is bounded.
        """
        vectors = np.asarray(rotation_vectors, dtype=np.float64).reshape(len(np.asarray(rotation_vectors)), -1)
        vectors = np.ascontiguousarray(vectors[:, : 3 * _JOINTS])
        lbs, torch = _smplx()
        rest = torch.from_numpy(self.rest_joints(betas))
        parents = torch.tensor(PARENTS)
        posed = np.empty((len(vectors), _JOINTS, 3))
        with torch.inference_mode():
            for start in range(0, len(vectors), _CHUNK):
                chunk = torch.from_numpy(vectors[start : start + _CHUNK]).reshape(-1, 3)
                rotations = lbs.batch_rodrigues(chunk).reshape(-1, _JOINTS, 3, 3)
                here = rest.expand(len(rotations), -1, -1)
                posed[start : start + _CHUNK] = lbs.batch_rigid_transform(rotations, here, parents, rest.dtype)[0]
        return posed + np.asarray(translation, dtype=np.float64)[:, None]


def load_body_model(file: BodyModelFile) -> BodyModel:
    """Reads a model; `RepriseError` naming it when it is none, or of another family than its name says."""
    return _load(file.path, file.kind, file.gender)


@lru_cache(maxsize=16)
def _load(path: Path, kind: str, gender: str) -> BodyModel:
    arrays = _read(path)
    template, directions, regressor, tree = (np.asarray(arrays[key]) for key in _WANTED)
    joints, vertices = JOINTS_OF_KIND[kind], len(template)
    shapes_fit = template.shape == (vertices, 3) and directions.ndim == 3 and directions.shape[:2] == (vertices, 3)
    if not shapes_fit or regressor.shape != (joints, vertices) or tree.shape != (2, joints):
        raise RepriseError(
            "bad_body_model",
            f"'{path}' is no {KINDS[kind]} body model: it has {tree.shape[-1]} joints and {vertices} vertices.",
            f"{KINDS[kind]} has {joints} joints.",
        )
    if tuple(tree[0, 1:_JOINTS].astype(np.int64)) != PARENTS[1:]:
        raise RepriseError("bad_body_model", f"The joints of '{path}' are not connected as {KINDS[kind]}'s are.")
    count = directions.shape[-1]
    if kind == "smplx":
        count = _SMPLX_SHAPE if count > _SMPLX_SHAPE else min(count, _SMPLX_SHAPE_SMALL)
    lbs, torch = _smplx()
    body = torch.from_numpy(regressor[:_JOINTS].astype(np.float64))
    shapes = np.concatenate((template[None], np.moveaxis(directions[..., :count], -1, 0))).astype(np.float64)
    placed = lbs.vertices2joints(body, torch.from_numpy(shapes)).numpy()
    if not np.isfinite(placed).all():
        raise RepriseError("bad_body_model", f"'{path}' holds values that are not numbers.", "Get the model anew.")
    return BodyModel(path.name, kind, gender, placed[0], np.moveaxis(placed[1:], 0, -1).copy())


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        if path.suffix.lower() != ".npz":
            return read_pickled_arrays(path.read_bytes(), str(path), _WANTED)
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in _WANTED}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise RepriseError("bad_body_model", f"'{path}' is no body model that can be read ({error}).") from error


def _smplx() -> tuple[ModuleType, ModuleType]:
    """smplx's blend skinning, and torch."""
    try:
        from smplx import lbs
    except ImportError as error:
        raise RepriseError(
            "no_smplx",
            "SMPL bodies need the package smplx, which is not installed.",
            "Install it with: pip install 'reprise[smpl]' (its licence allows non-commercial research only).",
        ) from error
    import torch

    return lbs, torch
