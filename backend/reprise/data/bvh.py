"""Reading BVH (Biovision hierarchy): channels in the order that the file declares."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from .archives import decoded
from .skeleton_animation import SkeletonAnimation, euler_to_quaternion, with_one_root

_FRAMES_OFF = 2  # how many frames fewer than declared some exporters write


@dataclass
class _Hierarchy:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)
    end_sites: set[int] = field(default_factory=set)


def parse_bvh(data: bytes, name: str = "BVH", add_root_offset: bool = False) -> SkeletonAnimation:
    """A BVH file's bytes as an animation in the file's unit.

    End sites become joints named after their parent with `_end`. Rotations multiply in the declared channel order. The
    root's position channels give its place; with `add_root_offset` (ReActIdle) they are added to the root's OFFSET.
    Position channels of inner joints become translations: places, or movements from the OFFSET where they lie nearer
    to zero than to it, as exporters do both. Several roots become children of one at the origin. `fps` is what the
    header says, which need not be true. Raises `RepriseError` naming the file when the text is no BVH.
    """
    try:
        text = decoded(data)
        head, *rest = re.split(r"^\s*MOTION\s*$", text, maxsplit=1, flags=re.MULTILINE | re.IGNORECASE)
        hierarchy = _read_hierarchy(head.split())
        motion = rest[0] if rest else ""
        frames, frame_time, numbers = _read_motion_head(motion)
        values = _numbers(numbers)
        width = sum(len(channels) for channels in hierarchy.channels)
        whole = len(values) // width if width else 0
        if whole < max(1, frames - _FRAMES_OFF) or frames < 1 or (whole < frames and len(values) % width):
            raise ValueError(f"{len(values)} numbers for {frames} frames of {width} channels")
        table = values[: min(frames, whole) * width].reshape(-1, width)
        if not np.isfinite(table).all() or not np.isfinite(hierarchy.offsets).all():
            raise ValueError("some of its values are not numbers")
        return _animation(hierarchy, table, frame_time, add_root_offset)
    except (ValueError, IndexError, KeyError) as error:
        raise RepriseError("bad_bvh", f"'{name}' is no readable BVH file ({error}).") from error


def _read_motion_head(text: str) -> tuple[int, float, str]:
    """How many frames are declared, seconds a frame, and the text of the numbers."""
    match = re.match(r"\s*Frames\s*:\s*(\d+)\s+Frame\s*Time\s*:\s*([-+.\deE]+)", text, re.IGNORECASE)
    if match is None:
        raise ValueError("it has no 'Frames:' and 'Frame Time:' after MOTION")
    return int(match[1]), float(match[2]), text[match.end() :]


def _read_hierarchy(tokens: list[str]) -> _Hierarchy:
    if not tokens or tokens[0].upper() != "HIERARCHY":
        raise ValueError("it does not start with HIERARCHY")
    tree, stack, position = _Hierarchy(), [-1], 1
    joint = -1
    while position < len(tokens):
        token = tokens[position].upper()
        if token in ("ROOT", "JOINT", "END"):
            end = position + 1
            while tokens[end] != "{":  # a name may hold blanks
                end += 1
            ends = token == "END"
            name = tree.names[stack[-1]] + "_end" if ends else " ".join(tokens[position + 1 : end])
            while name in tree.names:
                name += "_end" if ends else "'"
            if ends:
                tree.end_sites.add(len(tree.names))
            tree.names.append(name)
            tree.parents.append(stack[-1])
            tree.offsets.append([0.0, 0.0, 0.0])
            tree.channels.append([])
            joint = len(tree.names) - 1
            position = end
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
            tree.channels[joint] = [_channel(word) for word in tokens[position + 2 : position + 2 + count]]
            position += 2 + count
        else:
            raise ValueError(f"unexpected word {tokens[position]!r}")
    if not tree.names:
        raise ValueError("it has no joints")
    return tree


def _channel(word: str) -> str:
    """A channel as axis and kind: 'Xrotation' and 'xrotation' are 'Xr'."""
    if not re.fullmatch(r"[XYZ](?:rotation|position|scale)", word, re.IGNORECASE):
        raise ValueError(f"unknown channel {word!r}")
    return word[0].upper() + word[1].lower()


def _animation(
    tree: _Hierarchy, values: NDArray[np.float64], frame_time: float, add_root_offset: bool
) -> SkeletonAnimation:
    offsets = np.array(tree.offsets)
    rotations = np.zeros((len(values), len(tree.names), 4))
    rotations[..., 0] = 1.0
    root = np.tile(offsets[0], (len(values), 1))
    translations: dict[int, NDArray[np.float64]] = {}
    column = 0
    for joint, channels in enumerate(tree.channels):
        turns = [i for i, channel in enumerate(channels) if channel[1] == "r"]
        if turns:
            axes = [channels[i][0] for i in turns]
            rotations[:, joint] = euler_to_quaternion(values[:, [column + i for i in turns]], axes)
        moves = {"XYZ".index(channel[0]): column + i for i, channel in enumerate(channels) if channel[1] == "p"}
        if joint == 0:
            for axis, at in moves.items():
                root[:, axis] = values[:, at] + (offsets[0, axis] if add_root_offset else 0.0)
        elif moves:
            translations[joint] = _places(offsets[joint], moves, values)
        column += len(channels)
    for joint, places in translations.items():
        if not offsets[joint].any():  # some files keep bone lengths in the channels alone
            offsets[joint] = np.median(places, axis=0)
    fps = 1.0 / frame_time if frame_time > 0 else None
    animation = SkeletonAnimation(
        tuple(tree.names), tuple(tree.parents), offsets, rotations, root, fps, translations, frozenset(tree.end_sites)
    )
    return with_one_root(animation)


def _places(
    offset: NDArray[np.float64], columns: Mapping[int, int], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T, 3) a joint's places in its parent's frame from its position channels (axis -> column)."""
    places = np.tile(offset, (len(values), 1))
    axes = list(columns)
    given = values[:, list(columns.values())]
    first = given[0]
    if np.linalg.norm(first) < np.linalg.norm(first - offset[axes]):
        given = given + offset[axes]
    places[:, axes] = given
    return places


def _numbers(text: str) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how numpy reports a word among the numbers
        try:
            return np.fromstring(text, dtype=np.float64, sep=" ")
        except DeprecationWarning as warning:
            raise ValueError("there is a word among its numbers") from warning
