"""The commands under `looksee bench`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot import logs
from bot.errors import LookseeError
from bot.settings import load

app = typer.Typer(help="Measure.", no_args_is_help=True)


@app.command("service")
def bench_service(
    messages: Annotated[int, typer.Option(help="How many messages.")] = 10_000,
    chats: Annotated[int, typer.Option(help="Spread over how many chats.")] = 2_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Time the service's own work a message: intake, desk, store and delivery, with a model that answers at once."""
    from bot.bench import service  # takes a second to import

    logs.configure("warning", json=False)
    with tempfile.TemporaryDirectory(prefix="looksee-bench-") as folder:
        figures = asyncio.run(service.measure(Path(folder), messages=messages, chats=chats))
    typer.echo(figures.show(as_json=as_json))


@app.command("engine")
def bench_engine(
    model: Annotated[Path | None, typer.Option(help="Text model, a GGUF file; default: random weights.")] = None,
    mmproj: Annotated[Path | None, typer.Option(help="Its vision part.")] = None,
    shape: Annotated[Literal["small", "8b"], typer.Option(help="Dimensions of the random model.")] = "small",
    quantisation: Annotated[Literal["f16", "q8_0", "q4_k_m"], typer.Option(help="Of the random model.")] = "q8_0",
    folder: Annotated[
        Path | None, typer.Option(help="Where the random model is kept; default: bench, in the data folder.")
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads of both sides; 0: as many as there are cores.")] = 0,
    gpu_layers: Annotated[int, typer.Option(min=-1, help="Layers kept on the GPU; -1: all of them.")] = -1,
    repeats: Annotated[int, typer.Option(min=1, help="How often each comparison is made.")] = 10,
    workloads: Annotated[int, typer.Option(min=1, help="How often busy chats, and decoding, are compared.")] = 10,
    together: Annotated[str, typer.Option(help="Numbers of chats that decode at the same time.")] = "1,2,4,8",
    bandwidth: Annotated[
        float, typer.Option(min=0, help="GB/s of the memory that holds the weights: says how far decoding uses it.")
    ] = 0.0,
    json: Annotated[
        typer.FileTextWrite | None, typer.Option(lazy=False, help="Write the figures to this file, too.")
    ] = None,
) -> None:
    """Compare the engine with the stock way of llama-cpp-python (one Llama with its chat handler, behind a lock)."""
    from bot.bench import engine  # as above
    from bot.bench.models import random_model
    from bot.bench.setup import Setup

    logs.configure("warning", json=False)
    if (model is None) != (mmproj is None):
        raise typer.BadParameter("--model and --mmproj go together")
    try:
        if model is None or mmproj is None:
            model, mmproj = random_model(folder or load().data_dir / "bench", shape, quantisation)
        setup = Setup(
            model,
            mmproj,
            threads=threads or os.cpu_count() or 1,
            gpu_layers=gpu_layers,
            repeats=repeats,
            workloads=workloads,
            together=_numbers(together),
            bandwidth=bandwidth,
        )
        report = asyncio.run(engine.measure(setup, _progress))
    except LookseeError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    typer.echo(report.as_table())
    if json is not None:
        json.write(report.as_json() + "\n")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(sorted({int(number) for number in text.split(",")}))
    except ValueError:
        numbers = ()
    if not numbers or numbers[0] != 1:
        raise typer.BadParameter("--together: whole numbers, 1 among them, as in 1,2,4,8")
    return numbers


def _progress(text: str) -> None:
    typer.echo(text, err=True)
