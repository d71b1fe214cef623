"""Renders the system prompts. Imports nothing of ours, so that prompts can be read and tried on their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

# With anything else (loops, filters, arithmetic) a few characters could keep the machine busy, or fill its memory.
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A rendered system prompt; `version` names this very text (12 hexadecimal digits of its hash)."""

    text: str
    version: str


class TemplateFaultError(Exception):
    """A template that cannot be rendered. `unknown` are placeholders in it that stand for nothing; without such,
    `reason` is Jinja's word for what is wrong, in the line `line` (0: nowhere in particular)."""

    def __init__(self, reason: str = "", *, line: int = 0, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(reason or f"unknown placeholders: {', '.join(unknown)}")
        self.reason = reason
        self.line = line
        self.unknown = unknown


class SystemPrompts:
    """The system prompts in each language that has a file: ``system.<language>.md`` for answers, and
    ``describe.<language>.md`` for saying in a few words what is on a screenshot. The other files are instructions.

    All are rendered at once, so that a faulty template (TemplateFaultError) shows at start and not in a chat.
    """

    def __init__(self, company: str, policies: str = "") -> None:
        # Values are data: whatever they contain, Jinja does not look into them. A prompt is no HTML: no escaping.
        self._environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._values = {"company": " ".join(company.split()), "policies": policies.strip()}
        self._templates: dict[tuple[str, str], str] = {}
        for file in files(__package__).iterdir():
            name, _, language = file.name.removesuffix(".md").partition(".")
            if language and file.name.endswith(".md"):
                self._templates[name, language] = file.read_text("utf-8")
        self._prompts = {key: self.render(template) for key, template in self._templates.items()}

    @property
    def languages(self) -> frozenset[str]:
        """The languages that there are prompts in."""
        return frozenset(language for _, language in self._prompts)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What a template may name, in alphabetical order."""
        return tuple(sorted(self._values))

    def render(self, template: str) -> SystemPrompt:
        """Fill a template in. Raises TemplateFaultError."""
        try:
            parsed = self._environment.parse(template)
            odd = next((node for node in parsed.find_all(nodes.Node) if not isinstance(node, _ALLOWED)), None)
            if odd is not None:
                reason = f"{type(odd).__name__.lower()}: placeholders and conditions are all that there is"
                raise TemplateFaultError(reason, line=odd.lineno)
            unknown = meta.find_undeclared_variables(parsed) - self._values.keys()
            if unknown:
                raise TemplateFaultError(unknown=tuple(sorted(unknown)))
            text = self._environment.from_string(template).render(self._values).strip()
        except TemplateSyntaxError as error:
            raise TemplateFaultError(error.message or "", line=error.lineno) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise TemplateFaultError(str(error)) from error
        return SystemPrompt(text, hashlib.sha256(text.encode()).hexdigest()[:12])

    def template(self, language: str) -> str:
        """The template of the system prompt in `language`, as its file has it; KeyError if there is none."""
        return self._templates["system", language].strip()

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
