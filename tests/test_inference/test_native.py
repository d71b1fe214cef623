from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import ModelFileError
from bot.inference.gate import Gate
from bot.inference.native import Bitmap, NativeModel, Sampling
from bot.inference.prompt import TextPart
from tests.models import ask, engine, picture

SIZES = [(1, 1), (33, 17), (160, 96), (256, 160), (768, 768), (300, 2000), (2000, 300), (1170, 2532)]


def load(model: Path, mmproj: Path) -> NativeModel:
    return NativeModel(model, mmproj, context=512, gpu_layers=0, threads=1, image_max_tokens=64)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_counts_without_its_pixels(native: NativeModel, size: tuple[int, int]) -> None:
    width, height = size
    with native.tokenise([Bitmap(width, height, bytes(width * height * 3), "a picture")]) as chunks:
        pictures = [chunk for chunk in chunks if chunk.tokens is None]
        assert len(pictures) == 1
        assert pictures[0].size <= 256  # as the fixture asks for
        total = sum(chunk.size for chunk in chunks)
    assert native.count([Bitmap(width, height)]) == total


def test_a_picture_of_moderate_size_has_a_token_for_each_32_pixels_square(native: NativeModel) -> None:
    assert native.count([Bitmap(160, 96)]) == 5 * 3 + 2
    assert native.count([Bitmap(256, 160)]) == 8 * 5 + 2


def test_parts_are_tokenised_apart(native: NativeModel) -> None:
    both = [TextPart("<|im_start|>", special=True), TextPart("<|im_start|>")]
    with native.tokenise(both) as (chunk,):
        assert chunk.tokens is not None
        assert chunk.tokens[0] in native.vocabulary.special_tokens()
        assert not {int(token) for token in chunk.tokens[1:]} & native.vocabulary.special_tokens().keys()


def test_sampling_follows_its_seed(native: NativeModel) -> None:
    def answer(sampling: Sampling) -> list[int]:
        native.clear()
        with native.tokenise([TextPart("What is this?")]) as (chunk,):
            assert chunk.tokens is not None
            position = native.prefill(chunk.tokens, 0, last=True)
        said = []
        with native.sampler(sampling) as choose:
            for step in range(20):
                said.append(choose())
                native.decode(said[-1], position + step)
        return said

    assert answer(Sampling(seed=1)) == answer(Sampling(seed=1))
    assert answer(Sampling(seed=1)) != answer(Sampling(seed=2))
    assert answer(Sampling(temperature=0, seed=1)) == answer(Sampling(temperature=0, seed=2))
    assert answer(Sampling()) != answer(Sampling()), "a seed of -1 differs each time"
    # A very strong penalty never lets a word come twice; the words are 31 with the end of the answer.
    assert len(set(answer(Sampling(top_k=0, top_p=1.0, presence_penalty=1000.0)))) == 20


def cut(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return damage


def written(data: bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.write_bytes(data)

    return replace


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "does not exist"),
    "folder": (as_folder, "cannot be read"),
    "empty": (written(b""), "is empty"),
    "page": (written(b"<!DOCTYPE html><title>404</title>"), "web page"),
    "pointer": (written(b"version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "picture": (written(b"\x89PNG\r\n\x1a\n" * 20), "not a GGUF file"),
    "version": (written(b"GGUF" + struct.pack("<IQQ", 99, 0, 0)), "version 99"),
    "nothing in it": (written(b"GGUF" + struct.pack("<IQQ", 3, 0, 0)), "holds no model"),
    "absurd length": (written(b"GGUF" + struct.pack("<IQQQ", 3, 0, 9, 1 << 62)), "damaged"),
    "cut at once": (cut(0.00001), "damaged"),
    "cut in the header": (cut(0.002), "cannot load"),
    "cut in the middle": (cut(0.5), "cannot load"),
    "cut at the end": (cut(0.999), "cannot load"),
}


@pytest.mark.parametrize(("which", "variable"), [(0, "LOOKSEE_MODEL__PATH"), (1, "LOOKSEE_MODEL__MMPROJ_PATH")])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_bad_file_is_refused_with_what_to_do(
    placeholder: tuple[Path, Path], tmp_path: Path, which: int, variable: str, damage: str
) -> None:
    files = [Path(shutil.copy(path, tmp_path)) for path in placeholder]
    do, says = DAMAGE[damage]
    do(files[which])
    with pytest.raises(ModelFileError) as refused:
        load(*files)
    message = str(refused.value)
    assert message.startswith(variable)
    assert str(files[which]) in message
    assert says in message


def test_files_in_each_others_place_are_told_apart(placeholder: tuple[Path, Path]) -> None:
    model, mmproj = placeholder
    with pytest.raises(ModelFileError, match=r"LOOKSEE_MODEL__PATH .* is a vision part"):
        load(mmproj, mmproj)
    with pytest.raises(ModelFileError, match=r"LOOKSEE_MODEL__MMPROJ_PATH .* is a text model \(qwen3vl\)"):
        load(model, model)


def test_halves_of_different_models_are_refused(
    placeholder: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.placeholder.WIDTH", 128)
    from bot.demo.placeholder import build_placeholder

    _, other = build_placeholder(tmp_path)
    with pytest.raises(ModelFileError, match=r"LOOKSEE_MODEL__MMPROJ_PATH.*mismatch"):
        load(placeholder[0], other)


async def test_logs_say_nothing_of_prompts(placeholder: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as logs:
        model = engine(placeholder, Gate())
        await model.load()
        await ask(model, "canary-5417", picture("red"))
        model.measure("canary-5417")
        await model.close()
    assert any(entry["event"] == "native" for entry in logs), "what happens while loading is logged"
    assert {entry["log_level"] for entry in logs if entry["event"] == "native"} == {"debug"}
    assert "canary" not in repr(logs)
    captured = capfd.readouterr()
    assert "canary" not in captured.out + captured.err
    assert "llama" not in captured.err, "llama.cpp writes nothing by itself"
