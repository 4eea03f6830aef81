"""Reprise: a sentence becomes human motion on an armature. Registration, and nothing else."""

import bpy

from . import session
from .ops.backend import REPRISE_OT_copy_diagnostics, REPRISE_OT_stop_backend
from .ops.generate import REPRISE_OT_cancel, REPRISE_OT_generate
from .ops.seed import REPRISE_OT_random_seed
from .preferences import ReprisePreferences
from .properties import RepriseSettings
from .ui.panel import REPRISE_PT_generate

CLASSES = (
    ReprisePreferences,
    RepriseSettings,
    REPRISE_OT_generate,
    REPRISE_OT_cancel,
    REPRISE_OT_random_seed,
    REPRISE_OT_stop_backend,
    REPRISE_OT_copy_diagnostics,
    REPRISE_PT_generate,
)


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    session.attach()


def unregister() -> None:
    """Called by Blender when the add-on is disabled, and when Blender quits."""
    session.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
