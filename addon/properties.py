"""What the panel asks for, kept with the scene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import bpy

from . import request_fields as fields_of
from .core.contract import References, Request, Segment
from .keying_options import KeyingOptions


def _fps(fields: bpy.types.PropertyGroup) -> float:
    render = cast(bpy.types.Scene, fields.id_data).render
    return render.fps / render.fps_base


def _frames(fields: bpy.types.PropertyGroup) -> int:
    return round(cast(Any, fields).seconds * _fps(fields))


def _set_frames(fields: bpy.types.PropertyGroup, frames: int) -> None:
    cast(Any, fields).seconds = frames / _fps(fields)


class RepriseSegment(bpy.types.PropertyGroup):
    """A line of the prompt list."""

    prompt: bpy.props.StringProperty(**fields_of.PROMPT, options={"TEXTEDIT_UPDATE"})  # type: ignore[valid-type]
    seconds: bpy.props.FloatProperty(  # type: ignore[valid-type]
        **fields_of.SECONDS | {"description": "How long this part is", "default": 4.0}
    )


class RepriseSettings(bpy.types.PropertyGroup):
    """The fields of the panel (`scene.reprise`)."""

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        **fields_of.PROMPT,
        default="a person walks forward",
        # Each letter counts at once: a click on the button while the field is being edited must see the text.
        options={"TEXTEDIT_UPDATE"},
    )
    style: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Style",
        # Not at each letter, as the prompt: the panel shows a style only while there is one, and would lose the field.
        description="Words that are put behind every prompt of the panel, such as 'slowly and carefully'",
    )
    length_unit: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Length In",
        description="Whether the length is given in seconds or in frames of the scene",
        items=(
            ("SECONDS", "Seconds", "The length in seconds"),
            ("FRAMES", "Frames", "The length in the scene's frames"),
        ),
    )
    seconds: bpy.props.FloatProperty(**fields_of.SECONDS)  # type: ignore[valid-type]
    frames: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frames",
        description="How long the motion is, in frames of the scene",
        min=1,
        get=_frames,
        set=_set_frames,
    )
    count: bpy.props.IntProperty(**fields_of.COUNT)  # type: ignore[valid-type]
    seed: bpy.props.IntProperty(**fields_of.SEED)  # type: ignore[valid-type]
    random_seed: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="New Seed Each Time",
        description="Roll the dice at each generation; the seed that was used is shown beside it",
    )
    engine: bpy.props.EnumProperty(**fields_of.ENGINE)  # type: ignore[valid-type]
    text_strength: bpy.props.FloatProperty(**fields_of.TEXT_STRENGTH)  # type: ignore[valid-type]
    reference_strength: bpy.props.FloatProperty(**fields_of.REFERENCE_STRENGTH)  # type: ignore[valid-type]
    references: bpy.props.IntProperty(**fields_of.REFERENCES)  # type: ignore[valid-type]
    method: bpy.props.EnumProperty(**fields_of.METHOD)  # type: ignore[valid-type]
    steps: bpy.props.IntProperty(**fields_of.STEPS)  # type: ignore[valid-type]
    solver: bpy.props.EnumProperty(**fields_of.SOLVER)  # type: ignore[valid-type]
    start_at: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Start At",
        description="The frame of the first key",
        items=(
            ("CURRENT", "Current Frame", "The keys begin at the playhead"),
            ("SCENE", "Scene Start", "The keys begin at the first frame of the scene"),
        ),
    )
    root: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Travel",
        description="Where the way over the ground is keyed",
        items=(
            ("HIPS", "In the Hips", "The hips carry the figure through the scene"),
            ("IN_PLACE", "In Place", "The figure stays on the spot"),
            ("ROOT_BONE", "In the Root Bone", "The bone above the hips travels, and the hips move relative to it"),
        ),
    )
    loop: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Make a Cycle", description="Cut out the best cycle and blend its seam, so that it can be repeated"
    )
    lock_feet: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Lock Feet",
        description="Hold feet that stand on the ground with the rig's own legs, whatever their proportions",
        default=True,
    )
    thin: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Fewer Keys",
        description="Leave out keys that a smooth curve does not need, to edit the motion more easily",
    )
    thin_degrees: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Rotations Off By",
        description="How far a bone's rotation may be off on any frame, in degrees",
        default=1.0,
        min=0.01,
        soft_max=10.0,
        max=90.0,
    )
    thin_millimetres: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Places Off By",
        description="How far the body's place may be off on any frame, in millimetres",
        default=5.0,
        min=0.01,
        soft_max=50.0,
        max=1000.0,
    )
    segments: bpy.props.CollectionProperty(type=RepriseSegment)  # type: ignore[valid-type]
    segment_index: bpy.props.IntProperty(
        name="Line of the Prompt List", description="The line that is edited and moved", min=0
    )  # type: ignore[valid-type]
    list_as: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Make",
        description="What the list becomes",
        items=(
            ("ONE", "One Motion", "One continuous motion: each sentence goes on where the one before ends"),
            ("TAKES", "Separate Takes", "A take for each sentence"),
        ),
    )

    @classmethod
    def register(cls) -> None:
        """Called by Blender once the class is registered."""
        cast(Any, bpy.types.Scene).reprise = bpy.props.PointerProperty(type=cast(Any, cls))

    @classmethod
    def unregister(cls) -> None:
        """Called by Blender before the class goes."""
        del cast(Any, bpy.types.Scene).reprise

    def styled(self, prompt: str) -> str:
        """The sentence to send for a prompt: with the words of the style behind it, unless it has them already."""
        prompt, style = prompt.strip(), self.style.strip()
        return prompt if not prompt or f" {prompt}".endswith(f" {style}") or not style else f"{prompt} {style}"

    def unstyled(self, sentence: str) -> str:
        """The prompt of a sentence: without the words of the style behind it."""
        style = self.style.strip()
        return sentence.removesuffix(f" {style}") if style else sentence

    def in_style(self, request: Request) -> Request:
        """The request with the words of the style behind each of its sentences; raises `RepriseError` if too long."""
        then = tuple(replace(part, prompt=self.styled(part.prompt)) for part in request.then)
        return replace(request, prompt=self.styled(request.prompt), then=then)

    @property
    def sentence(self) -> str:
        """The panel's prompt in the panel's style."""
        return self.styled(self.prompt)

    def to_request(self, prompt: str | None = None) -> Request:
        """The request these fields ask for, or for exactly this prompt; raises `RepriseError` naming what is wrong.

        Of references it says how many, how strong and how found; `references.current.built_on` puts in what is shown.
        """
        return Request(
            self.sentence if prompt is None else prompt.strip(),
            seconds=_decimal(self.seconds),
            seed=self.seed,
            count=self.count,
            engine=self.engine,
            steps=self.steps,
            references=References(self.references, strength=_decimal(self.reference_strength), method=self.method),
            text_strength=_decimal(self.text_strength),
            solver=self.solver,
        )

    def to_requests(self) -> list[Request]:
        """The requests that the prompt list asks for: one, or one a line."""
        lines = [Segment(line.prompt, _decimal(line.seconds)) for line in self.segments]
        if not lines:
            return []
        wanted = self.to_request(lines[0].prompt)
        if self.list_as == "ONE":
            return [self.in_style(replace(wanted, seconds=lines[0].seconds, then=tuple(lines[1:])))]
        return [self.in_style(replace(wanted, prompt=line.prompt, seconds=line.seconds)) for line in lines]

    def to_keying_options(self) -> KeyingOptions:
        """How the result is to be keyed."""
        return KeyingOptions(
            self.root.lower(),
            self.loop,
            self.lock_feet,
            _decimal(self.thin_degrees) if self.thin else 0.0,
            _decimal(self.thin_millimetres),
        )


def settings(scene: bpy.types.Scene) -> RepriseSettings:
    """The panel's fields of a scene."""
    return cast(Any, scene).reprise


def _decimal(value: float) -> float:
    """The number that was typed: the field holds a 32-bit float, in which 2.3 is 2.29999995."""
    return round(value, 3)
