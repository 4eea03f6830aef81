"""Nodes and animations of glTF 2.0 files, binary or text (https://registry.khronos.org/glTF/specs/2.0/)."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError

Array = NDArray[np.float64]
ReadNeighbour = Callable[[str], bytes]  # a buffer's file beside the document

_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_IDENTITY = (0.0, 0.0, 0.0, 1.0)  # glTF's order x y z w
_MAX_NUMBERS = 2**27  # of one accessor: a gigabyte as float64


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
    """Keys of one node's `path` ("rotation" wxyz or "translation"): times (K,) in seconds and values (K, 4 or 3).

    `tangents` (K, 2, 4 or 3) are the slopes into and out of each key of a cubic spline, None for straight lines.
    """

    node: int
    path: str
    times: Array
    values: Array
    tangents: Array | None = None


@dataclass(frozen=True)
class GltfAnimation:
    """A named animation's channels."""

    name: str
    channels: tuple[Channel, ...]

    @property
    def start(self) -> float:
        """Time of the first key in seconds (0 without keys)."""
        return min((float(channel.times[0]) for channel in self.channels), default=0.0)

    @property
    def end(self) -> float:
        """Time of the last key in seconds (0 without keys)."""
        return max((float(channel.times[-1]) for channel in self.channels), default=0.0)


@dataclass(frozen=True)
class Gltf:
    """A file's node tree and its animations."""

    nodes: tuple[Node, ...]
    animations: tuple[GltfAnimation, ...]


def parse_gltf(data: bytes, name: str, read_neighbour: ReadNeighbour | None = None) -> Gltf:
    """The bytes of a .glb or .gltf; `name` stands in the `RepriseError` that broken or unsupported content raises.

    `read_neighbour` reads a buffer that lies in a file of its own.
    """
    try:
        document, buffers = _document(data, read_neighbour)
        nodes = document["nodes"]
        parents = {child: index for index, node in enumerate(nodes) for child in node.get("children", ())}
        tree = tuple(_node(node, index, parents.get(index, -1)) for index, node in enumerate(nodes))
        _check_tree(tree)
        animations = tuple(
            _animation(document, buffers, animation, index)
            for index, animation in enumerate(document.get("animations", ()))
        )
    except RepriseError:
        raise
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise RepriseError("bad_gltf", f"'{name}' is no glTF animation that can be read ({error}).") from error
    return Gltf(_with_unique_names(tree), animations)


def _document(data: bytes, read_neighbour: ReadNeighbour | None) -> tuple[dict[str, Any], list[bytes]]:
    document, own = _chunks(data) if data[:4] == b"glTF" else (json.loads(data.decode("utf-8-sig")), None)
    if not isinstance(document, dict) or not str(document.get("asset", {}).get("version", "")).startswith("2"):
        raise ValueError("it is no glTF 2.0")
    if required := set(document.get("extensionsRequired", ())) & {"EXT_meshopt_compression"}:
        raise ValueError(f"it needs the extension {min(required)}; export it without compression")
    return document, [_buffer(buffer, own, read_neighbour) for buffer in document.get("buffers", ())]


def _buffer(buffer: Mapping[str, Any], own: bytes | None, read_neighbour: ReadNeighbour | None) -> bytes:
    uri = buffer.get("uri")
    if uri is None:
        if own is None:
            raise ValueError("it has a buffer without content")
        return own
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2])
    if read_neighbour is None:
        raise ValueError(f"its buffer {uri!r} is another file")
    return read_neighbour(unquote(uri))


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    _, version, length = struct.unpack_from("<4sII", data)
    if version != 2:
        raise ValueError("no glTF 2.0 header")
    if length > len(data):
        raise ValueError(f"{length} bytes announced, {len(data)} there")
    chunks, at = {}, 12
    while at < length:
        size, kind = struct.unpack_from("<II", data, at)
        chunks[kind] = data[at + 8 : at + 8 + size]
        at += 8 + size
    return json.loads(chunks[_JSON_CHUNK]), chunks.get(_BINARY_CHUNK, b"")


