"""Renders the system prompts. Imports nothing of ours, so that prompts can be read and tried on their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A rendered system prompt; `version` names this very text (12 hexadecimal digits of its hash)."""

    text: str
    version: str


class SystemPrompts:
    """The system prompts in each language that has a file: ``system.<language>.md`` for answers, and
    ``describe.<language>.md`` for saying in a few words what is on a screenshot. The other files are instructions.

    All are rendered at once, so that a faulty template (jinja2.TemplateError) shows at start and not in a chat.
    """

    def __init__(self, company: str, policies: str = "") -> None:
        # Values are data: whatever they contain, Jinja does not look into them. A prompt is no HTML: no escaping.
        environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
        values = {"company": " ".join(company.split()), "policies": policies.strip()}
        self._prompts: dict[tuple[str, str], SystemPrompt] = {}
        for file in files(__package__).iterdir():
            name, _, language = file.name.removesuffix(".md").partition(".")
            if language and file.name.endswith(".md"):
                text = environment.from_string(file.read_text("utf-8")).render(values).strip()
                version = hashlib.sha256(text.encode()).hexdigest()[:12]
                self._prompts[name, language] = SystemPrompt(text, version)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that there are prompts in."""
        return frozenset(language for _, language in self._prompts)

    def system(self, language: str) -> SystemPrompt:
        """The system prompt in `language` ("en", "zh"); KeyError if there is none."""
        return self._prompts["system", language]

    def describing(self, language: str) -> SystemPrompt:
        """The prompt for describing a screenshot in `language`; KeyError if there is none."""
        return self._prompts["describe", language]

    def instruction(self, name: str, language: str) -> SystemPrompt:
        """What is said to the model beside a customer's conversation: that a colleague asks ("counsel"), to draft a
        reply ("suggest"), to sum up ("summary"), to say whether a person is needed ("judge"). KeyError if there is
        none."""
        return self._prompts[name, language]
