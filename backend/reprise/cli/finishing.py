"""What is done to takes before they are written: another frame rate, a loop, no travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from reprise_core.motion import Motion


@dataclass(frozen=True)
class Finish:
    """Constructing one checks it, before anything is generated; `fps` None is the motion's own rate.

    Raises `RepriseError` for an impossible rate, and for travel that should both vanish and be kept.
    """

    fps: float | None = None
    loop: bool = False
    in_place: bool = False
    root_track: bool = False

    def __post_init__(self) -> None:
        if self.fps is not None:
            from reprise_core.resample import frame_rate

            frame_rate(self.fps)
        if self.in_place and self.root_track:
            sentence = "--in-place takes the travel away and --root-track keeps it, so that they cannot go together."
            raise RepriseError("bad_options", sentence, "Give one of them.")

    def apply(self, takes: Sequence[Motion]) -> list[Motion]:
        """The takes, finished. Raises `RepriseError`, naming the take, where no cycle can be found in it."""
        return [self._finished(take, index, len(takes)) for index, take in enumerate(takes)]

    def _finished(self, take: Motion, index: int, count: int) -> Motion:
        from reprise_core.looping import loop
        from reprise_core.resample import resample
        from reprise_core.root_motion import in_place, to_root_track

        # The rate first: a cycle is then a whole number of its frames.
        motion = take if self.fps is None else resample(take, self.fps)
        if self.loop:
            try:
                motion = loop(motion)
            except RepriseError as error:
                which = f"Take {index}: " if count > 1 else ""
                raise RepriseError(error.code, f"{which}{error.message}", error.hint) from error
        if self.in_place:
            return in_place(motion)
        return to_root_track(motion) if self.root_track else motion
