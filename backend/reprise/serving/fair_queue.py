"""A queue in which nobody waits behind all that another has asked for: the clients take turns."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """First in, first out for each client; between clients round-robin (Nagle, RFC 970, "fair queueing").

    Whoever has just been served goes behind the others that wait, so a client waits for at most one item of each other
    client before its own first. Not thread-safe.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Item]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[Item]:
        for line in self._lines.values():
            yield from line

    def length_of(self, client: str) -> int:
        """How many items of one client wait."""
        return len(self._lines.get(client, ()))

    def push(self, client: str, item: Item, *, ahead: bool = False) -> None:
        """Puts an item at the end of its client's line, or at its start with `ahead`."""
        line = self._lines.setdefault(client, deque())
        line.appendleft(item) if ahead else line.append(item)

    def pop(self) -> Item:
        """Takes the item whose turn it is; raises IndexError when none waits."""
        if not self._lines:
            raise IndexError("nothing waits")
        client, line = self._lines.popitem(last=False)
        item = line.popleft()
        if line:
            self._lines[client] = line  # at the end
        return item

    def take_first(self, wanted: Callable[[Item], bool]) -> Item | None:
        """Takes the first item that is wanted, in the order of turns, which stays as it is; None when none is."""
        for client, line in self._lines.items():
            for item in line:
                if wanted(item):
                    self.discard(client, item)
                    return item
        return None

    def discard(self, client: str, item: Item) -> None:
        """Takes an item out of its client's line, if it is there."""
        line = self._lines.get(client, deque())
        if item in line:
            line.remove(item)
        if not line:
            self._lines.pop(client, None)

    def clear(self) -> None:
        """Drops everything."""
        self._lines.clear()
