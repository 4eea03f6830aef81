"""Motion packs made by hand: figures of CMU's 31-joint BVH rig with our own proportions."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from reprise_core.skeleton import JOINT_NAMES, humanml3d_skeleton

FIELDS = (
    "clip_id", "source", "licence", "archive", "member", "format", "fps", "frames", "seconds", "description", "split",
    "note",
)  # fmt: skip
UNIT = 2.54 / 0.45 / 100.0
TREE = {
    "Hips": "pelvis", "LeftUpLeg": "left_hip", "LeftLeg": "left_knee", "LeftFoot": "left_ankle",
    "LeftToeBase": "left_foot", "RightUpLeg": "right_hip", "RightLeg": "right_knee", "RightFoot": "right_ankle",
    "RightToeBase": "right_foot", "Spine": "spine1", "Spine1": "spine2", "Neck": "spine3", "Neck1": "neck",
    "Head": "head", "LeftShoulder": "left_collar", "LeftArm": "left_shoulder", "LeftForeArm": "left_elbow",
    "LeftHand": "left_wrist", "RightShoulder": "right_collar", "RightArm": "right_shoulder",
    "RightForeArm": "right_elbow", "RightHand": "right_wrist",
}  # fmt: skip


def bvh(seconds, speed=1.2, fps=120.0):
    """A T-posed figure sliding ahead at `speed` m/s; frame 0 is the conversion's lead-in at another place."""
    skeleton = humanml3d_skeleton()
    names = {joint: name for name, joint in TREE.items()}
    lines = ["HIERARCHY"]

    def write(joint):
        offset = skeleton.rest_offsets[joint] / UNIT
        word = "ROOT" if joint == 0 else "JOINT"
        channels = "6 Xposition Yposition Zposition" if joint == 0 else "3"
        lines.append(f"{word} {names[JOINT_NAMES[joint]]}\n{{\nOFFSET {offset[0]:.6f} {offset[1]:.6f} {offset[2]:.6f}")
        lines.append(f"CHANNELS {channels} Zrotation Yrotation Xrotation")
        for child, parent in enumerate(skeleton.parents):
            if parent == joint:
                write(child)
        if joint not in skeleton.parents:
            lines.append("End Site\n{\nOFFSET 0 0 1\n}")
        lines.append("}")

    write(0)
    frames = round(seconds * fps) + 1
    lines.append(f"MOTION\nFrames: {frames}\nFrame Time: 0.0083333")
    for frame in range(frames):
        z = speed * frame / fps / UNIT if frame else -500.0
        lines.append(" ".join(["0 17.0", f"{z:.6f}"] + ["0"] * 3 * len(TREE)))
    return "\n".join(lines).encode()


def row(clip, split="train", seconds=3.0, member=None, archive="moves.zip", **more):
    values = dict.fromkeys(FIELDS, "") | {
        "clip_id": clip,
        "source": "Made",
        "licence": "none",
        "archive": archive,
        "member": member or f"{clip}.bvh",
        "format": "bvh",
        "fps": "120",
        "frames": str(round(seconds * 120) + 1),
        "seconds": str(seconds),
        "split": split,
    }
    return values | more


def write_pack(folder: Path, rows, captions, files=None, in_place=()):
    """Writes inventory, captions and moves.zip (a BVH a row, unless `files` says otherwise); returns the archive."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    (folder / "inventory.csv").write_text(text.getvalue(), encoding="utf-8")
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    meta = {"meta": {"in_place_locomotion_clips": list(in_place)}}
    (folder / "captions_meta.json").write_text(json.dumps(meta), encoding="utf-8")
    archive = folder / "moves.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in (files or {r["member"]: bvh(float(r["seconds"])) for r in rows}).items():
            file.writestr(name, data)
    return archive


def window(start=0.1, end=None, captions=("a person slides forward.", "someone moves to the left.")):
    return {"start": start, "end": end, "captions": list(captions)}


def bone_lengths(joints):
    from reprise_core.skeleton import PARENTS

    return np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
