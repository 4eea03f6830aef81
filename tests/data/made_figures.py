"""A made figure in motion, and files of it in the ways that exporters write them."""

import base64
import json
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from reprise.features import humanml3d
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton

OFFSETS = humanml3d_skeleton().rest_offsets
MIXAMO = {
    "pelvis": "Hips", "left_hip": "LeftUpLeg", "right_hip": "RightUpLeg", "spine1": "Spine", "left_knee": "LeftLeg",
    "right_knee": "RightLeg", "spine2": "Spine1", "left_ankle": "LeftFoot", "right_ankle": "RightFoot",
    "spine3": "Spine2", "left_foot": "LeftToeBase", "right_foot": "RightToeBase", "neck": "Neck",
    "left_collar": "LeftShoulder", "right_collar": "RightShoulder", "head": "Head", "left_shoulder": "LeftArm",
    "right_shoulder": "RightArm", "left_elbow": "LeftForeArm", "right_elbow": "RightForeArm",
    "left_wrist": "LeftHand", "right_wrist": "RightHand",
}  # fmt: skip
MIXAMO = {joint: f"mixamorig:{name}" for joint, name in MIXAMO.items()}

ACCLAIM = {
    "spine1": "lowerback", "spine2": "upperback", "spine3": "thorax", "neck": "lowerneck", "head": "upperneck",
} | {
    f"{side}_{joint}": side[0] + bone
    for side in ("left", "right")
    for joint, bone in {
        "hip": "hipjoint", "knee": "femur", "ankle": "tibia", "foot": "foot", "collar": "collarbone",
        "shoulder": "clavicle", "elbow": "humerus", "wrist": "radius",
    }.items()
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """Local rotations (T, 22, 4) and places (T, 3) of the root at `fps`, on our own skeleton."""

    rotations: np.ndarray
    root: np.ndarray
    fps: float = 20.0

    @property
    def joints(self):
        """(T, 22, 3) in the world."""
        return forward_kinematics(PARENTS, OFFSETS, self.root, self.rotations)[0]

    @property
    def expected(self):
        """What the importer should make of it."""
        return humanml3d.normalize(self.joints)


def moving(frames=60, seed=0):
    """A figure that walks along a curve, bends its back evenly and swings its limbs."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / 20.0
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    limbs = [
        JOINT_NAMES.index(f"{side}_{part}")
        for side in ("left", "right")
        for part in ("hip", "knee", "ankle", "shoulder", "elbow")
    ]
    for joint in (*limbs, JOINT_NAMES.index("neck")):
        axis = quat.normalize(random.normal(size=3))
        rotations[:, joint] = quat.from_axis_angle(axis, 0.5 * np.sin(3.0 * time[:, 0] + random.uniform(0, 6)))
    bend = quat.from_axis_angle(quat.normalize(random.normal(size=3)), 0.1 * np.sin(time[:, 0]))
    for joint in ("spine1", "spine2", "spine3"):
        rotations[:, JOINT_NAMES.index(joint)] = bend
    rotations[:, 0] = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.4 * time[:, 0])
    root = np.concatenate((np.sin(time), 0.95 + 0.02 * np.sin(5 * time), time), axis=1)
    return Made(rotations, root)


def bvh(
    made,
    names=None,
    unit=1.0,
    up="y",
    order="ZXY",
    inner="none",
    lead_in=0,
    left_out=(),
    reference=False,
    ends=True,
    root_moves=True,
):
    """BVH text. `unit`: metres of one unit; `order`: of the rotation channels; `inner`: position channels of inner
    joints, none, as places or as moves; `lead_in`: frames of the rest pose; `left_out`: joints that the rig lacks;
    `reference`: a still root above the hips, which then carry the movement.
    """
    turn = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.pi / 2 if up == "z" else 0.0)
    offsets = quat.rotate(turn, OFFSETS) / unit
    rotations = quat.multiply(quat.multiply(turn, made.rotations), quat.conjugate(turn))
    root = quat.rotate(turn, made.root) / unit
    if lead_in:
        still = np.tile([1.0, 0.0, 0.0, 0.0], (lead_in, 22, 1))
        rotations = np.concatenate((still, rotations))
        root = np.concatenate((np.zeros((lead_in, 3)), root))
    names = names or {name: name for name in JOINT_NAMES}
    lines, columns = ["HIERARCHY"], []
    channels = " ".join(f"{axis}rotation" for axis in order)

    def write(joint, depth, offset):
        pad = "\t" * depth
        word = "JOINT" if depth else "ROOT"
        lines.extend([f"{pad}{word} {names[JOINT_NAMES[joint]]}", pad + "{", f"{pad}\tOFFSET {written(offset)}"])
        positions = "Xposition Yposition Zposition "
        if joint == 0 and root_moves:
            lines.append(f"{pad}\tCHANNELS 6 {positions}{channels}")
            columns.append(root)
        elif joint and inner != "none":
            lines.append(f"{pad}\tCHANNELS 6 {positions}{channels}")
            columns.append(np.tile(offset if inner == "places" else np.zeros(3), (len(root), 1)))
        else:
            lines.append(f"{pad}\tCHANNELS 3 {channels}")
        columns.append(euler(rotations[:, joint], order))
        children = kept(joint)
        for child, place in children:
            write(child, depth + 1, place)
        if not children and ends:
            after = [child for child in range(22) if PARENTS[child] == joint]
            end = offsets[after[0]] if after else offset * 0.5
            lines.extend([f"{pad}\tEnd Site", pad + "\t{", f"{pad}\t\tOFFSET {written(end)}", pad + "\t}"])
        lines.append(pad + "}")

    def kept(joint):
        """The joints below `joint`; those after one that is left out hang on it directly, unturned in between."""
        below = []
        for child in range(22):
            if PARENTS[child] == joint:
                if JOINT_NAMES[child] in left_out:
                    below += [(grandchild, offsets[child] + place) for grandchild, place in kept(child)]
                else:
                    below.append((child, offsets[child]))
        return below

    if reference:
        lines.extend(
            ["ROOT Reference", "{", "\tOFFSET 0 0 0", f"\tCHANNELS 6 Xposition Yposition Zposition {channels}"]
        )
        columns.append(np.zeros((len(root), 6)))
        write(0, 1, np.zeros(3))
        lines.append("}")
    else:
        write(0, 0, np.zeros(3))
    numbers = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(numbers)}", f"Frame Time: {1.0 / made.fps:.8f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in numbers]
    return "\n".join(lines) + "\n"


def written(offset):
    """Three numbers as a file has them."""
    return " ".join(f"{value:.7f}" for value in offset)


def euler(rotations, order):
    """(T, 3) degrees about the local axes in the given order."""
    return Rotation.from_quat(np.roll(rotations, -1, axis=-1)).as_euler(order, degrees=True)


def acclaim(made, unit=0.0254 / 0.45):
    """An ASF and an AMC of the figure; its bones have CMU's names, which stand for their ends."""
    offsets = OFFSETS / unit
    asf = [":version 1.10", ":units", "  length 0.45", "  angle deg", ":root", "  order TX TY TZ RX RY RZ", ":bonedata"]
    for joint in range(1, 22):
        length = np.linalg.norm(offsets[joint])
        direction = " ".join(f"{value:.9f}" for value in offsets[joint] / length)
        asf += [
            "  begin",
            f"    name {ACCLAIM[JOINT_NAMES[joint]]}",
            f"    direction {direction}",
            f"    length {length:.9f}",
        ]
        asf += ["    axis 0 0 0 XYZ", "    dof rx ry rz", "  end"]
    asf += [":hierarchy", "  begin"]
    for parent in range(22):
        children = [ACCLAIM[JOINT_NAMES[joint]] for joint in range(22) if PARENTS[joint] == parent]
        if children:
            asf.append(f"    {ACCLAIM[JOINT_NAMES[parent]] if parent else 'root'} {' '.join(children)}")
    amc = [":FULLY-SPECIFIED", ":DEGREES"]
    angles = [euler(made.rotations[:, joint], "ZYX")[:, ::-1] for joint in range(22)]
    for frame, place in enumerate(made.root / unit):
        amc += [str(frame + 1), " ".join(["root", *(f"{v:.6f}" for v in (*place, *angles[0][frame]))])]
        # A bone turns at its start: what turns at our joint is what turns the bones that begin there.
        amc += [
            " ".join([ACCLAIM[JOINT_NAMES[joint]], *(f"{v:.6f}" for v in angles[PARENTS[joint]][frame])])
            for joint in range(1, 22)
            if PARENTS[joint] > 0
        ]
    return "\n".join([*asf, "  end", ""]), "\n".join([*amc, ""])


def gltf(takes, names=None, scale=1.0, z_up=False, uri=None):
    """A glTF document with a take a name; `scale` and `z_up` are the armature's, as Blender has them. The buffer lies
    in the document, or is given back as the second value when it has a `uri`.
    """
    names = names or {name: name for name in JOINT_NAMES}
    turn = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2 if z_up else 0.0)
    back = quat.conjugate(turn)
    offsets = quat.rotate(back, OFFSETS) / scale
    nodes = [
        {
            "name": names[name],
            "translation": offsets[joint].tolist(),
            "children": [child for child in range(22) if PARENTS[child] == joint],
        }
        for joint, name in enumerate(JOINT_NAMES)
    ]
    nodes.append({"name": "Armature", "rotation": np.roll(turn, -1).tolist(), "scale": [scale] * 3, "children": [0]})
    parts, accessors, animations = [], [], []

    def put(array, kind):
        parts.append(np.ascontiguousarray(array, "<f4"))
        accessors.append({"bufferView": len(accessors), "componentType": 5126, "count": len(array), "type": kind})
        return len(accessors) - 1

    for title, made in takes.items():
        times = put(np.arange(len(made.root)) / made.fps, "SCALAR")
        samplers, channels = [], []
        local = quat.multiply(quat.multiply(back, made.rotations), turn)
        for joint in range(22):
            samplers.append({"input": times, "output": put(np.roll(local[:, joint], -1, axis=-1), "VEC4")})
            channels.append({"sampler": len(samplers) - 1, "target": {"node": joint, "path": "rotation"}})
        samplers.append({"input": times, "output": put(quat.rotate(back, made.root) / scale, "VEC3")})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": 0, "path": "translation"}})
        animations.append({"name": title, "samplers": samplers, "channels": channels})
    views, start = [], 0
    for part in parts:
        views.append({"buffer": 0, "byteOffset": start, "byteLength": part.nbytes})
        start += part.nbytes
    binary = b"".join(part.tobytes() for part in parts)
    place = uri or "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    document = {
        "asset": {"version": "2.0"}, "nodes": nodes, "accessors": accessors, "bufferViews": views,
        "buffers": [{"uri": place, "byteLength": start}], "animations": animations,
    }  # fmt: skip
    return json.dumps(document).encode(), binary
