"""Reading Acclaim motion: the skeleton from an ASF, the angles from an AMC.

A bone's local rotation is C M C^-1 with C from the bone's `axis` and M from its degrees of freedom, both Rz Ry Rx.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError

from .skeleton_animation import SkeletonAnimation, euler_to_quaternion

_ROOT_CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz")


@dataclass(frozen=True)
class AsfBone:
    """A bone: the vector from its start to its end in the root's rest frame, its axis in degrees, its channels."""

    name: str
    parent: str
    vector: NDArray[np.float64]
    axis: NDArray[np.float64]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class AsfSkeleton:
    """Bones with parents first; `root_channels` is the order of the root's six numbers in an AMC."""

    bones: tuple[AsfBone, ...]
    root_channels: tuple[str, ...] = _ROOT_CHANNELS


def parse_asf(data: bytes, name: str = "ASF") -> AsfSkeleton:
    """An ASF file's bytes as a skeleton in the file's unit; `RepriseError` naming the file when it is none."""
    try:
        lines = [line.split("#")[0].strip() for line in data.decode("latin-1").splitlines()]
        sections = _sections([line for line in lines if line])
        order = next((line.split()[1:] for line in sections[":root"] if line.startswith("order")), _ROOT_CHANNELS)
        bones = _read_bones(sections[":bonedata"])
        parents = _read_parents(sections[":hierarchy"])
        ordered = tuple(AsfBone(child, parent, *bones[child]) for parent, children in parents for child in children)
        if not ordered:
            raise ValueError("it has no bones")
        return AsfSkeleton(ordered, tuple(channel.lower() for channel in order))
    except (ValueError, KeyError, IndexError) as error:
        raise RepriseError("bad_asf", f"'{name}' is no readable ASF skeleton ({error}).") from error


def parse_amc(data: bytes, skeleton: AsfSkeleton, name: str = "AMC") -> SkeletonAnimation:
    """An AMC file's bytes on its ASF skeleton, in the ASF's unit.

    A bone's name stands for its END; its start carries the rotation and is named `NAME:start`. Bones that the AMC does
    not mention keep their rest rotation. Raises `RepriseError` naming the file when it does not fit the skeleton.
    """
    try:
        names, values = _read_frames(data)
        if not np.isfinite(values).all():
            raise ValueError("some of its values are not numbers")
        columns = _columns(names, skeleton, values.shape[1])
        return _animation(skeleton, columns, values)
    except (ValueError, KeyError, IndexError) as error:
        raise RepriseError("bad_amc", f"'{name}' is no AMC motion of its ASF skeleton ({error}).") from error


def _sections(lines: Sequence[str]) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith(":"):
            current = sections.setdefault(line.split()[0].lower(), [])
        else:
            current.append(line)
    return sections


def _read_bones(lines: Sequence[str]) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]]:
    bones, values = {}, dict[str, list[str]]()
    for line in lines:
        word, *rest = line.split()
        if word == "begin":
            values = {}
        elif word == "end":
            vector = np.array([float(v) for v in values["direction"]]) * float(values["length"][0])
            axis = np.array([float(v) for v in values["axis"][:3]])
            if values["axis"][3:] not in ([], ["XYZ"]):
                raise ValueError(f"bone {values['name'][0]} has axis order {values['axis'][3]}; only XYZ is known")
            bones[values["name"][0]] = (vector, axis, tuple(dof.lower() for dof in values.get("dof", ())))
        else:
            values[word] = rest
    return bones


def _read_parents(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    return [
        (parent, children) for parent, *children in (line.split() for line in lines) if parent not in ("begin", "end")
    ]


def _read_frames(data: bytes) -> tuple[list[tuple[str, int]], NDArray[np.float64]]:
    """The bones of a frame in order with their number of values, and all numbers (T, 1 + width), frame number first."""
    start = re.search(rb"^\s*(\d+)\s*$", data, re.MULTILINE)
    if start is None:
        raise ValueError("it has no frames")
    number = int(start[1])
    body = b"\n" + data[start.start() :].replace(b"\r", b"").strip() + b"\n"
    body = re.sub(rb"\n#[^\n]*", b"", body)
    second = re.search(rb"\n\s*%d\s*\n" % (number + 1), body)
    first = body[: second.start() if second else len(body)].split(b"\n")[2:]
    names = [(words[0].decode(), len(words) - 1) for words in (line.split() for line in first) if words]
    for name, _ in names:  # far quicker than splitting a million lines
        body = body.replace(b"\n" + name.encode() + b" ", b"\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how numpy reports a word among the numbers
        try:
            values = np.fromstring(body.decode("latin-1"), dtype=np.float64, sep=" ")
        except DeprecationWarning as warning:
            raise ValueError("its frames do not all list the same bones") from warning
    width = 1 + sum(count for _, count in names)
    if len(values) % width:
        raise ValueError("its frames do not all list the same bones")
    frames = values.reshape(-1, width)
    if not np.array_equal(frames[:, 0], np.arange(number, number + len(frames))):
        raise ValueError("its frames are not numbered in order")
    return names, frames


def _columns(names: Sequence[tuple[str, int]], skeleton: AsfSkeleton, width: int) -> dict[str, dict[str, int]]:
    channels = {bone.name: bone.channels for bone in skeleton.bones} | {"root": skeleton.root_channels}
    columns: dict[str, dict[str, int]] = {}
    column = 1
    for name, count in names:
        if len(channels[name]) != count:
            raise ValueError(f"bone {name} has {count} values instead of {len(channels[name])}")
        columns[name] = {channel: column + i for i, channel in enumerate(channels[name])}
        column += count
    if column != width or "root" not in columns:
        raise ValueError("its frames are incomplete")
    return columns


def _animation(
    skeleton: AsfSkeleton, columns: dict[str, dict[str, int]], values: NDArray[np.float64]
) -> SkeletonAnimation:
    names, parents, offsets = ["root"], [-1], [np.zeros(3)]
    vectors = {"root": np.zeros(3)}
    for bone in skeleton.bones:
        parent = 0 if bone.parent == "root" else names.index(bone.parent + ":start")
        names += [bone.name + ":start", bone.name]
        parents += [parent, len(names) - 2]
        offsets += [vectors[bone.parent], bone.vector]
        vectors[bone.name] = bone.vector
    rotations = np.zeros((len(values), len(names), 4))
    rotations[..., 0] = 1.0
    rotations[:, 0] = _turn(values, columns["root"])
    for joint, bone in enumerate(skeleton.bones):
        if bone.name in columns:
            axis = euler_to_quaternion(bone.axis[None, ::-1], "ZYX")[0]
            local = quat.multiply(quat.multiply(axis, _turn(values, columns[bone.name])), quat.conjugate(axis))
            rotations[:, 1 + 2 * joint] = local
    root = values[:, [columns["root"][channel] for channel in ("tx", "ty", "tz")]]
    ends = frozenset(range(2, len(names), 2))
    return SkeletonAnimation(tuple(names), tuple(parents), np.array(offsets), rotations, root, end_sites=ends)


def _turn(values: NDArray[np.float64], columns: dict[str, int]) -> NDArray[np.float64]:
    channels = [channel for channel in ("rz", "ry", "rx") if channel in columns]
    return euler_to_quaternion(values[:, [columns[channel] for channel in channels]], [c[1] for c in channels])
