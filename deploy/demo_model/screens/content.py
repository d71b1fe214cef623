"""What is written on training screens: codes, amounts, order numbers, titles, messages, labels."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.demo_model.words import (
    COMMON,
    PLACES,
    adjective,
    loosened,
    noun,
    participle,
    person,
    pseudo_word,
    verb,
)

_LOOSE = 0.2
"""The part of the words that are exchanged for others."""
LABELS: Final[Mapping[str, Sequence[str]]] = {
    "error_code": ("Error code", "Code", "Err.", "Error", "Fault", "Fault code", "Error no.", "Error ID", "Reason code",
                   "Reference", "Response code", "Exception", "Failure code", "Error number"),
    "total": ("Total", "Amount due", "Grand total", "To pay", "Order total", "Total amount", "Total due", "Amount",
              "Total to pay", "Sum", "You pay", "Total incl. VAT", "Balance due", "Total price"),
    "order_number": ("Order number", "Order", "Order no.", "Order ID", "Order #", "Order No", "Your order",
                     "Order ref.", "Order nr.", "Purchase order"),
    "status": ("Status", "State", "Order status", "Current status", "Payment status", "Delivery status", "Progress"),
}  # fmt: skip
SUMS: Final = ("Subtotal", "Tax", "VAT", "Shipping", "Discount", "Delivery", "Service fee", "Tip", "Items", "Handling",
               "Voucher", "Net", "Deposit", "Insurance", "Gift card", "Refunded")  # fmt: skip
_BUTTONS: Final = (
    "OK", "Cancel", "Retry", "Close", "Continue", "Back", "Next", "Save", "Submit", "Done", "Yes", "No", "Help",
    "Details", "Skip", "Finish", "Delete", "Edit", "Pay", "Buy", "Open", "Apply", "Accept", "Decline", "Confirm",
    "Update", "Later", "Refresh", "Send", "Dismiss", "Allow", "Deny", "Login", "Register", "Reload", "Remove", "Reset",
)  # fmt: skip
_LONG_BUTTONS: Final = (
    "Try again", "Pay now", "Log in", "Sign in", "Sign up", "Contact support", "Not now", "Learn more", "Go back",
    "Place order", "Check out", "Add to cart", "Track order", "Cancel order", "View details", "Buy now",
    "Remind me later", "Save changes", "Use another card", "Change password", "Send again", "Got it",
    "Report a problem", "Go to cart", "Update now", "Continue shopping", "Download invoice", "Forgot password",
    "Close window", "Keep editing",
)  # fmt: skip
_STATUSES: Final = (
    "Paid", "Pending", "Shipped", "Delivered", "Cancelled", "Processing", "Refunded", "Failed", "On hold", "In transit",
    "Active", "Expired", "Declined", "Open", "Closed", "Completed", "Unpaid", "Ready for pickup", "Out for delivery",
    "Awaiting payment", "Partially shipped", "Returned", "Draft", "In review", "Confirmed", "Preparing", "Blocked",
)  # fmt: skip
_TITLES: Final = (
    "Payment failed", "Order confirmed", "Something went wrong", "Connection lost", "Settings", "Checkout", "My orders",
    "Login failed", "Order details", "Your cart", "Access denied", "Update available", "Session expired", "Thank you",
    "Profile", "Notifications", "Payment", "Receipt", "Invoice", "Error", "Warning", "Account", "Page not found",
)  # fmt: skip
SETTINGS: Final = (
    "Notifications", "Dark mode", "Language", "Wi-Fi", "Bluetooth", "Location", "Auto update", "Sounds", "Backup",
    "Privacy", "Sync", "Roaming", "Auto save", "Sign in alerts", "Newsletter", "Large text",
)  # fmt: skip
INPUTS: Final = (
    "Email", "Password", "Name", "Card number", "City", "Phone", "Postcode", "Street", "User name", "Company",
    "Date of birth", "Voucher code", "First name", "Surname", "IBAN", "Country", "Expiry date",
)  # fmt: skip


def digits(r: random.Random, count: int) -> str:
    """So many digits, the first of which may be 0."""
    return "".join(r.choices(string.digits, k=count))


def letters(r: random.Random, count: int) -> str:
    """So many capital letters."""
    return "".join(r.choices(string.ascii_uppercase, k=count))


def _hexadecimal(r: random.Random, count: int) -> str:
    return "".join(r.choices("0123456789ABCDEF", k=count))


_CODES: Final[Sequence[Callable[[random.Random], str]]] = (
    lambda r: f"E-{digits(r, 4)}",
    lambda r: f"{letters(r, 1)}-{digits(r, r.randint(2, 5))}",
    lambda r: f"ERR_{digits(r, r.randint(2, 4))}",
    lambda r: f"ERR-{digits(r, r.randint(3, 5))}",
    lambda r: f"0x{_hexadecimal(r, 8)}",
    lambda r: f"0x{_hexadecimal(r, 4).lower()}",
    lambda r: f"{letters(r, 3)}-{digits(r, 3)}",
    lambda r: f"{letters(r, 1)}{digits(r, r.randint(2, 4))}",
    lambda r: f"{letters(r, 2)}{digits(r, r.randint(2, 5))}",
    lambda r: f"HTTP {r.choice((400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504))}",
    lambda r: f"{letters(r, r.randint(3, 4))}/{digits(r, 3)}",
    lambda r: f"{letters(r, 2)}-{digits(r, 2)}-{digits(r, 2)}",
    lambda r: f"{noun(r).upper()}_{participle(r).upper()}",
    lambda r: f"ERR_{noun(r).upper()[:8]}_{digits(r, 2)}",
    lambda r: digits(r, r.randint(3, 6)),
    lambda r: f"#{digits(r, r.randint(3, 4))}",
    lambda r: f"{letters(r, 4)}{digits(r, 4)}",
    lambda r: f"{digits(r, 1)}{letters(r, 1)}-{digits(r, 3)}",
    lambda r: f"{letters(r, 3)}_{letters(r, 2)}_{digits(r, 3)}",
    lambda r: f"{digits(r, 3)}.{digits(r, 2)}",
)
_ORDERS: Final[Sequence[Callable[[random.Random], str]]] = (
    lambda r: f"#{digits(r, r.randint(4, 7))}",
    lambda r: f"{letters(r, 1)}-{digits(r, 4)}-{digits(r, 2)}",
    lambda r: f"{digits(r, 2)}-{digits(r, 5)}",
    lambda r: f"ORD{r.randint(2019, 2029)}{digits(r, r.randint(2, 5))}",
    lambda r: f"ORD-{digits(r, r.randint(4, 6))}",
    lambda r: digits(r, r.randint(5, 10)),
    lambda r: f"{letters(r, 2)}{digits(r, r.randint(4, 7))}",
    lambda r: f"{digits(r, 3)}-{digits(r, 4)}-{digits(r, 3)}",
    lambda r: f"{letters(r, 3)}-{digits(r, 6)}",
    lambda r: f"{r.randint(2019, 2029)}/{digits(r, r.randint(3, 5))}",
    lambda r: f"#{letters(r, 1)}{digits(r, 5)}",
    lambda r: f"{letters(r, 1)}{digits(r, 3)} {digits(r, 4)}",
    lambda r: "".join(r.choices(string.ascii_uppercase + string.digits, k=r.randint(6, 9))),
)


def error_code(r: random.Random) -> str:
    """A code of an error, in one of many formats."""
    return r.choice(_CODES)(r)


def order_number(r: random.Random) -> str:
    """A number of an order, in one of many formats."""
    return r.choice(_ORDERS)(r)


@dataclass(frozen=True, slots=True)
class Money:
    """How a shop writes amounts."""

    before: str
    after: str
    point: str
    comma: str
    decimals: int

    def write(self, r: random.Random, largest: float = 1e4) -> str:
        """An amount; small ones are more frequent."""
        whole = int(10 ** r.uniform(0, len(str(int(largest))) - 1))
        grouped = f"{whole:,}".replace(",", self.comma)
        rest = self.point + digits(r, self.decimals) if self.decimals else ""
        if rest and r.random() < 0.3:
            rest = self.point + r.choice(("00", "50", "90", "99", "95"))
        return f"{self.before}{grouped}{rest}{self.after}"


def money(r: random.Random, symbols: str = "$$$€€£¥") -> Money:
    """A shop's way with amounts."""
    if r.random() < 0.12:
        code = r.choice(("CHF", "CHF", "AUD", "CAD", "SEK", "PLN", "US$", "kr"))
        before, after = (f"{code} ", "") if r.random() < 0.7 else ("", f" {code}")
        return Money(before, after, "." if before else ",", r.choice((",", "")) if before else "", 2)
    symbol = r.choice(symbols)
    point, comma = (".", ",") if symbol in "$£¥" or r.random() < 0.5 else (",", ".")
    comma = comma if r.random() < 0.7 else ""
    decimals = 0 if r.random() < (0.6 if symbol == "¥" else 0.06) else 2
    shape = r.random()
    if shape < 0.5:
        return Money(symbol, "", point, comma, decimals)
    if shape < 0.7:
        return Money(symbol + " ", "", point, comma, decimals)
    if shape < 0.82 and symbol == "€":
        return Money("", " €", point, comma, decimals)
    code = {"$": "USD", "€": "EUR", "£": "GBP", "¥": r.choice(("CNY", "JPY"))}[symbol]
    return Money("", " " + code, point, comma, decimals) if r.random() < 0.6 else Money(code + " ", "", point, comma, 2)


