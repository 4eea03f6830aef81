"""Turns between clients: nobody waits behind all that another has asked for, and nobody's own order changes."""

from __future__ import annotations

from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.serving.fair_queue import FairQueue

CLIENTS = st.sampled_from("abc")


def test_a_client_that_asks_for_much_does_not_hold_up_one_that_asks_for_little():
    queue: FairQueue[str] = FairQueue()
    for number in range(5):
        queue.push("batch", f"batch{number}")
    queue.push("panel", "panel0")
    assert [queue.pop() for _ in range(6)] == ["batch0", "panel0", "batch1", "batch2", "batch3", "batch4"]
    with pytest.raises(IndexError):
        queue.pop()


def test_what_is_taken_out_of_turn_changes_nobodys_turn():
    queue: FairQueue[str] = FairQueue()
    for client, item in (("a", "a0"), ("a", "a1"), ("b", "b?"), ("c", "c?"), ("c", "c0")):
        queue.push(client, item)
    assert [queue.take_first(lambda item: item.endswith("?")) for _ in range(3)] == ["b?", "c?", None]
    assert [queue.pop() for _ in range(len(queue))] == ["a0", "c0", "a1"]


@given(st.lists(CLIENTS, max_size=60))
def test_each_client_is_served_in_its_own_order_and_everything_once(clients: list[str]):
    queue: FairQueue[tuple[str, int]] = FairQueue()
    for number, client in enumerate(clients):
        queue.push(client, (client, number))
    assert len(queue) == len(clients)
    served = [queue.pop() for _ in clients]
    assert sorted(served) == sorted(queue_items(clients))
    for client in "abc":
        own = [number for name, number in served if name == client]
        assert own == sorted(own)


@given(st.lists(st.one_of(CLIENTS, st.none()), max_size=120))
def test_between_two_turns_of_a_waiting_client_every_other_gets_at_most_one(steps: list[str | None]):
    """A letter pushes an item of that client, None serves one; whoever waits is overtaken by each other at most once
    more than it is served."""
    queue: FairQueue[str] = FairQueue()
    overtaken: dict[str, Counter[str]] = {}
    for step in steps:
        if step is not None:
            queue.push(step, step)
            overtaken.setdefault(step, Counter())
        elif len(queue):
            served = queue.pop()
            overtaken[served] = Counter()
            if not queue.length_of(served):
                del overtaken[served]
            for client, others in overtaken.items():
                if client != served:
                    others[served] += 1
                    assert others[served] <= 1


@given(st.lists(st.tuples(CLIENTS, st.integers(0, 3)), max_size=40))
def test_discarding_leaves_the_others(pushed: list[tuple[str, int]]):
    queue: FairQueue[tuple[str, int, int]] = FairQueue()
    kept: deque[tuple[str, int, int]] = deque()
    for number, (client, kind) in enumerate(pushed):
        queue.push(client, (client, kind, number))
        kept.append((client, kind, number))
    for item in list(kept):
        if item[1] == 0:
            queue.discard(item[0], item)
            queue.discard(item[0], item)  # again: nothing to do
            kept.remove(item)
    assert sorted(queue) == sorted(kept)
    assert len(queue) == len(kept)
    assert all(queue.length_of(client) == sum(item[0] == client for item in kept) for client in "abcd")


def test_ahead_goes_before_the_clients_own_items_only():
    queue: FairQueue[str] = FairQueue()
    queue.push("a", "a0")
    queue.push("b", "b0")
    queue.push("b", "b1", ahead=True)
    assert list(queue) == ["a0", "b1", "b0"]


def queue_items(clients: list[str]) -> list[tuple[str, int]]:
    return [(client, number) for number, client in enumerate(clients)]
