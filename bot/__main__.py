"""The `looksee` command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Coroutine
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

import typer

from bot import logs
from bot.bench.cli import app as bench
from bot.errors import ConfigurationError, LookseeError
from bot.evaluation.cli import evaluate
from bot.ports import ModelInfo
from bot.settings import Settings, Variable, load, variables
from bot.supervisor import Link, supervise

if TYPE_CHECKING:
    from bot import wiring

T = TypeVar("T")

app = typer.Typer(
    name="looksee",
    help="A customer-service bot that looks at screenshots.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(bench, name="bench")
app.command("eval")(evaluate)


@app.command()
def serve() -> None:
    """Run everything that is configured; with nothing configured, the web chat with the demo model."""
    settings = _settings()
    link = supervise() if settings.supervise else None  # from here on in the service's own process
    try:
        _serve(settings, link)
    finally:
        if link is not None:
            link.bye()


def _serve(settings: Settings, link: Link | None) -> None:
    from bot import watchdog, wiring  # the edges take a second to import; other commands do without

    def ready(service: wiring.Looksee) -> None:
        _say(banner(settings, service.url, service.core.model.info))

    if settings.model.path is not None:
        _say(f"Loading {settings.model.path} ...")
    _run(wiring.serve(settings, ready=ready, until=partial(_until_signal, link), link=link))
    if watchdog.stuck():
        if link is not None:
            link.bye()
        os._exit(0)


@app.command()
def ask(
    words: Annotated[list[str], typer.Argument(metavar="IMAGE... QUESTION", help="Pictures, and the question.")],
    schema: Annotated[
        str | None,
        typer.Option(
            "--json",
            metavar="SCHEMA",
            help="Print JSON, as the JSON Schema in this file describes it, or one of Looksee's own: ticket, product.",
        ),
    ] = None,
) -> None:
    """Ask one question about pictures, through the same rooms as a customer's question."""
    settings = _settings()
    from bot import asking

    # A picture alone is a question too; its path must not be taken for the words.
    *names, question = [*words, ""] if Path(words[-1]).is_file() else words
    paths = [Path(name) for name in names]
    if schema is not None:
        _say(_run(asking.extract(settings, paths, question, schema)))
        return
    answered = _run(asking.ask(settings, paths, question, event_id=uuid.uuid4().hex))
    raise typer.Exit(0 if answered else 1)


@app.command()
def check() -> None:
    """Check this machine and the configuration: settings, data folder, database, model."""
    settings = _settings()
    from bot import asking

    for line in _run(asking.check(settings)):
        _say(line)


@app.command()
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="A new file. Default: one named after the time, in backups/ of the data folder."),
    ] = None,
) -> None:
    """Copy the database to a new file, also while the service runs, and check the copy.

    A backup contains all that customers wrote and every picture they sent: keep it as safe as the database. It does
    not contain settings, secrets or models. What is deleted from the database later stays in its earlier backups.
    """
    settings = _settings()
    from bot import wiring

    try:
        made = wiring.back_up(settings, file)
    except LookseeError as error:
        _fail(error, status=1)
    _say(f"{made.path}: {made.size / 1e6:.1f} MB in {made.seconds:.1f} s, checked\n  {made.counts}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the database's place, once the service is stopped; the present database is kept beside it."""
    settings = _settings()
    from bot import wiring

    def agree(plan: wiring.Plan) -> bool:
        _say(_as_question(plan))
        return yes or typer.confirm("Go on?")

    try:
        done = wiring.put_back(settings, file, agree)
    except LookseeError as error:
        _fail(error, status=1)
    if done is None:
        _say("Nothing was changed.")
        raise typer.Exit(1)
    _say("Done." if done.kept is None else f"Done. What was there before: {done.kept}")


@app.command()
def export(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHAT [TARGET]",
            help="A chat as `whoami` shows it, or a person, such as telegram:1234567; and a new .zip file, or a new "
            "folder. Default: one in exports/ of the data folder.",
        ),
    ] = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="No CHAT, but what customers rated, as `looksee eval` reads it.")
    ] = False,
    since: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Only ratings of so many days; 0: all.")] = 0,
) -> None:
    """Write all that is held of a chat or a person to files: JSON, the pictures, and a page to read.

    With --feedback, the questions whose answers customers rated, for `looksee eval`, with their pictures.

    An export contains customers' words. One in the data folder is deleted after a week, and at once when something of
    what it holds is erased; elsewhere it is yours to delete.
    """
    given = words or []
    names = 0 if feedback else 1
    if not names <= len(given) <= names + 1 or (since and not feedback):
        raise typer.BadParameter("give a chat or a person, or else --feedback, with --since if need be")
    settings = _settings()
    from bot import subjects

    target = Path(given[names]) if len(given) > names else None
    if feedback:
        made = _run(subjects.feedback(settings, since, target))
        _say(f"{made.path}: {made.turns} rated answers, {made.pictures} pictures")
    else:
        made = _run(subjects.export(settings, given[0], target))
        _say(f"{made.path}: {made.chats} chats, {made.turns} questions and answers, {made.pictures} pictures")


