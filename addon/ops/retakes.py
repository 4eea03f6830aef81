"""Generate a take's prompt again: with a new seed, or from all that is stored with it."""

from __future__ import annotations

from dataclasses import replace

import bpy

from .. import session, takes
from ..core.contract import Request
from ..core.errors import RepriseError
from ..session import Wish
from ..translations import tr
from .generate import new_seed
from .takes import TakeOperator


class _Remaking(TakeOperator):
    """An operator that generates from a take's own request; the keys, when they come, are the undo step."""

    bl_options = {"REGISTER"}

    wait: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Wait",
        description="Return only when the motion is keyed, for scripts. Without a window that is the default",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        if session.current.is_running:
            cls.poll_message_set(tr("A motion is being generated"))
            return False
        return super().poll(context)

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """Keyed where the take is, as it was."""
        action = self.wanted(armature)
        record = takes.record_of(action)
        self.check_take(action)
        wish = Wish(self.remade(takes.request_of(action)))
        begins = record.get("first_frame")
        waits = self.wait if self.properties.is_property_set("wait") else bpy.app.background
        try:
            session.generate(context, [wish], takes.options_with(action), begins, asks=not waits)
            if waits:
                session.wait()
        except RepriseError as error:
            session.current.error = error
            raise
        asked = wish.request
        return tr("'{prompt}' is generated with seed {seed}").format(prompt=asked.prompt, seed=asked.seed)

    def check_take(self, action: bpy.types.Action) -> None:
        """Raises `RepriseError` where this cannot be done with the take."""

    def remade(self, request: Request) -> Request:
        """The request to send."""
        raise NotImplementedError


class REPRISE_OT_retry_take(_Remaking):  # noqa: N801
    """Generate the take's prompt again, as it was asked for, with a new seed"""

    bl_idname = "reprise.retry_take"
    bl_label = "Retry"

    def remade(self, request: Request) -> Request:
        """With another seed."""
        return replace(request, seed=new_seed())


class REPRISE_OT_recreate_take(_Remaking):  # noqa: N801
    """Generate the take again from all that is stored with it, seed and references included, as a new take"""

    bl_idname = "reprise.recreate_take"
    bl_label = "Re-create"

    def check_take(self, action: bpy.types.Action) -> None:
        """A clip itself would come back as another motion."""
        if "clip" in takes.record_of(action):
            sentence = f"'{action.name}' is a clip of the library itself, which was not generated here."
            raise RepriseError("no_recipe", sentence, "Retry generates from it; Apply to the Take keys it anew.")

    def remade(self, request: Request) -> Request:
        """As it is."""
        return request
