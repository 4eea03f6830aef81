"""Rigs that others made, as bones: Blender's Rigify, and the skeletons of motion files."""

import json
from pathlib import Path

import numpy as np

from reprise.data.asf_amc import parse_asf
from reprise.data.bvh import parse_bvh
from reprise.data.gltf_file import parse_gltf
from reprise_core import quaternion as quat
from reprise_core.rigs.bones import Bones

PACK = Path(__file__).resolve().parents[3] / "../shared/data"
RIGIFY_FILE = Path(__file__).with_name("rigify_rigs.json")  # names and rest places as Blender 4.2 generates them


def rigify(kind: str) -> Bones:
    rig = json.loads(RIGIFY_FILE.read_text())[kind]
    heads, tails = (np.array(rig[key], dtype=float) for key in ("heads", "tails"))
    return Bones(tuple(rig["names"]), tuple(rig["parents"]), heads, tails)


def with_tails(names, parents, heads) -> Bones:
    heads = np.asarray(heads, dtype=float)
    tails = heads.copy()
    for bone in range(len(names)):
        if below := [child for child, parent in enumerate(parents) if parent == bone]:
            tails[bone] = heads[below].mean(axis=0)
    return Bones(tuple(names), tuple(parents), heads, tails)


def bvh_bones(data: bytes) -> Bones:
    animation = parse_bvh(data)
    heads = np.zeros((len(animation.parents), 3))
    for joint, parent in enumerate(animation.parents):
        heads[joint] = animation.offsets[joint] + (heads[parent] if parent >= 0 else 0.0)
    return with_tails(animation.joint_names, animation.parents, heads)


def gltf_bones(data: bytes) -> Bones:
    nodes = parse_gltf(data, "clip.glb").nodes
    order: list[int] = []
    while len(order) < len(nodes):
        order += [n for n, node in enumerate(nodes) if n not in order and (node.parent < 0 or node.parent in order)]
    heads, turns = {}, {}
    for n in order:
        node, above = nodes[n], nodes[n].parent
        at, turn = np.asarray(node.translation, dtype=float), np.asarray(node.rotation, dtype=float)
        heads[n] = at if above < 0 else heads[above] + quat.rotate(turns[above], at)
        turns[n] = turn if above < 0 else quat.multiply(turns[above], turn)
    parents = [order.index(nodes[n].parent) if nodes[n].parent >= 0 else -1 for n in order]
    return with_tails([nodes[n].name for n in order], parents, [heads[n] for n in order])


def asf_bones(data: bytes) -> Bones:
    """Each bone from its start, where its parent ends, to its end."""
    bones = parse_asf(data).bones
    names = ["root", *(bone.name for bone in bones)]
    heads, tails = {"root": np.zeros(3)}, {"root": np.zeros(3)}
    for bone in bones:
        heads[bone.name] = tails[bone.parent]
        tails[bone.name] = heads[bone.name] + bone.vector
    parents = [-1, *(names.index(bone.parent) for bone in bones)]
    return Bones(tuple(names), tuple(parents), *(np.stack([at[name] for name in names]) for at in (heads, tails)))
