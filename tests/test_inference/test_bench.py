"""The comparison with the stock way, all of it, on a model that is there at once."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import re
from pathlib import Path

import gguf
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.bench import engine
from bot.bench.bound import Bound
from bot.bench.figures import Goal, Report, Row, Samples
from bot.bench.latency import Comparison
from bot.bench.models import QWEN3_VL_8B, SHAPES, SMALL, ShapeName, build, shortened
from bot.bench.scenes import Conversation, screenshot
from bot.bench.setup import Setup, our_side, stock_side
from bot.demo.placeholder import SHAPE, WORDS, vocabulary
from bot.demo.random_model import Shape, _text_parts, _vision_parts
from bot.inference.native.quantise import Quantisation
from bot.messages import Finish
from tests.models import endless


@pytest.fixture
def setup(placeholder: tuple[Path, Path], tmp_path: Path) -> Setup:
    """A quick look."""
    files = endless(placeholder, tmp_path)
    return Setup(*files, threads=1, gpu_layers=0, picture=(256, 160), repeats=1, workloads=1, bandwidth=10)


async def test_every_figure_is_there_and_the_engine_does_what_it_is_timed_for(setup: Setup) -> None:
    said: list[str] = []
    report = await engine.measure(setup, said.append)
    rows = {row.figure: row for row in report.rows}
    for row in rows.values():
        assert all(value >= 0 for value in row.a.values), row
        assert row.b is None or all(value > 0 for value in row.b.values), row
    encodes = {name: row.encodes for name, row in rows.items() if row.encodes}
    after = "follow-up after eight other chats"
    assert encodes == {
        "time to first token, first screenshot": (1, 1),
        "follow-up on the same screenshot": (0, 1),
        f"{after}, resident": (0, 1),
        f"{after}, parked": (0, 1),
        f"{after}, from embeddings": (0, 1),
        "the same screenshot first in a second chat": (0, 1),
        "the same screenshot elsewhere in a second chat": (0, 1),
        "answers, eight chats with follow-ups interleaved": (8, 32),
    }
    assert "restored" not in rows[f"{after}, resident"].events
    assert rows[f"{after}, parked"].events["restored"] == 1
    assert rows[f"{after}, from embeddings"].events["embeddings_reused"] == 1
    assert rows["the same screenshot first in a second chat"].events == {"shared": 1}
    assert rows["the same screenshot elsewhere in a second chat"].events["embeddings_reused"] == 1
    counted = rows["follow-up on the same screenshot"].counts
    assert 0 < counted["cached_tokens"] < counted["prompt_tokens"]
    decoding = [name.partition(" (")[0] for name in rows if name.startswith("decode")]
    chats = ["decode, 1 chat", "decode, 2 chats", "decode, 4 chats", "decode, 8 chats"]
    shares = [f"{name}, of what the bandwidth allows" for name in chats]
    assert decoding == [*chats, *shares, "decode, 1 chat, beside bare calls"]
    assert [row.figure for row in report.rows if row.goal is not None and row.equal is None] == [
        "decode, 8 chats",
        "the engine's own work a token, 1 chat",
        "first token of one person's question beside a flood of 20 (p95 compared)",
        "cancel to free, the worst",
    ]
    assert rows["cancel to free, the worst"].a.values[0] <= 1
    assert all(row.equal[1] > 0 for row in rows.values() if row.equal)
    assert said[0] == "one chat after the other: 1 of 1"


async def test_answers_of_both_sides_are_equal_and_a_difference_is_seen(setup: Setup) -> None:
    chat, other = Conversation("chat"), Conversation("other")
    chat.asks("What is this?", screenshot(1, setup.picture))
    other.asks("Where is that?", screenshot(2, setup.picture))
    comparison = Comparison("equal", Goal("A/B", 1))
    async with stock_side(setup) as stock, our_side(setup, setup.roomy) as ours:
        await comparison.make(chat, ours, stock, 8)
        chat.asks("And that?")
        await comparison.make(chat, ours, stock, 8)
        assert comparison.row().equal == (2, 2)
        assert comparison.row().encodes == (1, 2)
        assert ours.model.cached("chat") > 0
        comparison.b[1] = await stock.ask("other", other.messages, 8)
    assert comparison.row().equal == (1, 2)


def test_a_decode_step_reads_the_weights_once_and_every_chats_context(placeholder: tuple[Path, Path]) -> None:
    sizes = {tensor.name: int(tensor.n_bytes) for tensor in gguf.GGUFReader(placeholder[0]).tensors}
    weights = sum(sizes.values()) - sizes["token_embd.weight"]
    cell = SHAPE.layers * SHAPE.kv_heads * SHAPE.head * 2 * 2  # keys and values, two bytes each
    bound = Bound.of(placeholder[0], 1e9)
    assert bound.tokens_a_second(1, 0) == pytest.approx(1e9 / weights)
    assert bound.tokens_a_second(4, 100) == pytest.approx(4e9 / (weights + 4 * 100 * cell))


def test_goals_compare_what_they_say() -> None:
    a, b = Samples((1.0, 2.0, 3.0)), Samples((10.0, 20.0, 60.0))
    assert Goal("B/A", 10).value(a, b) == 10
    assert Goal("B/A", 10).reached(a, b)
    assert not Goal("A/B", 0.05, at_most=True).reached(a, b)
    assert Goal("A", 3, at_most=True, statistic="worst").reached(a, None)
    assert Goal("B/A", 1, statistic="p95").value(a, b) == pytest.approx(56 / 2.9)
    assert Samples((4.0,)).get("p95") == 4


def test_the_report_is_for_people_and_for_programs() -> None:
    row = Row(
        "time", "s", Samples((1.0,)), Samples((4.0,)), goal=Goal("B/A", 5), equal=(1, 2), encodes=(0, 3),
        events={"embeddings_reused": 1},
    )  # fmt: skip
    report = Report({"threads": 2}, [row])
    assert report.as_table().splitlines()[-1] == (
        "| time, s | 1, 1 | 4, 4 | B/A = 4 | B/A >= 5 NO | 1 of 2 | 0 / 3 | embeddings reused 1 | 1 |"
    )
    made = json.loads(report.as_json())
    assert made["conditions"] == {"threads": 2}
    (figure,) = made["figures"]
    assert (figure["value"], figure["reached"]) == (4, False)
    assert figure["b"] == {"median": 4, "p95": 4, "n": 1, "values": [4]}
    assert figure["equal_answers"] == {"equal": 1, "of": 2}


@pytest.mark.parametrize(
    ("shape", "quantisation", "text", "vision"),
    [
        (SMALL, "q4_k_m", {"blk.1.ffn_down": [3072, 1024]}, {"v.blk.1.ffn_down": [3072, 768]}),
        (
            QWEN3_VL_8B, "q8_0",
            {"blk.1.attn_q": [4096, 4096], "blk.1.attn_k": [4096, 1024]},
            {"v.blk.1.attn_qkv": [1152, 3456], "v.blk.1.ffn_up": [1152, 4304], "v.position_embd": [1152, 2304],
             "v.deepstack.1.fc2": [4608, 4096], "mm.2": [4608, 4096]},
        ),
    ],
    ids=["small", "8b"],
)  # fmt: skip
async def test_random_models_load_and_answer_in_words_to_the_last_token(
    tmp_path: Path,
    shape: Shape,
    quantisation: Quantisation,
    text: dict[str, list[int]],
    vision: dict[str, list[int]],
) -> None:
    short = shortened(shape, layers=2)
    if shape is QWEN3_VL_8B:  # most of the time and of the bytes would be these
        short = dataclasses.replace(short, feed_forward=1024)
    files = await asyncio.to_thread(build, tmp_path, "short", short, 1_000, quantisation)
    for path, expected in zip(files, (text, vision), strict=True):
        sizes = {tensor.name: tensor.shape.tolist() for tensor in gguf.GGUFReader(path).tensors}
        assert {name: sizes[f"{name}.weight"] for name in expected} == expected
    setup = Setup(*files, threads=1, gpu_layers=0, picture=(64, 64))
    async with our_side(setup, setup.tight) as ours:
        chat = Conversation("chat")
        chat.asks("What is this?", screenshot(1, setup.picture))
        answered = await ours.ask(chat.name, chat.messages, 40)
    assert answered.tokens == 40
    assert answered.usage is not None
    assert answered.usage.finish is Finish.LENGTH
    assert re.fullmatch("|".join(map(re.escape, WORDS)).join(("(", ")+")), answered.text)
    for path in files:  # they are large
        path.unlink()


@pytest.mark.parametrize(("name", "parameters"), [("small", 432_011_520), ("8b", 8_767_123_696)])
def test_random_models_have_as_many_parameters_as_they_say(name: ShapeName, parameters: int) -> None:
    shape, tokens = SHAPES[name]
    parts = [*_text_parts(shape, vocabulary(tokens)), *_vision_parts(shape)]
    assert sum(math.prod(size) for part in parts for size in part.sizes.values()) == parameters


def test_a_random_model_is_made_once(tmp_path: Path) -> None:
    tiny = dataclasses.replace(SHAPE, half=True)
    files = build(tmp_path, "tiny", tiny, 0, "q8_0")
    before = [path.stat().st_mtime_ns for path in files]
    assert build(tmp_path, "tiny", tiny, 0, "q8_0") == files
    assert [path.stat().st_mtime_ns for path in files] == before
    assert sorted(tmp_path.iterdir()) == sorted(files), "no temporary file is left"


def test_impossible_options_are_told_before_anything_is_measured(tmp_path: Path) -> None:
    for options, said in [
        (["--model", "text.gguf"], "go together"),
        (["--together", "2,4"], "1 among them"),
        (["--model", "absent.gguf", "--mmproj", "absent.gguf"], "absent.gguf"),
        (["--json", str(tmp_path)], "directory"),
    ]:
        result = CliRunner().invoke(app, ["bench", "engine", *options])
        assert result.exit_code == 2, options
        assert said in result.output
