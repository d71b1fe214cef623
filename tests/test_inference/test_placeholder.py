from __future__ import annotations

import asyncio
from pathlib import Path

import gguf

from bot.demo import demo_model
from bot.demo.placeholder import VERSION, WORDS, build_placeholder, placeholder_files
from bot.inference.gate import Gate
from tests.models import ask, engine, picture


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    one, two = build_placeholder(tmp_path / "one"), build_placeholder(tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert sum(path.stat().st_size for path in one) < 4_000_000


def test_is_built_once_and_whole(tmp_path: Path) -> None:
    files = placeholder_files(tmp_path / "cache")
    before = [path.stat().st_mtime_ns for path in files]
    assert placeholder_files(tmp_path / "cache") == files
    assert [path.stat().st_mtime_ns for path in files] == before
    assert sorted((tmp_path / "cache").iterdir()) == sorted(files), "no temporary file is left"
    assert all(f"-{VERSION}" in path.name for path in files)


def test_a_missing_half_is_built_again(tmp_path: Path) -> None:
    _, mmproj = placeholder_files(tmp_path)
    data = mmproj.read_bytes()
    mmproj.unlink()
    assert placeholder_files(tmp_path)[1].read_bytes() == data


def test_has_the_architecture_of_the_real_model(placeholder: tuple[Path, Path]) -> None:
    text, vision = (gguf.GGUFReader(path) for path in placeholder)
    assert text.fields["general.architecture"].contents() == "qwen3vl"
    assert text.fields["tokenizer.ggml.pre"].contents() == "qwen2"
    assert text.fields["qwen3vl.n_deepstack_layers"].contents() == 2
    assert vision.fields["clip.projector_type"].contents() == "qwen3vl_merger"
    assert sum(vision.fields["clip.vision.is_deepstack_layers"].contents()) == 2


async def test_answers_in_whole_words_and_says_that_they_mean_nothing(tmp_path: Path) -> None:
    demo = await asyncio.to_thread(demo_model, tmp_path)
    assert "untrained" in demo.notice.en
    model = engine((demo.model, demo.mmproj), Gate(), temperature=1.0)
    await model.load()
    try:
        rest = await ask(model, "What is this?", picture("red"), max_tokens=50)
    finally:
        await model.close()
    while rest:
        word = max((word for word in WORDS if rest.startswith(word)), key=len)
        rest = rest.removeprefix(word)
