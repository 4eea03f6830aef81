"""The contract between the add-on and the backend: what is asked for, and what is told on the way.

A `Request` is the only input of a generation, wherever it comes from (command line, HTTP, panel, batch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import RepriseError

CONTRACT_VERSION = 1
SOLVER_STEPS = {"dpm++": 15, "ddim": 50}  # of remodiffuse; the first is the default: nearer to the limit, and faster
SOLVERS = tuple(SOLVER_STEPS)
DEFAULT_STEPS = {"remodiffuse": SOLVER_STEPS[SOLVERS[0]], "remomask": 10}  # what each engine is made for
ENGINES = tuple(DEFAULT_STEPS)
RETRIEVAL_METHODS = ("hybrid", "momentum")
MODEL_FPS = 20.0
MIN_SECONDS, MAX_SECONDS = 1.0, 9.8
MAX_PROMPT = 500
MAX_SEGMENTS, MAX_TOTAL_SECONDS = 16, 60.0  # of a sequence, the first prompt counted
MAX_COUNT = 16
MAX_STEPS = 1000
MAX_REFERENCES = 8
MAX_PINNED = 32  # every one of them counts, whatever k is
MAX_NAMES, MAX_NAME = 1000, 200  # names in a list, characters in a name
MAX_LENGTH_DECAY = 1000.0
MAX_UPLOAD_BYTES = 16 * 2**20  # of a file that is added to the library
MAX_CAPTIONS_TEXT, MAX_TAGS_TEXT = 2000, 500  # characters in all that is said of what is added
MAX_SEED = 2**31 - 1  # what a Blender IntProperty holds


@dataclass(frozen=True)
class References:
    """How references are chosen: the `k` best by Equation 4, `pinned` ids first, `excluded` ids never.

    `method` says what the sentence is compared with: the clips' captions ("hybrid", Zhang et al., 2023), or the motions
    themselves by the bidirectional momentum model ("momentum", Li et al., 2025); the lengths count the same in both.
    `strength` scales how much the references count: 0 = as if there were none, 1 = as trained. Clips that are not
    pinned must carry all `tags` and have one of the `sources` and one of the `licences`; none given, none asked for.
    `length_decay` is Equation 4's lambda. At most one clip of a recording is chosen (its mirrored twin and its other
    windows belong to it), with `repeats` as many as rank first.
    """

    k: int = 2
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    strength: float = 1.0
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    length_decay: float = 0.1
    repeats: bool = False
    method: str = "hybrid"


@dataclass(frozen=True)
class Segment:
    """What happens next in a sequence, and for how long."""

    prompt: str
    seconds: float

    @property
    def frames(self) -> int:
        """Length in frames at the models' 20 fps."""
        return max(1, round(self.seconds * MODEL_FPS))

    @classmethod
    def from_text(cls, text: str) -> Segment:
        """Reads 'sits down:4'. Raises `RepriseError` where the seconds are missing."""
        prompt, _, seconds = text.rpartition(":")
        try:
            return cls(prompt.strip(), float(seconds))
        except ValueError as error:
            message = f"'{text.strip()}' does not end with its seconds."
            raise RepriseError("bad_then", message, "Write it as 'sits down:4'.") from error


@dataclass(frozen=True)
class Request:
    """One generation: a sentence, a length in seconds and a seed. The same request gives the same motion.

    `then` are further sentences with their lengths: all of it becomes one continuous motion. `solver` is that of the
    diffusion sampler: "dpm++" needs a third of the steps of "ddim". `steps` are those of the engine's sampler (with
    remomask the iterations); 0 stands for those that engine and solver are made for, and a request that is made has
    that number. Constructing a request checks every value and raises `RepriseError` naming the first that is out of
    range, one of `then` by its index.
    """

    prompt: str
    seconds: float = 6.0
    seed: int = 0
    count: int = 1
    engine: str = "remodiffuse"
    steps: int = 0
    references: References = field(default_factory=References)
    text_strength: float = 1.0
    solver: str = SOLVERS[0]
    then: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        _check_segment(self.segments[0])
        _check_integer("count", self.count, 1, MAX_COUNT)
        _check_integer("seed", self.seed, 0, MAX_SEED + 1 - self.count)  # take i has the seed SEED + i
        _check_integer("steps", self.steps, 0, MAX_STEPS)
        _check_integer("k", self.references.k, 0, MAX_REFERENCES)
        _check_number("reference strength", self.references.strength, 0.0, 2.0)
        _check_number("length decay", self.references.length_decay, 0.0, MAX_LENGTH_DECAY)
        _check_names("pinned", self.references.pinned, MAX_PINNED)
        for name in ("excluded", "tags", "sources", "licences"):
            _check_names(name, getattr(self.references, name), MAX_NAMES)
        if not isinstance(self.references.repeats, bool):
            raise RepriseError("bad_request", f"repeats is {self.references.repeats!r}.", "It must be true or false.")
        if self.references.method not in RETRIEVAL_METHODS:
            message = f"There is no retrieval method '{self.references.method}'."
            raise RepriseError("bad_method", message, f"Use one of: {', '.join(RETRIEVAL_METHODS)}.")
        _check_number("text strength", self.text_strength, 0.0, 2.0)
        if self.engine not in ENGINES:
            raise RepriseError(
                "bad_engine", f"There is no engine '{self.engine}'.", f"Use one of: {', '.join(ENGINES)}."
            )
        if self.solver not in SOLVERS:
            raise RepriseError(
                "bad_solver", f"There is no solver '{self.solver}'.", f"Use one of: {', '.join(SOLVERS)}."
            )
        own = SOLVER_STEPS[self.solver] if self.engine == "remodiffuse" else DEFAULT_STEPS[self.engine]
        object.__setattr__(self, "steps", self.steps or own)
        if self.then:
            _check_sequence(self.segments)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All that happens: the prompt itself, then `then`."""
        return (Segment(self.prompt, self.seconds), *self.then)

    @property
    def frames(self) -> int:
        """Length in frames at the models' 20 fps, of all segments together."""
        return sum(segment.frames for segment in self.segments)

    def to_json(self) -> dict[str, Any]:
        """The body of `POST /v1/generate`."""
        return asdict(self)

    @staticmethod
    def from_json(body: object) -> Request:
        """Reads a request body; unknown or ill-typed fields raise `RepriseError` that names them."""
        values = _known_fields("the request", body, Request.__dataclass_fields__)
        if "prompt" not in values:
            raise RepriseError("bad_prompt", "The request has no prompt.", "Send {'prompt': 'a person walks forward'}.")
        if "references" in values:
            given = _known_fields("references", values["references"], References.__dataclass_fields__)
            for name in ("pinned", "excluded", "tags", "sources", "licences"):
                words = given.get(name, [])
                if not isinstance(words, (list, tuple)) or not all(isinstance(item, str) for item in words):
                    raise RepriseError("bad_request", f"references.{name} is {words!r}.", "Send a list of strings.")
                given[name] = tuple(words)
            values["references"] = References(**_whole_numbers(given, "k"))
        if "then" in values:
            values["then"] = _read_segments(values["then"])
        return Request(**_whole_numbers(values, "seed", "count", "steps"))


