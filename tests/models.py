"""What tests of the model share: pictures, prompts, and a model whose answers do not end by themselves."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gguf
from PIL import Image as Pillow
from PIL import ImageDraw

from bot.inference.engine import LlamaEngine
from bot.inference.gate import Gate, StepKind
from bot.inference.native import Sampling
from bot.messages import Image, ImageRef
from bot.ports import Generation, ModelMessage, Prompt, VisionModel
from bot.texts import DEMO

SYSTEM = ModelMessage("system", "You help customers of a shop.")


def picture(colour: str, text: str = "", size: tuple[int, int] = (160, 96), form: str = "PNG") -> Image:
    """A prepared picture: one colour, with black text on it."""
    drawn = Pillow.new("RGB", size, colour)
    ImageDraw.Draw(drawn).text((10, 10), text, fill="black")
    file = io.BytesIO()
    drawn.save(file, form)
    data = file.getvalue()
    return Image(ImageRef(hashlib.sha256(data).hexdigest(), *size), f"image/{form.lower()}", data)


def question(
    text: str,
    *pictures: Image,
    max_tokens: int = 12,
    history: Sequence[ModelMessage] = (),
    chat: str = "chat",
    **options: Any,
) -> Prompt:
    """A prompt that asks `text` about `pictures` after `history`."""
    return Prompt(chat, (SYSTEM, *history, ModelMessage("user", text, pictures)), max_tokens, **options)


async def read(generation: Generation) -> str:
    """The whole answer."""
    return "".join([piece async for piece in generation])


async def ask(model: VisionModel, text: str, *pictures: Image, **options: Any) -> str:
    """The whole answer to a question."""
    return await read(model.generate(question(text, *pictures, **options)))


def endless(files: tuple[Path, Path], directory: Path) -> tuple[Path, Path]:
    """A copy of the placeholder whose text model never chooses a token that ends the answer."""
    model = directory / "endless.gguf"
    if not model.exists():
        shutil.copy(files[0], model)
        reader = gguf.GGUFReader(model, "r+")
        tokens = reader.fields["tokenizer.ggml.tokens"].contents()
        (output,) = (tensor for tensor in reader.tensors if tensor.name == "output.weight")
        output.data[tokens.index("<|im_end|>"), 0] = -1000.0
        reader.data.flush()
    return model, files[1]


class WatchedGate(Gate):
    """A gate that notes its steps, fails when two are under way at once, and can be stopped after a step."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[StepKind] = []
        self.overlaps = 0
        self.inside: StepKind | None = None
        self._paused_after: StepKind | None = None
        self._countdown = 0
        self._reached = threading.Event()
        self._resume = threading.Event()

    @contextmanager
    def step(self, kind: StepKind) -> Iterator[None]:
        with super().step(kind):
            self.overlaps += self.inside is not None
            self.inside = kind
            try:
                yield
            finally:
                self.inside = None
        self.steps.append(kind)
        if kind == self._paused_after:
            self._countdown -= 1
        if kind == self._paused_after and self._countdown == 0:
            self._paused_after = None
            self._reached.set()
            self._resume.wait()

    def pause_after(self, kind: StepKind, count: int = 1) -> None:
        """Stop the model's thread when `count` more steps of this kind are done, the gate being free again."""
        self._countdown = count
        self._reached.clear()
        self._resume.clear()
        self._paused_after = kind

    def wait_until_paused(self, seconds: float = 20.0) -> None:
        """Wait for that step. Blocking."""
        if not self._reached.wait(seconds):
            raise TimeoutError(f"the model came to no such step; steps: {self.steps}")

    def resume(self) -> None:
        """Let the model's thread go on."""
        self._paused_after = None
        self._resume.set()


def engine(
    files: tuple[Path, Path],
    gate: Gate,
    *,
    context: int = 4096,
    temperature: float = 0.0,
    sampling: Sampling | None = None,
    **options: Any,
) -> LlamaEngine:
    """An engine on one CPU thread: tests share the machine's cores."""
    return LlamaEngine(
        model_path=files[0],
        mmproj_path=files[1],
        context=context,
        gpu_layers=0,
        threads=1,
        image_max_tokens=256,
        sampling=sampling or Sampling(temperature=temperature, seed=7),
        gate=gate,
        notice=DEMO,
        **options,
    )
