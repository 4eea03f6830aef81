"""Rigs made to measure: a known bone tree on a body of random proportions, pose, axes, unit and extra bones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core.rigs.bones import Bones

Points = dict[str, NDArray[np.float64]]
FINGERS = ("thumb", "index", "middle", "ring", "pinky")


@dataclass(frozen=True)
class Rig:
    """A made rig and what a person would map on it: joint -> bone name."""

    bones: Bones
    joints: dict[str, str]


def places(random: np.random.Generator) -> Points:
    """Named places of a standing figure, left side, in metres: Y up, facing +Z, left is +X."""
    size = random.uniform(0.9, 1.1, 12)
    if random.random() < 0.15:  # a toy: short limbs, big head
        size[[1, 2, 7, 8]] *= random.uniform(0.55, 0.8)
        size[[5, 9, 10]] *= random.uniform(1.2, 1.8)
    leg = np.array([random.uniform(-0.02, 0.06), -1.0, random.uniform(-0.03, 0.03)])
    at: Points = {"pelvis": np.array([0.0, 0.95, 0.0]), "floor": np.zeros(3)}
    at["hip"] = at["pelvis"] + [0.09 * size[0], -0.07, 0.01]
    at["knee"] = at["hip"] + 0.42 * size[1] * _unit(leg)
    at["ankle"] = at["knee"] + 0.41 * size[2] * _unit(leg - [0.0, 0.0, 0.05])
    at["ball"] = at["ankle"] + 0.15 * size[3] * _unit(np.array([random.uniform(-0.1, 0.3), -0.45, 1.0]))
    at["toe_end"] = at["ball"] + [0.0, 0.0, 0.06]
    at["ankle_floor"] = at["ankle"] * [1.0, 0.0, 1.0] + [0.0, at["ball"][1], 0.0]
    lean = random.uniform(-0.1, 0.1)
    at["neck"] = at["pelvis"] + 0.55 * size[4] * _unit(np.array([0.0, 1.0, lean]))
    at["head"] = at["neck"] + 0.11 * size[5] * _unit(np.array([0.0, 1.0, 0.3]))
    at["head_top"] = at["head"] + size[5] * np.array([0.0, 0.18, 0.02])
    at["jaw"], at["face_front"] = at["head"] + [0.0, 0.01, 0.05], at["head"] + [0.0, 0.07, 0.08]
    at["eye"] = at["head"] + [0.032, 0.07, 0.08]
    at["waist_low"] = at["pelvis"] - [0.0, 0.2, 0.0]
    at["chest_front"] = at["pelvis"] + 0.7 * (at["neck"] - at["pelvis"]) + [0.0, 0.0, 0.1]
    at["breast"] = at["chest_front"] + [0.08, 0.0, 0.0]
    at["collar"] = at["neck"] + [0.025, -0.06, 0.02]
    at["shoulder"] = at["collar"] + 0.14 * size[6] * _unit(np.array([1.0, random.uniform(-0.1, 0.2), -0.15]))
    drop = np.radians(random.choice([0.0, 45.0, 80.0]) + random.uniform(-5.0, 5.0))  # T, A, arms down
    arm = np.array([np.cos(drop), -np.sin(drop), random.uniform(-0.1, 0.1)])
    at["elbow"] = at["shoulder"] + 0.28 * size[7] * _unit(arm)
    at["wrist"] = at["elbow"] + 0.26 * size[8] * _unit(arm + np.array([0.0, 0.0, random.uniform(0.0, 0.25)]))
    at["palm"] = at["wrist"] + 0.08 * size[9] * _unit(arm)
    for number, finger in enumerate(FINGERS):
        spread = _unit(arm + np.array([0.0, 0.0, 0.35 - 0.18 * number]))
        for joint in range(4):
            at[f"{finger}{joint}"] = at["wrist"] + (0.05 + 0.03 * joint) * size[10] * spread
    return at


def build_rig(
    random: np.random.Generator, tree: str, sides: tuple[str, str], prefix: str = "", extras: bool = True
) -> Rig:  # fmt: skip
    """The rig of a tree (see `skeletons`) on a random body, turned, scaled and moved at random."""
    at = places(random)
    if random.random() < 0.3:
        at = {name: point + random.normal(0.0, 0.003, 3) * (point[0] != 0.0) for name, point in at.items()}
    names, parents, heads, joints = _read_tree(tree.replace("{p}", prefix), sides, at)
    if extras:
        _add_extras(random, names, parents, heads, joints, at)
    if random.random() < 0.3:  # measured bodies are not quite symmetric
        _stretch_right_limbs(random, parents, heads, joints)
    order = _parents_first(parents, random)
    place = {bone: position for position, bone in enumerate(order)}
    points = _transform(random, np.array([heads[bone] for bone in order]))
    line = tuple(place[parents[bone]] if parents[bone] >= 0 else -1 for bone in order)
    bones = Bones(tuple(names[bone] for bone in order), line, points, _tails(random, line, points))
    return Rig(bones, {joint: names[bone] for joint, bone in joints.items()})


def scrambled(random: np.random.Generator, rig: Rig) -> Rig:
    """The same rig with names that say nothing."""
    numbers = random.permutation(len(rig.bones.names))
    new = {name: f"Object{number}" for name, number in zip(rig.bones.names, numbers, strict=True)}
    bones = Bones(tuple(new[name] for name in rig.bones.names), rig.bones.parents, rig.bones.heads, rig.bones.tails)
    return Rig(bones, {joint: new[name] for joint, name in rig.joints.items()})


def _read_tree(
    tree: str, sides: tuple[str, str], at: Points
) -> tuple[list[str], list[int], list[NDArray[np.float64]], dict[str, int]]:  # fmt: skip
    names: list[str] = []
    parents: list[int] = []
    heads: list[NDArray[np.float64]] = []
    joints: dict[str, int] = {}
    above: list[tuple[int, int | None]] = []  # (depth, side) of the open lines
    open_bones: list[dict[int | None, int]] = []
    for line in filter(str.strip, tree.splitlines()):
        depth = len(line) - len(line.lstrip())
        name, place, *joint = (part.strip() for part in line.split("|"))
        while above and above[-1][0] >= depth:
            above.pop()
            open_bones.pop()
        sided = name.startswith("*") or (bool(above) and above[-1][1] is not None)
        bones_here: dict[int | None, int] = {}
        for side in (0, 1) if sided else (None,):
            bone = len(names)
            word = "" if side is None else sides[side]
            names.append(name.removeprefix("*").replace("{s}", word).replace("{h}", word[:1]))
            parent = open_bones[-1] if open_bones else {}
            parents.append(parent.get(side, parent.get(None, -1)))
            heads.append(_mirror(_point(at, place), side == 1))
            bones_here[side] = bone
            if joint:
                joints[joint[0] if side is None else f"{('left', 'right')[side]}_{joint[0]}"] = bone
        above.append((depth, 0 if sided else None))
        open_bones.append(bones_here)
    return names, parents, heads, joints


def _point(at: Points, place: str) -> NDArray[np.float64]:
    if ">" in place:
        start, rest = place.split(">")
        end, fraction = rest.rsplit(".", 1)
        return at[start] + float(f"0.{fraction}") * (at[end] - at[start])
    if place.startswith("s."):
        return at["pelvis"] + float(place[1:]) * (at["neck"] - at["pelvis"])
    return _mirror(at[place[2:]], mirror=True) if place.startswith("r_") else at[place]


def _add_extras(
    random: np.random.Generator,
    names: list[str],
    parents: list[int],
    heads: list[NDArray[np.float64]],
    joints: dict[str, int],
    at: Points,
) -> None:
    """Fingers, and at random tail, skirt, hair, weapon, IK targets: bones that no joint may land on."""

    def add(name: str, parent: int, head: NDArray[np.float64]) -> int:
        names.append(name)
        parents.append(parent)
        heads.append(head)
        return len(names) - 1

    def chain(name: str, parent: int, start: NDArray[np.float64], step: NDArray[np.float64], number: int) -> None:
        for link in range(number):
            parent = add(f"{name}_{link + 1:02d}", parent, start + link * step)

    fingers = FINGERS[: random.choice([0, 2, 5])]
    links = int(random.integers(2, 4))
    for side, mirror in (("left", False), ("right", True)):
        if f"{side}_wrist" not in joints:
            continue
        for finger in fingers:
            parent = joints[f"{side}_wrist"]
            for link in range(1, links + 1):
                parent = add(f"x{finger}{link}_{side[0]}", parent, _mirror(at[f"{finger}{link}"], mirror))
    wanted = random.random(6) < 0.3
    if wanted[0]:
        chain("xtail", joints["pelvis"], at["pelvis"] + [0, 0, -0.1], np.array([0.0, -0.05, -0.12]), 5)
    if wanted[1]:
        for number in range(8):
            angle = 2 * np.pi * (number + 0.5) / 8
            out = np.array([np.sin(angle), 0.0, np.cos(angle)])
            chain(f"xskirt{number}", joints["pelvis"], at["pelvis"] + 0.13 * out, 0.02 * out - [0, 0.14, 0], 4)
    if wanted[2]:
        chain("xhair_back", joints["head"], at["head"] + [0, 0.1, -0.1], np.array([0.0, -0.09, -0.02]), 5)
        for side in (1.0, -1.0):
            chain(
                f"xhair_{side:+.0f}",
                joints["head"],
                at["head"] + [0.08 * side, 0.1, 0],
                np.array([0.01 * side, -0.1, 0]),
                4,
            )
    if wanted[3] and "right_wrist" in joints:
        chain("xsword", joints["right_wrist"], _mirror(at["palm"], mirror=True), np.array([0.0, 0.1, 0.35]), 2)
    if wanted[4]:
        for side in (False, True):
            word = "lr"[side]
            add(f"xik_foot_{word}", -1, _mirror(at["ankle"], side))
            add(f"xpole_knee_{word}", -1, _mirror(at["knee"] + [0, 0, 0.5], side))
            add(f"xpole_elbow_{word}", -1, _mirror(at["elbow"] + [0, 0, -0.5], side))
    if wanted[5]:
        for limb in ("hip", "shoulder", "elbow"):
            for side, mirror in (("left", False), ("right", True)):
                end = {"hip": "knee", "shoulder": "elbow", "elbow": "wrist"}[limb]
                bone = joints[f"{side}_{limb}"]
                add(f"xtwist_{limb}_{side[0]}", bone, _mirror((at[limb] + at[end]) / 2, mirror))


def _stretch_right_limbs(
    random: np.random.Generator, parents: list[int], heads: list[NDArray[np.float64]], joints: dict[str, int]
) -> None:  # fmt: skip
    """Makes the right limbs up to 3% longer or shorter, from the hip and from the shoulder on."""
    for joint in ("right_hip", "right_shoulder"):
        pivot, factor = heads[joints[joint]], random.uniform(0.97, 1.03)
        limb = [joints[joint]]
        for bone in limb:
            limb += [child for child, parent in enumerate(parents) if parent == bone]
        for bone in limb:
            heads[bone] = pivot + factor * (heads[bone] - pivot)


def _parents_first(parents: list[int], random: np.random.Generator) -> list[int]:
    """The bones in a random order in which parents come before children."""
    order: list[int] = []
    waiting = [bone for bone, parent in enumerate(parents) if parent < 0]
    while waiting:
        bone = waiting.pop(int(random.integers(len(waiting))))
        order.append(bone)
        waiting += [child for child, parent in enumerate(parents) if parent == bone]
    return order


def _transform(random: np.random.Generator, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Any axis convention, any heading, any unit, anywhere."""
    axes = np.eye(3)[random.permutation(3)] * random.choice([-1.0, 1.0], (3, 1))
    axes[0] *= np.linalg.det(axes)
    heading = random.choice([0.0, random.uniform(0.0, 2 * np.pi)])
    turn = np.array([[np.cos(heading), 0, np.sin(heading)], [0, 1, 0], [-np.sin(heading), 0, np.cos(heading)]])
    return 10.0 ** random.uniform(-2.0, 2.0) * (points @ (axes @ turn).T + random.uniform(-1.0, 1.0, 3))


def _tails(
    random: np.random.Generator, parents: tuple[int, ...], heads: NDArray[np.float64]
) -> NDArray[np.float64]:  # fmt: skip
    """As a format without tails has them (mean of the children, leaves without length), or rolled anywhere."""
    tails = heads.copy()
    for bone in range(len(heads)):
        children = [child for child, parent in enumerate(parents) if parent == bone]
        if children:
            tails[bone] = heads[children].mean(axis=0)
    if random.random() < 0.5:
        length = np.linalg.norm(np.ptp(heads, axis=0)) * 0.04
        leaves = (tails == heads).all(axis=1)
        tails[leaves] += length * np.apply_along_axis(_unit, 1, random.normal(size=(int(leaves.sum()), 3)))
    return tails


def _mirror(point: NDArray[np.float64], mirror: bool) -> NDArray[np.float64]:
    return point * [-1.0, 1.0, 1.0] if mirror else point


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)
