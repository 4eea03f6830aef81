"""`reprise doctor`: a check-up whose text can be pasted into a bug report."""

from __future__ import annotations

import typer

from . import options
from .console import print_json

_FAILED = 1


def doctor(as_json: options.Json = False) -> None:
    """Check the installation: versions, what is missing or damaged, device, disk, speed. No private data is shown.

    Exit code 1 when something has to be mended.
    """
    from reprise.doctor.checkup import check_up
    from reprise.doctor.finding import Status

    findings = []
    for finding in check_up():
        findings.append(finding)
        if not as_json:
            typer.echo(f"{finding.status:<9} {finding.subject:<16} {finding.text}")
            if finding.hint:
                typer.echo(f"{'':<26} {finding.hint}")
    problems = sum(finding.status is Status.PROBLEM for finding in findings)
    if as_json:
        print_json({"problems": problems, "findings": [finding.to_json() for finding in findings]})
    else:
        typer.echo(f"{problems} to mend." if problems else "Everything is in order.")
    if problems:
        raise typer.Exit(_FAILED)
