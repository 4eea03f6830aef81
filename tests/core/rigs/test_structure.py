"""Without names: the joints from the tree and the rest pose alone."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rigs.builders import build_rig, scrambled
from rigs.judging import found_rightly, other_side
from rigs.skeletons import FAMILY_TREES, LAFAN, LEFT_RIGHT, UNKNOWN_TREES

from reprise_core.rigs.bones import Bones
from reprise_core.rigs.mapping import map_bones
from reprise_core.rigs.spine import spread_spine

FIRST_SEED = 1000  # the fall-back was tuned on seeds below
RIGS_EACH = 8
TREES = FAMILY_TREES | UNKNOWN_TREES


def test_scrambled_names_are_mapped_on_95_rigs_of_100_and_on_most_of_each_family():
    right = dict.fromkeys(TREES, 0)
    for name, (tree, sides, prefixes) in TREES.items():
        for seed in range(FIRST_SEED, FIRST_SEED + RIGS_EACH):
            random = np.random.default_rng([seed, sum(map(ord, name))])
            right[name] += found_rightly(scrambled(random, build_rig(random, tree, sides, prefixes[0])))
    rigs = RIGS_EACH * len(TREES)
    assert rigs >= 250
    assert sum(right.values()) >= 0.95 * rigs, f"{right} of {RIGS_EACH} each"
    assert min(right.values()) >= 0.75 * RIGS_EACH, f"{right} of {RIGS_EACH} each"


def test_how_it_was_found_is_said():
    random = np.random.default_rng(1)
    mapping = map_bones(scrambled(random, build_rig(random, LAFAN, LEFT_RIGHT)).bones)
    assert mapping.family == ""
    assert {match.how for match in mapping.matches.values()} == {"structure"}
    assert 0.3 < mapping.confidence < 0.95


@settings(max_examples=20, deadline=None)
@example(9022, 1.0, 0)  # two lines of bones below the elbow reach equally far
@example(1508, 1.0, 0)  # a skirt's lines all do
@example(914, 1.0, 914)  # and are taken for limbs
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.integers(0, 10_000))
def test_unit_place_axes_and_order_of_bones_do_not_matter(seed, unit, turn_seed):
    random = np.random.default_rng(seed)
    bones = scrambled(random, build_rig(random, LAFAN, LEFT_RIGHT)).bones
    turn, _ = np.linalg.qr(np.random.default_rng(turn_seed).normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    moved = Bones(bones.names, bones.parents, unit * bones.heads @ turn.T + 7.0, unit * bones.tails @ turn.T + 7.0)
    assert map_bones(moved).matches == map_bones(bones).matches


def test_a_mirrored_rig_is_mapped_mirrored():
    random = np.random.default_rng(3)
    bones = scrambled(random, build_rig(random, LAFAN, LEFT_RIGHT)).bones
    flip = np.array([-1.0, 1.0, 1.0])
    mirrored = map_bones(Bones(bones.names, bones.parents, bones.heads * flip, bones.tails * flip)).matches
    assert {other_side(joint): match for joint, match in mirrored.items()} == map_bones(bones).matches


def test_limbs_folded_along_one_axis_at_rest():
    """LaFAN1's BVH files offset every bone of a chain along +X: nothing in the pose tells legs from arms."""
    chains = {
        "UpLeg": ("pelvis", 0.1, 0.1), "Leg": ("UpLeg", 0.43, 0.0), "Foot": ("Leg", 0.42, 0.0),
        "Toe": ("Foot", 0.17, 0.0), "Shoulder": ("s3", 0.1, 0.02), "Arm": ("Shoulder", 0.11, 0.05),
        "ForeArm": ("Arm", 0.31, 0.0), "Hand": ("ForeArm", 0.25, 0.0),
    }  # fmt: skip
    bones = [("pelvis", "", np.zeros(3))]
    for name, parent, x in (
        ("s1", "pelvis", 0.07),
        ("s2", "s1", 0.13),
        ("s3", "s2", 0.13),
        ("n", "s3", 0.23),
        ("h", "n", 0.12),
    ):
        bones.append((name, parent, np.array([x, 0.0, 0.0])))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        for name, (parent, x, z) in chains.items():
            bones.append(
                (side + name, parent if parent in {"pelvis", "s3"} else side + parent, np.array([x, 0.0, sign * z]))
            )
    names = [name for name, _, _ in bones]
    parents = tuple(names.index(parent) if parent else -1 for _, parent, _ in bones)
    heads = np.zeros((len(bones), 3))
    for bone, (_, _, offset) in enumerate(bones):
        heads[bone] = offset + (heads[parents[bone]] if parents[bone] >= 0 else 0.0)
    rig = Bones(tuple(f"o{number}" for number in range(len(names))), parents, heads, heads.copy())
    found = {joint: names[int(match.bone[1:])] for joint, match in map_bones(rig).matches.items()}
    legs, arms = ({found[f"{side}_{role}"][1:] for side in ("left", "right")} for role in ("hip", "shoulder"))
    assert (legs, arms) == ({"UpLeg"}, {"Arm"})
    assert found["head"] == "h"


@pytest.mark.parametrize(
    ("bones", "expected"),
    [
        ((), {}),
        ((4,), {"spine2": 4}),
        ((4, 5), {"spine1": 4, "spine3": 5}),
        ((4, 5, 6), {"spine1": 4, "spine2": 5, "spine3": 6}),
        ((4, 5, 6, 7), {"spine1": 4, "spine2": 5, "spine3": 7}),
        ((4, 5, 6, 7, 8), {"spine1": 4, "spine2": 6, "spine3": 8}),
    ],
)
def test_spine_joints_are_spread(bones, expected):
    assert spread_spine(bones) == expected


@given(st.integers(3, 12))
def test_spread_spine_keeps_order_and_ends(number):
    spread = spread_spine(range(number))
    places = [spread[f"spine{place}"] for place in (1, 2, 3)]
    assert (places[0], places[-1]) == (0, number - 1)
    assert all(below < above for below, above in pairwise(places))
