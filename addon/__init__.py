"""Reprise: a sentence becomes human motion on an armature. Registration, and nothing else."""

import bpy

from . import rig_mapping, session
from .ops.backend import (
    REPRISE_OT_cancel_install,
    REPRISE_OT_copy_diagnostics,
    REPRISE_OT_install_backend,
    REPRISE_OT_open_log,
    REPRISE_OT_remove_backend,
    REPRISE_OT_start_backend,
    REPRISE_OT_stop_backend,
)
from .ops.generate import REPRISE_OT_cancel, REPRISE_OT_generate
from .ops.rig import (
    REPRISE_OT_rig_export,
    REPRISE_OT_rig_forget,
    REPRISE_OT_rig_mirror,
    REPRISE_OT_rig_reset,
    REPRISE_OT_rig_save,
    REPRISE_OT_rig_test,
)
from .ops.seed import REPRISE_OT_random_seed
from .preferences import ReprisePreferences
from .properties import RepriseSettings
from .rig_settings import RepriseRigSettings
from .ui.backend_panel import REPRISE_PT_backend
from .ui.panel import REPRISE_PT_generate
from .ui.rig_panel import REPRISE_PT_rig, REPRISE_PT_rig_mapping

CLASSES = (
    ReprisePreferences,
    RepriseSettings,
    RepriseRigSettings,
    REPRISE_OT_generate,
    REPRISE_OT_cancel,
    REPRISE_OT_random_seed,
    REPRISE_OT_install_backend,
    REPRISE_OT_cancel_install,
    REPRISE_OT_start_backend,
    REPRISE_OT_stop_backend,
    REPRISE_OT_remove_backend,
    REPRISE_OT_open_log,
    REPRISE_OT_copy_diagnostics,
    REPRISE_OT_rig_reset,
    REPRISE_OT_rig_mirror,
    REPRISE_OT_rig_save,
    REPRISE_OT_rig_forget,
    REPRISE_OT_rig_test,
    REPRISE_OT_rig_export,
    REPRISE_PT_generate,
    REPRISE_PT_rig,
    REPRISE_PT_rig_mapping,
    REPRISE_PT_backend,
)


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    rig_mapping.attach()
    session.attach()


def unregister() -> None:
    """Called by Blender when the add-on is disabled, and when Blender quits."""
    session.detach()
    rig_mapping.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
