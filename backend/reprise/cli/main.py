"""The `reprise` command: its sub-commands, and how every error becomes one line and an exit code.

0 is success, 2 bad usage or bad input, 130 an interrupt from the keyboard, 1 what nobody foresaw.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.main import get_command

from reprise_core.errors import Cancelled, RepriseError

from .. import __version__
from ..serving.failures import explain
from . import (
    bench,
    bulk,
    convert,
    data,
    doctor,
    evaluate,
    evaluate_retrieval,
    features,
    generate,
    library,
    physics,
    render,
    retrieve,
    serve,
    train,
)

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="reprise",
    help="Text to human motion: recalls similar motions from a library and re-creates a new one from them.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate")(generate.generate)
app.command("bulk")(bulk.bulk)
app.command("retrieve")(retrieve.retrieve)
app.command("convert")(convert.convert)
app.command("render")(render.render)
app.command("physics")(physics.physics)
app.command("evaluate-retrieval")(evaluate_retrieval.evaluate_retrieval)
app.command("bench")(bench.bench)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(features.app, name="features")
app.add_typer(library.app, name="library")
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, by default that of `sys.argv`, and returns its exit code."""
    _never_fail_to_print(sys.stdout)
    _never_fail_to_print(sys.stderr)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _command()(args=given, prog_name="reprise", standalone_mode=False)
    except (KeyboardInterrupt, Cancelled):
        code = INTERRUPTED
    except typer.TyperException as error:
        return _complain(_misused(error), BAD_INPUT)
    except RepriseError as error:
        return _complain(str(error), BAD_INPUT)
    except Exception as error:
        return _complain(_unforeseen(error), FAILED)
    if code == INTERRUPTED:
        return _complain("Interrupted.", INTERRUPTED)
    return code if isinstance(code, int) else OK


@cache
def _command() -> Callable[..., Any]:
    """The whole tree of commands, built once: a program that runs many of them waits for it only the first time."""
    return get_command(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Prints the version, or the help when no command is given."""
    if version:
        typer.echo(__version__)
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _misused(error: typer.TyperException) -> str:
    """What was wrong with the command line, and whose help explains it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "reprise"
    return f"{error.format_message().rstrip('.')}. Try '{command} --help'."


def _unforeseen(error: Exception) -> str:
    """One line about `error`; its traceback goes to a file."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    with tempfile.NamedTemporaryFile("w", prefix="reprise-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    known = explain(error)
    sentence = f"Unexpected {type(error).__name__}: {error}." if known.code == "internal" else str(known)
    return f"{sentence} Details are in {Path(log.name)}"


def _complain(sentence: str, code: int) -> int:
    print("reprise:", " ".join(sentence.split()), file=sys.stderr)  # noqa: T201
    return code


def _never_fail_to_print(stream: TextIO) -> None:
    """Captions may hold characters that a terminal's code page lacks; those are escaped."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
