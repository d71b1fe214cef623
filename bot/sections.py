"""The sections of the settings, with what each value may be. See `bot.settings`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    NoDecode,
)

from bot.messages import Language
from bot.people import NAMED, NOBODY

RULE = "looksee_rule"
"""The type of the errors that rules across a section raise."""
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


def _person(value: str) -> str:
    if value in NOBODY:
        raise ValueError(f"{value!r} is Telegram's own account, which stands for nobody in particular")
    if not NAMED.fullmatch(value):
        raise ValueError(f"{value!r} is neither telegram:<user id> nor slack:<team id>/<user id>")
    return value


def _group(value: str) -> str:
    if not _GROUP.fullmatch(value):
        raise ValueError(f"{value!r} is not the id of a user group, which begins with S")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a host, such as shop.example (without https://)")
    return value.lower()


def _json_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("not a JSON list") from None


Person = Annotated[str, AfterValidator(_person)]
# Decoded here and not by pydantic-settings, which stops at the first value that is no JSON: all faults are reported.
People = Annotated[tuple[Person, ...], NoDecode, BeforeValidator(_json_list)]
Group = Annotated[str, AfterValidator(_group)]
Groups = Annotated[tuple[Group, ...], NoDecode, BeforeValidator(_json_list)]
Host = Annotated[str, AfterValidator(_host)]
Hosts = Annotated[tuple[Host, ...], NoDecode, BeforeValidator(_json_list)]


class Section(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Fields that cannot work beside the others, each with the reason.

        Is also asked of values as they were given, which have not been validated.
        """
        yield from ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for field, reason in self.faults():
            raise PydanticCustomError(RULE, "{field}: {reason}", {"field": field, "reason": reason})
        return self


def _plain(value: SecretStr | str | None) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


