"""`reprise evaluate-retrieval`: how well texts find motions, and which method's references fit better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .console import print_json, progress_bar

if TYPE_CHECKING:
    from reprise.evaluation.retrieval_report import RetrievalReport


def evaluate_retrieval(
    data: Annotated[Path, typer.Option(help="A training set of `reprise data build`.")],
    retriever: options.Retriever = None,
    judge: Annotated[
        Path | None,
        typer.Option(
            help="Weights of the contrastive model (.safetensors), which judges the references; none: nobody."
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="The split whose captions ask.")] = "test",
    database: Annotated[str, typer.Option(help="The split that references come from.")] = "train",
    references: Annotated[int, typer.Option("-k", min=1, help="How many references each caption gets.")] = 2,
    as_json: options.Json = False,
) -> None:
    """Measure retrieval: recall and median rank over a split both ways, and Equation 4 against the momentum retriever.

    A motion is right for every caption that it has; what ranks as high as the best right answer counts as before it.
    """
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise import assets, text
        from reprise.data.dataset import load
        from reprise.evaluation.embedding import ContrastiveEvaluator
        from reprise.evaluation.retrieval_report import measure
        from reprise.pipelines.momentum_embedding import MomentumEmbedder

        dataset = load(data)
        embedder = MomentumEmbedder.load(retriever or assets.RETRIEVER)
        judging = ContrastiveEvaluator.load(judge) if judge else None
        encoder = text.load(text.DEFAULT)
        report = measure(dataset, embedder, encoder, judging, split, database, references, on_stage)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)


def _print(report: RetrievalReport) -> None:
    from rich.console import Console
    from rich.table import Table

    from reprise.evaluation.ranking import RECALLS

    console = Console(markup=False, highlight=False)
    heads = ("n", "of", *(f"R@{k}" for k in RECALLS), "median", "MRR")
    for space, directions in report.rankings.items():
        table = Table(f"{report.split}, {space}", *heads, box=None, header_style="bold", title_justify="left")
        for name, row in directions.items():
            recalls, lots = ([f"{100 * part[k]:.1f}" for k in RECALLS] for part in (row.recall, row.chance))
            counts = (str(row.n), str(row.gallery))
            rest = (f"{row.median_rank:g}", f"{row.mean_reciprocal_rank:.3f}")
            table.add_row(name.replace("_", " "), *counts, *recalls, *rest)
            table.add_row("  by chance", "", "", *lots)
        console.print(table)
        console.print()
    if report.fits:
        title = f"{report.k} references from {report.database}"
        table = Table(title, "n", "to text", "to motion", "to text, against hybrid", box=None, header_style="bold")
        for name, fit in report.fits.items():
            mean, low, high = fit.against
            against = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
            table.add_row(name, str(fit.n), f"{fit.to_text:.3f}", f"{fit.to_motion:.3f}", against)
        console.print(table)
