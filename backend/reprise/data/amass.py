"""AMASS recordings, and SMPL poses kept like them: the user's own body model gives the places of their joints."""

from __future__ import annotations

from collections.abc import Iterator

from reprise_core.errors import RepriseError

from .amass_file import AmassRecording, parse_amass, y_up
from .archives import ArchiveFiles
from .body_model import load_body_model
from .body_model_files import EXAMPLES, GENDERS, KINDS, choose_body_model
from .mapping_file import ReadSettings
from .raw_clip import RawClip


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The recording of an AMASS npz, posed on the body model of its family and, where there is one, its gender.

    Its joints are HumanML3D's, so bone directions are kept. Raises `RepriseError` naming the file when it cannot be
    read, and when `settings` has no folder of body models or that lacks the family.
    """
    recording = parse_amass(files.read(member), member)
    family = KINDS[recording.kind]
    if settings.body_models is None:
        raise RepriseError(
            "no_body_model",
            f"Poses of an {family} body need its model, which you have to bring.",
            f"Give --body-model a folder with your {family} model, such as {EXAMPLES[recording.kind]}.",
        )
    file = choose_body_model(settings.body_models, recording.kind, _genders(recording))
    model = load_body_model(file)
    joints = y_up(model.posed_joints(recording.poses, recording.translation, recording.betas))
    shaped = min(len(recording.betas), model.shape_directions.shape[-1])
    notes = [f"Posed on {model.name} with {shaped} shape parameters."]
    if model.gender != recording.gender:
        notes.append(f"There is no {recording.gender} {family} model; the {model.gender} one is used.")
    fps = settings.fps or recording.fps
    yield RawClip("", joints, fps, recording.kind, "", notes=tuple(notes), posed=True)


def _genders(recording: AmassRecording) -> tuple[str, ...]:
    return tuple(dict.fromkeys((recording.gender, *GENDERS)))
