"""One answer, step by step, on the thread that owns the model."""

from __future__ import annotations

import codecs
import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import jinja2
from PIL import Image as Pillow

from bot.errors import GenerationError, PromptTooLongError
from bot.inference.gate import Gate, StepKind
from bot.inference.native import SLICE, Bitmap, Chunk, NativeError, NativeModel, Sampling
from bot.inference.prompt import ChatTemplate, Neutraliser, TextPart
from bot.messages import Finish, Image, ImageRef, Usage
from bot.ports import ModelMessage, Prompt

_FORMATS = ("PNG", "JPEG", "WEBP")
_SYSTEM, _USER, _ASSISTANT = ModelMessage("system", ""), ModelMessage("user", ""), ModelMessage("assistant", "")


class Answerer:
    """Answers prompts with a loaded model, each from an empty context."""

    def __init__(self, native: NativeModel, gate: Gate, sampling: Sampling) -> None:
        self._native = native
        self._gate = gate
        self._sampling = sampling
        words = native.vocabulary
        bos, add_bos = words.bos
        self._template = ChatTemplate(native.chat_template, bos=bos, eos=words.eos, add_bos=add_bos)
        self._neutralise = Neutraliser([*words.special_tokens().values(), native.media_marker])
        self._overhead = self._measure_overhead()

    def warm_up(self) -> None:
        """Answer a dummy prompt with a picture: the first one pays for building graphs and for reading weights from
        disk."""
        question = ModelMessage("user", "?", (_dummy_image(),))
        self.answer(Prompt("", (question,), 2), asked_at=time.perf_counter(), cancelled=_never, say=_nowhere)

    def measure(self, text: str, images: Sequence[ImageRef]) -> int:
        """Tokens of one message, never too few. Safe on any thread while the model is loaded."""
        bitmaps = [Bitmap(image.width, image.height) for image in images]
        return self._overhead + self._native.count([*bitmaps, TextPart(self._neutralise(text))])

    def _measure_overhead(self) -> int:
        # What the template adds differs from role to role, and some of it comes once a prompt: every message is
        # charged with the most that any can bring along.
        def template_tokens(*messages: ModelMessage) -> int:
            parts = self._template.parts(messages, self._neutralise)
            return self._native.count([part for part in parts if isinstance(part, TextPart)])

        one, two = template_tokens(_USER), template_tokens(_SYSTEM, _USER)
        return max(one, two - one, template_tokens(_SYSTEM, _USER, _ASSISTANT, _USER) - two)

    def answer(
        self, prompt: Prompt, *, asked_at: float, cancelled: Callable[[], bool], say: Callable[[str], None]
    ) -> Usage:
        """Answer one prompt. `say` gets the pieces; `cancelled` is looked at between native steps. `asked_at` is a
        reading of `time.perf_counter`. Raises PromptTooLongError, GenerationError or NativeError."""
        run = _Run(self._native, self._gate, cancelled, asked_at)
        try:
            parts = self._template.parts(prompt.messages, self._neutralise)
        except jinja2.TemplateError as error:
            raise GenerationError(f"the model's chat template refuses the conversation: {error}") from error
        try:
            with self._native.tokenise([_bitmap(p) if isinstance(p, Image) else p for p in parts]) as chunks:
                run.read(chunks)
            finish = run.write(prompt.max_tokens, self._sampling, say)
        except _CancelledError:
            finish = Finish.CANCELLED
        return run.usage(finish)


class _CancelledError(Exception):
    pass


