"""Settings: every fault at once, secrets kept, and documentation that cannot go stale."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from typer.testing import CliRunner

from bot import logs
from bot.__main__ import app
from bot.errors import ConfigurationError
from bot.sections import SlackSettings
from bot.settings import PREFIX, Settings, load, variables

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_configured_is_fine() -> None:
    settings = load()
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 7860)
    assert settings.telegram.token is None
    assert settings.model.path is None


def test_every_fault_is_reported_at_once_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = {
        "LOOKSEE_ADMINS": "not json",
        "LOOKSEE_AGENTS": '["anna"]',
        "LOOKSEE_WEB__PORT": "99999",
        "LOOKSEE_MODEL__CONTEXT": "many",
        "LOOKSEE_TELEGRAM__TOKEN": "abc",
        "LOOKSEE_MODEL__PTAH": "/model.gguf",
        "LOOKSEE_TELEGRM__TOKEN": "1:abc",
    }
    for name, value in {**faulty, "LOOKSEE_SLACK__BOT_TOKEN": "xoxb-1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    said = str(caught.value)
    for name in (*faulty, "LOOKSEE_SLACK__APP_TOKEN"):
        assert name in said, name
    assert "did you mean LOOKSEE_MODEL__PATH?" in said
    assert "for example LOOKSEE_WEB__PORT=7860" in said


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (
            {"TELEGRAM__TOKEN": "bad", "TELEGRAM__MODE": "webhook", "TELEGRAM__WEBHOOK_SECRET": "short"},
            ["TELEGRAM__TOKEN", "TELEGRAM__WEBHOOK_URL", "TELEGRAM__WEBHOOK_SECRET"],
        ),
        ({"TELEGRAM__TOKEN": "bad", "TELEGRAM__API_BASE": "x"}, ["TELEGRAM__TOKEN", "TELEGRAM__API_BASE"]),
        (
            {"SLACK__BOT_TOKEN": "xoxb-1", "SLACK__MODE": "http", "SLACK__SIGNING_SECRET": " "},
            ["SLACK__SIGNING_SECRET"],
        ),
        ({"SLACK__BOT_TOKEN": "xoxb-1"}, ["SLACK__APP_TOKEN"]),
        ({"SLACK__BOT_TOKEN": "1"}, ["SLACK__BOT_TOKEN", "SLACK__APP_TOKEN"]),
        ({"SLACK__APP_TOKEN": "xapp-1"}, ["SLACK__BOT_TOKEN"]),
        ({"SLACK__BOT_TOKEN": " "}, ["SLACK__BOT_TOKEN", "SLACK__APP_TOKEN"]),
        ({"SLACK__BOT_TOKEN": "xoxb-1", "SLACK__APP_TOKEN": " "}, ["SLACK__APP_TOKEN"]),
        ({"SLACK__SIGNING_SECRET": "x" * 32}, ["SLACK__BOT_TOKEN"]),
        ({"SLACK__BOT_TOKEN": "xoxb-1", "SLACK__MODE": "http"}, ["SLACK__SIGNING_SECRET"]),
        ({"TELEGRAM__TOKEN": " "}, ["TELEGRAM__TOKEN"]),
        ({"TELEGRAM__WEBHOOK_SECRET": "x" * 16}, ["TELEGRAM__TOKEN"]),
        (
            {"TELEGRAM__TOKEN": "1:abc", "TELEGRAM__MODE": "webhook", "TELEGRAM__WEBHOOK_URL": "https://x"},
            ["TELEGRAM__WEBHOOK_SECRET"],
        ),
        (
            {
                "TELEGRAM__TOKEN": "1:abc",
                "TELEGRAM__MODE": "webhook",
                "TELEGRAM__WEBHOOK_URL": "https://x",
                "TELEGRAM__WEBHOOK_SECRET": " " * 20,
            },
            ["TELEGRAM__WEBHOOK_SECRET"],
        ),
        ({"WEB__OPERATOR_TOKEN": " "}, ["WEB__OPERATOR_TOKEN"]),
        ({"WEB__OPERATOR_TOKEN": "short"}, ["WEB__OPERATOR_TOKEN"]),
        ({"WEB__OPERATOR_TOKEN": "long enough, but not to be sent"}, ["WEB__OPERATOR_TOKEN"]),
        (
            {"LIMITS__MESSAGES_A_DAY": "-1", "LIMITS__PICTURES_A_MINUTE": "many"},
            ["LIMITS__MESSAGES_A_DAY", "LIMITS__PICTURES_A_MINUTE"],
        ),
        ({"MODEL__PATH": "/m.gguf", "MODEL__CONTEXT": "3"}, ["MODEL__MMPROJ_PATH", "MODEL__CONTEXT"]),
        ({"MODEL__MMPROJ_PATH": "/m.gguf"}, ["MODEL__PATH"]),
        ({"MODEL": "{bad", "WEB__PRT": "1"}, ["MODEL", "WEB__PRT"]),
    ],
)
def test_what_belongs_together(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: list[str]) -> None:
    for name, value in given.items():
        monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    faults = [line.removeprefix("  - ").partition(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert sorted(faults) == sorted(PREFIX + name for name in named)


def test_a_rule_holds_however_the_settings_are_made() -> None:
    with pytest.raises(ValueError, match="app_token"):
        SlackSettings(bot_token=SecretStr("xoxb-1"))


def test_the_env_file_is_read_and_checked_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('LOOKSEE_ADMINS=["telegram:7"]\nOTHER=1\n')
    assert load().admins == ("telegram:7",)
    (tmp_path / ".env").write_text("LOOKSEE_ADMIN=1\n")
    with pytest.raises(ConfigurationError, match="did you mean LOOKSEE_ADMINS"):
        load()


def test_secrets_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    token = "123456:AAEcanarycanarycanary"
    monkeypatch.setenv("LOOKSEE_TELEGRAM__TOKEN", token)
    settings = load()
    assert token not in repr(settings)
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    try:
        logs.configure("info", json=True, secrets=[s.get_secret_value() for s in settings.secrets()])
        logging.getLogger("some.library").warning("GET /bot%s/getMe", token)
        structlog.get_logger("ours").warning("url", url=f"https://api/bot{token}/getMe")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**configured)
    printed = capsys.readouterr().err
    assert "GET /bot%s/getMe" in printed  # of a library's words, the format alone
    assert printed.count("[secret]") == 1
    assert token not in printed


@pytest.mark.parametrize("nobody", ["telegram:1087968824", "telegram:777000", "telegram:136817688"])
def test_telegrams_own_accounts_are_nobody(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_ADMINS", f'["{nobody}"]')
    with pytest.raises(ConfigurationError, match="stands for nobody in particular"):
        load()


@pytest.mark.parametrize(
    "name", ["telegram:٣", "telegram:7\n", "telegram:07", "telegram:-100", "web:abc", "slack:T1/U1/"]
)
def test_a_role_is_given_to_a_plain_number(name: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        Settings(_env_file=None, admins=(name,))


@given(st.text(max_size=40))
def test_a_person_is_a_platform_and_a_number(text: str) -> None:
    try:
        settings = Settings(_env_file=None, admins=(text,))
    except ValueError:
        return
    platform, _, rest = settings.admins[0].partition(":")
    assert (platform == "telegram" and rest.isdigit()) or (platform == "slack" and rest.count("/") == 1)


def test_env_example_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["settings", "--format", "env"])
    assert printed.exit_code == 0, printed.output
    assert (ROOT / "deploy" / "env.example").read_text(encoding="utf-8") == printed.output


def test_the_readmes_table_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["settings", "--format", "markdown"])
    assert printed.exit_code == 0, printed.output
    assert printed.output.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_plain_listing_names_every_variable() -> None:
    printed = CliRunner().invoke(app, ["settings"]).output
    for variable in variables():
        assert variable.name in printed
        assert variable.description in printed


def test_a_faulty_setting_ends_the_command_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_WEB__PORT", "-1")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 2
    assert "LOOKSEE_WEB__PORT" in result.output
    assert "Traceback" not in result.output


def test_a_file_of_settings_that_is_no_text_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"LOOKSEE_CHAT__COMPANY=\xff\xfe\n")
    with pytest.raises(ConfigurationError, match=r"file \.env cannot be read"):
        load()


def test_hosts_that_may_be_linked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_CHAT__LINK_HOSTS", '["Shop.Example", "10.0.0.5", "intranet"]')
    assert load().chat.link_hosts == ("shop.example", "10.0.0.5", "intranet")


@pytest.mark.parametrize(
    "given", ["shop.example", '["https://shop.example"]', '["*.shop.example"]', '["a b"]', '[""]', "[1]", "[" * 3000]
)
def test_hosts_are_names(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LOOKSEE_CHAT__LINK_HOSTS", given)
    with pytest.raises(ConfigurationError, match=r"LOOKSEE_CHAT__LINK_HOSTS: .*for example LOOKSEE_CHAT__LINK_HOSTS="):
        load()
