"""The backend as Blender's user meets it: preferences, online access, the report, and nothing left behind."""

import threading
from contextlib import contextmanager

import bpy
import support


@contextmanager
def registered(**choice):
    """The add-on, registered, with these preferences for the backend."""
    support.fresh_scene()
    addon = support.addon()
    from reprise_addon import hosting
    from reprise_addon.preferences import BackendChoice, Preferences

    real = hosting.preferences
    hosting.preferences = lambda: Preferences(BackendChoice(**choice))
    addon.register()
    try:
        yield hosting
    finally:
        addon.unregister()
        hosting.preferences = real


def error_of_operator(operator):
    return str(support.error_of(RuntimeError, operator))


def test_every_operator_and_panel_is_there():
    with registered():
        names = ("install_backend", "cancel_install", "start_backend", "stop_backend", "remove_backend", "open_log")
        assert all(name in dir(bpy.ops.reprise) for name in names)
        assert bpy.types.REPRISE_PT_backend.bl_parent_id == "REPRISE_PT_generate"


def test_a_server_elsewhere_is_not_talked_to_offline():
    if bpy.app.online_access:
        return  # this Blender was told to go online
    with registered(url="https://motion.example.org", token="secret") as hosting:
        from reprise_addon.core.errors import RepriseError

        error = support.error_of(RepriseError, hosting.backend)
        assert (error.code, "Allow Online Access" in error.hint) == ("offline", True)
        assert support.error_of(RepriseError, hosting.install).code == "offline"


def test_an_address_that_is_none_is_a_failure_with_words():
    with registered(url="server") as hosting:
        assert "no address" in error_of_operator(bpy.ops.reprise.start_backend)
        assert hosting.current.state.name == "FAILED"
        assert hosting.current.next_step.action == "start"


def test_changing_the_preferences_lets_go_of_what_was_made_before():
    with registered(url="http://127.0.0.1:1") as hosting:
        from reprise_addon.preferences import BackendChoice, Preferences

        first = hosting.backend()
        assert hosting.backend() is first
        hosting.preferences = lambda: Preferences(BackendChoice(url="http://127.0.0.1:2"))
        assert hosting.backend() is not first
        assert hosting.current.remote.host == "127.0.0.1:2"


def test_the_report_holds_no_token():
    with registered(url="http://127.0.0.1:1", token="a-secret-token") as hosting:
        from reprise_addon import report

        real, report.preferences = report.preferences, hosting.preferences
        try:
            hosting.backend()
            text = report.diagnostics()
        finally:
            report.preferences = real
        assert bpy.app.version_string in text
        assert "127.0.0.1:1" in text
        assert "a-secret-token" not in text


def test_unregistering_ends_every_thread_that_works():
    with registered(python="/nowhere/python") as hosting:
        from reprise_addon.core.errors import RepriseError

        support.error_of(RepriseError, hosting.backend().ensure_ready)
        assert hosting.current.state.name == "NOT_INSTALLED"
        assert "/nowhere/python" in str(hosting.current.backend.error)
    assert hosting.current.backend is None
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"reprise-backend", "reprise-watch", "reprise-revive", "reprise-install"}
    assert not bpy.app.timers.is_registered(hosting._watch)
