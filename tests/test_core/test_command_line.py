"""The commands, as people type them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.bench import service
from tests.test_core.conftest import picture

ROOT = Path(__file__).parents[2]


@pytest.fixture
def configured(tmp_path: Path, placeholder: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with settings for the placeholder model."""
    settings = {
        "LOOKSEE_DATA_DIR": str(tmp_path / "data"),
        "LOOKSEE_MODEL__PATH": str(placeholder[0]),
        "LOOKSEE_MODEL__MMPROJ_PATH": str(placeholder[1]),
        "LOOKSEE_MODEL__THREADS": "1",
        "LOOKSEE_MODEL__TEMPERATURE": "0",
        "LOOKSEE_MODEL__MAX_TOKENS": "16",
        "LOOKSEE_WEB__PORT": "0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "screenshot.png").write_bytes(picture())
    (tmp_path / "broken.png").write_bytes(picture()[:50])
    return tmp_path


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["screenshot.png", "What is this?"], 0, r"\w+ \w+"),
        (["What can you do?"], 0, r"\w+ \w+"),
        (["broken.png", "What is this?"], 1, "damaged"),
        (["absent.png", "What is this?"], 2, "absent.png: No such file"),
    ],
)
def test_ask(words: list[str], status: int, said: str) -> None:
    result = CliRunner().invoke(app, ["ask", *words])
    assert result.exit_code == status, result.output
    assert re.search(said, result.output)
    assert "Traceback" not in result.output


@pytest.fixture(params=["gguf", "openai"])
def backend(request: pytest.FixtureRequest, configured: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either way of running the model."""
    if request.param == "openai":
        monkeypatch.setenv("LOOKSEE_MODEL__BACKEND", "openai")
        monkeypatch.setenv("LOOKSEE_MODEL__URL", request.getfixturevalue("openai_server"))
        monkeypatch.setenv("LOOKSEE_MODEL__CONTEXT", "4096")
    schema = {"type": "object", "properties": {"paid": {"type": "boolean"}}, "required": ["paid"]}
    (configured / "schema.json").write_text(json.dumps(schema))
    return str(request.param)


@pytest.mark.usefixtures("backend")
def test_ask_with_either_backend() -> None:
    result = CliRunner().invoke(app, ["ask", "screenshot.png", "What is this?"])
    assert result.exit_code == 0, result.output
    assert re.search(r"\w+ \w+", result.output)


@pytest.mark.usefixtures("backend")
def test_ask_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__MAX_TOKENS", "200")
    result = CliRunner().invoke(app, ["ask", "--json", "schema.json", "screenshot.png", "Was it paid?"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["paid"] in (True, False)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.json", "screenshot.png"], "absent.json: No such file"),
        (["screenshot.png", "screenshot.png"], "screenshot.png: not JSON"),
        (["list.json", "screenshot.png"], "list.json: a JSON Schema has to be an object"),
        (["schema.json", "broken.png"], "damaged"),
        (["long.json", "screenshot.png"], "LOOKSEE_MODEL__MAX_TOKENS=16"),
    ],
)
def test_ask_for_json_that_cannot_be(configured: Path, words: list[str], said: str) -> None:
    (configured / "list.json").write_text("[]")
    (configured / "long.json").write_text('{"type": "string", "minLength": 100}')
    result = CliRunner().invoke(app, ["ask", "--json", *words, "Was it paid?"])
    assert result.exit_code == 2, result.output
    assert said in result.stderr


@pytest.mark.usefixtures("configured")
def test_check() -> None:
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 0, result.output
    for line in ("Settings  no faults", "0 questions and 0 messages wait", "Model     looksee-placeholder"):
        assert line in result.output


async def test_bench_service_counts_what_it_says(tmp_path: Path) -> None:
    figures = await service.measure(tmp_path, messages=1, chats=3)
    assert figures.messages == service.WARM_UP + 100
    assert 0 < figures.latency_median_ms <= figures.latency_p99_ms
    assert figures.ratio == pytest.approx(figures.whole_ms / figures.disk_ms)
    assert f"in {figures.chats} chats" in figures.show(as_json=False)


async def test_serve_says_where_it_is_and_stops_when_told(configured: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", cwd=configured, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            banner = ""
            while "lists them all" not in banner:
                line = await process.stdout.readline()
                assert line, (await process.stderr.read()).decode()
                banner += line.decode()
            url = re.search(r"http://127\.0\.0\.1:\d+", banner)
            assert url is not None, banner
            assert "Telegram  off; set LOOKSEE_TELEGRAM__TOKEN" in banner
            async with aiohttp.ClientSession() as http, http.get(f"{url[0]}/readyz") as ready:
                assert ready.status == 200, await ready.text()
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            assert b"Traceback" not in await process.stderr.read()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
