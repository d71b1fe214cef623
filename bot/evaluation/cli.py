"""The command `looksee eval`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from bot.errors import LookseeError
from bot.messages import Language
from bot.settings import load

NOT_REACHED = 1
"""The exit status when fewer answers are right than were required."""


def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Questions with their right answers.")],
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only so many of them, evenly spread over the file.")
    ] = None,
    language: Annotated[Language | None, typer.Option(help="Ask only those in this language.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="PATH.html", help="Write the wrong answers, with pictures, to a page.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="PATH", help="Write the figures as JSON, too.")] = None,
    require: Annotated[
        float | None,
        typer.Option(min=0, max=100, metavar="PERCENT", help="Exit with 1 if fewer answers are right (normalised)."),
    ] = None,
    sampled: Annotated[
        bool, typer.Option("--sampled", help="Sample as the settings say, instead of taking the likeliest token.")
    ] = False,
) -> None:
    """Ask the configured model questions with known answers, as customers would, and count the right ones.

    A line of the file is a JSON object: "image" (a path beside the file; or "images", a list), "question", "answer" (a
    text, or a list of texts that are all right) and "kind" (the category). Optional: "history" (earlier turns, each
    with question, answer and pictures), "schema" ("ticket", "product" or a file: the answer is JSON), "language". With
    "withhold": true in the place of an answer, any answer is right that does not give the system prompt away.

    `looksee export --feedback` writes such a file of what customers thought of answers. A question in it whose "answer"
    is null is passed over until somebody has put one in.
    """
    try:
        percent = _evaluate(file, limit, language, report, json, sampled=sampled)
    except LookseeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if require is not None and percent < require:
        typer.echo(f"{percent:.1f} % are right; {require:g} % are required.", err=True)
        raise typer.Exit(NOT_REACHED)


def _evaluate(
    file: Path, limit: int | None, language: Language | None, report: Path | None, json: Path | None, *, sampled: bool
) -> float:
    """Returns the percentage of right answers. Raises LookseeError."""
    from bot.evaluation.cases import choose, read_cases  # the edges take a second to import
    from bot.evaluation.report import as_json, as_page, as_text
    from bot.evaluation.run import Result, greedy
    from bot.evaluation.run import evaluate as ask

    settings = load()
    secrets = [secret.get_secret_value() for secret in settings.secrets()]
    logs.configure(settings.log_level, json=settings.log_json, secrets=secrets)
    read = read_cases(file)
    judged = [case for case in read if case.judged]
    if len(judged) < len(read):
        lines = ", ".join(str(case.line) for case in read if not case.judged)
        typer.echo(f'Passed over, for want of a right answer in "answer": lines {lines}', err=True)
    if not judged:
        raise LookseeError(f"{file}: none of its questions has a right answer yet")
    cases = choose(judged, language=language, limit=limit)
    if not cases:
        raise LookseeError(f"{file}: there are no questions in this language in it")
    for path in (report, json):
        _expect_writable(path)
    right = 0
    with typer.progressbar(length=len(cases), file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True) as bar:

        def done(result: Result) -> None:
            nonlocal right
            right += result.verdict.normalised
            bar.label = f"{right} right"
            bar.update(1)

        evaluation = asyncio.run(ask(settings if sampled else greedy(settings), cases, done))
    typer.echo(as_text(evaluation))
    _write(report, lambda: as_page(evaluation))
    _write(json, lambda: as_json(evaluation))
    return 100 * evaluation.figures.total.normalised.value


def _expect_writable(path: Path | None) -> None:
    """See that there is a place for a file before the work is done. Raises LookseeError."""
    if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise LookseeError(f"{path} cannot be written")


def _write(path: Path | None, text: Callable[[], str]) -> None:
    try:
        if path is not None:
            path.write_text(text(), "utf-8")
    except OSError as error:
        raise LookseeError(f"{path}: {error.strerror}") from error