class _Run:
    """One answer under way."""

    def __init__(self, native: NativeModel, gate: Gate, cancelled: Callable[[], bool], asked_at: float) -> None:
        self._native = native
        self._gate = gate
        self._cancelled = cancelled
        self._asked_at = asked_at
        self._waiting = time.perf_counter() - asked_at
        self._spent: Counter[StepKind] = Counter()  # seconds at the gate's far side
        self._first_token = 0.0
        self._prompt_tokens = self._image_tokens = self._answer_tokens = 0
        self._position = 0

    def usage(self, finish: Finish) -> Usage:
        """What the answer took so far."""
        return Usage(
            prompt_tokens=self._prompt_tokens,
            image_tokens=self._image_tokens,
            answer_tokens=self._answer_tokens,
            waiting_ms=self._waiting * 1000,
            encode_ms=self._spent["encode"] * 1000,
            prefill_ms=self._spent["prefill"] * 1000,
            first_token_ms=self._first_token * 1000,
            decode_ms=self._spent["decode"] * 1000,
            finish=finish,
        )

    def read(self, chunks: Sequence[Chunk]) -> None:
        """Fill the empty context with the prompt."""
        tokens = sum(chunk.size for chunk in chunks)
        if tokens >= self._native.context:
            raise PromptTooLongError(f"the prompt has {tokens} tokens, the context {self._native.context}")
        if not chunks or chunks[-1].tokens is None:  # there would be no logits to choose an answer from
            raise GenerationError("the prompt does not end with text")
        self._prompt_tokens = tokens
        self._image_tokens = sum(chunk.size for chunk in chunks if chunk.tokens is None)
        self._native.clear()
        for chunk in chunks:
            if chunk.tokens is None:
                self._read_picture(chunk)
                continue
            for start in range(0, chunk.size, SLICE):
                self._go_on()
                end = start + SLICE
                with self._step("prefill"):
                    self._position = self._native.prefill(
                        chunk.tokens[start:end], self._position, last=chunk is chunks[-1] and end >= chunk.size
                    )

    def _read_picture(self, chunk: Chunk) -> None:
        self._go_on()
        with self._step("encode"):
            embeddings = self._native.encode(chunk)
        self._go_on()
        with ExitStack() as held:
            held.enter_context(self._step("prefill"))

            def between() -> bool:
                held.close()
                if self._cancelled():
                    return False
                held.enter_context(self._step("prefill"))
                return True

            try:
                self._position = self._native.prefill_picture(chunk, embeddings, self._position, between)
            except NativeError:
                self._go_on()
                raise

    def write(self, max_tokens: int, sampling: Sampling, say: Callable[[str], None]) -> Finish:
        """Say the answer, token by token."""
        budget = min(max_tokens, self._native.context - self._prompt_tokens)
        # Holds back the beginning of a character until its end comes; at the end of the answer it is left out.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        finish = Finish.LENGTH
        token = -1
        with self._native.sampler(sampling) as choose:
            while self._answer_tokens < budget:
                if self._cancelled():
                    finish = Finish.CANCELLED
                    break
                with self._step("decode"):
                    if token >= 0:
                        self._native.decode(token, self._position)
                        self._position += 1
                    token = choose()
                self._first_token = self._first_token or time.perf_counter() - self._asked_at
                if self._native.vocabulary.is_end(token):
                    finish = Finish.STOP
                    break
                self._answer_tokens += 1
                if text := decoder.decode(self._native.vocabulary.piece(token)):
                    say(text)
        return finish

    def _go_on(self) -> None:
        if self._cancelled():
            raise _CancelledError

    @contextmanager
    def _step(self, kind: StepKind) -> Iterator[None]:
        with self._gate.step(kind):
            begun = time.perf_counter()
            try:
                yield
            finally:
                self._spent[kind] += time.perf_counter() - begun  # type: ignore[assignment]


def _bitmap(image: Image) -> Bitmap:
    try:
        with Pillow.open(io.BytesIO(image.data), formats=_FORMATS) as picture:
            return Bitmap(picture.width, picture.height, picture.convert("RGB").tobytes(), image.ref.sha256)
    except Exception as error:  # Pillow raises all sorts
        raise GenerationError(f"a prepared picture does not decode: {type(error).__name__}") from error


def _dummy_image() -> Image:
    file = io.BytesIO()
    Pillow.new("RGB", (64, 64), "white").save(file, "PNG")
    return Image(ImageRef("", 64, 64), "image/png", file.getvalue())


def _never() -> bool:
    return False


def _nowhere(_piece: str) -> None:
    pass
