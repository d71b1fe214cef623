"""Settings, read from the environment (prefix ``LOOKSEE_``, nested by ``__``) and from a file ``.env``.

Every field has a description and, where it is not obvious, an example: the README's table, ``deploy/env.example`` and
the messages about faults are made from them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import ConfigurationError
from bot.sections import (
    RULE,
    ChatSettings,
    DeskSettings,
    ImageSettings,
    LimitSettings,
    ModelSettings,
    People,
    PrivacySettings,
    QueueSettings,
    Section,
    SlackSettings,
    TelegramSettings,
    WebSettings,
)

PREFIX = "LOOKSEE_"
NESTING = "__"
# What the demo model has learnt on, for what nobody has set: small pictures, and nothing to be inventive about.
_DEMO: Final[Mapping[str, Mapping[str, float]]] = {
    "model": {"temperature": 0.0, "presence_penalty": 0.0, "image_max_tokens": 264},
    "images": {"short_side": 384},
}


class Settings(BaseSettings):
    """All settings of Looksee."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTING,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(Path("data"), description="Where the database and generated files lie.")
    admins: People = Field((), description="Admins, a JSON list.", examples=['["telegram:1234567"]'])
    agents: People = Field((), description="Support agents, a JSON list.", examples=['["slack:T0123/U0456"]'])
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_json: bool = Field(False, description="Log one JSON object a line.")
    supervise: bool = Field(
        True,
        description="Run the service under a small process that starts it again when it crashes or hangs; `false` "
        "leaves that to a service manager.",
    )
    model: ModelSettings = ModelSettings()
    images: ImageSettings = ImageSettings()
    chat: ChatSettings = ChatSettings()
    queue: QueueSettings = QueueSettings()
    limits: LimitSettings = LimitSettings()
    privacy: PrivacySettings = PrivacySettings()
    desk: DeskSettings = DeskSettings()
    telegram: TelegramSettings = TelegramSettings()
    slack: SlackSettings = SlackSettings()
    web: WebSettings = WebSettings()

    @model_validator(mode="after")
    def _suit_the_demo_model(self) -> Self:
        if self.model.embedded:
            for section, suited in _DEMO.items():
                given: Section = getattr(self, section)
                missing = {name: value for name, value in suited.items() if name not in given.model_fields_set}
                object.__setattr__(self, section, given.model_copy(update=missing))
        return self

    def secrets(self) -> list[SecretStr]:
        """List the secrets that are set, for the log filter."""
        model, telegram, slack = self.model, self.telegram, self.slack
        fields = (
            model.api_key,
            telegram.token,
            telegram.webhook_secret,
            slack.bot_token,
            slack.app_token,
            slack.signing_secret,
            self.web.operator_token,
        )
        return [field for field in fields if field is not None]


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, as the documentation shows it. `section` is the heading it belongs under."""

    name: str
    section: str
    default: str
    description: str
    example: str


def variables() -> Iterator[Variable]:
    """Every variable Looksee reads, in the order of the settings."""
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            heading = (section.__doc__ or "").strip().rstrip(".")
            for inner, inner_field in section.model_fields.items():
                yield _variable(f"{PREFIX}{name}{NESTING}{inner}".upper(), heading, inner_field)
        else:
            yield _variable(f"{PREFIX}{name}".upper(), "General", field)


def _variable(name: str, section: str, field: Any) -> Variable:
    default = field.default
    if default is None or default in ("", ()):
        shown = ""
    else:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
    example = str(field.examples[0]) if field.examples else shown
    return Variable(name, section, shown, field.description or "", example)


def load() -> Settings:
    """Read the settings. Raises ConfigurationError that lists every fault, each with its variable and an example."""
    known = {variable.name: variable for variable in variables()}
    try:
        given = _given()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file .env cannot be read: {error}") from error
    faults = [_unknown(name, known) for name in sorted(set(given) - set(known))]
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [_explain(fault["loc"], fault["msg"], known) for fault in error.errors() if fault["type"] != RULE]
        faults += [_explain(place, reason, known) for place, reason in _broken_rules(given)]
    except (SettingsError, RecursionError):
        pass  # a whole section as one variable, which is among the unknown ones
    else:
        if not faults:
            return settings
    raise ConfigurationError("The settings cannot be used:\n" + "\n".join(f"  - {fault}" for fault in faults))


def _given() -> dict[str, str]:
    """What the environment and the .env file say, by name in upper case; what is empty counts as not said."""
    sources = (DotEnvSettingsSource(Settings), EnvSettingsSource(Settings))
    values = {name.upper(): value for source in sources for name, value in source.env_vars.items() if value}
    return {name: value for name, value in values.items() if name.startswith(PREFIX)}


def _broken_rules(given: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Rules across a section, held against what was given: pydantic tries them only where each value is right."""
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            start = f"{PREFIX}{name}{NESTING}".upper()
            values = {key.removeprefix(start).lower(): value for key, value in given.items() if key.startswith(start)}
            for inner, reason in section.model_construct(**values).faults():  # type: ignore[arg-type]
                yield (name, inner), reason


def _unknown(name: str, known: dict[str, Variable]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _explain(place: tuple[int | str, ...], reason: str, known: dict[str, Variable]) -> str:
    name = (PREFIX + NESTING.join(str(part) for part in place if not isinstance(part, int))).upper()
    example = known[name].example if name in known else ""
    return f"{name}: {reason.removeprefix('Value error, ')}" + (f", for example {name}={example}" if example else "")