class ModelSettings(Section):
    """The vision-language model."""

    path: Path | None = Field(
        None,
        description="Text model, a GGUF file. Default: the embedded demo model.",
        examples=["models/Qwen3VL-8B-Instruct-Q4_K_M.gguf"],
    )
    mmproj_path: Path | None = Field(
        None,
        description="Its vision part, the mmproj GGUF file.",
        examples=["models/mmproj-Qwen3VL-8B-Instruct-F16.gguf"],
    )
    sha256: str = Field(
        "",
        pattern="^([0-9a-fA-F]{64})?$",
        description="SHA-256 of the text model's file; with another file there is no start. `looksee check` shows it.",
        examples=["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
    )
    mmproj_sha256: str = Field(
        "",
        pattern="^([0-9a-fA-F]{64})?$",
        description="SHA-256 of the vision part's file.",
        examples=["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
    )
    backend: Literal["gguf", "openai"] = Field(
        "gguf", description="Where the model runs: `gguf`, here; `openai`, on an OpenAI-compatible server."
    )
    isolation: Literal["none", "process"] = Field(
        "none", description="`process` runs the GGUF model in a child process, which the bot outlives."
    )
    url: str = Field("", description="API address of the server, with `openai`.", examples=["http://127.0.0.1:8000/v1"])
    name: str = Field(
        "", description="The model's name on that server; default: the first it lists.", examples=["qwen3-vl-8b"]
    )
    api_key: SecretStr | None = Field(None, description="Key of that server, if it wants one.", examples=["sk-..."])
    context: int = Field(
        16_384, ge=1024, le=262_144, description="Context in tokens, shared by all chats that are kept computed."
    )
    gpu_layers: int = Field(-1, ge=-1, description="Layers kept on the GPU; -1: all of them, 0: none.")
    threads: int = Field(0, ge=0, le=512, description="CPU threads of the model; 0: one fewer than there are cores.")
    parallel_chats: int = Field(8, ge=1, le=256, description="Chats that are worked on at the same time.")
    embeddings_megabytes: int = Field(
        1024, ge=0, le=1_048_576, description="Memory for encoded pictures (64 MB for a large one with the 8B model)."
    )
    parked_megabytes: int = Field(
        2048, ge=0, le=1_048_576, description="Memory for computed chats that no longer fit the context."
    )
    image_max_tokens: int = Field(
        2048, ge=16, le=4096, description="Most tokens a picture may take (1024 pixels each); 264 with the demo model."
    )
    max_tokens: int = Field(1024, ge=16, le=32_768, description="Most tokens of one answer.")
    temperature: float = Field(
        0.7, ge=0, le=2, description="Sampling temperature; 0 (as with the demo model): the likeliest token."
    )
    top_p: float = Field(0.8, gt=0, le=1, description="Nucleus sampling.")
    top_k: int = Field(20, ge=0, description="Sample from this many likeliest tokens; 0: all.")
    presence_penalty: float = Field(
        1.5, ge=-2, le=2, description="Penalty on tokens the answer already has; 0 with the demo model."
    )
    step_seconds: float = Field(
        240,
        ge=1,
        le=86_400,
        description="A native step (a picture's encoding takes longest) that lasts longer hangs: its process is ended "
        "and started again. Below LOOKSEE_QUEUE__FIRST_TOKEN_SECONDS, or customers give up first.",
    )
    seed: int = Field(-1, ge=-1, le=2**32 - 2, description="Seed of the sampling; -1: a different one each time.")

    @property
    def embedded(self) -> bool:
        """Whether the demo model answers, since no other is configured."""
        return self.backend == "gguf" and self.path is None

    def faults(self) -> Iterator[tuple[str, str]]:
        """Tell which of the two files is missing, or what does not go together."""
        if self.backend == "openai":
            if not re.match(r"https?://", self.url):
                yield "url", "LOOKSEE_MODEL__BACKEND=openai needs the server's address"
            if self.sha256 or self.mmproj_sha256:
                yield "sha256", "only the files of a model that runs here can be pinned"
            if self.isolation == "process":
                yield "isolation", "only a model that runs here can run in a process of its own"
            return
        if self.path and not self.mmproj_path:
            yield "mmproj_path", "needed beside LOOKSEE_MODEL__PATH"
        if self.mmproj_path and not self.path:
            yield "path", "needed beside LOOKSEE_MODEL__MMPROJ_PATH"
        if (self.sha256 or self.mmproj_sha256) and not (self.path and self.mmproj_path):
            yield "sha256", "pins a file that LOOKSEE_MODEL__PATH and LOOKSEE_MODEL__MMPROJ_PATH have to name"


class ImageSettings(Section):
    """Customers' pictures."""

    max_megabytes: float = Field(20, gt=0, le=100, description="Largest file accepted, in MB.")
    short_side: int = Field(
        768,
        ge=64,
        le=4096,
        description="Pictures are scaled down to this short side, in pixels; demo model: 384.",
    )
    per_question: int = Field(8, ge=1, le=20, description="Most pictures looked at for one question.")


class ChatSettings(Section):
    """Conversations."""

    company: str = Field("Looksee", max_length=200, description="Company name the bot speaks for.")
    policies: str = Field(
        "",
        max_length=20_000,
        description="What the bot should know: policies, hours, contacts.",
        examples=["Returns within 30 days. Support is open 9:00 to 18:00, Monday to Friday."],
    )
    link_hosts: Hosts = Field(
        (),
        description="Hosts whose addresses stay links in answers, a JSON list; all others are shown as plain text.",
        examples=['["shop.example"]'],
    )
    max_characters: int = Field(8_000, ge=100, le=50_000, description="Longest message accepted, in characters.")
    burst_seconds: float = Field(0.7, ge=0, le=10, description="Wait this long for further lines of a question.")
    album_seconds: float = Field(
        1.5, ge=0, le=10, description="Wait this long for an album's next picture, or for a picture's question."
    )
    history_share: float = Field(
        0.5, gt=0.1, le=0.9, description="Part of the context that one chat's prompt may fill before it is cut back."
    )


class QueueSettings(Section):
    """Waiting, and the time limits of an answer."""

    notice_seconds: float = Field(4, ge=0, le=3600, description="Show its place in the queue to who waits longer.")
    busy_seconds: float = Field(60, ge=1, le=86_400, description="Say that it is busy when the wait will be longer.")
    refuse_seconds: float = Field(
        600, ge=1, le=86_400, description="Ask to try again later when the wait would be longer."
    )
    wait_seconds: float = Field(1800, ge=1, le=86_400, description="Longest wait of a question for its turn.")
    first_token_seconds: float = Field(300, ge=1, le=86_400, description="Longest wait for an answer's first word.")
    silence_seconds: float = Field(120, ge=1, le=86_400, description="Longest pause between two words.")

    def faults(self) -> Iterator[tuple[str, str]]:
        """Tell which limit contradicts another one."""
        try:
            contradiction = float(self.refuse_seconds) < float(self.busy_seconds)
        except ValueError:  # as it was given, and no number: told by itself
            return
        if contradiction:
            yield "refuse_seconds", "must not be below LOOKSEE_QUEUE__BUSY_SECONDS"


class LimitSettings(Section):
    """Limits for each person; admins and agents have none."""

    messages_a_day: int = Field(500, ge=0, le=1_000_000, description="Messages a day that are answered; 0: no limit.")
    seconds_a_day: int = Field(
        7200, ge=0, le=1_000_000, description="Seconds of the model a day, as the device is used; 0: no limit."
    )
    pictures_a_minute: int = Field(40, ge=0, le=100_000, description="Pictures a minute; 0: no limit.")
    messages_a_minute: int = Field(
        60,
        ge=0,
        le=100_000,
        description="Messages and commands a minute; who is faster is not listened to until it is over; 0: no limit.",
    )
    only_allowed: bool = Field(
        False, description="Listen only to those whom an admin has let in, with the command `allow`."
    )


UNLIMITED: Final = LimitSettings(messages_a_day=0, seconds_a_day=0, pictures_a_minute=0, messages_a_minute=0)
"""For work of our own, which is nobody's flood."""


class PrivacySettings(Section):
    """What is kept of customers, and for how long."""

    turns_days: int = Field(
        0, ge=0, le=36_500, description="Questions and answers are deleted after so many days; 0: never."
    )
    pictures_days: int = Field(
        0, ge=0, le=36_500, description="Pictures are deleted after so many days, their questions stay; 0: with those."
    )
    mask_cards: bool = Field(
        False, description="Leave the numbers of payment cards out of what customers write, and of answers."
    )
    mask_emails: bool = Field(False, description="Leave e-mail addresses out of what customers write.")
    mask_phones: bool = Field(False, description="Leave phone numbers out of what customers write.")


def _time_zone(name: str) -> str:
    try:
        if name != "UTC":
            ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise ValueError("there is no such time zone") from None
    return name


def _hours(expression: str) -> str:
    from bot.hours import checked  # the parser is only loaded where there are hours

    return checked(expression) if expression else ""


class DeskSettings(Section):
    """The support desk; on when there is a place for agents."""

    slack_channel: str = Field(
        "",
        pattern="^([CG][A-Z0-9]{2,20})?$",
        description="Slack channel for agents, with one thread for each case.",
        examples=["C0123456789"],
    )
    telegram_group: int = Field(
        0, le=0, description="Telegram group with topics for agents, one for each case.", examples=[-1001234567890]
    )
    language: Language = Field("en", description="Language of agents' rooms: en or zh.")
    hours: Annotated[str, AfterValidator(_hours)] = Field(
        "",
        max_length=1000,
        description="When people are there, in OpenStreetMap's notation; empty: nothing is said of it.",
        examples=["Mo-Fr 09:00-18:00; Dec 25-26 off"],
    )
    timezone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "UTC", description="Time zone of these hours, and of days in figures.", examples=["Asia/Shanghai"]
    )
    incident_customers: int = Field(
        5, ge=2, le=10_000, description="Tell agents when so many customers send the same screenshot within a day."
    )
    owner_minutes: int = Field(
        120,
        ge=1,
        le=10_080,
        description="The owner of a Telegram Business account who writes has the conversation; after so many minutes "
        "without a word of theirs the bot answers again.",
    )
    model_hands_over: bool = Field(
        True, description="Ask the model after each answer whether a person is needed; never asked of the demo model."
    )

    @property
    def places(self) -> dict[str, str]:
        """The channel or group for agents of each platform that has one."""
        group = str(self.telegram_group) if self.telegram_group else ""
        return {platform: chat for platform, chat in (("slack", self.slack_channel), ("telegram", group)) if chat}

    @property
    def on(self) -> bool:
        """Whether there is a place for agents."""
        return bool(self.places)

    @property
    def zone(self) -> tzinfo:
        """The time zone; it has been read by then, when the settings were."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)


class TelegramSettings(Section):
    """Telegram; on when a token is set."""

    token: SecretStr | None = Field(None, description="Bot token, from @BotFather.", examples=["123456:AAE..."])
    api_base: str = Field("https://api.telegram.org", pattern="^https?://", description="Bot API server.")
    mode: Literal["polling", "webhook"] = Field("polling", description="How updates arrive.")
    webhook_url: str = Field(
        "", description="Public https address of this service, for webhooks.", examples=["https://bot.example.com"]
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="Secret token Telegram sends along with each webhook call: 16 or more of A-Z a-z 0-9 _ -.",
        examples=["a-long-random-word-1234"],
    )

    def faults(self) -> Iterator[tuple[str, str]]:
        """Tell what is missing or not usable: the token, or what webhooks need."""
        if not self.token and (self.webhook_url or self.webhook_secret or self.mode == "webhook"):
            yield "token", "needed beside the other Telegram settings"
        if self.token and not re.fullmatch(r"\d+:[\w-]{3,}", _plain(self.token)):
            yield "token", "does not look like a bot token"
        if self.mode == "webhook":
            if not self.webhook_url.startswith("https://"):
                yield "webhook_url", "LOOKSEE_TELEGRAM__MODE=webhook needs an address that begins with https://"
            if not _SECRET.fullmatch(_plain(self.webhook_secret)):
                yield "webhook_secret", "LOOKSEE_TELEGRAM__MODE=webhook needs 16 or more of A-Z a-z 0-9 _ -"


class SlackSettings(Section):
    """Slack; on when a bot token is set."""

    bot_token: SecretStr | None = Field(None, description="Bot token.", examples=["xoxb-..."])
    app_token: SecretStr | None = Field(None, description="App-level token, for Socket Mode.", examples=["xapp-..."])
    signing_secret: SecretStr | None = Field(
        None, description="Signing secret, for HTTP mode.", examples=["8f742231b10e8888abcd99yyyzzz85a5"]
    )
    api_base: str = Field("https://slack.com/api/", pattern="^https?://", description="Slack's Web API.")
    mode: Literal["socket", "http"] = Field("socket", description="How events arrive.")
    agent_groups: Groups = Field(
        (), description="User groups whose members are agents, a JSON list of ids.", examples=['["S0123456789"]']
    )
    admin_groups: Groups = Field(
        (), description="User groups whose members are admins, a JSON list of ids.", examples=['["S0987654321"]']
    )

    def faults(self) -> Iterator[tuple[str, str]]:
        """Tell which secret is missing or not usable."""
        if not self.bot_token:
            if self.app_token or self.signing_secret or self.agent_groups or self.admin_groups:
                yield "bot_token", "needed beside the other Slack settings"
            return
        if not _plain(self.bot_token).startswith("xoxb-"):
            yield "bot_token", "does not look like a bot token"
        if self.mode == "socket" and not _plain(self.app_token).startswith("xapp-"):
            yield "app_token", "LOOKSEE_SLACK__MODE=socket needs an app-level token"
        if self.mode == "http" and len(_plain(self.signing_secret).strip()) < 16:
            yield "signing_secret", "LOOKSEE_SLACK__MODE=http needs it, from the app's Basic Information page"


class WebSettings(Section):
    """The HTTP server: chat page, API, webhooks, health and metrics."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65_535, description="Port to listen on.")
    chat: bool = Field(True, description="Serve the chat page and the API.")
    secure_cookie: bool = Field(False, description="Session cookie only over https; set it behind a TLS proxy.")
    operator_token: SecretStr | None = Field(
        None,
        description="Bearer token for `/metrics` and `/desk`, 16 or more of A-Z a-z 0-9 _ -; without: local programs "
        "only.",
        examples=["another-long-random-word-5678"],
    )

    def faults(self) -> Iterator[tuple[str, str]]:
        """Tell that the token can be guessed, or cannot be sent."""
        if self.operator_token is not None and not _SECRET.fullmatch(_plain(self.operator_token)):
            yield "operator_token", "has to be 16 or more of A-Z a-z 0-9 _ -, or not be set at all"
