"""Generate from the panel, from a script, from the prompt list and from a file; and cancel."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import bpy

from .. import request_fields as fields_of
from .. import session
from ..core.errors import RepriseError
from ..core.prompt_list import read_prompts
from ..properties import RepriseSettings, settings
from ..references.current import built_on
from ..session import Wish
from ..target import find_refused
from ..translations import told, tr

# Properties that overrule the panel's.
_GIVEN = ("seconds", "seed", "count", "engine", "steps", "solver", "text_strength")
_NOT_KEPT: Any = {"SKIP_SAVE"}  # what was given once is not given the next time
_GIVEN_OF_REFERENCES = {"reference_strength": "strength", "references": "k", "method": "method"}


class _Generating(bpy.types.Operator):
    """An operator that begins generations; without a window, or when told so, it waits until they are keyed."""

    bl_options = {"REGISTER"}  # no UNDO: the keys, when they come, are the one undo step

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
        return context.scene is not None

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Starts the jobs; what goes wrong is one sentence, here and in the panel."""
        fields = settings(_scene(context))
        waits = self.wait if self.properties.is_property_set("wait") else bpy.app.background
        try:
            wishes = self.wishes(context, fields)
            begins = context.scene.frame_start if fields.start_at == "SCENE" else None  # type: ignore[union-attr]
            session.generate(context, wishes, fields.to_keying_options(), begins, asks=not waits)
            refused = find_refused(context)
            if refused is not None:
                warning = tr("'{name}' cannot be mapped: a new armature will be made").format(name=refused.name)
                self.report({"WARNING"}, warning)
            if waits:
                session.wait()
        except RepriseError as error:
            session.current.error = error
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def wishes(self, context: bpy.types.Context, fields: RepriseSettings) -> Sequence[Wish]:
        """What to generate; raises `RepriseError` naming what is wrong."""
        raise NotImplementedError


class REPRISE_OT_generate(_Generating):  # noqa: N801 - Blender's naming
    """Generates a motion from a sentence."""

    bl_idname = "reprise.generate"
    bl_description = (
        "Generate a motion from a sentence: on the selected rig, or else on a new armature. What is not given is taken "
        "from the panel"
    )
    bl_label = "Generate"

    prompt: bpy.props.StringProperty(**fields_of.PROMPT, options=_NOT_KEPT)  # type: ignore[valid-type]
    seconds: bpy.props.FloatProperty(**fields_of.SECONDS, options=_NOT_KEPT)  # type: ignore[valid-type]
    seed: bpy.props.IntProperty(**fields_of.SEED, options=_NOT_KEPT)  # type: ignore[valid-type]
    count: bpy.props.IntProperty(**fields_of.COUNT, options=_NOT_KEPT)  # type: ignore[valid-type]
    engine: bpy.props.EnumProperty(**fields_of.ENGINE, options=_NOT_KEPT)  # type: ignore[valid-type]
    steps: bpy.props.IntProperty(**fields_of.STEPS, options=_NOT_KEPT)  # type: ignore[valid-type]
    solver: bpy.props.EnumProperty(**fields_of.SOLVER, options=_NOT_KEPT)  # type: ignore[valid-type]
    text_strength: bpy.props.FloatProperty(**fields_of.TEXT_STRENGTH, options=_NOT_KEPT)  # type: ignore[valid-type]
    reference_strength: bpy.props.FloatProperty(  # type: ignore[valid-type]
        **fields_of.REFERENCE_STRENGTH, options=_NOT_KEPT
    )
    references: bpy.props.IntProperty(**fields_of.REFERENCES_ANEW, options=_NOT_KEPT)  # type: ignore[valid-type]
    method: bpy.props.EnumProperty(**fields_of.METHOD_ANEW, options=_NOT_KEPT)  # type: ignore[valid-type]

    def wishes(self, context: bpy.types.Context, fields: RepriseSettings) -> Sequence[Wish]:
        """The panel's request, with what was given."""
        given = self.properties.is_property_set
        if not given("seed"):
            roll(fields)
        request = fields.to_request(self.prompt if given("prompt") else None)
        changes = {name: _plain(getattr(self, name)) for name in _GIVEN if given(name)}
        if not given("steps") and not fields.steps:
            changes["steps"] = 0  # those that engine and solver are made for
        wanted = {to: _plain(getattr(self, name)) for name, to in _GIVEN_OF_REFERENCES.items() if given(name)}
        changes["references"] = replace(request.references, **wanted)
        looks_anew = given("references") or given("method")
        return [Wish(built_on(_scene(context), replace(request, **changes), looks_anew=looks_anew))]


