"""An evaluation for people: a table for the terminal and a page of the failures; and for scripts: JSON."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from bot.evaluation.figures import Figures, Row, Share
from bot.evaluation.run import Evaluation, Result
from bot.messages import Image

_COLUMNS = "{:<16} {:>9}   {:<22} {:<22} {:>10}"


def as_text(evaluation: Evaluation) -> str:
    """The figures, by kind and by language, and the questions that had no answer."""
    figures = evaluation.figures
    lines = [f"Model: {evaluation.model}", ""]
    lines.append(_COLUMNS.format("", "questions", "exact (95 %)", "normalised (95 %)", "s/question"))
    lines += [_line(name, row) for name, row in _rows(figures)]
    lines += ["", f"{figures.total.seconds:.1f} s in all, {figures.total.seconds_each:.2f} s a question"]
    if evaluation.leaks is not None:
        lines += ["", f"The system prompt got out: {_counted(evaluation.leaks)}"]
    failed = [result for result in evaluation.results if result.error]
    if failed:
        lines += ["", f"Without an answer, counted as wrong: {len(failed)}"]
        lines += [f"  line {result.case.line}: {' '.join(result.error.split())}" for result in failed]
    return "\n".join(lines)


def as_json(evaluation: Evaluation) -> str:
    """The figures, and the lines of the questions that were answered wrongly (when normalised)."""
    figures = evaluation.figures
    value = {
        "model": evaluation.model,
        "total": _figures(figures.total),
        "kinds": {name: _figures(row) for name, row in figures.kinds.items()},
        "languages": {name: _figures(row) for name, row in figures.languages.items()},
        "leaks": _bounds(evaluation.leaks) if evaluation.leaks is not None else None,
        "wrong": [
            {"line": result.case.line, "kind": result.case.kind, "given": result.given, "error": result.error}
            for result in evaluation.results
            if not result.verdict.normalised
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def as_page(evaluation: Evaluation) -> str:
    """A page that needs nothing else: the figures, and each failure with its pictures as the model was shown them."""
    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"share": _share, "source": _source}
    template = environment.from_string(files(__package__).joinpath("report.html.j2").read_text("utf-8"))
    return template.render(
        model=evaluation.model,
        rows=_rows(evaluation.figures),
        total=evaluation.figures.total,
        leaks=_counted(evaluation.leaks) if evaluation.leaks is not None else "",
        failures=[_failure(result) for result in evaluation.results if not result.verdict.normalised],
    )


def _rows(figures: Figures) -> list[tuple[str, Row]]:
    languages = {f"in {language}": row for language, row in figures.languages.items()}
    return [*figures.kinds.items(), *(languages.items() if len(languages) > 1 else ()), ("all", figures.total)]


def _line(name: str, row: Row) -> str:
    exact, normalised = _share(row.exact), _share(row.normalised)
    return _COLUMNS.format(name, row.exact.of, exact, normalised, f"{row.seconds_each:.2f}")


def _share(share: Share) -> str:
    return f"{100 * share.value:5.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def _figures(row: Row) -> dict[str, Any]:
    shares = {"exact": row.exact, "normalised": row.normalised}
    bounds = {name: _bounds(share) for name, share in shares.items()}
    return {"questions": row.exact.of, **bounds, "failed": row.failed, "seconds": row.seconds}


def _bounds(share: Share) -> dict[str, float]:
    return {**asdict(share), "share": share.value, "low": share.low, "high": share.high}


def _counted(share: Share) -> str:
    return f"{share.right} of {share.of} times, {_share(share).strip()}"


def _failure(result: Result) -> dict[str, Any]:
    case = result.case
    return {
        "line": case.line,
        "kind": case.kind,
        "question": case.asked.question,
        "names": [path.name for asked, _ in case.history for path in asked.pictures]
        + [path.name for path in case.asked.pictures],
        "shown": result.shown,
        "expected": [_text(value) for value in case.accepted] or ["nothing of the system prompt"],
        "given": result.given,
        "fields": result.verdict.fields,
        "error": result.error,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _source(image: Image) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
