"""The demo model's files, and what is said and set when it answers."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import gguf
import pytest

from bot import backends
from bot.__main__ import banner
from bot.demo import DEMO_MODEL
from bot.metrics import Metrics
from bot.ports import ModelInfo
from bot.settings import PREFIX, Settings, load

SUITED = {
    "LOOKSEE_MODEL__TEMPERATURE": 0.0,
    "LOOKSEE_MODEL__PRESENCE_PENALTY": 0.0,
    "LOOKSEE_MODEL__IMAGE_MAX_TOKENS": 264,
    "LOOKSEE_IMAGES__SHORT_SIDE": 384,
}
OTHERS = {
    "LOOKSEE_MODEL__TEMPERATURE": 0.7,
    "LOOKSEE_MODEL__PRESENCE_PENALTY": 1.5,
    "LOOKSEE_MODEL__IMAGE_MAX_TOKENS": 2048,
    "LOOKSEE_IMAGES__SHORT_SIDE": 768,
}
"""What holds with any other model."""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def values(settings: Settings) -> dict[str, float]:
    """What the settings say of everything that suits the demo model."""
    model = settings.model
    found = (model.temperature, model.presence_penalty, model.image_max_tokens, settings.images.short_side)
    return dict(zip(SUITED, found, strict=True))


def test_they_are_small_enough_to_be_shipped() -> None:
    assert DEMO_MODEL.model.stat().st_size + DEMO_MODEL.mmproj.stat().st_size <= 20_000_000


def test_they_have_the_architecture_of_the_real_model() -> None:
    text, vision = (gguf.GGUFReader(path) for path in (DEMO_MODEL.model, DEMO_MODEL.mmproj))
    assert text.fields["general.architecture"].contents() == "qwen3vl"
    assert text.fields["tokenizer.ggml.pre"].contents() == "qwen2"
    layers = vision.fields["clip.vision.is_deepstack_layers"].contents()
    assert sum(layers) == text.fields["qwen3vl.n_deepstack_layers"].contents() > 0
    assert vision.fields["clip.projector_type"].contents() == "qwen3vl_merger"


def test_the_settings_suit_it() -> None:
    assert values(load()) == SUITED


@pytest.mark.parametrize("name", list(SUITED))
def test_what_is_set_holds(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # The very value that would hold with another model counts as set, too.
    monkeypatch.setenv(name, str(OTHERS[name]))
    assert values(load()) == SUITED | {name: OTHERS[name]}


def test_other_models_are_left_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__PATH", "model.gguf")
    monkeypatch.setenv("LOOKSEE_MODEL__MMPROJ_PATH", "mmproj.gguf")
    assert values(load()) == OTHERS


def test_a_model_server_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__BACKEND", "openai")
    monkeypatch.setenv("LOOKSEE_MODEL__URL", "http://127.0.0.1:8000/v1")
    assert values(load()) == OTHERS


async def test_the_start_says_that_it_answers() -> None:
    settings = await asyncio.to_thread(load)
    model = await asyncio.to_thread(backends.build_model, settings, Metrics())
    try:
        await model.load()
        said = await asyncio.to_thread(banner, settings, "http://127.0.0.1:7860", model.info)
    finally:
        await model.close()
    assert DEMO_MODEL.model.stem in said
    assert DEMO_MODEL.notice.en in said
    assert "LOOKSEE_MODEL__PATH" in said


def test_the_start_says_nothing_of_it_when_another_model_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__PATH", "model.gguf")
    monkeypatch.setenv("LOOKSEE_MODEL__MMPROJ_PATH", "mmproj.gguf")
    said = banner(load(), "http://127.0.0.1:7860", ModelInfo("model", 4096, None))
    assert DEMO_MODEL.notice.en not in said
    assert "LOOKSEE_MODEL__PATH" not in said
