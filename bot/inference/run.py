"""One answer under way: what it still has to read, what it has said, what it took."""

from __future__ import annotations

import codecs
import time
from collections import Counter
from collections.abc import Iterable

from bot.errors import GenerationError, ModelError
from bot.inference.gate import StepKind
from bot.inference.generation import Job
from bot.inference.kvcache import Ledger
from bot.inference.native import Floats, Rows, Sampler
from bot.inference.plan import Item, Plan, Tile, cells
from bot.messages import Finish, Usage


class Run:
    """One answer under way. It waits (no `ledger`), reads its prompt, and writes, token by token.

    `items` is what the sequence is to hold: the prompt and then each token that was chosen; the ledger is behind it by
    what has not been computed yet.
    """

    def __init__(self, job: Job, number: int) -> None:
        """`number` is its place in the order of arrival."""
        prompt = job.prompt
        self.job = job
        self.number = number
        self.chat = prompt.chat
        self.person = prompt.person or prompt.chat or f" {number}"
        self.plan: Plan | None = None
        self.items: list[Item] = []
        self.ledger: Ledger | None = None
        self.sampler: Sampler | None = None
        self.room = prompt.max_tokens
        """Tokens that the answer may have."""
        self.picture: tuple[str, list[Floats]] | None = None
        """The embeddings of the picture that is being read, by its hash."""
        self.rooted = False
        """Whether its system prompt is kept for everybody."""
        self.put_back_at = -1
        """How many answers had ended when it last had to make room."""
        self.rows_read = 0
        """Cells of the present tile that are computed already."""
        self._said: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._spent: Counter[StepKind] = Counter()
        self._waiting = self._first_token = 0.0
        self._cached = 0

    @property
    def answer(self) -> list[Item]:
        """The tokens chosen so far."""
        return self.items[len(self.plan.items) :] if self.plan else []

    @property
    def answered(self) -> int:
        """How many tokens were chosen so far."""
        return len(self.items) - len(self.plan.items) if self.plan else 0

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(self._said)

    def waits(self) -> bool:
        """Whether it has no sequence yet."""
        return self.ledger is None

    def writes(self) -> bool:
        """Whether its next step is one more token of the answer."""
        return self.ledger is not None and self._first_token > 0 and len(self.items) - len(self.ledger.items) == 1

    def remaining(self, most: int) -> list[int]:
        """The next tokens to be read, `most` at the most; none if a picture comes first."""
        if self.ledger is None:
            return []
        begin = len(self.ledger.items)
        tokens: list[int] = []
        for item in self.items[begin : begin + most]:
            if not isinstance(item, int):
                break
            tokens.append(item)
        return tokens

    def append_to(self, rows: Rows, tokens: list[int]) -> bool:
        """Put its next tokens into a step. True: then all is read, and the last row says how the answer goes on."""
        if self.ledger is None:
            return False
        count, position = len(tokens), self.ledger.position
        complete = len(self.ledger.items) + count == len(self.items)
        rows.tokens += tokens
        rows.positions += range(position, position + count)
        rows.sequences += [self.ledger.id] * count
        rows.outputs += [False] * (count - 1) + [complete]
        return complete

    def choose(self, row: int) -> int | GenerationError:
        """The token that comes next after the step's row `row`, or why there is none."""
        if self.sampler is None:
            return GenerationError("the answer has ended")
        try:
            return self.sampler.choose(row)
        except GenerationError as error:
            return error

    def needs(self, headroom: int) -> int:
        """Cells it should find when it begins: those of its prompt, and up to `headroom` for the answer."""
        return cells(self.items) + min(self.room - self.answered, headroom)

    def next_tile(self) -> Tile | None:
        """The tile that comes next, if one does."""
        if self.ledger is None:
            return None
        item = self.items[len(self.ledger.items)]
        return None if isinstance(item, int) else item

    def laid_out(self, plan: Plan, context: int) -> None:
        """The prompt is laid out; prompt and answer may have `context` tokens together."""
        self.plan = plan
        self.items = list(plan.items)
        self.room = min(self.room, context - plan.cells)

    def admitted(self, ledger: Ledger) -> None:
        """It has a sequence, which holds the beginning of `items` (again, if it had to make room for others)."""
        self.ledger = ledger
        if not self._waiting:
            self._waiting = time.perf_counter() - self.job.asked_at
            self._cached = ledger.cells

    def spent(self, kind: StepKind, seconds: float) -> None:
        """It had a share in a step."""
        self._spent[kind] += seconds  # type: ignore[assignment]

    def chose(self, token: int, ends: Iterable[int], piece: bytes) -> Finish | None:
        """A token was chosen. Returns why the answer ends with it, if it does."""
        self._first_token = self._first_token or time.perf_counter() - self.job.asked_at
        if token in ends:
            return Finish.STOP
        self.items.append(token)
        # The beginning of a character is held back until its end comes; at the end of the answer it is left out.
        text = self._decoder.decode(piece)
        if text:
            self._said.append(text)
            self.job.say(text)
        return Finish.LENGTH if self.answered >= self.room else None

    def end(self, finish: Finish, error: ModelError | None = None) -> None:
        """Tell whoever waits."""
        if self.sampler is not None:
            self.sampler.close()
            self.sampler = None
        self.job.end(self.usage(finish), error)

    def usage(self, finish: Finish) -> Usage:
        """What the answer took so far. Steps made for several answers count by its share of their rows."""
        return Usage(
            prompt_tokens=self.plan.cells if self.plan else 0,
            image_tokens=self.plan.image_cells if self.plan else 0,
            cached_tokens=self._cached,
            answer_tokens=self.answered,
            waiting_ms=self._waiting * 1000,
            encode_ms=self._spent["encode"] * 1000,
            prefill_ms=self._spent["prefill"] * 1000,
            first_token_ms=self._first_token * 1000,
            decode_ms=self._spent["decode"] * 1000,
            finish=finish,
        )
