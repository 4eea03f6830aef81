"""`reprise evaluate`: the field's figures of recorded motion, references and engines on a built data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.contract import SOLVERS
from reprise_core.errors import RepriseError

from . import options
from .console import note, print_json, progress_bar

if TYPE_CHECKING:
    from reprise.evaluation.embedding import Evaluator
    from reprise.evaluation.results import Results
    from reprise.evaluation.systems import System

_REPEATS, _TEXTS, _GENERATIONS = 20, 100, 30  # the protocol's
_QUICK_REPEATS, _QUICK_TEXTS, _QUICK_GENERATIONS, _QUICK_LIMIT = 2, 4, 3, 64

_Systems = Annotated[
    list[str] | None,
    typer.Option("--system", help="A system of the tables, such as real, full or remomask; may be given again."),
]
_Method = Annotated[
    str | None, typer.Option(help="What the sentence is compared with: hybrid: captions; momentum: motions.")
]
_Guidance = Annotated[
    str | None,
    typer.Option(
        help="checkpoint, guidance, searched, searched-early, published; a scale; two of remomask, such as 1,0.5, or a"
        " scale and the t where guidance ends, such as 2.5,400."
    ),
]
_Published = Annotated[
    Path | None, typer.Option(help="Folder with the published evaluator's weights and word vectors, instead.")
]
_Tagged = Annotated[
    Path | None, typer.Option(help="HumanML3D's folder of text files, whose tagged words the published one needs.")
]
_Changes = Mapping[str, object]  # names of `Sampling`; None: as the system has it
_Tables = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Measure all systems of the results; write tables and plots to DIR.")
]


def evaluate(
    data: Annotated[Path, typer.Option(help="A data set of 'reprise data build'.")],
    contrastive: Annotated[
        Path | None, typer.Option(help="A checkpoint of 'reprise train contrastive'; the shipped one if not given.")
    ] = None,
    published: _Published = None,
    tagged: _Tagged = None,
    systems: _Systems = None,
    tables: _Tables = None,
    checkpoint: options.Checkpoint = None,
    masked: Annotated[Path | None, typer.Option("--remomask", help="Weights of ReMoMask (.safetensors).")] = None,
    library: options.Library = None,
    split: Annotated[str, typer.Option(help="The split whose captions are asked for.")] = "test",
    unseen: Annotated[bool, typer.Option("--unseen", help="Only recordings and captions that training lacks.")] = False,
    repeats: Annotated[int | None, typer.Option(min=1, help=f"How often everything is drawn anew; {_REPEATS}.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides captions, noise, pools and pairs.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many clips of the split.")] = None,
    texts: Annotated[int | None, typer.Option(min=0, help=f"Texts for MultiModality; 0: without; {_TEXTS}.")] = None,
    generations: Annotated[int | None, typer.Option(min=2, help=f"Motions of each such text; {_GENERATIONS}.")] = None,
    steps: Annotated[int, typer.Option(min=0, help="Sampler steps; 0: as many as the engine is made for.")] = 0,
    solver: Annotated[str | None, typer.Option(help=f"The sampler's solver: {' or '.join(SOLVERS)}.")] = None,
    k: Annotated[int | None, typer.Option("-k", help="How many references; 2 where there are any.")] = None,
    semantic_only: Annotated[bool, typer.Option("--semantic-only", help="Retrieve by meaning, not by length.")] = False,
    method: _Method = None,
    guidance: _Guidance = None,
    precision: options.Precision = None,
    stride: Annotated[int | None, typer.Option(help="Every so many frames of a reference; as trained.")] = None,
    out: Annotated[Path | None, typer.Option(help="Figures (.json); what is in it is not measured again.")] = None,
    motions: Annotated[
        Path | None, typer.Option(help="A folder to keep made motions in, for measuring them with another evaluator.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer clips and repeats: to see that all runs.")] = False,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> None:
    """Measure R-precision, FID, MM Dist, Diversity, MultiModality, rareness, physics, copying and speed.

    Motion is asked for with the captions of a split. References come from the library, which must hold none of the
    split's clips: make it of the training split. A caption's own recording is never its reference. A
    run that is stopped goes on when the same command is given.
    """
    from reprise.data import dataset as datasets
    from reprise.evaluation import leaks, results
    from reprise.evaluation import tables as known
    from reprise.evaluation.protocol import Protocol, prepare
    from reprise.evaluation.systems import Files

    if tables and (systems or out):
        raise RepriseError("bad_option", "--tables measures its own systems.", "Leave out --system and --out.")
    changes = (steps, solver, k, semantic_only, method, guidance, precision, stride)
    if tables and any(value not in (None, 0, False) for value in changes):
        hint = "Leave out options of references and sampling, or name systems with --system."
        raise RepriseError("bad_option", "--tables measures its own systems, as they are.", hint)
    given = {"remodiffuse": checkpoint, "remomask": masked}
    files = Files({engine: path for engine, path in given.items() if path}, library, device)
    if tables:
        chosen = {name: one for name, one in known.all_systems().items() if results.can_be_made(one, files)}
        out = tables / "results.json"
    else:
        references = {"k": k, "length_decay": 0.0 if semantic_only else None, "method": method}
        sampling = {
            "steps": steps or None,
            "solver": solver,
            "guidance": guidance,
            "stride": stride,
            "precision": precision,
        }
        chosen = _chosen(systems, references, sampling)
    if quick:
        repeats, limit, generations = (
            repeats or _QUICK_REPEATS,
            limit or _QUICK_LIMIT,
            generations or _QUICK_GENERATIONS,
        )
        texts = _QUICK_TEXTS if texts is None else texts
    protocol = Protocol(split, unseen, seed, limit, _TEXTS if texts is None else texts, generations or _GENERATIONS)
    dataset = datasets.load(data)
    if any(system.source != "real" for system in chosen.values()):
        leaks.check(dataset, split, library)
    with progress_bar() as on_stage:
        evaluator, source = _evaluator(contrastive, published, tagged)
        ground = prepare(dataset, evaluator, protocol, on_stage)
        settings = results.settings_of(ground, source, files)
        measured = results.measure(ground, settings, chosen, files, repeats or _REPEATS, out, motions, on_stage)
    if tables:
        _write_tables(measured, tables)
    if as_json:
        print_json(measured.to_json())
    else:
        _print(measured)


def _chosen(names: list[str] | None, references: _Changes, sampling: _Changes) -> dict[str, System]:
    """The systems by name, changed as the options say; references change only systems that have some."""
    from reprise.evaluation.tables import all_systems

    known, chosen = all_systems(), {}
    for name in names or ("real", "retrieval", "no-references", "full"):
        if name not in known:
            raise RepriseError("bad_system", f"There is no system '{name}'.", f"Use {', '.join(known)}.")
        system = known[name]
        changes = {**(references if system.sampling.k else {}), **(sampling if system.source == "engine" else {})}
        chosen[name] = system.varied(**{key: value for key, value in changes.items() if value is not None})
    return chosen


def _evaluator(contrastive: Path | None, published: Path | None, tagged: Path | None) -> tuple[Evaluator, Path]:
    """The evaluator, and the file or folder that it is from."""
    if contrastive and published:
        raise RepriseError("bad_option", "Two evaluators are given.", "Give either --contrastive or --published.")
    if published:
        from reprise.evaluation.published import PublishedEvaluator

        return PublishedEvaluator.load(published, tagged), published
    from reprise import assets
    from reprise.evaluation.embedding import ContrastiveEvaluator

    return ContrastiveEvaluator.load(contrastive or assets.CONTRASTIVE), contrastive or assets.CONTRASTIVE


def _write_tables(measured: Results, folder: Path) -> None:
    from reprise.evaluation import plots, tables
    from reprise_core.motion import write_file

    write_file(folder / "results.md", tables.markdown(measured).encode())
    for path in (folder / "results.md", *plots.draw(measured, folder)):
        note(str(path))


def _print(measured: Results) -> None:
    from rich.console import Console
    from rich.table import Table

    from reprise.evaluation.tables import FLOORS

    figures = {name: one.figures() for name, one in measured.systems.items()}
    table = Table(box=None, pad_edge=False)
    table.add_column(f"n = {measured.n}")
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    for key in dict.fromkeys(key for row in figures.values() for key in row):
        cells = [f"{row[key].mean:.3f} ± {row[key].half_width:.3f}" if key in row else "-" for row in figures.values()]
        table.add_row(key.replace("_", " "), *cells)
    console = Console(width=max(Console().width, 40 + 22 * len(figures)), markup=False, highlight=False)
    console.print(table)
    for key, text in FLOORS.items():
        values = [repeat[key] for repeat in measured.floor]
        n = measured.floor[0][f"{key}_n"]
        console.print(f"FID of recorded motion, {text}: {sum(values) / len(values):.3f} (n = {n:.0f})")
