"""Whether a rig was mapped as it was made."""

import numpy as np
from rigs.builders import Rig

from reprise_core.rigs.mapping import map_bones


def other_side(joint: str) -> str:
    """The joint of the other side."""
    side, _, role = joint.partition("_")
    return {"left": "right_", "right": "left_"}[side] + role if side in {"left", "right"} else joint


def found_rightly(rig: Rig) -> bool:
    """Whether every joint has its bone or one in the same place; sides may be exchanged where the mapping says so."""
    mapping = map_bones(rig.bones)
    found = {joint: match.bone for joint, match in mapping.matches.items()}
    if any("left and right may be exchanged" in problem for problem in mapping.problems):
        mirrored = {other_side(joint): bone for joint, bone in found.items()}
        found = mirrored if mirrored.get("left_hip") == rig.joints["left_hip"] else found
    at = dict(zip(rig.bones.names, rig.bones.heads, strict=True))
    near = 1e-3 * np.linalg.norm(np.ptp(rig.bones.heads, axis=0))
    return found.keys() == rig.joints.keys() and all(
        np.linalg.norm(at[found[joint]] - at[bone]) < near for joint, bone in rig.joints.items()
    )
