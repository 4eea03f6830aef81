"""What the user does with takes: look at them, keep or reject them, make more of them, put them on the time line."""

from __future__ import annotations

from typing import cast

import bpy

from .. import previews, takes
from ..core.errors import RepriseError
from ..keying import check_assignable, rekey
from ..properties import settings
from ..rig_mapping import armatures_in_hand
from ..takes_timeline import append_take, push_to_track
from ..translations import tr
from .armature_operator import ArmatureOperator


def armature_in_hand(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature that the Takes panel is about: of those selected, the first that has takes, or else the first."""
    armatures = armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))
    return next((each for each in armatures if takes.known_rig_id(each)), armatures[0] if armatures else None)


def _plays(action: bpy.types.Action) -> str:
    return tr("'{take}' plays").format(take=action.name)


class TakeOperator(ArmatureOperator):
    """An operator on a take of the armature in hand: the one of this name, or else the one that plays."""

    needs_preview = False

    take: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Take", description="The name of the take's Action; empty: the one that plays", options={"SKIP_SAVE"}
    )

    @staticmethod
    def in_hand(context: bpy.types.Context) -> bpy.types.Object | None:
        """The armature that the Takes panel is about."""
        return armature_in_hand(context)

    @staticmethod
    def needs() -> str:
        """As for any armature, but with takes."""
        return tr("Select an armature with takes, and leave its Edit Mode")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an armature with takes."""
        if not super().poll(context):
            return False
        if cls.needs_preview and not previews.is_previewing(cast(bpy.types.Object, armature_in_hand(context))):
            cls.poll_message_set(tr("There is no preview to decide about"))
            return False
        return True

    def wanted(self, armature: bpy.types.Object) -> bpy.types.Action:
        """The take that is meant; raises `RepriseError` when there is none."""
        action = bpy.data.actions.get(self.take) if self.take else takes.shown(armature)
        if action is None or not takes.belongs(action, armature):
            sentence = f"There is no take '{self.take}'." if self.take else f"No take plays on '{armature.name}'."
            raise RepriseError("no_take", sentence, "Choose one in the list of takes.")
        return action


class REPRISE_OT_accept_take(TakeOperator):  # noqa: N801 - Blender's naming
    """Keep the take that plays; the others stay in the list, and what was there before stays as an Action"""

    bl_idname = "reprise.accept_take"
    bl_label = "Accept"
    needs_preview = True

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """One undo step. A take that is named plays from now on; one of another armature is refused."""
        del context
        if self.take:
            check_assignable(armature)
            previews.show(armature, self.wanted(armature))
        previews.accept(armature)
        action = takes.shown(armature)
        kept = tr("'{armature}' keeps '{take}'") if action else tr("'{armature}' keeps its takes")
        return kept.format(armature=armature.name, take=action.name if action else "")


class REPRISE_OT_reject_take(TakeOperator):  # noqa: N801
    """Remove the takes of this generation, and bring back what the armature did before"""

    bl_idname = "reprise.reject_take"
    bl_label = "Reject"
    needs_preview = True

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """One undo step. With a take that is named, only where it is one of this armature's."""
        check_assignable(armature)
        if self.take:
            self.wanted(armature)
        if armature.mode != "OBJECT":  # the armature itself may go
            bpy.ops.object.mode_set(mode="OBJECT")
        name = armature.name
        return f"'{name}': {previews.reject(cast(bpy.types.Scene, context.scene), armature)}"


class REPRISE_OT_show_take(TakeOperator):  # noqa: N801
    """Let a take play on the armature"""

    bl_idname = "reprise.show_take"
    bl_label = "Show Take"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """The Action that played stays as it is."""
        del context
        check_assignable(armature)
        action = self.wanted(armature)
        previews.show(armature, action)
        return _plays(action)


class REPRISE_OT_next_take(TakeOperator):  # noqa: N801
    """Let the next take of the list play"""

    bl_idname = "reprise.next_take"
    bl_label = "Next Take"

    backwards: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Backwards", description="The take before instead", options={"SKIP_SAVE"}
    )

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """Round and round."""
        del context
        check_assignable(armature)
        among = takes.takes_of(armature)
        if not among:
            raise RepriseError("no_take", f"'{armature.name}' has no takes.", "Generate one.")
        now, step = takes.shown(armature), -1 if self.backwards else 1
        action = among[(among.index(now) + step) % len(among)] if now in among else among[0]
        previews.show(armature, action)
        return _plays(action)


class REPRISE_OT_delete_take(TakeOperator):  # noqa: N801
    """Remove a take and its Action from the file"""

    bl_idname = "reprise.delete_take"
    bl_label = "Delete Take"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """Where it was playing, the next one of the list does."""
        del context
        check_assignable(armature)
        action = self.wanted(armature)
        if action.library is not None:
            raise RepriseError("linked", f"'{action.name}' is linked from another file.", "Remove it there.")
        name, was_shown = action.name, takes.shown(armature) == action
        others = [other for other in takes.takes_of(armature) if other != action]
        bpy.data.actions.remove(action)
        if was_shown and others:
            previews.show(armature, others[0])
        elif not others:
            previews.accept(armature)  # there is nothing left to decide about
        return tr("'{take}' was removed").format(take=name)


class REPRISE_OT_push_take(TakeOperator):  # noqa: N801
    """Make the take a strip on a new track of the NLA editor, where its keys are"""

    bl_idname = "reprise.push_take"
    bl_label = "Push to NLA Track"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """The strip plays on its own."""
        del context
        action = self.wanted(armature)
        track = push_to_track(armature, action)
        return tr("'{take}' is on the track '{track}'").format(take=action.name, track=track)


class REPRISE_OT_stash_take(TakeOperator):  # noqa: N801
    """Put the take away on a muted track of the NLA editor, as Blender does with stashed Actions"""

    bl_idname = "reprise.stash_take"
    bl_label = "Stash"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """It can be unmuted there, or shown from the list again."""
        del context
        action = self.wanted(armature)
        push_to_track(armature, action, stash=True)
        return tr("'{take}' is stashed").format(take=action.name)


class REPRISE_OT_append_take(TakeOperator):  # noqa: N801
    """Joins a take to what plays."""

    bl_idname = "reprise.append_take"
    bl_description = (
        "Let the take go on from the pose at the playhead, its spot and heading: a new take of what plays up to there "
        "and this one"
    )
    bl_label = "Append at Playhead"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """Both Actions stay as they are."""
        scene = cast(bpy.types.Scene, context.scene)
        view_layer = cast(bpy.types.ViewLayer, context.view_layer)
        action = self.wanted(armature)
        made = append_take(scene, view_layer, armature, action, scene.frame_current)
        return _plays(made)


class REPRISE_OT_rekey_take(TakeOperator):  # noqa: N801
    """Key the take that plays again as Clean-up says now, without generating: a new take, the old one stays"""

    bl_idname = "reprise.rekey_take"
    bl_label = "Apply to the Take"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """From the motion that is stored with the take."""
        scene = cast(bpy.types.Scene, context.scene)
        action, notes = rekey(scene, armature, self.wanted(armature), settings(scene).to_keying_options())
        return " ".join((f"{_plays(action)}.", *notes))
