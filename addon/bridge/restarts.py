"""When to start a crashed backend again: after longer and longer pauses, and not for ever."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Doubling pauses from `first` to `longest` seconds; gives up after `attempts` crashes within `window` seconds."""

    first: float = 2.0
    longest: float = 60.0
    attempts: int = 5
    window: float = 300.0
    _crashes: list[float] = field(default_factory=list)

    def after_crash(self, now: float) -> float | None:
        """Seconds to wait before the next start, or None: enough. `now` is any clock that never goes back."""
        self._crashes = [then for then in self._crashes if now - then < self.window] + [now]
        count = len(self._crashes)
        return None if count > self.attempts else min(self.longest, self.first * 2 ** (count - 1))

    def forget(self) -> None:
        """The user took over: the next crash is the first again."""
        self._crashes.clear()
