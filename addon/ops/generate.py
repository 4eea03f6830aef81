"""Generate from the panel, from a script, from the prompt list and from a file; and cancel."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import bpy

from .. import session
from ..core.contract import (
    MAX_COUNT,
    MAX_REFERENCES,
    MAX_SECONDS,
    MAX_SEED,
    MAX_STEPS,
    MIN_SECONDS,
    References,
    Request,
)
from ..core.errors import RepriseError
from ..core.prompt_list import read_prompts
from ..engine_words import ENGINE_ITEMS, METHOD_ITEMS, SOLVER_ITEMS
from ..properties import RepriseSettings, settings
from ..references.current import built_on
from ..session import Wish
from ..target import find_refused

# Properties that overrule the panel's.
_GIVEN = ("seconds", "seed", "count", "engine", "steps", "solver", "text_strength")
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
            cls.poll_message_set("A motion is being generated")
            return False
        return context.scene is not None

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Starts the jobs; what goes wrong is one sentence, here and in the panel."""
        fields = settings(cast(bpy.types.Scene, context.scene))
        waits = self.wait if self.properties.is_property_set("wait") else bpy.app.background
        try:
            wishes = self.wishes(context, fields)
            begins = context.scene.frame_start if fields.start_at == "SCENE" else None  # type: ignore[union-attr]
            session.generate(context, wishes, fields.to_keying_options(), begins, asks=not waits)
            refused = find_refused(context)
            if refused is not None:
                self.report({"WARNING"}, f"'{refused.name}' cannot be mapped: a new armature will be made")
            if waits:
                session.wait()
        except RepriseError as error:
            session.current.error = error
            self.report({"ERROR"}, str(error))
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

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Prompt", description="What the person does, in one English sentence", options={"SKIP_SAVE"}
    )
    seconds: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Seconds", description="How long the motion is", default=6.0, min=MIN_SECONDS, max=MAX_SECONDS,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    seed: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Seed", description="The same seed and sentence give the same motion", min=0, max=MAX_SEED,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    count: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Takes", description="How many takes to make at once", default=1, min=1, max=MAX_COUNT,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    engine: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Engine", description="What generates the motion", items=ENGINE_ITEMS,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    steps: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Steps", description="Steps of the sampler; 0 is what the engine is made for", min=0, max=MAX_STEPS,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    solver: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Solver", description="How the sampler goes from step to step", items=SOLVER_ITEMS,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    text_strength: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Text", description="How much the sentence counts", default=1.0, min=0.0, max=2.0, options={"SKIP_SAVE"}
    )
    reference_strength: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Strength of References", description="How much the retrieved motions count", default=1.0, min=0.0,
        max=2.0, options={"SKIP_SAVE"},
    )  # fmt: skip
    references: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="How Many References", description="How many similar motions are retrieved from the library",
        default=References.k, min=0, max=MAX_REFERENCES, options={"SKIP_SAVE"},
    )  # fmt: skip
    method: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Recall By", description="What of the library's clips the sentence is compared with", items=METHOD_ITEMS,
        options={"SKIP_SAVE"},
    )  # fmt: skip

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
        return [_wish(context, replace(request, **changes))]


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
        return [_wish(context, request) for request in requests]


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
        for row in read_prompts(Path(bpy.path.abspath(self.filepath)), fields.to_request("as the panel says")):
            if row.request is None:
                wrong.append(f"'{row.name}': {row.error.message if row.error else 'no request'}")
            else:
                wishes.append(_wish(context, row.request, row.name))
        if not wishes:
            raise RepriseError("bad_prompts", f"No line of the file can be generated. {wrong[0]}")
        if wrong:
            self.report({"WARNING"}, f"{len(wrong)} lines are left out. {wrong[0]}")
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
        settings(cast(bpy.types.Scene, context.scene)).seed = new_seed()
        return {"FINISHED"}


def new_seed() -> int:
    """A seed at random, short enough to be read out."""
    return random.randrange(100_000)  # noqa: S311


def roll(fields: RepriseSettings) -> None:
    """Takes a new seed where the user wants one each time."""
    if fields.random_seed:
        fields.seed = new_seed()


def _wish(context: bpy.types.Context, request: Request, name: str = "") -> Wish:
    return Wish(built_on(cast(bpy.types.Scene, context.scene), request), name)


def _plain(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value  # 32-bit floats: 2.3 is 2.29999995
