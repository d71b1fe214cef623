"""What the engine keeps of chats, and that keeping it changes no answer."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.errors import GenerationError, PromptTooLongError
from bot.inference.engine import LlamaEngine
from bot.inference.kvcache import common
from bot.inference.native import NativeModel
from bot.inference.watch import Watch
from bot.messages import Finish, Image, Usage
from bot.ports import ModelMessage, Prompt
from tests.models import SYSTEM, WatchedGate, ask, endless, engine, picture, question, read
from tests.test_inference.fresh import refuted

RED, BLUE = picture("#c03020", "E-4127"), picture("#2030c0", size=(96, 160))


class Counts:
    """What an engine told about itself."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.levels: dict[str, float] = {}
        self.watch = Watch(count=self._count, level=self.levels.__setitem__)

    def _count(self, event: str) -> None:
        self.events[event] += 1


@dataclass
class Chat:
    """One customer's conversation with an engine."""

    name: str
    model: LlamaEngine
    system: ModelMessage = SYSTEM
    history: list[ModelMessage] = field(default_factory=list)

    def prompt(self, text: str, *pictures: Image, max_tokens: int = 8, branch_of: str = "") -> Prompt:
        asked = ModelMessage("user", text, pictures)
        return Prompt(self.name, (self.system, *self.history, asked), max_tokens, branch_of=branch_of)

    async def ask(self, text: str, *pictures: Image, max_tokens: int = 8, branch_of: str = "") -> tuple[str, Usage]:
        """Ask, and remember question and answer."""
        prompt = self.prompt(text, *pictures, max_tokens=max_tokens, branch_of=branch_of)
        generation = self.model.generate(prompt)
        said = await read(generation)
        self.history += [prompt.messages[-1], ModelMessage("assistant", said.strip())]
        return said, generation.usage


@pytest.fixture
def gate() -> Iterator[WatchedGate]:
    made = WatchedGate()
    yield made
    made.resume()


@pytest.fixture
def fresh(placeholder: tuple[Path, Path], tmp_path: Path) -> Iterator[NativeModel]:
    """The model of these tests, on the tests' own thread."""
    files = endless(placeholder, tmp_path)
    made = NativeModel(*files, context=4096, sequences=1, gpu_layers=0, threads=1, image_max_tokens=256)
    yield made
    made.close()


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
async def model(
    placeholder: tuple[Path, Path], tmp_path: Path, gate: WatchedGate, counts: Counts
) -> AsyncIterator[LlamaEngine]:
    async with running(placeholder, tmp_path, gate, counts) as made:
        yield made


@asynccontextmanager
async def running(
    placeholder: tuple[Path, Path], tmp_path: Path, gate: WatchedGate, counts: Counts, **options: Any
) -> AsyncIterator[LlamaEngine]:
    made = engine(endless(placeholder, tmp_path), gate, watch=counts.watch, **options)
    await made.load()
    gate.steps.clear()
    counts.events.clear()
    try:
        yield made
    finally:
        gate.resume()
        await made.close()


async def test_a_follow_up_reads_only_what_is_new(model: LlamaEngine, gate: WatchedGate) -> None:
    chat = Chat("a", model)
    _, first = await chat.ask("What is this?", RED)
    assert gate.steps.count("encode") == 1
    gate.steps.clear()
    _, second = await chat.ask("And the code?")
    assert "encode" not in gate.steps
    assert gate.steps.count("prefill") == 1
    # All but the answer's last token, which was said and not read any more.
    assert second.cached_tokens == first.prompt_tokens + first.answer_tokens - 1
    assert second.encode_ms == 0
    assert model.cached("a") == second.prompt_tokens + second.answer_tokens - 1
    assert model.cached("b") == 0


async def test_the_same_picture_opening_another_chat_is_shared(
    model: LlamaEngine, gate: WatchedGate, counts: Counts
) -> None:
    said, first = await Chat("a", model).ask("What is this?", RED)
    gate.steps.clear()
    again, usage = await Chat("b", model).ask("What is this?", RED)
    assert again == said
    assert usage.cached_tokens == first.prompt_tokens - 1
    assert gate.steps.count("prefill") == 1
    assert counts.events["encoded"] == 1
    assert counts.events["shared"] > 0


async def test_a_branch_takes_over_the_conversation_and_leaves_it_as_it_was(
    model: LlamaEngine, gate: WatchedGate, counts: Counts
) -> None:
    customer = Chat("a", model)
    for text in ("What is this?", "And the code?"):
        _, last = await customer.ask(text, *((RED,) if text == "What is this?" else ()))
    computed = model.cached("a")
    gate.steps.clear()
    room = Chat("room", model, history=list(customer.history))
    _, asked = await room.ask("Is it urgent?", branch_of="a")
    # All that the customer's sequence holds, the answers as they were said among it.
    assert asked.cached_tokens == computed == last.prompt_tokens + last.answer_tokens - 1
    assert gate.steps.count("prefill") == 1
    _, further = await room.ask("And why?", branch_of="a")
    assert further.cached_tokens == asked.prompt_tokens + asked.answer_tokens - 1
    _, own = await customer.ask("Thank you. What now?")
    assert own.cached_tokens >= computed
    assert counts.events["encoded"] == 1


