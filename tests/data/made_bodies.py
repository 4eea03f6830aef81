"""Small body models in the official files' formats, made up: four vertices around each joint, and random shapes."""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csc_matrix

from reprise.data.body_model_files import JOINTS_OF_KIND
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import PARENTS, humanml3d_skeleton

_CORNERS = 0.03 * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])


@dataclass(frozen=True)
class MadeBody:
    """What stands in a model's file."""

    kind: str
    arrays: dict[str, np.ndarray]

    @property
    def rest(self) -> np.ndarray:
        """(22, 3) the joints of the template."""
        return (self.arrays["J_regressor"] @ self.arrays["v_template"])[:22]


def made_body(
    kind: str = "smpl", seed: int = 0, shapes: int = 10, stretch: float = 0.0, bend: float = 0.25
) -> MadeBody:
    """A body at rest in another pose than ours: every joint turned by about `bend` radians, bones longer by up to the
    share `stretch`, the pelvis away from the origin.
    """
    random = np.random.default_rng(seed)
    offsets = humanml3d_skeleton().rest_offsets * (1.0 + random.uniform(0, stretch, (22, 1)))
    turns = quat.from_rotation_vector(random.normal(scale=bend, size=(1, 22, 3)))
    places = forward_kinematics(PARENTS, offsets, random.uniform(-0.3, 0.3, (1, 3)), turns)[0][0]
    count = JOINTS_OF_KIND[kind]
    parents = np.array([*PARENTS, *[20 + i % 2 for i in range(count - 22)]])
    places = np.concatenate((places, places[parents[22:]] + random.normal(scale=0.05, size=(count - 22, 3))))
    vertices = (places[:, None] + _CORNERS).reshape(-1, 3)
    tree = np.stack((parents, np.arange(count))).astype(np.uint32)  # the root's parent is 4294967295, as published
    arrays = {
        "v_template": vertices,
        "shapedirs": random.normal(scale=0.01, size=(len(vertices), 3, shapes)),
        "posedirs": random.normal(scale=0.01, size=(len(vertices), 3, 9 * (count - 1))),
        "J_regressor": np.kron(np.eye(count), np.full((1, 4), 0.25)),
        "weights": np.kron(np.eye(count), np.ones((4, 1))),
        "kintree_table": tree,
        "f": np.array([[0, 1, 2]], dtype=np.uint32),
    }
    return MadeBody(kind, arrays)


def write_body(path: Path, body: MadeBody) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npz":
        np.savez(path, **body.arrays)
    else:
        path.write_bytes(official_pickle(body))
    return path


