"""The one line that says where the backend answers, out of whatever else a process prints."""

import io
import queue

import pytest
from reprise_addon.bridge.ready_line import ReadyLine

NOISE = b'warming up\n{"url": 7, "token": "t"}\n["url"]\n\xff\xfe\n'


def test_the_line_is_found_among_others_and_the_end_is_told():
    ready = ReadyLine(io.BytesIO(NOISE + b'{"url": "http://127.0.0.1:5", "token": "t"}\nlater\n'))
    assert ready.wait(5.0) == ("http://127.0.0.1:5", "t")
    assert ready.wait(5.0) is None


def test_output_without_it_ends_with_nothing():
    assert ReadyLine(io.BytesIO(NOISE)).wait(5.0) is None


def test_a_process_that_says_nothing_is_waited_for_no_longer_than_asked():
    class Silent(io.BytesIO):
        def __iter__(self):
            yield released.get()

    released: queue.Queue[bytes] = queue.Queue()
    ready = ReadyLine(Silent())
    with pytest.raises(queue.Empty):
        ready.wait(0.05)
    released.put(b"at last\n")
    assert ready.wait(5.0) is None
