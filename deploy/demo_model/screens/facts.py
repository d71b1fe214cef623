"""What a training screenshot shows, as far as it can be asked about."""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.demo_model.samples import Picture


@dataclass(slots=True)
class Facts:
    """What stands on a screen, as written there. None: it is not there.

    `vague` are the kinds that cannot be asked about fairly; `fields` are the values by their labels; `names` is
    whatever one may ask the presence of; `colour` is that of the button to press; `lines` is all text in reading order,
    `covered` what was drawn over, at least in part, and `whole` says whether `lines` is everything that can be read.
    """

    error_code: str | None = None
    message: str | None = None
    title: str | None = None
    total: str | None = None
    order_number: str | None = None
    status: str | None = None
    button: str | None = None
    colour: str | None = None
    buttons: list[str] = field(default_factory=list)
    amounts: list[str] = field(default_factory=list)
    product: str | None = None
    price: str | None = None
    quantity: str | None = None
    products: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    vague: set[str] = field(default_factory=set)
    whole: bool = True

    def value(self, kind: str) -> str | None:
        """The fact that a kind of question asks for."""
        found: str | None = getattr(self, kind)
        return found

    @property
    def text(self) -> str:
        """Everything that is written on the screen, if only in part."""
        return "\n".join((*self.lines, *self.covered))


@dataclass(frozen=True, slots=True)
class Screen:
    """A drawn screen and what it shows."""

    picture: Picture
    facts: Facts