def status(r: random.Random) -> str:
    """How something stands."""
    return loosened(r, _status(r), _LOOSE)


def _status(r: random.Random) -> str:
    shape = r.random()
    if shape < 0.45:
        return r.choice(_STATUSES)
    if shape < 0.62:
        return participle(r).capitalize()
    if shape < 0.72:
        return f"Waiting for {noun(r)}"
    if shape < 0.82:
        return f"{noun(r).capitalize()} {participle(r)}"
    if shape < 0.9:
        return f"{adjective(r).capitalize()} {noun(r)}"
    return r.choice((f"{r.randint(1, 99)} % {participle(r)}", participle(r).upper(), f"In {noun(r)}"))


def button(r: random.Random) -> str:
    """What is written on a button."""
    return loosened(r, _button(r), _LOOSE)


def _button(r: random.Random) -> str:
    shape = r.random()
    if shape < 0.3:
        name = r.choice(_BUTTONS)
    elif shape < 0.5:
        name = r.choice(_LONG_BUTTONS)
    elif shape < 0.7:
        name = verb(r).capitalize()
    elif shape < 0.95:
        name = f"{verb(r).capitalize()} {noun(r)}"
    else:
        name = pseudo_word(r).capitalize()
    style = r.random()
    if style < 0.08:
        return name.upper()
    return name.title() if style < 0.15 else name


