"""The user's corrections, what is said of rigs that cannot be mapped, and how long it takes."""

from time import perf_counter

import numpy as np
import pytest
from rigs.builders import build_rig
from rigs.skeletons import FAMILY_TREES, LAFAN, LEFT_RIGHT

from reprise_core.errors import RepriseError
from reprise_core.rigs.bones import Bones
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES


def rig(tree: str = LAFAN, seed: int = 0, sides: tuple[str, str] = LEFT_RIGHT) -> Bones:
    return build_rig(np.random.default_rng(seed), tree, sides, extras=False).bones


def renamed(bones: Bones, change) -> Bones:
    return Bones(tuple(change(name) for name in bones.names), bones.parents, bones.heads, bones.tails)


def without(tree: str, *starts: str) -> str:
    """The tree without these bones and all below them."""
    kept, depth = [], None
    for line in tree.splitlines():
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent > depth:
            continue
        depth = None
        if line.strip().startswith(starts):
            depth = indent
            continue
        kept.append(line)
    return "\n".join(kept)


def test_the_users_choice_wins():
    bones = rig()
    mapping = map_bones(bones, {"head": "Neck", "left_foot": None})
    assert (mapping.matches["head"].bone, mapping.matches["head"].how) == ("Neck", "user")
    assert "left_foot" in mapping.missing
    assert "neck" in mapping.missing  # its bone plays the head now
    assert mapping.matches["left_hip"] == map_bones(bones).matches["left_hip"]
    assert set(mapping.matches) | set(mapping.missing) == set(JOINT_NAMES)


def test_corrections_make_an_unmapped_rig_mappable():
    whole = rig()
    scrambled = renamed(whole, lambda name: f"b{whole.names.index(name)}")
    overrides = {joint: f"b{whole.names.index(match.bone)}" for joint, match in map_bones(whole).matches.items()}
    flat = Bones(scrambled.names, tuple([-1] * len(whole.names)), whole.heads, whole.tails)
    assert map_bones(flat).problems
    mapping = map_bones(flat, overrides)
    assert not mapping.problems
    assert {match.how for match in mapping.matches.values()} == {"user"}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"left_leg": "LeftLeg"}, "left_leg"),
        ({"head": "Kopf"}, "Kopf"),
        ({"head": "Neck", "neck": "Neck"}, "'Neck' is given to both head and neck"),
    ],
)
def test_corrections_are_checked(overrides, said):
    with pytest.raises(RepriseError, match=said) as caught:
        map_bones(rig(), overrides)
    assert caught.value.code == "bad_mapping"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("left_out", "said", "fix"),
    [
        ("*{s}UpLeg", 'No left leg was found below "Hips".', "Choose the left thigh and the shin."),
        ("*{s}Shoulder", "No right arm was found.", "Choose the right upper arm and the forearm."),
        ("{s}Leg", "The left leg has no bone for the knee.", "Choose the left shin."),
        ("{s}ForeArm", "The right arm has no bone for the elbow.", "Choose the right forearm."),
    ],
)
def test_what_is_missing_is_said_and_what_to_do(left_out, said, fix):
    mapping = map_bones(rig(without(LAFAN, left_out)))
    assert (said, fix) in zip(mapping.problems, mapping.fixes, strict=True)
    assert mapping.confidence == 0.0


@pytest.mark.parametrize("left_out", ["{s}Foot", "{s}Toe", "{s}Hand", "Neck"])
def test_a_figure_without_feet_hands_or_head_can_still_be_driven(left_out):
    mapping = map_bones(rig(without(LAFAN, left_out)))
    assert mapping.missing
    assert mapping.confidence > 0.5
    assert not mapping.problems


