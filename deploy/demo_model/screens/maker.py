"""Makes the blocks that screens of all kinds have in common: heading, message, codes, sums, buttons."""

from __future__ import annotations

import random
import re
from typing import Literal

from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Button, Buttons, Card, Chip, Pair, Text
from deploy.demo_model.screens.ornaments import Row, Rule
from deploy.demo_model.screens.painter import Painter
from deploy.demo_model.screens.theme import LARGEST, Style, Theme
from deploy.demo_model.words import noun, participle, verb

_CODE_FRAMES = ("{code}: {text}", "{text} ({code})", "Error {code}: {text}", "{text} Code: {code}", "[{code}] {text}",
                "{text} Error {code}", "{text} (error {code})")  # fmt: skip
_ORDER_FRAMES = ("Your order {order} has been {done}.", "Order {order} was {done}.", "We have {done} order {order}.",
                 "Order {order} could not be {done}.", "{order}: the {thing} was {done}.")  # fmt: skip
_TOTAL_FRAMES = ("You will be charged {total}.", "A payment of {total} was {done}.", "{total} will be {done}.",
                 "We could not {do} your payment of {total}.")  # fmt: skip


class Maker:
    """Blocks for one screen; its labels are all different."""

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.r: random.Random = painter.r
        self.theme: Theme = painter.theme
        self.money = content.money(self.r, "$" if self.theme.plain else "$$$€€£¥")
        self.amounts: list[str] = []
        self.product_lines: list[tuple[str, str, str]] = []
        self._labels: set[str] = {label.lower() for labels in content.LABELS.values() for label in labels}
        r = self.r
        self.shape: Literal["inline", "sides", "columns", "under"] = r.choice(
            ("inline", "inline", "inline", "sides", "sides", "columns", "under")
        )
        self.mark = r.choice((":", ":", "", " -")) if self.shape == "inline" else r.choice((":", "", ""))
        looks = ((self.theme.body, self.theme.body), (self.theme.faint, self.theme.body),
                 (self.theme.faint, self.theme.strong), (self.theme.strong, self.theme.body))  # fmt: skip
        self.looks = r.choice(looks)

    def chance(self, share: float) -> bool:
        """True as often as said."""
        return self.r.random() < share

    def amount(self, largest: float = 1e4) -> str:
        """An amount of money."""
        written = self.money.write(self.r, largest)
        self.amounts.append(written)
        return written

    def heading(self, align: Align = "left", string: str | None = None, keep: float = 7) -> Text:
        """The screen's title."""
        string = string or content.title(self.r)
        facts = {"title": string}
        if self.chance(0.06):
            code = content.error_code(self.r)
            string = f"{self.r.choice(('Error', 'Fault', 'Code'))} {code}"
            facts = {"title": string, "error_code": code}
        style = self.theme.top
        if len(string) < 16 and self.chance(0.3):
            style = Style(style.face, min(LARGEST, style.size * 1.3), style.colour)
        if self.chance(0.15):
            style = Style(style.face, style.size, self.theme.accent_ink)
        return Text(string, style, align, facts, 2, keep)

    def message(self, align: Align = "left", *, facts: bool = True, keep: float = 6) -> Text:
        """What the screen tells; a code, an order or an amount may be part of it."""
        r = self.r
        small = self.painter.width * self.painter.height < 60_000
        string = content.message(r, 1 if small or self.chance(0.6) else 2)
        known = {"message": string}
        shape = r.random()
        if facts and shape < 0.1:
            code = content.error_code(r)
            # The code stands beside the message; once a line is broken before it, nothing tells the two cases apart.
            string = r.choice(_CODE_FRAMES).format(code=code, text=string)
            known["error_code"] = code
        elif facts and shape < 0.16:
            order = content.order_number(r)
            string = r.choice(_ORDER_FRAMES).format(order=order, done=participle(r), thing=noun(r))
            known = {"message": string, "order_number": order}
        elif facts and shape < 0.2 and " " not in self.money.before + self.money.after:
            total = self.amount()  # in one piece, wherever the line ends
            string = r.choice(_TOTAL_FRAMES).format(total=total, done=participle(r), do=verb(r))
            known = {"message": string, "total": total}
        style = r.choice((self.theme.body, self.theme.body, self.theme.faint))
        return Text(string, style, align, known, 7, keep)

    def pair(self, label: str, value: str, kind: str = "", *, align: Align = "left", keep: float = 4) -> Pair:
        """A labelled value, as this screen sets them all."""
        label_style, value_style = self.looks
        if kind and self.chance(0.2):
            value_style = self.theme.strong
        if kind == "error_code" and self.chance(0.3):
            value_style = Style(self.theme.mono, self.theme.size, value_style.colour)
        return Pair(label, value, label_style, value_style, self.shape, self.mark, kind, align, keep=keep)

    def fact(self, kind: str, *, align: Align = "left", keep: float = 6) -> Pair:
        """A labelled fact that is asked for by its kind."""
        value = self.amount() if kind == "total" else content.FACTS[kind](self.r)
        label = self.r.choice(content.LABELS[kind])
        if kind == "order_number" and value.startswith("#"):
            label = label.replace(" #", "")
        if self.chance(0.06):
            label = label.upper()
        pair = self.pair(label, value, kind, align=align, keep=keep)
        if kind == "total" and self.chance(0.5):
            size = min(LARGEST, self.theme.size * self.r.choice((1, 1.15, 1.3)))
            pair.value_style = Style(self.theme.bold, size, self.theme.ink)
            pair.label_style = Style(self.theme.bold, self.theme.size, self.theme.ink)
        if kind == "status" and self.chance(0.4):
            colour = self.r.choice((self.theme.good, self.theme.bad, self.theme.accent_ink))
            pair.value_style = Style(self.theme.bold, self.theme.size, colour)
        return pair

    def total_headline(self, align: Align) -> Text:
        """A total in large figures, its label before it."""
        label, total = self.r.choice(content.LABELS["total"]), self.amount()
        style = Style(self.theme.bold, min(LARGEST, self.theme.size * 1.5), self.theme.ink)
        return Text(f"{label} {total}", style, align, {"total": total}, 1, 7)

    def status(self, align: Align = "left") -> Block:
        """The status, on a chip or labelled."""
        if self.chance(0.4):
            string = content.status(self.r)
            return Chip(string, align, {"status": string}, 6)
        return self.fact("status", align=align)

    def named(self, *labels: str) -> None:
        """These labels are taken."""
        self._labels |= {label.lower() for label in labels}

    def asides(self, count: int, align: Align = "left") -> list[Block]:
        """Labelled values that are asked for by their labels only; large screens hold more of them."""
        found: list[Block] = []
        area = self.painter.width * self.painter.height
        for _ in range(count + (self.r.randint(0, 1 + area // 70_000) if area > 80_000 else 0)):
            label, value = content.aside(self.r)
            if label.lower() not in self._labels:
                self._labels.add(label.lower())
                found.append(self.pair(label, value, align=align, keep=2))
        return found

    def sums(self, count: int, align: Align = "left") -> list[Block]:
        """Amounts beside the total."""
        return [
            self.pair(label, self.amount(2e3 if label != "Subtotal" else 1e4), align=align, keep=3)
            for label in self.r.sample(content.SUMS, count)
        ]

    def products(self, count: int) -> list[Block]:
        """Lines of what was bought: how many, what, for how much."""
        found: list[Block] = []
        shape = self.r.random()
        for _ in range(count):
            name, price, pieces = content.product(self.r), self.amount(2e3), str(self.r.randint(1, 12))
            facts = {"product": name, "price": price, "quantity": pieces}
            if shape < 0.4:
                row = Row(f"{self.r.choice(('{n} x {p}', '{n}x {p}', '{n} {p}'))}".format(n=pieces, p=name), end=price)
            elif shape < 0.7:
                row = Row(name, f"Qty: {pieces}" if self.chance(0.6) else f"Quantity {pieces}", price, picture=True)
            else:
                row = Row(name, end=price, picture=self.chance(0.4))
                facts["quantity"] = ""
            row.facts, row.named, row.keep = facts, False, 4
            row.counted = True
            found.append(row)
        return found

    def buttons(self, align: Align | None = None, most: int = 3, keep: float = 6) -> Buttons:
        """One to three buttons, one of which is the one to press."""
        r = self.r
        count = min(most, r.choices((1, 2, 3), (0.4, 0.48, 0.12))[0])
        names: list[str] = []
        while len(names) < count:
            name = content.button(r)
            if name.lower() not in {known.lower() for known in names}:
                names.append(name)
        where: Align = r.choice(("left", "centre", "right", "right")) if align is None else align
        stacked = self.chance(0.15)
        shape = r.random()
        first, rest = ("filled", r.choice(("outlined", "grey", "text"))) if shape < 0.85 else ("outlined", "outlined")
        if shape > 0.93:
            first = rest = "text"
        made = [Button(name, rest) for name in names]  # type: ignore[arg-type]  # one of the looks above
        # Of buttons that look alike, the last one, at the right, is the one that goes on.
        at = 0 if stacked else count - 1 if first == rest or where == "right" or self.chance(0.5) else 0
        made[at] = Button(names[at], first, primary=True)  # type: ignore[arg-type]
        if first == rest == "text":
            stacked = False
            if count > 1 and sum(map(len, names)) * self.theme.size * 0.6 > self.painter.width * 0.6:
                made = [Button(names[at], "filled", primary=True)]
        return Buttons(made, where, stacked, stacked or self.chance(0.2), keep)

    def card(self, blocks: list[Block], gap: float = 4) -> Card:
        """A surface with blocks on it, now and then with lines between them."""
        if len(blocks) > 1 and self.chance(0.12):
            blocks = [part for block in blocks for part in (Rule(0), block)][1:]
        shape = self.r.random()
        stripe = self.theme.accent if self.chance(0.12) else None
        return Card(blocks, None, shape < 0.5, shape > 0.6, stripe, gap, max(block.keep for block in blocks))

    def found_amounts(self, lines: list[str]) -> list[str]:
        """The amounts that have been drawn, in reading order."""
        if not self.amounts:
            return []
        longest_first = sorted(set(self.amounts), key=len, reverse=True)
        # A line may end between an amount and its currency.
        written = "|".join(re.escape(amount).replace(r"\ ", r"\s") for amount in longest_first)
        pattern = re.compile(rf"(?<!\S)(?:{written})(?![\w,])")
        return [" ".join(match.group().split()) for match in pattern.finditer("\n".join(lines))]