def title(r: random.Random) -> str:
    """A heading."""
    if r.random() < 0.1:
        return " ".join(r.choices(COMMON, k=r.randint(2, 4))).capitalize()
    return loosened(r, _title(r), _LOOSE)


def _title(r: random.Random) -> str:
    shape = r.random()
    if shape < 0.25:
        name = r.choice(_TITLES)
    elif shape < 0.45:
        name = f"{noun(r).capitalize()} {participle(r)}"
    elif shape < 0.6:
        name = f"{adjective(r).capitalize()} {noun(r)}"
    elif shape < 0.7:
        name = f"{verb(r).capitalize()} {noun(r)}"
    elif shape < 0.78:
        name = f"{noun(r).capitalize()} and {noun(r)}"
    elif shape < 0.85:
        name = f"{r.choice(PLACES)} {noun(r)}"
    elif shape < 0.93:
        name = f"{adjective(r).capitalize()} {noun(r)} {noun(r)}"
    elif shape < 0.97:
        name = f"{pseudo_word(r).capitalize()} {noun(r)}"
    else:
        name = f"{noun(r).capitalize()} {digits(r, r.randint(1, 4))}"
    style = r.random()
    if style < 0.06:
        return name.upper()
    if style < 0.16:
        return name.title()
    return name + r.choice("!?:.") if style > 0.95 and name[-1].isalnum() else name