async def test_what_branches_off_from_a_chat_is_forgotten_with_it(model: LlamaEngine) -> None:
    customer = Chat("a", model)
    await customer.ask("What is this?", RED)
    room = Chat("room", model, history=list(customer.history))
    await room.ask("Is it urgent?", branch_of="a")
    await Chat("b", model).ask("Hello")
    assert model.cached("room") > model.cached("a") > 0
    model.forget("a")
    await Chat("c", model).ask("Hello")  # which the model comes to after that
    assert (model.cached("room"), model.cached("a"), model.cached("b") > 0) == (0, 0, True)


async def test_a_picture_seen_elsewhere_is_not_encoded_again(
    model: LlamaEngine, gate: WatchedGate, counts: Counts
) -> None:
    await Chat("a", model).ask("What is this?", RED)
    other = Chat("b", model)
    await other.ask("Hello")
    gate.steps.clear()
    await other.ask("What is this?", RED)
    assert "encode" not in gate.steps
    assert counts.events["embeddings_reused"] == 1


async def test_the_system_prompt_is_computed_once(model: LlamaEngine) -> None:
    _, first = await Chat("a", model).ask("Hello")
    assert first.cached_tokens == 0
    model.forget("a")
    _, second = await Chat("b", model).ask("Something else")
    assert second.cached_tokens > 10, "although nobody's conversation is left"
    system = ModelMessage("system", "另一条系统提示。")
    _, other = await Chat("c", model, system).ask("Something else")
    assert other.cached_tokens < second.cached_tokens


async def test_an_edited_question_invalidates_what_comes_after_it(model: LlamaEngine, fresh: NativeModel) -> None:
    chat = Chat("a", model)
    await chat.ask("What is this?", RED)
    before = model.cached("a")
    await chat.ask("And the colour of the button, please?")
    chat.history[2:] = []
    prompt = chat.prompt("And the colour of the background?")
    said, usage = await chat.ask("And the colour of the background?")
    assert before < usage.cached_tokens < before + 30
    assert not refuted(fresh, plan(model, prompt), tokens(model, chat.name, said))
    _, usage = await Chat("a", model, history=[ModelMessage("user", "Hi", (BLUE,)), *chat.history[1:2]]).ask("And?")
    assert usage.cached_tokens < 40, "another picture: only the system prompt is left"


async def test_nobodys_prompt_leaves_nothing(model: LlamaEngine) -> None:
    await Chat("", model).ask("What is this?", RED)
    assert model.cached("") == 0
    assert model._held == {}


async def test_forgetting_a_chat(model: LlamaEngine) -> None:
    await Chat("a", model).ask("What is this?", RED)
    await Chat("b", model).ask("What is this?", BLUE)
    model.forget("a")
    model.forget("never seen")
    await Chat("c", model).ask("Hello")
    assert model.cached("a") == 0
    assert model.cached("b") > 0


async def test_a_chat_comes_back_from_parking_from_embeddings_and_from_its_picture(
    placeholder: tuple[Path, Path], tmp_path: Path, gate: WatchedGate, fresh: NativeModel
) -> None:
    async def comes_back(**budgets: int) -> tuple[Counts, list[str], Usage]:
        counts = Counts()
        async with running(placeholder, tmp_path, gate, counts, context=512, **budgets) as model:
            chats = [Chat(str(number), model) for number in range(9)]
            for number, chat in enumerate(chats):
                await chat.ask("What is this? " * 6, picture("red", str(number)))
            counts.events.clear()
            gate.steps.clear()
            prompt = chats[0].prompt("And the code?")
            laid_out = plan(model, prompt)
            said, usage = await chats[0].ask("And the code?")
            assert not refuted(fresh, laid_out, tokens(model, "0", said))
            return counts, list(gate.steps), usage

    counts, steps, usage = await comes_back()
    assert counts.events["restored"] == 1
    assert "encode" not in steps
    assert usage.cached_tokens > usage.prompt_tokens - 30
    counts, steps, usage = await comes_back(parked_bytes=0)
    assert counts.events["restored"] == 0
    assert counts.events["embeddings_reused"] == 1
    assert "encode" not in steps
    assert usage.cached_tokens < 40
    counts, steps, _ = await comes_back(parked_bytes=0, embeddings_bytes=0)
    assert counts.events["embeddings_reused"] == 0
    assert steps.count("encode") == 1


