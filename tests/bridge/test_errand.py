"""Errands: the library's calls on a thread, taken over by pumping, against the real service with scripted contents."""

import threading
import time

import numpy as np
import pytest
from reprise_addon.bridge.errand import Errand
from reprise_addon.core.contract import References, Request
from reprise_addon.core.errors import RepriseError
from reprise_addon.core.motion import from_npz


def done(errand, within=60.0):
    errand.start()
    told, deadline = [], time.monotonic() + within
    while not errand.is_over:
        assert time.monotonic() < deadline
        errand.pump()
        told += errand.told
        time.sleep(0.005)
    return told


def test_references_and_their_motions_come_and_nothing_changes_but_by_pumping(backend):
    def work(client, tell):
        references = client.retrieve(Request("a person walks", references=References(k=3)))
        tell(references)
        for each in references:
            tell((each.id, client.clip(each.id)))
        return len(references)

    errand = Errand(backend(), work)
    found, *clips = done(errand)
    assert (errand.result, errand.error) == (3, None)
    assert [each.id for each in found] == [clip for clip, _ in clips] == ["clip0", "clip1", "clip2"]
    for _, data in clips:
        (motion,) = from_npz(data)
        assert np.isfinite(motion.positions).all()
        assert motion.meta["source"] == "fake"


def test_what_is_added_can_be_fetched_and_removed(backend):
    process = backend()

    def work(client, _tell):
        said = ("ein Schritt \N{SNOWMAN} & more", "a, b", "our own")
        added = client.add_clips("a step?.bvh", b"HIERARCHY", *said)
        (clip,) = added["added"]
        prompt = from_npz(client.clip(clip))[0].meta["prompt"]
        client.remove_clip(clip)
        with pytest.raises(RepriseError, match="no clip"):
            client.clip(clip)
        with pytest.raises(RepriseError) as refused:
            client.remove_clip("clip0")
        return prompt, refused.value.code

    errand = Errand(process, work)
    done(errand)
    assert errand.error is None
    assert errand.result == ("ein Schritt \N{SNOWMAN} & more", "not_own")


def test_a_refusal_and_a_mistake_of_ours_are_sentences(backend):
    process = backend()
    refused = Errand(process, lambda client, _tell: client.add_clips("a.bvh", b"[bad]", "", "", ""))
    done(refused)
    assert (refused.error.code, refused.result) == ("no_motion", None)
    wrong = Errand(process, lambda _client, _tell: 1 / 0)
    done(wrong)
    assert (wrong.error.code, "ZeroDivisionError" in wrong.error.message) == ("internal", True)


def test_a_cancelled_errand_is_over_at_once_and_its_work_stops_at_its_next_word(backend):
    begun, go_on, spoken = threading.Event(), threading.Event(), []

    def work(_client, tell):
        tell("first")
        begun.set()
        go_on.wait(10)
        tell("second")
        spoken.append("never")

    errand = Errand(backend(), work)
    errand.start()
    assert begun.wait(30)
    errand.cancel()
    assert errand.is_over and errand.told == () and errand.error is None
    go_on.set()
    errand._thread.join(10)
    assert not errand._thread.is_alive() and spoken == []
    assert not errand.pump() or errand.told == ()


def test_waiting_gives_up_with_a_sentence(playing):
    release = threading.Event()
    errand = Errand(playing(), lambda _client, _tell: release.wait(20))
    errand.start()
    changes = []
    errand.wait(lambda: changes.append(errand.error), 0.2)
    release.set()
    assert [change.code for change in changes] == ["errand_timeout"]


def test_a_backend_that_dies_is_told_as_the_backend_tells_it(playing):
    process = playing()

    def work(client, tell):
        tell("there")
        process._child.process.kill()
        process._child.process.wait()
        return client.retrieve(Request("a person walks"))

    errand = Errand(process, work)
    done(errand)
    assert errand.result is None
    assert errand.error is not None and errand.error.message