def _phrase(r: random.Random) -> str:
    """A noun with what belongs to it."""
    shape = r.random()
    if shape < 0.35:
        return f"the {noun(r)}"
    if shape < 0.6:
        return f"the {adjective(r)} {noun(r)}"
    if shape < 0.75:
        return f"your {noun(r)}"
    if shape < 0.85:
        return f"{r.choice(('this', 'a', 'any'))} {noun(r)}"
    return f"the {noun(r)} {noun(r)}" if shape < 0.95 else f"the {noun(r)} of {r.choice(PLACES)}"


_SENTENCES: Final[Sequence[Callable[[random.Random], str]]] = (
    lambda r: f"We could not {verb(r)} {_phrase(r)}.",
    lambda r: f"{_phrase(r)} could not be {participle(r)}.",
    lambda r: f"{_phrase(r)} has been {participle(r)}.",
    lambda r: f"Please {verb(r)} {_phrase(r)}.",
    lambda r: f"Please {verb(r)} {_phrase(r)} and {verb(r)} it.",
    lambda r: f"{_phrase(r)} is {adjective(r)}.",
    lambda r: f"{_phrase(r)} is too {adjective(r)}.",
    lambda r: f"{_phrase(r)} was {participle(r)} by {person(r)}.",
    lambda r: f"Unable to {verb(r)} {_phrase(r)}.",
    lambda r: f"Cannot {verb(r)} {noun(r)}.",
    lambda r: f"No {adjective(r)} {noun(r)} found.",
    lambda r: f"You have {r.randint(2, 999)} {adjective(r)} {noun(r)}s.",
    lambda r: f"Try again in {r.randint(2, 59)} {r.choice(('seconds', 'minutes', 'hours'))}.",
    lambda r: f"{noun(r)} {participle(r)}: {noun(r)} {digits(r, r.randint(1, 4))}",
    lambda r: f"Check {_phrase(r)} before you {verb(r)}.",
    lambda r: f"Do you want to {verb(r)} {_phrase(r)}?",
    lambda r: f"{_phrase(r)} needs {_phrase(r)}.",
    lambda r: f"{verb(r)} {_phrase(r)} to {verb(r)} {_phrase(r)}.",
    lambda r: f"{r.choice(('Failed', 'Refused', 'Not allowed'))} to {verb(r)} {noun(r)} {pseudo_word(r)}.",
    lambda r: f"{noun(r)} {noun(r)} {participle(r)}.",
    lambda r: f"Your {noun(r)} to {r.choice(PLACES)} is {participle(r)}.",
    lambda r: f"{pseudo_word(r)}.{r.choice(('exe', 'dll', 'py', 'txt', 'db'))} has {participle(r)}.",
    lambda r: f"{adjective(r)} {noun(r)}, {adjective(r)} {noun(r)}!",
)
_KNOWN: Final = (
    "Your card was declined.", "Please try again later.", "An error has occurred.", "The connection was lost.",
    "Thank you for your order!", "Your session has expired.", "Please check your internet connection.",
    "We have sent you an email.", "Wrong password.", "Your changes have been saved.", "The server did not respond.",
    "This field is required.", "An unexpected error occurred.", "Your payment was successful.",
)  # fmt: skip


