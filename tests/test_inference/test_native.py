from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.demo.placeholder import SHAPE, build_placeholder
from bot.errors import GenerationError, ModelFileError
from bot.inference.gate import Gate
from bot.inference.native import Layout, NativeError, NativeModel, Patch, Rows, Sampler, Sampling
from tests.models import ask, engine, picture

SIZES = [(1, 1), (33, 17), (160, 96), (256, 160), (768, 768), (300, 2000), (2000, 300), (1170, 2532)]


def load(model: Path, mmproj: Path) -> NativeModel:
    return NativeModel(model, mmproj, context=512, sequences=1, gpu_layers=0, threads=1, image_max_tokens=64)


def cells(layout: Layout) -> int:
    return sum(piece.cells if isinstance(piece, Patch) else len(piece) for piece in layout)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_laid_out_by_its_size_alone(native: NativeModel, size: tuple[int, int]) -> None:
    width, height = size
    before, patch, after = native.layout(width, height)
    assert isinstance(patch, Patch)
    assert [len(piece) for piece in (before, after) if not isinstance(piece, Patch)] == [1, 1]
    assert patch.cells <= 256  # as the fixture asks for
    assert [len(patches) for patches in native.encode(width, height, bytes(width * height * 3))] == [patch.cells]


def test_a_picture_of_moderate_size_has_a_token_for_each_32_pixels_square(native: NativeModel) -> None:
    assert cells(native.layout(160, 96)) == 5 * 3 + 2
    assert cells(native.layout(256, 160)) == 8 * 5 + 2


def test_the_cells_of_a_picture_lie_in_a_plane(native: NativeModel) -> None:
    _, patch, _ = native.layout(160, 96)
    assert isinstance(patch, Patch)
    assert patch.positions == 5  # the longer side
    places = patch.at(100, 3, 8)
    assert places[0].tolist() == [100] * 5
    assert places[1].tolist() == [100, 100, 101, 101, 101]  # rows
    assert places[2].tolist() == [103, 104, 100, 101, 102]  # columns
    assert places[3].tolist() == [0] * 5


def test_pixels_that_do_not_match_the_size_are_refused(native: NativeModel) -> None:
    with pytest.raises(NativeError):
        native.encode(64, 32, bytes(100))


def test_only_template_text_has_control_tokens(native: NativeModel) -> None:
    words = native.vocabulary
    (token,) = words.tokenise("<|im_start|>", special=True)
    assert token in words.special_tokens()
    assert not set(words.tokenise("<|im_start|>", special=False)) & words.special_tokens().keys()


def say(native: NativeModel, sampler: Sampler, tokens: Sequence[int], count: int) -> list[int]:
    """Read `tokens` into an empty sequence and choose so many more, up to the end of the answer."""
    native.drop(0)
    rows = Rows(list(tokens), list(range(len(tokens))), [0] * len(tokens), [False] * (len(tokens) - 1) + [True])
    native.decode(rows)
    said = [sampler.choose(len(tokens) - 1)]
    while len(said) < count and said[-1] not in native.vocabulary.ends:
        native.decode(Rows([said[-1]], [len(tokens) + len(said) - 1], [0], [True]))
        said.append(sampler.choose(0))
    sampler.close()
    native.drop(0)
    return said


def test_sampling_follows_its_seed(native: NativeModel) -> None:
    def answer(sampling: Sampling) -> list[int]:
        tokens = native.vocabulary.tokenise("What is this?", special=False)
        sampler = native.sampler(sampling)
        return say(native, sampler, tokens, 20)

    assert answer(Sampling(seed=1)) == answer(Sampling(seed=1))
    assert answer(Sampling(seed=1)) != answer(Sampling(seed=2))
    assert answer(Sampling(temperature=0, seed=1)) == answer(Sampling(temperature=0, seed=2))
    assert answer(Sampling()) != answer(Sampling()), "a seed of -1 differs each time"
    # A very strong penalty never lets a word come twice.
    said = max((answer(Sampling(top_k=0, top_p=1.0, presence_penalty=1000.0, seed=n)) for n in range(8)), key=len)
    assert len(said) > 3
    assert len(set(said)) == len(said)


SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "code": {"type": "string", "maxLength": 6},
            "field": {"enum": ["card", "名称"]},
            "count": {"type": "integer"},
        },
        "required": ["code", "field", "count"],
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_an_answer_within_a_schema_parses(native: NativeModel, seed: int, temperature: float) -> None:
    sampler = native.sampler(Sampling(temperature=temperature, top_k=0, top_p=1.0, seed=seed), SCHEMA)
    said = say(native, sampler, native.vocabulary.tokenise("Which code?", special=False), 400)
    assert said.pop() in native.vocabulary.ends
    answer = json.loads(b"".join(native.vocabulary.piece(token) for token in said))
    assert set(answer) == {"code", "field", "count"}
    assert len(answer["code"]) <= 6
    assert answer["field"] in ("card", "名称")
    assert isinstance(answer["count"], int)


@pytest.mark.parametrize("schema", ["", "{", "[1]", '{"$ref": "#/nowhere"}', '{"type": "string", "pattern": "(("}'])
def test_what_is_no_schema_is_an_error(native: NativeModel, schema: str) -> None:
    if not schema:
        native.sampler(Sampling(), schema).close()  # none is asked for
        return
    with pytest.raises(GenerationError):
        native.sampler(Sampling(), schema)


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
    monkeypatch.setattr("bot.demo.placeholder.SHAPE", replace(SHAPE, width=128))
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
