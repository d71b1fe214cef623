"""The random words, names, amounts and numbers that the pages are filled with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SHOPS: Final = (
    "Harbor & Pine", "Oakline", "Bluebarn", "Kettle Row", "Mossgate", "Tallis Goods", "Fernway", "Papermill",
    "Northquay", "Juniper Lane", "Little Anvil", "Saltmarsh", "Copperfold", "Wrenhouse", "Velora", "Zandt Bikes",
)  # fmt: skip
_KINDS = (
    "Linen", "Walnut", "Wool", "Copper", "Ceramic", "Folding", "Rainproof", "Quilted", "Solar", "Compact", "Striped",
    "Merino", "Bamboo", "Cordless", "Magnetic", "Vintage",
)  # fmt: skip
_GOODS = (
    "Cushion", "Desk Lamp", "Blanket", "Kettle", "Teapot", "Stool", "Jacket", "Vest", "Lantern", "Speaker", "Apron",
    "Socks", "Tray", "Drill", "Charger", "Radio", "Backpack", "Mug", "Clock", "Vase",
)  # fmt: skip
PEOPLE: Final = (
    "Ines Okafor", "Tomas Lindqvist", "Priya Raman", "Gwen Abbott", "Rafael Duarte", "Mei Tanaka", "Joel Fischer",
    "Aisha Khan", "Petra Novak", "Owen Gallagher", "Lucia Ferro", "Samir Haddad", "Freya Berg", "Dario Conti",
)  # fmt: skip
STREETS: Final = ("Orchard Way", "Mill Road", "Canal Street", "Birch Avenue", "Castle Hill", "Dock Lane", "Quarry Rd")
CITIES: Final = ("Bristol", "Leeds", "Portland", "Galway", "Dayton", "Lyon", "Utrecht", "Porto", "Ghent", "Tampa")
CARRIERS: Final = ("Swiftline", "ParcelHop", "Meridian Post", "RedVan", "GoCourier", "Nordfreight")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Money:
    """A way of writing amounts, which a page keeps to."""

    pattern: str
    decimals: int = 2
    comma: bool = False

    def write(self, cents: int) -> str:
        """An amount of so many cents (or of the currency's smallest unit)."""
        figure = f"{cents / 100:,.2f}" if self.decimals else f"{cents // 100:,}"
        if self.comma:
            figure = figure.translate(str.maketrans(",.", ".,"))
        return self.pattern.format(figure)


_MONEY = (
    *[Money("${}")] * 4, *[Money("€{}")] * 2, *[Money("£{}")] * 2, Money("{} €", comma=True), Money("USD {}"),
    Money("¥{}", decimals=0), Money("CHF {}"),
)  # fmt: skip


def money(r: random.Random) -> Money:
    """A currency."""
    return r.choice(_MONEY)


def cents(r: random.Random, low: int = 3, high: int = 160) -> int:
    """A price between so many units of the currency; mostly a round one, as prices are."""
    units = r.randint(low, high)
    return 100 * units + r.choice((0, 50, 90, 95, 99, r.randint(1, 99)))


def product(r: random.Random) -> str:
    """A product's name."""
    return f"{r.choice(_KINDS)} {r.choice(_GOODS)}"


def products(r: random.Random, count: int) -> list[str]:
    """Names of several products."""
    return [f"{kind} {good}" for kind, good in zip(r.sample(_KINDS, count), r.sample(_GOODS, count), strict=True)]


def digits(r: random.Random, count: int) -> str:
    """A number of so many digits that does not begin with a zero."""
    return str(r.randint(10 ** (count - 1), 10**count - 1))


def _letters(r: random.Random, count: int) -> str:
    return "".join(r.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=count))


_ERROR_CODES: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"{_letters(r, 1)}-{digits(r, 4)}",
    lambda r: f"{r.choice(('PAY', 'NET', 'AUTH', 'SYS', 'CHK', 'API'))}-{digits(r, 3)}",
    lambda r: f"{r.choice(('ERR', 'FAIL', 'SRV'))}_{digits(r, 4)}",
    lambda r: f"{_letters(r, 2)}{digits(r, 3)}",
    lambda r: digits(r, 5),
    lambda r: f"{digits(r, 3)}-{digits(r, 2)}",
    lambda r: f"0x{r.randrange(0x80070000, 0x8007FFFF):08X}",
    lambda r: f"{_letters(r, 3)}-{digits(r, 2)}-{digits(r, 2)}",
)
_ORDER_NUMBERS: tuple[Callable[[random.Random], str], ...] = (
    lambda r: digits(r, 6),
    lambda r: f"#{digits(r, 5)}",
    lambda r: f"{_letters(r, 2)}-{digits(r, 6)}",
    lambda r: f"{digits(r, 3)}-{digits(r, 7)}",
    lambda r: f"W{digits(r, 8)}",
    lambda r: f"{r.choice((2024, 2025, 2026))}-{digits(r, 5)}",
    lambda r: f"{_letters(r, 1)}{digits(r, 2)}{_letters(r, 2)}{digits(r, 3)}",
)


def error_code(r: random.Random) -> str:
    """An error code."""
    return r.choice(_ERROR_CODES)(r)


def order_number(r: random.Random) -> str:
    """The number of an order."""
    return r.choice(_ORDER_NUMBERS)(r)


def day(r: random.Random) -> str:
    """A date."""
    month, number = r.choice(MONTHS), r.randint(1, 28)
    return r.choice((f"{number} {month}", f"{month} {number}", f"{r.choice(DAYS)}, {number} {month}"))


def clock(r: random.Random) -> str:
    """A time of day."""
    return f"{r.randint(6, 22)}:{r.randrange(0, 60, 5):02d}"


def mail(person: str) -> str:
    """An address for mail."""
    return f"{person.split(' ', maxsplit=1)[0].lower()}@example.com"


def address(r: random.Random) -> str:
    """A street and a town."""
    return f"{r.randint(2, 180)} {r.choice(STREETS)}, {r.choice(CITIES)}"


def card(r: random.Random) -> str:
    """A payment card, as shops name it."""
    return f"{r.choice(('Visa', 'Mastercard', 'Amex'))} ending in {digits(r, 4)}"
