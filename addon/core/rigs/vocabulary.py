"""Bones by the words in their names, for rigs of no known family whose names still speak.

The same word means different bones in different conventions: a shoulder is the collar bone where there is an upper arm
besides, else the upper arm; a leg is the shin where there is a thigh besides; a foot is the ankle's bone unless there
is an ankle. Such words are settled by what else the same side has.
"""

from __future__ import annotations

from collections.abc import Mapping

from .bones import Bones
from .names import words
from .spine import spread_spine
from .tree import Tree, ancestors

_SIDES = {
    **dict.fromkeys(("l", "left", "lf", "lft", "左"), "left"),
    **dict.fromkeys(("r", "right", "rt", "rgt", "右"), "right"),
}
_FILLERS = frozenset(
    """
    bone bones jnt joint def deform bind b bn bip j c m mid rig skin sk skel skeleton armature bip01 bip001
    """.split()  # noqa: SIM905
)
_OTHER_BONES = frozenset(
    """
    twist roll ik fk pole target tgt ctrl control helper end nub tip nul aim drv driver tweak mch org vis master parent
    finger thumb index middle ring pinky little metacarpal heel eye jaw hair breast boob tail wing cloth skirt
    corrective share socket weapon prop attach cancel physics phys dummy effector effect handle top root
    捩 先 親 キャンセル
    """.split()  # noqa: SIM905
)
_MEANINGS: Mapping[str, str] = {
    word: role
    for role, meanings in {
        "pelvis": "pelvis hips 腰 下半身",
        "spine": "spine chest torso abdomen waist upperbody upperchest ribs ribcage lowerback upperback thorax stomach "
        "lowerspine upperspine spinelower spineupper 上半身",
        "neck": "neck cervical 首",
        "head": "head skull 頭",
        "hip": "thigh upleg upperleg legup legupper femur 足",
        "knee": "knee shin calf lowerleg lowleg leglow leglower tibia ひざ 膝",
        "ankle": "ankle 足首",
        "toe": "toe toes toebase ball tarsal つま先",
        "collar": "clavicle clav collar collarbone 肩",
        "upperarm": "upperarm uparm armup armupper humerus shldr bicep 腕",
        "elbow": "elbow forearm lowerarm lowarm loarm armlow armlower radius ひじ 肘",
        "wrist": "wrist hand palm 手首",
        "hip?": "hip",
        "leg?": "leg",
        "foot?": "foot",
        "shoulder?": "shoulder",
        "arm?": "arm",
    }.items()
    for word in meanings.split()
}  # fmt: skip


def find_by_words(bones: Bones, tree: Tree) -> dict[str, int]:
    """Joint -> bone index for the joints that the words tell; of several bones the one nearest the root."""
    depth = {bone: len(ancestors(bones.parents, bone)) for bone in range(len(bones.names))}
    spoken: dict[tuple[str, str], list[int]] = {}
    for bone, name in enumerate(bones.names):
        if meaning := _meaning(name):
            spoken.setdefault(meaning, []).append(bone)

    def first(role: str, side: str = "") -> int | None:
        return min(spoken.get((role, side), ()), key=lambda bone: (depth[bone], bone), default=None)

    found: dict[str, int | None] = {"neck": first("neck"), "head": first("head")}
    found["pelvis"] = first("pelvis") if ("pelvis", "") in spoken else first("hip?")
    for side in ("left", "right"):
        for role, bone in _limbs({role: first(role, side) for role in set(_MEANINGS.values())}).items():
            found[f"{side}_{role}"] = bone
    spine = spoken.get(("spine", ""), [])
    arm = found["left_collar"] if found["left_collar"] is not None else found["left_shoulder"]
    if arm is not None:  # only those that carry the arms
        spine = [bone for bone in spine if bone in ancestors(tree.parents, arm)]
    return {
        joint: bone
        for joint, bone in (found | spread_spine(sorted(spine, key=lambda bone: depth[bone]))).items()
        if bone is not None
    }


def _limbs(bones: Mapping[str, int | None]) -> dict[str, int | None]:
    """The limb roles of one side from the bones by meaning, the doubtful words settled."""
    hip = bones["hip"] if bones["hip"] is not None else bones["hip?"]
    knee = bones["knee"]
    if hip is None:
        hip = bones["leg?"]
    elif knee is None:
        knee = bones["leg?"]
    ankle, toe = (bones["ankle"], bones["foot?"]) if bones["ankle"] is not None else (bones["foot?"], None)
    upper = bones["upperarm"] if bones["upperarm"] is not None else bones["arm?"]
    collar = bones["collar"] if bones["collar"] is not None else bones["shoulder?"]
    if upper is None:
        upper, collar = bones["shoulder?"], bones["collar"]
    return {
        "hip": hip, "knee": knee, "ankle": ankle, "foot": bones["toe"] if bones["toe"] is not None else toe,
        "collar": collar, "shoulder": upper, "elbow": bones["elbow"], "wrist": bones["wrist"],
    }  # fmt: skip


def _meaning(name: str) -> tuple[str, str] | None:
    """(role or doubtful role, side or "") that a name speaks of, or None."""
    side, rest = "", []
    for word in words(name):
        if word in _SIDES and not side:
            side = _SIDES[word]
        elif word in _OTHER_BONES:
            return None
        elif not word.isdigit() and word not in _FILLERS:
            rest.append(word)
    joined = "".join(rest)
    if joined not in _MEANINGS and not side:  # lThigh and lthigh, leftupleg, 左足
        for mark, meant in sorted(_SIDES.items(), key=lambda item: -len(item[0])):
            if joined.startswith(mark) and joined.removeprefix(mark) in _MEANINGS:
                side, joined = meant, joined.removeprefix(mark)
                break
    role = _MEANINGS.get(joined)
    centre = role in {"pelvis", "spine", "neck", "head"} or (role == "hip?" and not side)
    return None if role is None or centre == bool(side) else (role, side)