class REPRISE_OT_generate_list(_Generating):  # noqa: N801
    """Generate the prompt list: as one continuous motion, or as a take for each sentence"""

    bl_idname = "reprise.generate_list"
    bl_label = "Generate the List"

    def wishes(self, context: bpy.types.Context, fields: RepriseSettings) -> Sequence[Wish]:
        """One wish, or one for each line."""
        roll(fields)
        requests = fields.to_requests()
        if not requests:
            raise RepriseError("no_prompts", "The prompt list is empty.", "Add a line to it.")
        return [Wish(built_on(_scene(context), request)) for request in requests]


class REPRISE_OT_generate_file(_Generating):  # noqa: N801
    """Generates a take for each line of a file."""

    bl_idname = "reprise.generate_file"
    bl_description = (
        "Generate a take for each line of a CSV file. It needs a column prompt; further ones are name, seconds, seed, "
        "then, engine, solver, steps and more. What a line does not say is taken from the panel"
    )
    bl_label = "Generate from CSV"

    filepath: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="File", description="The CSV file", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks which file."""
        cast(Any, context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def wishes(self, context: bpy.types.Context, fields: RepriseSettings) -> Sequence[Wish]:
        """The lines that are right, told of the others; what a line does not say is the panel's."""
        wishes: list[Wish] = []
        wrong: list[str] = []
        panel = fields.to_request("as the panel says")
        usual = panel.references
        for row in read_prompts(Path(bpy.path.abspath(self.filepath)), panel):
            try:
                request = fields.in_style(row.wanted())
                looks_anew = (request.references.k, request.references.method) != (usual.k, usual.method)
                request = built_on(_scene(context), request, looks_anew=looks_anew)
                wishes.append(Wish(request, row.name if row.is_named else ""))
            except RepriseError as error:
                wrong.append(f"'{row.name}': {error.message}")
        if not wishes:
            raise RepriseError("bad_prompts", f"No line of the file can be generated. {wrong[0]}")
        if wrong:
            lines = tr("1 line is left out.") if len(wrong) == 1 else tr("{count} lines are left out.")
            self.report({"WARNING"}, f"{lines.format(count=len(wrong))} {wrong[0]}")
        return wishes


class REPRISE_OT_cancel(bpy.types.Operator):  # noqa: N801
    """Cancel the generation, also on the backend; what was keyed already stays"""

    bl_idname = "reprise.cancel"
    bl_label = "Cancel"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while there is something to cancel."""
        del context
        return session.current.is_running

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Cancels and returns at once."""
        session.cancel()
        return {"FINISHED"}


class REPRISE_OT_random_seed(bpy.types.Operator):  # noqa: N801
    """Roll the dice: another seed, another take"""

    bl_idname = "reprise.random_seed"
    bl_label = "Random Seed"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Sets a seed short enough to be read out."""
        settings(_scene(context)).seed = new_seed()
        return {"FINISHED"}


def new_seed() -> int:
    """A seed at random, short enough to be read out."""
    return random.randrange(100_000)  # noqa: S311


def roll(fields: RepriseSettings) -> None:
    """Takes a new seed where the user wants one each time."""
    if fields.random_seed:
        fields.seed = new_seed()


def _scene(context: bpy.types.Context) -> bpy.types.Scene:
    return cast(bpy.types.Scene, context.scene)


def _plain(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value  # 32-bit floats: 2.3 is 2.29999995
