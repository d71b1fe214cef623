"""From a prompt to what the context is to hold: tokens and tiles of pictures, in order.

Every text and every picture is looked at once and remembered, so that a prompt that grew by a turn costs little more
than that turn. What the model said itself stands in the plan as the tokens that it chose: tokenised anew, its words may
come out as others, and all that was computed of them would be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import jinja2
from cachetools import LRUCache

from bot.errors import GenerationError
from bot.inference.native import Layout, NativeModel, Patch
from bot.inference.prompt import ChatTemplate, Neutraliser, TextPart
from bot.messages import Image, ImageRef
from bot.ports import ModelMessage, Prompt

TEXTS = 8_192  # texts, sizes of pictures and chats whose answers are remembered, at most
SIZES = 1_024
CHATS = 1_024
ANSWERS = 64  # of one chat

_SYSTEM, _USER, _ASSISTANT = ModelMessage("system", ""), ModelMessage("user", ""), ModelMessage("assistant", "")


@dataclass(frozen=True, slots=True)
class Tile:
    """One patch of a picture, known by the picture's content hash and the patch's number in it."""

    sha256: str
    number: int
    patch: Patch = field(compare=False, repr=False)


Item = int | Tile
"""What stands in a context: a token, or a tile as a whole."""


def cells(items: Sequence[Item]) -> int:
    """Cells of the context that the items take."""
    return sum(1 if isinstance(item, int) else item.patch.cells for item in items)


def positions(items: Sequence[Item]) -> int:
    """Positions that the items move on by."""
    return sum(1 if isinstance(item, int) else item.patch.positions for item in items)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a prompt becomes. `images` by content hash; `common` is how many items at the beginning are the same for
    every chat (the system prompt)."""

    items: list[Item]
    cells: int
    image_cells: int
    images: dict[str, Image]
    common: int


class Planner:
    """Makes plans. Safe on any thread while the model is loaded."""

    def __init__(self, native: NativeModel) -> None:
        self._native = native
        words = native.vocabulary
        bos, add_bos = words.bos
        self._template = ChatTemplate(native.chat_template, bos=bos, eos=words.eos, add_bos=add_bos)
        self._neutralise = Neutraliser([*words.special_tokens().values(), native.media_marker])
        self._lock = threading.Lock()
        self._texts: LRUCache[tuple[str, bool], tuple[int, ...]] = LRUCache(TEXTS)
        self._layouts: LRUCache[tuple[int, int], Layout] = LRUCache(SIZES)
        self._said: LRUCache[str, LRUCache[str, tuple[int, ...]]] = LRUCache(CHATS)
        self._overhead = self._measure_overhead()

    def plan(self, prompt: Prompt) -> Plan:
        """Lay a prompt out. Raises GenerationError, NativeError."""
        try:
            parts = self._template.parts(prompt.messages, self._neutralise)
        except jinja2.TemplateError as error:
            raise GenerationError(f"the model's chat template refuses the conversation: {error}") from error
        items: list[Item] = []
        images: dict[str, Image] = {}
        contents = common = 0
        for part in parts:
            if isinstance(part, Image) or not part.special:
                contents += 1
                if contents == 2 and prompt.messages[0].role == "system":
                    common = len(items)
            if isinstance(part, Image):
                images[part.ref.sha256] = part
                items += self._tiles(part.ref)
            else:
                items += self._answer(prompt, part.text) if part.answer else self._tokens(part)
        if not items or not isinstance(items[-1], int):  # there would be no logits to choose an answer from
            raise GenerationError("the prompt does not end with text")
        image_cells = sum(item.patch.cells for item in items if not isinstance(item, int))
        return Plan(items, cells(items), image_cells, images, common)

    def measure(self, text: str, images: Sequence[ImageRef]) -> int:
        """Tokens of one message, never too few."""
        pictures = sum(cells(self._tiles(ref)) for ref in images)
        return self._overhead + pictures + len(self._tokens(TextPart(self._neutralise(text))))

    def remember(self, chat: str, text: str, tokens: Sequence[int]) -> None:
        """Keep with which tokens the model said `text` in this chat."""
        if chat and text.strip():
            with self._lock:
                self._said.setdefault(chat, LRUCache(ANSWERS))[self._neutralise(text.strip())] = tuple(tokens)

    def forget(self, chat: str) -> None:
        """Forget the answers of a chat."""
        with self._lock:
            self._said.pop(chat, None)

    def _answer(self, prompt: Prompt, text: str) -> tuple[int, ...]:
        with self._lock:
            for chat in (prompt.branch_of, prompt.chat):
                tokens = self._said[chat].get(text.strip()) if chat in self._said else None
                if tokens is not None:
                    return tokens
        return self._tokens(TextPart(text))

    def _tokens(self, part: TextPart) -> tuple[int, ...]:
        key = (part.text, part.special)
        with self._lock:
            tokens = self._texts.get(key)
        if tokens is None:
            tokens = self._native.vocabulary.tokenise(part.text, special=part.special)
            with self._lock:
                self._texts[key] = tokens
        return tokens

    def _tiles(self, ref: ImageRef) -> list[Item]:
        size = (ref.width, ref.height)
        with self._lock:
            layout = self._layouts.get(size)
        if layout is None:
            layout = self._native.layout(*size)
            with self._lock:
                self._layouts[size] = layout
        items: list[Item] = []
        number = 0
        for piece in layout:
            if isinstance(piece, Patch):
                items.append(Tile(ref.sha256, number, piece))
                number += 1
            else:
                items += piece
        return items

    def _measure_overhead(self) -> int:
        # What the template adds differs from role to role, and some of it comes once a prompt: every message is
        # charged with the most that any can bring along.
        def template_tokens(*messages: ModelMessage) -> int:
            parts = self._template.parts(messages, self._neutralise)
            return sum(len(self._tokens(part)) for part in parts if isinstance(part, TextPart))

        one, two = template_tokens(_USER), template_tokens(_SYSTEM, _USER)
        return max(one, two - one, template_tokens(_SYSTEM, _USER, _ASSISTANT, _USER) - two)
