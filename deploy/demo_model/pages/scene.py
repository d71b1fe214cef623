"""What a page shows, and what may be asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Device = Literal["phone", "desktop"]
Severity = Literal["low", "normal", "high"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket about this page says beyond the page's facts. How severe something is, is a matter of opinion:
    each of `severities` is right. `amounts` are all the amounts on the page, from top to bottom."""

    severities: Sequence[Severity]
    amounts: Sequence[str] = ()
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """The only product of a page."""

    name: str
    price: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Scene:
    """The content of a page.

    `facts` are by kind of question; in the template each stands in an element with the attribute `data-fact`. `absent`
    are the kinds of which nobody would say that the page has them. `present` are names that can be asked for: the page
    shows each of them. `dialog`: the title is a dialog's, before a page that has its own. `error`: the message is one.
    """

    template: str
    device: Device
    values: Mapping[str, Any]
    facts: Mapping[str, str]
    absent: Sequence[str] = ()
    present: Sequence[str] = ()
    dialog: bool = False
    error: bool = False
    crop: bool = False
    ticket: Ticket | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the window: its box in CSS pixels, its font's size, and whether all of it can be seen."""

    text: str
    x: float
    y: float
    width: float
    height: float
    size: float
    visible: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """A screenshot: its file's name, what it shows, its text line by line as it is seen, and paragraph by paragraph."""

    name: str
    scene: Scene
    lines: Sequence[str] = field(default=())
    blocks: Sequence[str] = field(default=())
    clear: bool = True
    """All of the text can be seen: none is cut off or covered."""

    @property
    def text(self) -> str:
        """All of the page's text, even what is covered."""
        return "\n".join(self.blocks)
