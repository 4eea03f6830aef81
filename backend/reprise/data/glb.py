"""Animations of GLB files (binary glTF 2.0, https://registry.khronos.org/glTF/specs/2.0/) on the rigs that we know.

Only rotations, and the translations of the hips and of the nodes above them, are read: limbs keep their rest lengths.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError

from .joint_maps import find_rig, map_joints
from .joint_maps_glb import GLB_RIGS
from .pack import InventoryRow, open_archive
from .raw_clip import RawClip
from .skeleton_animation import SkeletonAnimation

Array = NDArray[np.float64]

_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_IDENTITY = (0.0, 0.0, 0.0, 1.0)  # glTF's order x y z w


@dataclass(frozen=True)
class Node:
    """One node: its parent's index (-1 for a root) and its rest transform; `rotation` is wxyz."""

    name: str
    parent: int
    translation: Array
    rotation: Array
    scale: float


@dataclass(frozen=True)
class Channel:
    """Keys of one node's `path` ("rotation" wxyz or "translation"): times (K,) in seconds and values (K, 4 or 3)."""

    node: int
    path: str
    times: Array
    values: Array


@dataclass(frozen=True)
class Glb:
    """A file's node tree and its first animation."""

    nodes: tuple[Node, ...]
    channels: tuple[Channel, ...]

    @property
    def start(self) -> float:
        """Time of the first key in seconds (0 without keys)."""
        return min((float(channel.times[0]) for channel in self.channels), default=0.0)

    @property
    def end(self) -> float:
        """Time of the last key in seconds (0 without keys)."""
        return max((float(channel.times[-1]) for channel in self.channels), default=0.0)


def parse_glb(data: bytes, name: str) -> Glb:
    """The bytes of a .glb; `name` stands in the `RepriseError` that broken or unsupported content raises."""
    try:
        document, binary = _chunks(data)
        nodes = document["nodes"]
        parents = {child: index for index, node in enumerate(nodes) for child in node.get("children", ())}
        tree = tuple(_node(node, parents.get(index, -1)) for index, node in enumerate(nodes))
        animation = document.get("animations", [{"channels": [], "samplers": []}])[0]
        channels = tuple(
            _channel(document, binary, channel["target"], animation["samplers"][channel["sampler"]])
            for channel in animation["channels"]
            if channel["target"]["path"] in ("rotation", "translation") and "node" in channel["target"]
        )
    except (KeyError, IndexError, ValueError, TypeError, struct.error) as error:
        raise RepriseError("bad_glb", f"'{name}' is no GLB animation that can be read ({error}).") from error
    return Glb(tree, channels)


def to_animation(glb: Glb, hips: str, fps: float, frames: int) -> SkeletonAnimation:
    """The skeleton from node `hips` down, sampled at `frames` times from the first key on, `fps` a second.

    The root's rotation and position are those of `hips` in the scene, all nodes above it applied. Between keys
    rotations go along the shortest arc (slerp) and translations straight, whatever the file says: KayKit marks keys on
    every frame as steps.
    """
    index = next(i for i, node in enumerate(glb.nodes) if node.name == hips)
    times = glb.start + np.arange(frames) / fps
    keys = {(channel.node, channel.path): channel for channel in glb.channels}

    def sampled(node: int, path: str) -> Array:
        if (channel := keys.get((node, path))) is None:
            return np.broadcast_to(getattr(glb.nodes[node], path), (frames, 4 if path == "rotation" else 3))
        return _slerp(channel, times) if path == "rotation" else _lerp(channel, times)

    above = [index]
    while (parent := glb.nodes[above[-1]].parent) >= 0:
        above.append(parent)
    rotation, position, scale = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1)), np.zeros((frames, 3)), 1.0
    for node in reversed(above):
        position = position + quat.rotate(rotation, scale * sampled(node, "translation"))
        rotation = quat.multiply(rotation, sampled(node, "rotation"))
        scale *= glb.nodes[node].scale

    order, parents, scales = [index], [-1], [scale]
    for at in order:  # breadth first; the list grows on the way
        for child, node in enumerate(glb.nodes):
            if node.parent == at:
                parents.append(order.index(at))
                order.append(child)
                scales.append(scales[parents[-1]] * node.scale)
    offsets = [np.zeros(3)]
    offsets += [scales[parent] * glb.nodes[n].translation for n, parent in zip(order[1:], parents[1:], strict=True)]
    rotations = [rotation] + [sampled(node, "rotation") for node in order[1:]]
    names = tuple(glb.nodes[node].name for node in order)
    return SkeletonAnimation(
        names, tuple(parents), np.stack(offsets), np.stack(rotations, axis=1, dtype=np.float64), position
    )


