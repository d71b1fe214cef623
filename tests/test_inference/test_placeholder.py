from __future__ import annotations

from pathlib import Path

import gguf

from bot.demo.placeholder import WORDS, build_placeholder
from bot.inference.gate import Gate
from tests.models import ask, engine, picture


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    one, two = build_placeholder(tmp_path / "one"), build_placeholder(tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert sum(path.stat().st_size for path in one) < 4_000_000


def test_has_the_architecture_of_the_real_model(placeholder: tuple[Path, Path]) -> None:
    text, vision = (gguf.GGUFReader(path) for path in placeholder)
    assert text.fields["general.architecture"].contents() == "qwen3vl"
    assert text.fields["tokenizer.ggml.pre"].contents() == "qwen2"
    assert text.fields["qwen3vl.n_deepstack_layers"].contents() == 2
    assert vision.fields["clip.projector_type"].contents() == "qwen3vl_merger"
    assert sum(vision.fields["clip.vision.is_deepstack_layers"].contents()) == 2


async def test_answers_in_whole_words(placeholder: tuple[Path, Path]) -> None:
    model = engine(placeholder, Gate(), temperature=1.0)
    await model.load()
    try:
        rest = await ask(model, "What is this?", picture("red"), max_tokens=50)
    finally:
        await model.close()
    while rest:
        word = max((word for word in WORDS if rest.startswith(word)), key=len)
        rest = rest.removeprefix(word)