@pytest.mark.parametrize("kind", ["prop", "face", "one bone", "nothing"])
def test_what_is_no_figure_is_said(kind):
    random = np.random.default_rng(0)
    number = {"prop": 6, "face": 60, "one bone": 1, "nothing": 0}[kind]
    parents = tuple(range(-1, 5)) if kind == "prop" else tuple([-1] + [0] * (number - 1)) if number else ()
    heads = random.normal(size=(number, 3))
    mapping = map_bones(Bones(tuple(f"lip{bone}" for bone in range(number)), parents, heads, heads + 0.1))
    assert mapping.confidence == 0.0
    assert mapping.problems[0].startswith("No human figure was found")
    assert mapping.fixes == ("Choose the bones of legs, arms and pelvis.",)
    assert set(mapping.missing) == set(JOINT_NAMES)


def test_names_on_the_wrong_side_are_told():
    bones = rig()

    def swap(name: str) -> str:
        return name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")

    assert not map_bones(bones).problems
    mapping = map_bones(renamed(bones, swap))
    assert any("left" in problem and "right" in problem for problem in mapping.problems)
    assert mapping.fixes == ("Exchange left and right under Mapping.",)


@pytest.mark.parametrize(
    "change",
    [
        lambda name: f"Armature|{name}",
        lambda name: f"Character1_{name}",
        lambda name: f"{name}_{abs(hash(name)) % 10_000_000:07d}",
        str.upper,
    ],
    ids=["path", "common word", "running number", "case"],
)
def test_an_exporters_decoration_does_not_matter(change):
    bones = rig()
    plain, decorated = map_bones(bones), map_bones(renamed(bones, change))
    assert {joint: match.bone for joint, match in decorated.matches.items()} == {
        joint: change(match.bone) for joint, match in plain.matches.items()
    }


CONVENTIONS = {  # what the same word means depends on the others
    "shoulder is the collar": "Shoulder UpperArm LowerArm Hand UpperLeg LowerLeg Foot Toe",
    "shoulder is the upper arm": "Clavicle Shoulder Elbow Wrist Thigh Shin Ankle Foot",
    "leg is the shin": "Collar Arm ForeArm Hand UpLeg Leg Foot ToeBase",
    "leg is the thigh": "Shoulder Arm Elbow Hand Leg Knee Ankle Toe",
    "hip is the thigh": "Clav Humerus Forearm Palm Hip Calf Foot Ball",
}


@pytest.mark.parametrize("words", CONVENTIONS.values(), ids=CONVENTIONS)
@pytest.mark.parametrize("style", ["{s}_{w}_jnt", "{w}.{s}", "b_{w}_{s}", "{s}{w}"])
def test_doubtful_words_are_settled_by_the_others(words, style):
    roles = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "Toe")
    new = dict(zip(roles, words.split(), strict=True))

    def change(name: str) -> str:
        for side, letter in (("Left", "L"), ("Right", "R")):
            if name.startswith(side):
                return style.replace("{s}", letter).replace("{w}", new[name.removeprefix(side)])
        return {"Hips": "Pelvis_joint", "Spine2": "Chest"}.get(name, name)

    bones = rig()
    expected = {joint: change(match.bone) for joint, match in map_bones(bones).matches.items()}
    assert {joint: match.bone for joint, match in map_bones(renamed(bones, change)).matches.items()} == expected


def test_600_bones_are_mapped_in_a_tenth_of_a_second():
    random = np.random.default_rng(0)
    tree, sides, _ = FAMILY_TREES["unreal_ue4"]
    body = build_rig(random, tree, sides).bones
    more = 600 - len(body.names)
    parents = (*body.parents, *(int(random.integers(len(body.names))) for _ in range(more)))
    near = body.heads[list(parents[-more:])] + random.normal(0.0, 1e-3, (more, 3))
    heads = np.concatenate((body.heads, near))
    for names in (
        (*body.names, *(f"cloth_{number}" for number in range(more))),
        tuple(f"o{number}" for number in random.permutation(600)),
    ):
        bones = Bones(names, parents, heads, heads.copy())
        map_bones(bones)
        times = []
        for _ in range(5):
            start = perf_counter()
            map_bones(bones)
            times.append(perf_counter() - start)
        assert min(times) < 0.1
