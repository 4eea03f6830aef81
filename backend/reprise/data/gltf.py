"""Animations of glTF files as skeletons in motion: sampled at a steady rate, every node a joint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError

from .archives import ArchiveFiles
from .figure_reading import read_figure
from .gltf_file import Channel, Gltf, GltfAnimation, parse_gltf
from .joint_maps_glb import GLB_RIGS
from .mapping_file import ReadSettings
from .raw_clip import RawClip
from .skeleton_animation import SkeletonAnimation, with_one_root

Array = NDArray[np.float64]

_MAX_FRAMES = 1_000_000
_SPARSE = 15.0  # keys a second below which the figure moves on curves between them
_FOR_SPARSE, _FASTEST = 60.0, 120.0  # frames a second


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """Every animation of a .glb or .gltf; `RepriseError` for a broken file, one without animation or without figure."""
    gltf = parse_gltf(files.read(member), member, lambda uri: files.read(_beside(member, uri, files)))
    settings = replace(settings, up=settings.up or "y")  # as the format prescribes
    moving = [animation for animation in gltf.animations if animation.channels]
    if not moving:
        raise RepriseError("no_motion", f"'{member}' holds no animation.", "Export it with its animations.")
    for animation in moving:
        fps = settings.fps or key_rate(animation)
        clip = read_figure(to_animation(gltf, animation, fps), member, settings, GLB_RIGS)
        yield replace(clip, take=animation.name if len(moving) > 1 else "")


def to_animation(gltf: Gltf, animation: GltfAnimation, fps: float) -> SkeletonAnimation:
    """The whole node tree, sampled from the animation's first key to its last, `fps` a second.

    Between keys rotations go along the shortest arc (slerp) and translations straight, or both along their cubic
    splines; steps are not held, since KayKit marks keys on every frame as steps. Scale is taken as at rest.
    """
    frames = round((animation.end - animation.start) * fps) + 1
    if frames > _MAX_FRAMES:
        raise RepriseError("bad_gltf", f"Animation '{animation.name}' says it lasts {frames / fps:.0f} s.")
    times = animation.start + np.arange(frames) / fps
    keys = {(channel.node, channel.path): channel for channel in animation.channels}
    order = _parents_first(gltf)
    place = {node: joint for joint, node in enumerate(order)}
    parents = tuple(place[gltf.nodes[node].parent] if gltf.nodes[node].parent >= 0 else -1 for node in order)
    above: list[float] = []  # the scale of everything above a node
    for node, parent in zip(order, parents, strict=True):
        above.append(1.0 if parent < 0 else above[parent] * gltf.nodes[gltf.nodes[node].parent].scale)
    offsets = np.stack([scale * gltf.nodes[node].translation for node, scale in zip(order, above, strict=True)])
    rotations = np.empty((frames, len(order), 4))
    translations: dict[int, Array] = {}
    for joint, node in enumerate(order):
        turning, moving = keys.get((node, "rotation")), keys.get((node, "translation"))
        rotations[:, joint] = _slerp(turning, times) if turning else gltf.nodes[node].rotation
        if moving:
            translations[joint] = above[joint] * _lerp(moving, times)
    animation_of_roots = SkeletonAnimation(
        joint_names=tuple(gltf.nodes[node].name for node in order),
        parents=parents,
        offsets=offsets,
        local_rotations=rotations,
        root_positions=translations.pop(0, np.tile(offsets[0], (frames, 1))),
        fps=fps,
        translations=translations,
        rest_rotations=np.stack([gltf.nodes[node].rotation for node in order]),
    )
    return with_one_root(animation_of_roots)


def key_rate(animation: GltfAnimation) -> float:
    """The rate of an animation's keys where they lie on every frame, in frames a second; 60 where they are sparse."""
    times = np.unique(np.concatenate([channel.times for channel in animation.channels]).round(5))
    rate = round(1.0 / float(np.median(np.diff(times))), 2) if len(times) > 1 else 0.0
    return min(rate, _FASTEST) if rate >= _SPARSE else _FOR_SPARSE


def _parents_first(gltf: Gltf) -> list[int]:
    children: dict[int, list[int]] = {}
    for index, node in enumerate(gltf.nodes):
        children.setdefault(node.parent, []).append(index)
    order = children.get(-1, [])[:]
    for node in order:  # breadth first; the list grows on the way
        order += children.get(node, ())
    return order


def _beside(member: str, uri: str, files: ArchiveFiles) -> str:
    """The archive's name of a buffer beside `member`; `RepriseError` when the archive has no such file."""
    path = (PurePosixPath(member).parent / uri).as_posix()
    if path not in files.names():
        raise RepriseError("bad_gltf", f"'{member}' needs '{uri}', which does not lie beside it.")
    return path


def _segments(channel: Channel, times: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array, Array]:
    """The keys before and after each time, how far (0..1) it lies between them, and their distance in seconds."""
    after = np.clip(np.searchsorted(channel.times, times, side="right"), 1, max(len(channel.times) - 1, 1))
    after = np.minimum(after, len(channel.times) - 1)
    before = np.maximum(after - 1, 0)
    gap = np.maximum(channel.times[after] - channel.times[before], 1e-9)
    fraction = np.clip((times - channel.times[before]) / gap, 0.0, 1.0)
    return before, after, fraction[:, None], gap[:, None]


def _lerp(channel: Channel, times: Array) -> Array:
    before, after, fraction, gap = _segments(channel, times)
    first, last = channel.values[before], channel.values[after]
    if channel.tangents is not None:
        return _hermite(first, last, gap * channel.tangents[before, 1], gap * channel.tangents[after, 0], fraction)
    return first + fraction * (last - first)


def _slerp(channel: Channel, times: Array) -> Array:
    before, after, fraction, gap = _segments(channel, times)
    start, end = channel.values[before], channel.values[after]
    if channel.tangents is not None:
        turn = _hermite(start, end, gap * channel.tangents[before, 1], gap * channel.tangents[after, 0], fraction)
        return quat.normalize(turn).astype(np.float64)
    angle = np.arccos(np.clip(np.sum(start * end, axis=-1, keepdims=True), -1.0, 1.0))
    small = angle < 1e-6
    sine = np.where(small, 1.0, np.sin(angle))
    first = np.where(small, 1.0 - fraction, np.sin((1.0 - fraction) * angle) / sine)
    second = np.where(small, fraction, np.sin(fraction * angle) / sine)
    return quat.normalize(first * start + second * end).astype(np.float64)


def _hermite(start: Array, end: Array, out: Array, into: Array, t: Array) -> Array:
    """The cubic with these ends and slopes (glTF 2.0, appendix C.5)."""
    square, cube = t * t, t * t * t
    return (
        (2 * cube - 3 * square + 1) * start
        + (cube - 2 * square + t) * out
        + (3 * square - 2 * cube) * end
        + (cube - square) * into
    )