@app.command()
def erase(
    chat: Annotated[str, typer.Argument(help="A chat as `whoami` shows it, or a person, such as telegram:1234567.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete for good all that is held of a chat or a person, once the service is stopped.

    While it runs, an admin's command of the same name does it.
    """
    settings = _settings()
    from bot import subjects, wiring

    def agree(what: str) -> bool:
        _say(what)
        return yes or typer.confirm("Delete it for good?")

    try:
        with wiring.undisturbed(settings):
            notes = _run(subjects.erase(settings, chat, agree))
    except ConfigurationError as error:
        _fail(error)
    if notes is None:
        _say("Nothing was changed.")
        raise typer.Exit(1)
    _say("\n".join(["Done.", *notes]))


@app.command("settings")
def show_settings(
    as_format: Annotated[Literal["text", "env", "markdown"], typer.Option("--format")] = "text",
) -> None:
    """List every setting: its variable, default and meaning."""
    _say({"text": _as_text, "env": _as_env, "markdown": _as_markdown}[as_format](list(variables())))


def banner(settings: Settings, url: str, model: ModelInfo) -> str:
    """Say what runs and what does not, and how to change that."""
    telegram = f"on ({settings.telegram.mode})" if settings.telegram.token else "off; set LOOKSEE_TELEGRAM__TOKEN"
    slack = (
        f"on ({settings.slack.mode} mode)"
        if settings.slack.bot_token
        else "off; set LOOKSEE_SLACK__BOT_TOKEN and LOOKSEE_SLACK__APP_TOKEN"
    )
    lines = [
        f"Looksee {version('looksee')} is running. Stop it with Ctrl-C.",
        f"  Web chat  {url if settings.web.chat else 'off (LOOKSEE_WEB__CHAT=true turns it on); health at ' + url}",
        f"  Model     {model.name}",
    ]
    if model.notice:
        lines.append(f"            {model.notice.en}")
    if settings.model.embedded:
        lines.append("            For a real model set LOOKSEE_MODEL__PATH and LOOKSEE_MODEL__MMPROJ_PATH.")
    lines += [
        f"  Telegram  {telegram}",
        f"  Slack     {slack}",
        f"  Admins    {', '.join(settings.admins) or 'none; set LOOKSEE_ADMINS'}",
        f"  Data      {settings.data_dir.resolve()}",
        f"  Settings come from the environment and from the file .env; `{sys.argv[0]} settings` lists them all.",
    ]
    return "\n".join(lines)


def _as_question(plan: wiring.Plan) -> str:
    """What a restore is about to do."""
    before = plan.before or ("cannot be read" if plan.kept else "there is none")
    lines = [
        f"Replaces {plan.database}",
        f"  now     {before}",
        f"  then    {plan.after}",
        f"  with    {plan.source}, which is sound",
    ]
    if plan.kept:
        lines.append(f"  kept    as {plan.kept}")
    if plan.after.unanswered or plan.after.unsent:
        lines.append(
            f"When the backup was made, {plan.after.unanswered} messages waited for an answer and {plan.after.unsent} "
            "to be sent. The next start does both, even if it was done since."
        )
    return "\n".join(lines)


def _as_text(rows: list[Variable]) -> str:
    lines, section = [], ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", section]
        default = f" [{row.default}]" if row.default else ""
        lines.append(f"  {row.name}{default}\n      {row.description}")
    return "\n".join(lines).strip()


def _as_env(rows: list[Variable]) -> str:
    lines = [
        "# Every setting of Looksee. Copy to .env and uncomment what you change.",
        "# Made by: looksee settings --format env",
    ]
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", f"# --- {section}"]
        lines += ["", f"# {row.description}", f"#{row.name}={row.example}"]
    return "\n".join(lines)


def _as_markdown(rows: list[Variable]) -> str:
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for row in rows:
        default = f"`{row.default}`" if row.default else ""
        lines.append(f"| `{row.name}` | {default} | {row.description.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def _settings() -> Settings:
    try:
        settings = load()
    except ConfigurationError as error:
        _fail(error)
    secrets = [f.get_secret_value() for f in settings.secrets()]
    logs.configure(settings.log_level, json=settings.log_json, secrets=secrets)
    return settings


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(_watched(work))
    except LookseeError as error:
        _fail(error)


async def _watched(work: Coroutine[None, None, T]) -> T:
    logs.watch(asyncio.get_running_loop())
    return await work


async def _until_signal(link: Link | None) -> None:
    """Wait for the first signal to stop; a second one ends the process at once, which loses nothing either."""
    stopped = asyncio.Event()

    def stop(number: int) -> None:
        if stopped.is_set():
            if link is not None:
                link.bye()
            os._exit(128 + number)
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    await stopped.wait()
    _say("Stopping: unfinished questions wait for the next start. Again: stop at once.")


def _say(text: str) -> None:
    typer.echo(text)


def _fail(error: LookseeError, *, status: int = 2) -> NoReturn:
    typer.echo(str(error), err=True)
    sys.exit(status)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
