"""``python -m tests.chaos``: what takes too long for the tests, with its figures."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.chaos import kills as killing
from tests.chaos import redelivery as redelivering
from tests.chaos import soak as soaking
from tests.chaos import walk

app = typer.Typer(name="looksee-chaos", help="Break the service on purpose.", no_args_is_help=True)

Seed = Annotated[int | None, typer.Option(help="What chance begins with; one that failed can be had again.")]
Folder = Annotated[Path | None, typer.Option(help="Where to leave database and logs. Default: nowhere.")]


@app.callback()
def main() -> None:
    """Break the service on purpose, and count what is lost and what comes twice."""


@app.command()
def kills(
    count: Annotated[int, typer.Option(help="So many.")] = 2000, seed: Seed = None, folder: Folder = None
) -> None:
    """Kill the bot at random moments while people use it on every platform."""
    seed = random.randrange(2**32) if seed is None else seed
    typer.echo(f"seed {seed}")
    with tempfile.TemporaryDirectory() as nowhere:
        figures = asyncio.run(killing.run(folder or Path(nowhere), count, seed, typer.echo))
    typer.echo(f"in all: {figures}")
    raise typer.Exit(1 if figures.faults else 0)


@app.command()
def soak(
    chats: Annotated[int, typer.Option(help="So many chats.")] = 1000,
    minutes: Annotated[float, typer.Option(help="For so long.")] = 60.0,
    interval: Annotated[float, typer.Option(help="Seconds between the questions of a chat, on average.")] = 90.0,
    share: Annotated[float, typer.Option(help="The share of the platforms' calls that fails.")] = 0.05,
    partitions: Annotated[int, typer.Option(help="So often a network is cut.")] = 10,
    seed: Seed = None,
    folder: Folder = None,
) -> None:
    """Have many chats ask for a long time, on platforms and networks that fail now and then."""
    seed = random.randrange(2**32) if seed is None else seed
    typer.echo(f"seed {seed}")
    plan = soaking.Plan(chats, minutes * 60, interval, share, partitions)
    with tempfile.TemporaryDirectory() as nowhere:
        figures = asyncio.run(soaking.run(folder or Path(nowhere), plan, seed, typer.echo))
    typer.echo(str(figures))
    raise typer.Exit(1 if figures.faults else 0)


@app.command()
def points(folder: Folder = None) -> None:
    """Kill the bot at every point of every step of a visit, on every platform."""
    with tempfile.TemporaryDirectory() as nowhere:
        rows = asyncio.run(walk.run_rows(folder or Path(nowhere), every=True, say=typer.echo))
    faults = [fault for results in rows for result in results for fault in (*result.faults, *result.unreached)]
    typer.echo("\n".join(faults) or "no faults")
    raise typer.Exit(1 if faults else 0)


@app.command()
def redelivery(
    events: Annotated[int, typer.Option(help="So many on each way.")] = 10_000,
    seed: Seed = None,
    folder: Folder = None,
) -> None:
    """Deliver every event four times, shuffled, on each of the ways that the platforms have."""
    seed = random.randrange(2**32) if seed is None else seed
    typer.echo(f"seed {seed}")
    faults = 0
    with tempfile.TemporaryDirectory() as nowhere:
        for way in redelivering.WAYS:
            result = asyncio.run(redelivering.run((folder or Path(nowhere)) / way, way, events, seed))
            typer.echo("\n  ".join([str(result), *result.faults[:20]]))
            faults += len(result.faults) + abs(result.turns - events)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    app()