@dataclass(frozen=True)
class Reference:
    """A retrieved clip with the parts of its score (Eq. 4): `score = semantic * exp(-lambda * length)`.

    `semantic` is the cosine of the sentence features, or by the method "momentum" that of sentence and motion;
    `length` the relative difference of lengths in [0, 1].
    """

    id: str
    caption: str
    semantic: float
    length: float
    score: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The row that `reprise retrieve --json` prints."""
        return asdict(self)


@dataclass(frozen=True)
class Progress:
    """One event on the way: which stage, step of total, and the seconds left (None while unknown)."""

    stage: str
    step: int
    total: int
    eta: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The data of one server-sent event."""
        return asdict(self)


def _known_fields(what: str, body: object, known: Mapping[str, object]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise RepriseError("bad_request", f"{what} must be a JSON object, not {type(body).__name__}.")
    for name in body:
        if name not in known:
            raise RepriseError(
                "bad_request", f"{what} has an unknown field '{name}'.", f"Known are: {', '.join(known)}."
            )
    return dict(body)


def _whole_numbers(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """JSON knows one kind of number: 4.0 is the whole number 4 (RFC 8259, section 6)."""
    whole = {name: int(value) for name in names if isinstance(value := values.get(name), float) and value.is_integer()}
    return values | whole


def _read_segments(given: object) -> tuple[Segment, ...]:
    if not isinstance(given, (list, tuple)):
        raise RepriseError("bad_request", f"then is {given!r}.", "Send a list of {'prompt': ..., 'seconds': ...}.")
    names = Segment.__dataclass_fields__
    for index, body in enumerate(given):
        values = _known_fields(f"then[{index}]", body, names)
        for name in names:
            if name not in values:
                raise RepriseError("bad_request", f"then[{index}] has no {name}.")
    return tuple(Segment(**body) for body in given)


def _check_segment(segment: Segment) -> None:
    prompt = segment.prompt
    if not isinstance(prompt, str) or not prompt.strip():
        raise RepriseError("bad_prompt", "The prompt is empty.", "Describe a motion, such as 'a person walks forward'.")
    if len(prompt) > MAX_PROMPT:
        message = f"The prompt has {len(prompt)} characters; at most {MAX_PROMPT} are allowed."
        raise RepriseError("bad_prompt", message, "Shorten it.")
    _check_number("seconds", segment.seconds, MIN_SECONDS, MAX_SECONDS)


def _check_sequence(segments: Sequence[Segment]) -> None:
    if len(segments) > MAX_SEGMENTS:
        message = f"The sequence has {len(segments)} prompts; at most {MAX_SEGMENTS} are allowed."
        raise RepriseError("bad_sequence", message, "Generate it in two parts.")
    for index, segment in enumerate(segments[1:]):
        try:
            _check_segment(segment)
        except RepriseError as error:
            raise RepriseError(error.code, f"then[{index}]: {error.message}", error.hint) from error
    total = sum(segment.seconds for segment in segments)
    if total > MAX_TOTAL_SECONDS:
        message = f"The sequence lasts {total:g} seconds; at most {MAX_TOTAL_SECONDS:g} are allowed."
        raise RepriseError("bad_sequence", message, "Shorten it, or generate it in two parts.")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    # What is no number or infinite is not between; no conversion, which the largest integers would not survive.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise RepriseError(
            f"bad_{name.replace(' ', '_')}", f"{name} is {value!r}.", f"It must be between {low:g} and {high:g}."
        )


def _check_names(what: str, names: Sequence[str], most: int) -> None:
    if len(names) > most:
        raise RepriseError("bad_request", f"references.{what} has {len(names)} names.", f"Send at most {most}.")
    for name in names:
        if len(name) > MAX_NAME:
            message = f"references.{what} has a name of {len(name)} characters."
            raise RepriseError("bad_request", message, f"At most {MAX_NAME} are allowed.")


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RepriseError(f"bad_{name}", f"{name} is {value!r}.", f"It must be a whole number from {low} to {high}.")