def _node(node: Mapping[str, Any], index: int, parent: int) -> Node:
    name = str(node.get("name") or f"node{index}")
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=float).reshape(4, 4).T
        scale = np.linalg.norm(matrix[:3, :3], axis=0)
        if not (scale > 0.0).all() or np.linalg.det(matrix[:3, :3]) <= 0.0:
            raise ValueError(f"node {name!r} has a matrix that mirrors or flattens")
        rotation = np.asarray(quat.from_matrix(matrix[:3, :3] / scale), dtype=np.float64)
        return Node(name, parent, matrix[:3, 3], rotation, float(np.mean(scale)))
    translation = np.array(node.get("translation", (0.0, 0.0, 0.0)), dtype=float)
    rotation = np.array(node.get("rotation", _IDENTITY), dtype=float)
    if translation.shape != (3,) or rotation.shape != (4,):
        raise ValueError(f"node {name!r} has no place and rotation of 3 and 4 numbers")
    return Node(
        name=name,
        parent=parent,
        translation=translation,
        rotation=np.roll(rotation, 1),
        scale=float(np.mean(np.abs(node.get("scale", (1.0, 1.0, 1.0))))),
    )


def _check_tree(nodes: tuple[Node, ...]) -> None:
    for index in range(len(nodes)):
        at, steps = index, 0
        while (at := nodes[at].parent) >= 0:
            steps += 1
            if steps > len(nodes):
                raise ValueError("its nodes form a circle")


def _with_unique_names(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    seen: dict[str, int] = {}
    unique = []
    for node in nodes:
        seen[node.name] = count = seen.get(node.name, 0) + 1
        name = node.name if count == 1 else f"{node.name}#{count}"
        unique.append(Node(name, node.parent, node.translation, node.rotation, node.scale))
    return tuple(unique)


def _animation(
    document: Mapping[str, Any], buffers: list[bytes], animation: Mapping[str, Any], index: int
) -> GltfAnimation:
    channels = tuple(
        _channel(document, buffers, channel["target"], animation["samplers"][channel["sampler"]])
        for channel in animation["channels"]
        if channel["target"]["path"] in ("rotation", "translation") and "node" in channel["target"]
    )
    return GltfAnimation(str(animation.get("name") or f"animation{index}"), channels)


def _channel(
    document: Mapping[str, Any], buffers: list[bytes], target: Mapping[str, Any], sampler: Mapping[str, Any]
) -> Channel:
    times = _accessor(document, buffers, sampler["input"])[:, 0]
    values = _accessor(document, buffers, sampler["output"])
    tangents = None
    if sampler.get("interpolation") == "CUBICSPLINE":
        keys = values.reshape(len(times), 3, -1)  # in-tangent, value, out-tangent
        values, tangents = keys[:, 1], keys[:, [0, 2]]
    if len(values) != len(times) or len(times) == 0 or not (np.isfinite(times).all() and np.isfinite(values).all()):
        raise ValueError(f"node {target['node']} has {len(times)} key times and {len(values)} values")
    if target["path"] == "rotation":
        raw = np.roll(values, 1, axis=-1)
        values = quat.make_continuous(quat.normalize(raw)).astype(np.float64)
        if tangents is not None:
            signs = np.sign(np.sum(raw * values, axis=-1))[:, None, None]
            tangents = np.roll(tangents, 1, axis=-1) * signs
    return Channel(int(target["node"]), target["path"], times, values, tangents)


def _accessor(document: Mapping[str, Any], buffers: list[bytes], index: int) -> Array:
    """An accessor's numbers (count, width); normalized integers as fractions of their largest value."""
    accessor = document["accessors"][index]
    width, count = _WIDTHS[accessor["type"]], int(accessor["count"])
    if not 0 < count * width <= _MAX_NUMBERS:
        raise ValueError(f"an accessor of {count} values")
    kind = np.dtype(_COMPONENTS[accessor["componentType"]])
    if "bufferView" in accessor:
        numbers = _view(document, buffers, accessor, kind, count, width).astype(float)
    else:
        numbers = np.zeros((count, width))
    if sparse := accessor.get("sparse"):
        places = sparse["indices"]
        at = _view(document, buffers, places, np.dtype(_COMPONENTS[places["componentType"]]), sparse["count"], 1)
        numbers[at[:, 0]] = _view(document, buffers, sparse["values"], kind, sparse["count"], width)
    return np.maximum(numbers / np.iinfo(kind).max, -1.0) if accessor.get("normalized") else numbers


def _view(
    document: Mapping[str, Any], buffers: list[bytes], part: Mapping[str, Any], kind: np.dtype, count: int, width: int
) -> NDArray[Any]:
    view = document["bufferViews"][part["bufferView"]]
    start = view.get("byteOffset", 0) + part.get("byteOffset", 0)
    stride = view.get("byteStride", kind.itemsize * width)
    return np.ndarray((count, width), kind, buffers[view.get("buffer", 0)], start, (stride, kind.itemsize))