def whole_smplx(body: MadeBody, poses: np.ndarray, transl: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """What smplx's own classes make of a body: shaped, posed and skinned vertices and all."""
    import smplx
    import torch
    from smplx.utils import Struct

    names = ["nose", "reye", "leye", "rear", "lear", "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"]
    names += [side + finger for side in "lr" for finger in ("thumb", "index", "middle", "ring", "pinky")]
    hands = {
        f"hands_{what}{side}": np.zeros((45, 45) if what == "components" else 45)
        for what in ("components", "mean")
        for side in "lr"
    }
    made = {"smpl": smplx.SMPL, "smplh": smplx.SMPLH}[body.kind]
    model = made(
        "", data_struct=Struct(**body.arrays, **hands), vertex_ids=dict.fromkeys(names, 0), batch_size=len(poses),
        num_betas=len(betas), dtype=torch.float64, **({"use_pca": False} if body.kind == "smplh" else {}),
    )  # fmt: skip
    given = torch.from_numpy(poses)
    parts = {"global_orient": given[:, :3], "body_pose": given[:, 3:72] if body.kind == "smpl" else given[:, 3:66]}
    if body.kind == "smplh":
        parts |= {"left_hand_pose": given[:, 66:111], "right_hand_pose": given[:, 111:156]}
    with torch.no_grad():
        shape = torch.from_numpy(np.tile(betas, (len(poses), 1)))
        return model(**parts, betas=shape, transl=torch.from_numpy(transl)).joints[:, :22].numpy()


def official_pickle(body: MadeBody) -> bytes:
    """As the SMPL site gives it: protocol 2, a sparse regressor, template and shapes as chumpy objects."""
    modules = {name: types.ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")}

    def made(module: str, name: str, **state: object) -> object:
        kind = type(name, (), {"__module__": module})
        setattr(modules[module], name, kind)
        instance = kind()
        instance.__dict__.update(state)
        return instance

    template, shapes = body.arrays["v_template"], body.arrays["shapedirs"]
    wider = np.concatenate((shapes, shapes), axis=-1)
    chosen = np.arange(wider.size).reshape(wider.shape)[..., : shapes.shape[-1]].ravel()
    wrapped = made("chumpy.ch", "Ch", x=wider, _dirty_vars={"x"})
    content = body.arrays | {
        "v_template": type(wrapped)(),
        "shapedirs": made("chumpy.reordering", "Select", a=wrapped, idxs=chosen, preferred_shape=shapes.shape),
        "J_regressor": csc_matrix(body.arrays["J_regressor"]),
    }
    content["v_template"].__dict__.update(x=template)
    sys.modules.update(modules)
    try:
        return _as_python_2_names_it(pickle.dumps(content, protocol=2))
    finally:
        for name in modules:
            del sys.modules[name]


def _as_python_2_names_it(data: bytes) -> bytes:
    """Today's NumPy and SciPy name modules otherwise than those that pickled the official files."""
    return data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n").replace(
        b"cscipy.sparse._csc\n", b"cscipy.sparse.csc\n"
    )


def made_amass(
    kind: str = "smplh", frames: int = 241, fps: float = 120.0, seed: int = 0, gender: str = "male", betas: int = 16
) -> dict[str, np.ndarray]:
    """A recording in AMASS's axes (Z up): a figure that sways, turns and wanders."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / fps
    swing = random.normal(scale=0.3, size=(22, 3)).reshape(1, -1)
    poses = np.zeros((frames, 3 * JOINTS_OF_KIND[kind]))
    poses[:, :66] = swing * np.sin(2.0 * time + random.uniform(0, 6, (1, 66)))
    upright = quat.from_rotation_vector([np.pi / 2, 0.0, 0.0])
    heading = quat.from_rotation_vector(np.concatenate((0 * time, 0 * time, 0.4 * np.sin(time)), axis=1))
    poses[:, :3] = quat.to_rotation_vector(quat.multiply(heading, np.broadcast_to(upright, (frames, 4))))
    poses[:, 66:] = random.normal(scale=0.2, size=(1, poses.shape[1] - 66))  # hands, which must not matter
    trans = np.concatenate((0.5 * time, 0.2 * np.sin(time), 0.9 + 0.05 * np.cos(3 * time)), axis=1)
    return {
        "poses": poses,
        "trans": trans,
        "betas": random.normal(size=betas),
        "gender": np.array(gender),
        "mocap_framerate": np.array(fps),
        "dmpls": np.zeros((frames, 8)),
    }


def amass_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def write_amass(folder: Path) -> dict[str, Path]:
    """All that HumanML3D is made of, with one recording of two seconds; by the options of `reprise data humanml3d`."""
    recording = folder / "AMASS/CMU/01/01_01_poses.npz"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(amass_bytes(made_amass("smplh")))
    for gender in ("male", "female"):
        write_body(folder / f"BODY_MODELS/smplh/{gender}/model.npz", made_body("smplh", bend=0.1))
    index = folder / "index.csv"
    index.write_text("source_path,start_frame,end_frame,new_name\n./pose_data/CMU/01/01_01_poses.npy,0,30,000000.npy\n")
    texts = folder / "texts.zip"
    with zipfile.ZipFile(texts, "w") as archive:
        archive.writestr("texts/000000.txt", "a person walks left.#a/DET person/NOUN walk/VERB left/ADV#0.0#0.0\n")
    return {"amass": folder / "AMASS", "body-model": folder / "BODY_MODELS", "texts": texts, "index": index}