def message(r: random.Random, sentences: int = 1) -> str:
    """One or more sentences."""
    found = []
    for _ in range(sentences):
        sentence = r.choice(_KNOWN) if r.random() < 0.15 else r.choice(_SENTENCES)(r)
        if r.random() < 0.35:
            sentence = " ".join(r.choices(COMMON, k=r.randint(2, 9))) + r.choice(("", ".", ".", ".", "!"))
        sentence = loosened(r, sentence, 0.3)
        found.append(sentence[0].upper() + sentence[1:])
    said = " ".join(found)
    style = r.random()
    if style < 0.03:
        return said.upper()
    return said.rstrip(".") if style < 0.2 else said


def product(r: random.Random) -> str:
    """The name of something that is sold."""
    return loosened(r, _product(r), _LOOSE)


def _product(r: random.Random) -> str:
    shape = r.random()
    name = f"{adjective(r).capitalize()} {noun(r)}"
    if shape < 0.3:
        return noun(r).capitalize() + " " + noun(r)
    if shape < 0.5:
        return f"{name} {r.choice(('S', 'M', 'L', 'XL', 'Pro', 'Mini', 'Plus'))}"
    return f"{pseudo_word(r).capitalize()} {noun(r)} {r.randint(2, 900)}" if shape < 0.65 else name


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date(r: random.Random) -> str:
    """A day, in one of several ways of writing."""
    day, month, year = r.randint(1, 28), r.randint(1, 12), r.randint(2019, 2029)
    return r.choice(
        (f"{year}-{month:02d}-{day:02d}", f"{day:02d}.{month:02d}.{year}", f"{_MONTHS[month - 1]} {day}, {year}",
         f"{day} {_MONTHS[month - 1]} {year}", f"{month:02d}/{day:02d}/{year}")
    )  # fmt: skip


def clock(r: random.Random) -> str:
    """A time of day."""
    return f"{r.randint(0, 23)}:{r.randint(0, 59):02d}"


def aside(r: random.Random) -> tuple[str, str]:
    """A label and a value that nobody asks for by kind, to be told from what is asked for."""
    return r.choice(
        (
            lambda: (r.choice(("Date", "Ordered on", "Created", "Placed on", "Due date")), date(r)),
            lambda: ("Phone", f"+{r.randint(1, 99)} {digits(r, 3)} {digits(r, r.randint(4, 6))}"),
            lambda: ("Version", f"{r.randint(0, 12)}.{r.randint(0, 20)}.{r.randint(0, 99)}"),
            lambda: (r.choice(("Invoice no.", "Invoice", "Receipt no.")), f"{letters(r, 2)}-{digits(r, 5)}"),
            lambda: (r.choice(("Customer no.", "Customer ID", "Account no.")), digits(r, r.randint(5, 8))),
            lambda: (r.choice(("Tracking no.", "Parcel")), f"{letters(r, 2)}{digits(r, r.randint(7, 9))}"),
            lambda: (r.choice(("Customer", "Name", "Ship to", "Seller")), person(r)),
            lambda: (r.choice(("Time", "Opened at")), clock(r)),
            lambda: (r.choice(("City", "Branch", "Store")), r.choice(PLACES)),
            lambda: (r.choice(("Payment method", "Paid by", "Card")), f"{r.choice(('Visa', 'Bank'))} {digits(r, 4)}"),
            lambda: (r.choice(("Device", "Model", "Plan")), product(r)),
            lambda: (noun(r).capitalize(), r.choice((noun(r), digits(r, r.randint(1, 5)), adjective(r)))),
        )
    )()  # fmt: skip


FACTS: Final[Mapping[str, Callable[[random.Random], str]]] = {
    "error_code": error_code,
    "order_number": order_number,
    "status": status,
}
"""What a fact reads; a total is written in the shop's own way."""