async def test_answers_of_several_chats_are_made_together(model: LlamaEngine, gate: WatchedGate) -> None:
    gate.pause_after("encode")
    asking = [asyncio.create_task(Chat(str(n), model).ask(f"Question {n}", RED, max_tokens=20)) for n in range(8)]
    await asyncio.to_thread(gate.wait_until_paused)
    gate.resume()
    said = await asyncio.gather(*asking)
    assert gate.steps.count("encode") == 1
    assert gate.steps.count("decode") < 8 * 19 / 2
    assert [text for text, _ in said] == [
        (await Chat(f"{n}'", model).ask(f"Question {n}", RED, max_tokens=20))[0] for n in range(8)
    ]


async def test_a_long_prompt_alternates_with_the_answers_of_others(
    model: LlamaEngine, gate: WatchedGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inference.scheduler.SLICE", 64)
    gate.pause_after("decode")
    writing = asyncio.create_task(Chat("a", model).ask("Hello", max_tokens=40))
    await asyncio.to_thread(gate.wait_until_paused)
    reading = asyncio.create_task(Chat("b", model).ask("word " * 100, max_tokens=1))
    await asyncio.sleep(0)
    gate.steps.clear()
    gate.resume()
    await asyncio.gather(writing, reading)
    start = gate.steps.index("prefill")
    assert gate.steps[start : start + 8] == ["prefill", "decode"] * 4


async def test_who_took_less_is_read_first(model: LlamaEngine, gate: WatchedGate) -> None:
    async def answered(chat: str, **options: Any) -> None:
        await ask(model, f"Question of {chat}", picture("red", chat), chat=chat, max_tokens=1, **options)
        order.append(chat)

    order: list[str] = []
    gate.pause_after("prefill")
    first = asyncio.create_task(answered("flood 0", person="flooder"))
    await asyncio.to_thread(gate.wait_until_paused)
    flood = [asyncio.create_task(answered(f"flood {n}", person="flooder")) for n in range(1, 5)]
    other = asyncio.create_task(answered("other", person="somebody"))
    agent = asyncio.create_task(answered("agent", person="flooder", urgent=True))
    await asyncio.sleep(0)
    gate.resume()
    await asyncio.gather(first, other, agent, *flood)
    assert order[0] == "agent"
    assert order.index("other") <= 2, order
    assert order[-4:] == ["flood 1", "flood 2", "flood 3", "flood 4"]


async def test_answers_that_outgrow_the_context_take_turns(
    placeholder: tuple[Path, Path], tmp_path: Path, gate: WatchedGate, counts: Counts, fresh: NativeModel
) -> None:
    async with running(placeholder, tmp_path, gate, counts, context=1024, parked_bytes=10**6) as model:
        chats = [Chat(str(number), model) for number in range(3)]
        prompts = [chat.prompt(f"Question {chat.name}", max_tokens=500) for chat in chats]
        plans = [plan(model, prompt) for prompt in prompts]
        answers = await asyncio.gather(*(chat.ask(f"Question {chat.name}", max_tokens=500) for chat in chats))
        for chat, laid_out, (said, usage) in zip(chats, plans, answers, strict=True):
            assert usage.answer_tokens == 500
            assert not refuted(fresh, laid_out, tokens(model, chat.name, said))
    assert counts.events["preempted"] > 0


async def test_cancelling_leaves_the_ledger_right(model: LlamaEngine, gate: WatchedGate, fresh: NativeModel) -> None:
    chat = Chat("a", model)
    gate.pause_after("decode", 3)
    prompt = chat.prompt("What is this?", RED, max_tokens=3000)
    generation = model.generate(prompt)
    await asyncio.to_thread(gate.wait_until_paused)
    generation.cancel()
    gate.resume()
    said = await read(generation)
    assert generation.usage.finish is Finish.CANCELLED
    assert generation.usage.answer_tokens == 4
    chat.history += [prompt.messages[-1], ModelMessage("assistant", said.strip())]
    again = chat.prompt("And then?")
    laid_out = plan(model, again)
    gate.steps.clear()
    said, usage = await chat.ask("And then?")
    assert usage.cached_tokens == generation.usage.prompt_tokens + 3
    assert "encode" not in gate.steps
    assert not refuted(fresh, laid_out, tokens(model, "a", said))


async def test_a_prompt_that_fills_the_context_alone_is_answered(
    placeholder: tuple[Path, Path], tmp_path: Path, gate: WatchedGate, counts: Counts
) -> None:
    async with running(placeholder, tmp_path, gate, counts, context=512) as model:
        await Chat("a", model).ask("Hello")
        long = model.generate(question("word " * 80, max_tokens=4000, chat="b"))
        await read(long)
        assert long.usage.prompt_tokens + long.usage.answer_tokens == 512
        with pytest.raises(PromptTooLongError):
            await ask(model, "word " * 600, chat="c")
        assert await ask(model, "Still there?", chat="a")


async def test_an_answer_within_a_schema(model: LlamaEngine) -> None:
    schema = '{"type": "object", "properties": {"code": {"enum": ["E-1", "E-2"]}}, "required": ["code"]}'
    generation = model.generate(question("Which code?", RED, max_tokens=100, schema=schema))
    assert (await read(generation)).replace(" ", "").replace("\n", "") in ('{"code":"E-1"}', '{"code":"E-2"}')
    assert generation.usage.finish is Finish.STOP
    with pytest.raises(GenerationError):
        await ask(model, "Which code?", schema="{")
    assert await ask(model, "What is this?")


@pytest.mark.parametrize("seed", range(4))
async def test_no_chat_changes_the_answers_of_another(
    placeholder: tuple[Path, Path],
    tmp_path: Path,
    gate: WatchedGate,
    fresh: NativeModel,
    seed: int,
) -> None:
    """250 turns of random chats, beside each other, with pictures, cancels, edits and new conversations, in a context
    that is far too small for all of them: each answer is what a model says that has read this chat and nothing else."""
    randomly = random.Random(seed)
    counts = Counts()
    budgets = {"context": 1280, "parallel": 4, "parked_bytes": 700_000, "embeddings_bytes": 60_000}
    pictures = [picture(randomly.choice(["red", "#2030c0", "white"]), f"{seed} {n}") for n in range(12)]
    systems = [SYSTEM, ModelMessage("system", "您是一家商店的客服。")]
    async with running(placeholder, tmp_path, gate, counts, **budgets) as model:
        chats = [Chat(f"chat {number}", model, systems[number % 2]) for number in range(14)]
        turns = 0
        while turns < 250:
            talking = randomly.sample(chats, 6)
            for chat in talking:
                _change(chat, randomly)
            await asyncio.gather(*(_turn(chat, randomly, pictures, fresh) for chat in talking))
            _look_for_canaries(model, chats)
            turns += len(talking)
    for event in ("encoded", "embeddings_reused", "shared", "parked", "restored", "dropped"):
        assert counts.events[event] > 0, (event, counts.events)


def _change(chat: Chat, randomly: random.Random) -> None:
    if randomly.random() < 0.1 or len(chat.history) > 12:
        chat.history.clear()  # a new conversation
    elif randomly.random() < 0.1:
        del chat.history[-2:]  # the last question, edited


async def _turn(chat: Chat, randomly: random.Random, pictures: list[Image], fresh: NativeModel) -> None:
    seen = [randomly.choice(pictures)] if not chat.history or randomly.random() < 0.2 else []
    text = f"canary of {chat.name}: {randomly.choice(['what is this?', 'and then?', '多少钱?', 'E-4127 ' * 9])}"
    prompt = chat.prompt(text, *seen, max_tokens=randomly.choice([1, 6, 12]))
    laid_out = plan(chat.model, prompt)
    generation = chat.model.generate(prompt)
    stop_after = randomly.choice([0, 1, 4, 99, 99, 99])
    said = ""
    pieces = 0
    async for piece in generation:
        said += piece
        pieces += 1
        if pieces == stop_after:
            generation.cancel()
    if stop_after == 0:
        generation.cancel()
    if said.strip():
        assert not refuted(fresh, laid_out, tokens(chat.model, chat.name, said))
        chat.history += [prompt.messages[-1], ModelMessage("assistant", said.strip())]


def _look_for_canaries(model: LlamaEngine, chats: list[Chat]) -> None:
    """No sequence that belongs to a chat holds a word of another one."""
    assert model._scheduler is not None
    words = model._scheduler._native.vocabulary
    for ledger in model._scheduler.cache._ledgers:
        held = b"".join(words.piece(item) for item in ledger.items if isinstance(item, int)).decode(errors="replace")
        for chat in chats:
            assert (f"canary of {chat.name}:" in held) <= (ledger.chat == chat.name)


def plan(model: LlamaEngine, prompt: Prompt) -> Any:
    """What the engine makes of a prompt."""
    assert model._planner is not None
    return model._planner.plan(prompt)


def tokens(model: LlamaEngine, chat: str, said: str) -> tuple[int, ...]:
    """The tokens with which the engine said something."""
    assert model._planner is not None
    return model._planner._answer(Prompt(chat, (), 1), said)


@pytest.mark.parametrize(
    ("left", "right", "length"),
    [([], [1], 0), ([1, 2], [1, 2], 2), ([1, 2, 3], [1, 2], 2), ([1, 2, 4, 5], [1, 2, 3, 5], 2), ([7], [8], 0)],
)
def test_the_common_beginning(left: list[int], right: list[int], length: int) -> None:
    assert common(left, right) == common(right, left) == length
