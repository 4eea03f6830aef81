"""Reprise: a sentence becomes human motion on an armature. Registration, and nothing else."""

import bpy

from . import adding, errands, keymaps, rig_mapping, session, shipped_presets, take_fields, translations
from .ops.backend import (
    REPRISE_OT_cancel_install,
    REPRISE_OT_copy_diagnostics,
    REPRISE_OT_install_backend,
    REPRISE_OT_open_log,
    REPRISE_OT_remove_backend,
    REPRISE_OT_start_backend,
    REPRISE_OT_stop_backend,
)
from .ops.generate import (
    REPRISE_OT_cancel,
    REPRISE_OT_generate,
    REPRISE_OT_generate_file,
    REPRISE_OT_generate_list,
    REPRISE_OT_random_seed,
)
from .ops.library import (
    REPRISE_OT_add_action_to_library,
    REPRISE_OT_add_files_to_library,
    REPRISE_OT_cancel_adding,
)
from .ops.prompts import (
    REPRISE_OT_add_prompt_preset,
    REPRISE_OT_add_settings_preset,
    REPRISE_OT_add_style_preset,
    REPRISE_OT_clear_history,
    REPRISE_OT_edit_list,
    REPRISE_OT_use_prompt,
)
from .ops.references import (
    REPRISE_OT_admit_references,
    REPRISE_OT_clear_references,
    REPRISE_OT_exclude_reference,
    REPRISE_OT_find_references,
    REPRISE_OT_move_reference,
    REPRISE_OT_pin_reference,
    REPRISE_OT_remove_clip,
    REPRISE_OT_use_reference,
)
from .ops.retakes import REPRISE_OT_recreate_take, REPRISE_OT_retry_take
from .ops.rig import (
    REPRISE_OT_rig_export,
    REPRISE_OT_rig_forget,
    REPRISE_OT_rig_mirror,
    REPRISE_OT_rig_reset,
    REPRISE_OT_rig_save,
    REPRISE_OT_rig_test,
)
from .ops.takes import (
    REPRISE_OT_accept_take,
    REPRISE_OT_append_take,
    REPRISE_OT_delete_take,
    REPRISE_OT_next_take,
    REPRISE_OT_push_take,
    REPRISE_OT_reject_take,
    REPRISE_OT_rekey_take,
    REPRISE_OT_show_take,
    REPRISE_OT_stash_take,
)
from .preferences import ReprisePreferences
from .properties import RepriseSegment, RepriseSettings
from .references import current as recalled
from .references import overlay
from .references.settings import RepriseReferences
from .rig_settings import RepriseRigSettings
from .ui import menus
from .ui.backend_panel import REPRISE_PT_backend
from .ui.menus import (
    REPRISE_MT_history,
    REPRISE_MT_motion,
    REPRISE_MT_prompt_presets,
    REPRISE_MT_settings_presets,
    REPRISE_MT_style_presets,
    REPRISE_MT_take,
)
from .ui.options_panel import REPRISE_PT_cleanup, REPRISE_PT_list, REPRISE_PT_options, REPRISE_UL_segments
from .ui.panel import REPRISE_PT_generate
from .ui.references_panel import REPRISE_PT_library, REPRISE_PT_references
from .ui.rig_panel import REPRISE_PT_rig, REPRISE_PT_rig_mapping
from .ui.takes_panel import REPRISE_PT_takes, REPRISE_UL_takes

CLASSES = (
    ReprisePreferences,
    RepriseSegment,
    RepriseSettings,
    RepriseRigSettings,
    RepriseReferences,
    REPRISE_OT_generate,
    REPRISE_OT_generate_list,
    REPRISE_OT_generate_file,
    REPRISE_OT_cancel,
    REPRISE_OT_random_seed,
    REPRISE_OT_use_prompt,
    REPRISE_OT_clear_history,
    REPRISE_OT_edit_list,
    REPRISE_OT_add_prompt_preset,
    REPRISE_OT_add_settings_preset,
    REPRISE_OT_add_style_preset,
    REPRISE_OT_accept_take,
    REPRISE_OT_reject_take,
    REPRISE_OT_show_take,
    REPRISE_OT_next_take,
    REPRISE_OT_retry_take,
    REPRISE_OT_recreate_take,
    REPRISE_OT_rekey_take,
    REPRISE_OT_append_take,
    REPRISE_OT_push_take,
    REPRISE_OT_stash_take,
    REPRISE_OT_delete_take,
    REPRISE_OT_find_references,
    REPRISE_OT_pin_reference,
    REPRISE_OT_exclude_reference,
    REPRISE_OT_move_reference,
    REPRISE_OT_clear_references,
    REPRISE_OT_admit_references,
    REPRISE_OT_use_reference,
    REPRISE_OT_remove_clip,
    REPRISE_OT_add_action_to_library,
    REPRISE_OT_add_files_to_library,
    REPRISE_OT_cancel_adding,
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
    REPRISE_MT_history,
    REPRISE_MT_prompt_presets,
    REPRISE_MT_settings_presets,
    REPRISE_MT_style_presets,
    REPRISE_MT_take,
    REPRISE_MT_motion,
    REPRISE_UL_takes,
    REPRISE_UL_segments,
    REPRISE_PT_generate,
    REPRISE_PT_takes,
    REPRISE_PT_references,
    REPRISE_PT_library,
    REPRISE_PT_list,
    REPRISE_PT_options,
    REPRISE_PT_cleanup,
    REPRISE_PT_rig,
    REPRISE_PT_rig_mapping,
    REPRISE_PT_backend,
)


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    take_fields.attach()
    shipped_presets.attach()
    translations.attach()
    keymaps.attach()
    menus.attach()
    rig_mapping.attach()
    session.attach()
    recalled.attach()
    overlay.attach()


def unregister() -> None:
    """Called by Blender when the add-on is disabled, and when Blender quits."""
    overlay.detach()
    errands.detach()
    adding.detach()
    recalled.detach()
    session.detach()
    rig_mapping.detach()
    menus.detach()
    keymaps.detach()
    translations.detach()
    shipped_presets.detach()
    take_fields.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
