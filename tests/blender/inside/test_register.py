"""Registering leaves nothing behind when undone, as often as one likes."""

import bpy
import support


def test_register_and_unregister_leave_nothing():
    support.fresh_scene()
    addon = support.addon()
    handlers = handler_counts()
    for _ in range(3):
        addon.register()
        try:
            assert bpy.context.scene.reprise.seconds == 6.0
            assert hasattr(bpy.types, "REPRISE_PT_generate")
            assert bpy.types.REPRISE_PT_generate.bl_category == "Reprise"
            assert "generate" in dir(bpy.ops.reprise)
        finally:
            addon.unregister()
        assert not hasattr(bpy.types, "REPRISE_PT_generate")
        assert not hasattr(bpy.context.scene, "reprise")
        assert not hasattr(bpy.types.Object, "reprise_rig")
        assert handler_counts() == handlers
        assert not bpy.app.timers.is_registered(addon.session.pump)
        assert not bpy.app.timers.is_registered(addon.rig_mapping.look_at_active)


def handler_counts():
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {name: len(handlers) for name, handlers in lists.items() if isinstance(handlers, list)}


def test_preferences_have_defaults_when_the_addon_is_not_an_installed_one():
    support.addon()
    from reprise_addon.preferences import BackendChoice, Preferences, log_folder, preferences

    assert preferences() == Preferences(
        BackendChoice(python="", port=0, device="auto", url=""), extend_frame_range=True
    )
    assert "addon" not in log_folder().parts


def test_bad_input_is_one_sentence_and_starts_nothing():
    scene = support.fresh_scene()
    addon = support.addon()
    addon.register()
    try:
        scene.reprise.prompt = "   "
        assert "The prompt is empty." in str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate()))
        assert addon.session.current.error.code == "bad_prompt"
        assert not addon.session.current.is_running
        assert len(bpy.data.objects) == 0
    finally:
        addon.unregister()
