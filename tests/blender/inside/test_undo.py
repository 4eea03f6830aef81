"""Undo and redo after every operator that leaves a step: each step back and forth is whole."""

import armatures
import bpy
import instant
import numpy as np
import support
from instant import generate, playing, registered
from test_session import show_references

ON_TAKES = {
    "next_take": {}, "show_take": {"take": "a person waves.001"}, "delete_take": {}, "push_take": {}, "stash_take": {},
    "append_take": {}, "rekey_take": {},
}  # fmt: skip
ON_PREVIEWS = {"accept_take": {}, "reject_take": {}}
OTHERS = {
    "random_seed": {}, "use_prompt": {"prompt": "a person sits", "seconds": 2.5}, "edit_list": {"action": "UP"},
    "pin_reference": {"clip": "one"}, "exclude_reference": {"clip": "one"},
    "move_reference": {"clip": "one", "down": True}, "clear_references": {}, "admit_references": {},
    "use_reference": {"clip": "one"}, "rig_reset": {}, "rig_mirror": {}, "rig_save": {}, "rig_test": {},
}  # fmt: skip


def prepared(session):
    """The name of a rig with two takes, a joint left out by hand, references shown and excluded, and a list."""
    from reprise_addon import rig_mapping
    from reprise_addon.references import current

    armature, _ = armatures.made_rig("mixamo", 1, extras=False)
    generate(session, "a person waves", count=2)
    rig_mapping.choose_bone(armature, "left_foot", "")
    scene = bpy.context.scene
    show_references(scene, "a person waves", ("one", "two", "three"), excluded=["three"])
    current.keep_motion("one", support.motion())
    for prompt in ("first", "second"):
        scene.reprise.prompt = prompt
        bpy.ops.reprise.edit_list(action="ADD")
    scene.reprise.prompt = "a person waves"
    scene.frame_set(20)
    return armature.name


def state(name):
    """All that an operator may change, as values."""
    scene, armature = bpy.context.scene, bpy.data.objects[name]
    bpy.context.view_layer.update()
    panel = scene.reprise
    fields = [each.identifier for each in panel.bl_rna.properties if each.identifier not in ("rna_type", "segments")]
    animation = armature.animation_data
    return {
        "panel": {field: getattr(panel, field) for field in fields},
        "list": [(line.prompt, line.seconds) for line in panel.segments],
        "references": scene.reprise_references.key,
        "bones": armature.reprise_rig.overrides,
        "preview": armature.reprise_take_preview,
        "plays": playing(armature),
        "pose": {bone.name: np.round(np.array(bone.matrix_basis), 4).tolist() for bone in armature.pose.bones},
        "actions": sorted(action.name for action in bpy.data.actions),
        "tracks": [(track.name, track.mute) for track in animation.nla_tracks],
        "end": scene.frame_end,
    }


def test_every_operator_that_leaves_a_step_is_undone_and_redone():
    steps = {
        cls.bl_idname.partition(".")[2]
        for cls in support.addon().CLASSES
        if issubclass(cls, bpy.types.Operator) and "UNDO" in getattr(cls, "bl_options", ())
    }
    presets = {f"add_{kind}_preset" for kind in ("prompt", "style", "settings")}  # Blender's; they write files
    assert steps - presets == {*ON_TAKES, *ON_PREVIEWS, *OTHERS}
    for operator, options in (ON_TAKES | ON_PREVIEWS | OTHERS).items():
        with registered() as (session, _):
            name = prepared(session)
            if operator not in ON_PREVIEWS:
                bpy.ops.reprise.accept_take()
            instant.step("begin")
            before = state(name)
            assert getattr(bpy.ops.reprise, operator)(**options) == {"FINISHED"}, operator
            instant.step(operator)
            after = state(name)
            assert after != before or operator == "rig_save", operator
            bpy.ops.ed.undo()
            assert state(name) == before, operator
            bpy.ops.ed.redo()
            assert state(name) == after, operator
