"""The recipe's commands: ``python -m deploy.demo_model --help``."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.demo_model.tokenizer import Vocabulary

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Trains the demo model and writes its files.")

Folder = Annotated[Path, typer.Option(help="Where checkpoints and files go.")]
BUILD = Path("build/demo_model")
SHIPPED = Path("bot/demo")
VOCABULARY = "vocabulary.json"


@app.command()
def train(
    minutes: Annotated[float, typer.Option(help="Minutes of training in all, over all runs.")] = 150.0,
    seed: Annotated[int, typer.Option(help="Of the weights and the pictures.")] = 0,
    threads: Annotated[int, typer.Option(help="Processor threads; 0: all.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    enlarge: Annotated[float, typer.Option(help="Batches so many times as large; 12 for a large card.")] = 1.0,
    workers: Annotated[int, typer.Option(help="Processes that draw pictures.")] = 1,
    again: Annotated[float, typer.Option(help="How often earlier batches are learnt from again.")] = 0.0,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 2e-3,
    shipped: Annotated[bool, typer.Option(help="Begin with the shipped weights instead of random ones.")] = False,
    begin: Annotated[float, typer.Option(help="Where in the curriculum to begin, 0 to 1.")] = 0.0,
    sighted: Annotated[bool, typer.Option(help="Leave as it is how patches are seen.")] = False,
    folder: Folder = BUILD,
) -> None:
    """Train, or go on training from the checkpoint in the folder, and export."""
    import torch

    from deploy.demo_model.export import load_weights
    from deploy.demo_model.model import SHAPE, DemoVLM
    from deploy.demo_model.train import Plan, Trainer

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    if threads:
        torch.set_num_threads(threads)
    words = _vocabulary(folder, shipped=shipped)
    model = DemoVLM(SHAPE, len(words))
    if shipped:
        load_weights(model, *_files(SHIPPED))
    plan = Plan(
        minutes, matrices=rate, others=rate, enlarge=enlarge, workers=workers, again=again, begin=begin, sighted=sighted
    )
    trainer = Trainer(model, words, plan, device)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        trainer.restore(torch.load(checkpoint, weights_only=True))
        print(f"Going on after {trainer.seconds / 60:.0f} minutes and {trainer.step} steps.")
    trainer.run(checkpoint, seed=seed)
    export_files(folder)


@app.command()
def export(folder: Folder = BUILD) -> None:
    """Write the GGUF files of the checkpoint in the folder."""
    export_files(folder)


@app.command()
def questions(
    out: Annotated[Path, typer.Argument(help="A folder; it gets the pictures and questions.jsonl.")],
    count: Annotated[int, typer.Option(help="Screenshots.")] = 300,
    seed: Annotated[int, typer.Option(help="Training uses none that begins with 'held out'.")] = 1,
) -> None:
    """Draw screenshots that training never saw, with questions, for `looksee eval`."""
    from deploy.demo_model.held_out import write

    write(out, count, random.Random(f"held out {seed}"))


@app.command()
def fonts() -> None:
    """List the Debian packages whose typefaces training draws in."""
    from deploy.demo_model.fonts import PACKAGES

    print(PACKAGES)


def export_files(folder: Path) -> None:
    """Write the GGUF files of the checkpoint in `folder` beside it."""
    import torch

    from deploy.demo_model import tokenizer
    from deploy.demo_model.export import export as export_model
    from deploy.demo_model.model import SHAPE, DemoVLM

    words = tokenizer.load(folder / VOCABULARY)
    model = DemoVLM(SHAPE, len(words))
    model.load_state_dict(torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")["model"])
    export_model(model, words, *_files(folder))
    for file in _files(folder):
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def _vocabulary(folder: Path, *, shipped: bool) -> Vocabulary:
    """The vocabulary that training in `folder` began with: later changes of the wordings must not change it."""
    from deploy.demo_model import tokenizer

    file = folder / VOCABULARY
    if not file.is_file():
        made = tokenizer.from_gguf(_files(SHIPPED)[0]) if shipped else tokenizer.make()
        made.tokenizer.save(str(file))
    return tokenizer.load(file)


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "looksee-demo.gguf", folder / "looksee-demo-mmproj.gguf"


if __name__ == "__main__":
    app()
