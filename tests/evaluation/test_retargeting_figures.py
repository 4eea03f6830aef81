"""The figures of retargeting tell what was done to a rig."""

from dataclasses import replace

import numpy as np
import pytest
from retargeting.made import clips, our_rig

from reprise.evaluation.retargeting import measure
from reprise_core.retargeting.result import RetargetOptions
from reprise_core.rigs.bones import Match
from reprise_core.skeleton import JOINT_NAMES

FREE = RetargetOptions(feet=False)


def test_our_own_figure_does_as_the_source():
    rig, mapping = our_rig(scale=40.0)
    found = measure(clips(40)[0], rig, mapping)
    assert max(found.arms.max(), found.legs.max()) < 0.3
    assert len(found.arms) == len(found.legs) == 4 * clips(40)[0].frames
    assert found.slide_mm == pytest.approx(found.source_slide_mm, abs=0.05)
    assert found.sunk_mm < 1.0
    assert (found.swapped, found.jumps, found.unkeyed) == (0, 0, ())


def test_a_rig_mapped_with_its_sides_exchanged_is_found_out():
    rig, mapping = our_rig()
    other = {name: name.replace("left", "#").replace("right", "left").replace("#", "right") for name in JOINT_NAMES}
    legs = {
        joint: Match(other[joint] if joint.endswith(("hip", "knee", "ankle", "foot")) else joint, "user")
        for joint in JOINT_NAMES
    }
    walking = next(clip for clip in clips(40) if np.ptp(clip.root_translation[:, 2]) > 1.5)
    assert measure(walking, rig, mapping, FREE).swapped == 0
    legs_exchanged = measure(walking, rig, replace(mapping, matches=legs), FREE)
    assert legs_exchanged.legs.max() < 0.3  # directions alone do not see it: each bone goes where its joint goes
    assert legs_exchanged.swapped >= 1
    every = {joint: Match(other[joint], "user") for joint in JOINT_NAMES}
    assert measure(walking, rig, replace(mapping, matches=every), FREE).swapped == 2  # now both feet point backwards


def test_longer_shins_slide_and_sink_without_planting():
    rig, mapping = our_rig()
    heads = rig.bones.heads.copy()
    heads[:, 2] += 0.1
    for side in ("left", "right"):
        for joint in (f"{side}_ankle", f"{side}_foot"):
            heads[JOINT_NAMES.index(joint), 2] -= 0.1
    longer = replace(rig, bones=replace(rig.bones, heads=heads))
    walking = next(clip for clip in clips(40) if np.ptp(clip.root_translation[:, 2]) > 1.5)
    free, planted = measure(walking, longer, mapping, FREE), measure(walking, longer, mapping)
    assert free.legs.max() < 0.3 < planted.legs.max()
    assert planted.slide_mm < 0.5 < free.slide_mm
    assert max(planted.sunk_mm, free.sunk_mm) < 2.0