def read_clips(archive: Path, inventory: Mapping[str, InventoryRow]) -> Iterator[RawClip]:
    """Every GLB of the archive that the inventory lists, at the inventory's rate and length.

    KayKit's toy figure comes scaled to human hip height. Raises `RepriseError` for a broken file or an unknown rig.
    """
    with open_archive(archive) as files:
        for member in (name for name in files.names() if name in inventory and name.lower().endswith(".glb")):
            row, glb = inventory[member], parse_glb(files.read(member), member)
            rig = find_rig([node.name for node in glb.nodes], GLB_RIGS)
            if rig is None or not isinstance(hips := rig.joints["pelvis"], str):
                raise RepriseError("unknown_rig", f"'{member}' in '{archive}' has an unknown skeleton.")
            frames = round((glb.end - glb.start) * row.fps) + 1
            joints = map_joints(to_animation(glb, hips, row.fps, frames), rig)
            yield RawClip(row.clip_id, joints, row.fps, rig.name, row.source)


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2:
        raise ValueError("no glTF 2.0 header")
    if length > len(data):
        raise ValueError(f"{length} bytes announced, {len(data)} there")
    chunks, at = {}, 12
    while at < length:
        size, kind = struct.unpack_from("<II", data, at)
        chunks[kind] = data[at + 8 : at + 8 + size]
        at += 8 + size
    return json.loads(chunks[_JSON_CHUNK]), chunks.get(_BINARY_CHUNK, b"")


def _node(node: Mapping[str, Any], parent: int) -> Node:
    if "matrix" in node:
        raise ValueError(f"node {node.get('name')!r} has a matrix in place of a rotation and a translation")
    return Node(
        name=node.get("name", ""),
        parent=parent,
        translation=np.array(node.get("translation", (0.0, 0.0, 0.0)), dtype=float),
        rotation=np.roll(np.array(node.get("rotation", _IDENTITY), dtype=float), 1),
        scale=float(np.mean(node.get("scale", (1.0, 1.0, 1.0)))),
    )


def _accessor(document: Mapping[str, Any], binary: bytes, index: int) -> Array:
    """An accessor's numbers (count, width); normalized integers as fractions of their largest value."""
    accessor = document["accessors"][index]
    if "sparse" in accessor:
        raise ValueError("sparse accessors are not supported")
    view = document["bufferViews"][accessor["bufferView"]]
    kind, width, count = np.dtype(_COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]], accessor["count"]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    stride = view.get("byteStride", kind.itemsize * width)
    numbers = np.ndarray((count, width), kind, binary, start, (stride, kind.itemsize)).astype(float)
    return np.maximum(numbers / np.iinfo(kind).max, -1.0) if accessor.get("normalized") else numbers


def _channel(
    document: Mapping[str, Any], binary: bytes, target: Mapping[str, Any], sampler: Mapping[str, Any]
) -> Channel:
    values = _accessor(document, binary, sampler["output"])
    if sampler.get("interpolation") == "CUBICSPLINE":
        values = values[1::3]  # in-tangent, value, out-tangent
    if target["path"] == "rotation":
        values = quat.make_continuous(quat.normalize(np.roll(values, 1, axis=-1))).astype(np.float64)
    return Channel(target["node"], target["path"], _accessor(document, binary, sampler["input"])[:, 0], values)


def _segments(channel: Channel, times: Array) -> tuple[Array, Array, Array]:
    """The values before and after each time and how far (0..1) it lies between them; held outside the keys."""
    after = np.clip(np.searchsorted(channel.times, times, side="right"), 1, max(len(channel.times) - 1, 1))
    after = np.minimum(after, len(channel.times) - 1)
    before = np.maximum(after - 1, 0)
    gap = np.maximum(channel.times[after] - channel.times[before], 1e-9)
    fraction = np.clip((times - channel.times[before]) / gap, 0.0, 1.0)
    return channel.values[before], channel.values[after], fraction[:, None]


def _lerp(channel: Channel, times: Array) -> Array:
    before, after, fraction = _segments(channel, times)
    return before + fraction * (after - before)


def _slerp(channel: Channel, times: Array) -> Array:
    before, after, fraction = _segments(channel, times)
    angle = np.arccos(np.clip(np.sum(before * after, axis=-1, keepdims=True), -1.0, 1.0))
    small = angle < 1e-6
    sine = np.where(small, 1.0, np.sin(angle))
    first = np.where(small, 1.0 - fraction, np.sin((1.0 - fraction) * angle) / sine)
    second = np.where(small, fraction, np.sin(fraction * angle) / sine)
    return quat.normalize(first * before + second * after).astype(np.float64)
