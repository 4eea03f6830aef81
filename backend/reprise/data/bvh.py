"""Reading BVH (Biovision hierarchy): channels in the order that the file declares."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from .skeleton_animation import SkeletonAnimation, euler_to_quaternion


@dataclass
class _Hierarchy:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


def parse_bvh(data: bytes, name: str = "BVH", add_root_offset: bool = False) -> SkeletonAnimation:
    """A BVH file's bytes as an animation in the file's unit.

    End sites become joints named after their parent with `_end`. Rotations multiply in the declared channel order. The
    root's position channels give its place; with `add_root_offset` (ReActIdle) they are added to the root's OFFSET.
    Position channels of inner joints are passed over: a bone keeps its OFFSET. `fps` is what the header says, which
    need not be true. Raises `RepriseError` naming the file when the text is no BVH.
    """
    try:
        head, _, motion = data.partition(b"MOTION")
        hierarchy = _read_hierarchy(head.decode("latin-1").split())
        frames_line, time_line, numbers = motion.lstrip().split(b"\n", 2)
        frames, frame_time = int(frames_line.split(b":")[1]), float(time_line.split(b":")[1])
        values = _numbers(numbers)
        width = sum(len(channels) for channels in hierarchy.channels)
        if len(values) < frames * width or frames < 1:
            raise ValueError(f"{len(values)} numbers for {frames} frames of {width} channels")
        return _animation(hierarchy, values[: frames * width].reshape(frames, width), frame_time, add_root_offset)
    except (ValueError, IndexError, KeyError) as error:
        raise RepriseError("bad_bvh", f"'{name}' is no readable BVH file ({error}).") from error


def _read_hierarchy(tokens: list[str]) -> _Hierarchy:
    if not tokens or tokens[0] != "HIERARCHY":
        raise ValueError("it does not start with HIERARCHY")
    tree, stack, position = _Hierarchy(), [-1], 1
    joint = -1
    while position < len(tokens):
        token = tokens[position]
        if token in ("ROOT", "JOINT", "End"):
            tree.names.append(tree.names[stack[-1]] + "_end" if token == "End" else tokens[position + 1])
            tree.parents.append(stack[-1])
            tree.offsets.append([0.0, 0.0, 0.0])
            tree.channels.append([])
            joint = len(tree.names) - 1
            position += 2
        elif token == "{":
            stack.append(joint)
            position += 1
        elif token == "}":
            stack.pop()
            position += 1
        elif token == "OFFSET":
            tree.offsets[joint] = [float(value) for value in tokens[position + 1 : position + 4]]
            position += 4
        elif token == "CHANNELS":
            count = int(tokens[position + 1])
            tree.channels[joint] = tokens[position + 2 : position + 2 + count]
            position += 2 + count
        else:
            raise ValueError(f"unexpected word {token!r}")
    if not tree.names:
        raise ValueError("it has no joints")
    return tree


def _animation(
    tree: _Hierarchy, values: NDArray[np.float64], frame_time: float, add_root_offset: bool
) -> SkeletonAnimation:
    offsets = np.array(tree.offsets)
    rotations = np.zeros((len(values), len(tree.names), 4))
    rotations[..., 0] = 1.0
    root = np.tile(offsets[0], (len(values), 1))
    column = 0
    for joint, channels in enumerate(tree.channels):
        turns = [i for i, channel in enumerate(channels) if channel.endswith("rotation")]
        if turns:
            axes = [channels[i][0] for i in turns]
            rotations[:, joint] = euler_to_quaternion(values[:, [column + i for i in turns]], axes)
        if joint == 0:
            for i, channel in enumerate(channels):
                if channel.endswith("position"):
                    axis = "XYZ".index(channel[0].upper())
                    root[:, axis] = values[:, column + i] + (offsets[0, axis] if add_root_offset else 0.0)
        column += len(channels)
    fps = 1.0 / frame_time if frame_time > 0 else None
    return SkeletonAnimation(tuple(tree.names), tuple(tree.parents), offsets, rotations, root, fps)


def _numbers(text: bytes) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how numpy reports a word among the numbers
        try:
            return np.fromstring(text.decode("latin-1"), dtype=np.float64, sep=" ")
        except DeprecationWarning as warning:
            raise ValueError("there is a word among its numbers") from warning
