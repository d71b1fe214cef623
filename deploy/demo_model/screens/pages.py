"""Kinds of pages, as blocks from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Card, Input, Pair, Text
from deploy.demo_model.screens.composed import Columns
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.ornaments import Bar, Icon, Row, Rule, Sign, Table, Thumbnail, skeleton
from deploy.demo_model.screens.theme import Style, blend, on
from deploy.demo_model.words import PLACES, adjective, noun, participle, person, pseudo_word, verb


def order(maker: Maker) -> list[Block]:
    """An order: its number, how it stands, what is in it, what it comes to."""
    r = maker.r
    facts: list[Block] = []
    if maker.chance(0.9):
        facts.append(maker.fact("order_number"))
    if maker.chance(0.75):
        facts.append(maker.status())
    facts += maker.asides(r.randint(0, 3))
    r.shuffle(facts)
    bought = maker.products(r.choice((0, 0, 1, 1, 2, 3)))
    sums = maker.sums(r.randint(0, 3)) if maker.chance(0.6) else []
    total: list[Block] = [maker.fact("total")] if maker.chance(0.8) else []
    rule: list[Block] = [Rule()] if maker.chance(0.4) else []
    groups = [facts, [*bought, *sums, *rule, *total]]
    if maker.chance(0.25):
        groups.reverse()
    blocks: list[Block] = []
    for group in groups:
        if group and maker.chance(0.4):
            blocks.append(maker.card(group))
        else:
            blocks += group
    if maker.chance(0.25):
        blocks.insert(0, maker.message(facts=False, keep=4))
    if maker.chance(0.6):
        blocks.append(maker.buttons())
    return blocks


def payment(maker: Maker) -> list[Block]:
    """A payment, about to be made or failed."""
    r = maker.r
    align: Align = r.choice(("left", "centre"))
    blocks: list[Block] = [maker.total_headline(align) if maker.chance(0.4) else maker.fact("total", align=align)]
    if maker.chance(0.5):
        blocks += maker.sums(r.randint(1, 2), align)
    if maker.chance(0.4):
        blocks.append(maker.fact("order_number", align=align))
    if maker.chance(0.4):
        name = r.choice(content.INPUTS)
        blocks.append(Input(name, _typed(maker) if maker.chance(0.7) else ""))
    if maker.chance(0.5):
        blocks.append(maker.message(align))
    if maker.chance(0.4):
        blocks.append(maker.fact("error_code", align=align))
    if maker.chance(0.3):
        blocks.append(maker.status(align))
    blocks += maker.asides(r.randint(0, 2), align)
    if maker.chance(0.5):
        r.shuffle(blocks)
    return [*blocks, maker.buttons(align if maker.chance(0.6) else None)]


def receipt(maker: Maker) -> list[Block]:
    """A receipt: narrow, in one typeface."""
    r = maker.r
    blocks: list[Block] = []
    maker.shape = "sides"
    bought: list[Block] = [
        maker.pair(content.product(r), maker.amount(2e3), keep=3) for _ in range(r.randint(1, 4))
    ]  # fmt: skip
    head = [maker.fact("order_number"), *maker.asides(r.randint(0, 2))] if maker.chance(0.6) else maker.asides(2)
    blocks += [*head, Rule(), *bought, *maker.sums(r.randint(0, 2)), Rule(), maker.fact("total", keep=7)]
    if maker.chance(0.3):
        blocks.append(maker.status())
    if maker.chance(0.4):
        blocks.append(maker.message("centre", facts=False))
    maker.painter.facts.vague |= {"product"}
    return [Card(blocks, raised=maker.chance(0.5), outlined=maker.chance(0.5))] if maker.chance(0.6) else blocks


def settings(maker: Maker) -> list[Block]:
    """Rows with switches and values."""
    r = maker.r
    blocks: list[Block] = []
    names = r.sample(content.SETTINGS, r.randint(2, 6))
    pictured = maker.chance(0.5)
    for name in names:
        label = name if maker.chance(0.6) else f"{adjective(r).capitalize()} {noun(r)}"
        below = content.message(r)[:34].rpartition(" ")[0] if maker.chance(0.15) else ""
        if maker.chance(0.65):
            row = Row(label, below, picture=pictured, switch=maker.chance(0.5))
        else:
            row = Row(label, below, r.choice((noun(r), r.choice(PLACES), ">", content.digits(r, 2))), picture=pictured)
        blocks.append(row)
        if maker.chance(0.4):
            blocks.append(Rule())
    if maker.chance(0.3):
        blocks.append(maker.fact("status"))
    if maker.chance(0.2):
        blocks.append(maker.message(facts=False))
    if maker.chance(0.5):
        blocks.append(maker.buttons())
    return blocks


def table(maker: Maker) -> list[Block]:
    """A list of orders, or of anything else, in columns."""
    r = maker.r
    columns: list[tuple[str, Callable[[], str]]] = [
        ("Item", lambda: content.product(r)), ("City", lambda: r.choice(PLACES)), ("Date", lambda: content.date(r)),
        ("Price", lambda: maker.amount(2e3)), ("Qty", lambda: str(r.randint(1, 99))), ("Type", lambda: noun(r)),
        ("Result", lambda: participle(r)), ("ID", lambda: content.digits(r, 4)), ("Note", lambda: pseudo_word(r)),
    ]  # fmt: skip
    chosen = r.sample(columns, 2 if maker.painter.width < 300 else r.randint(2, 4))
    rows = [[make() for _, make in chosen] for _ in range(r.randint(2, 6 if maker.painter.height > 250 else 3))]
    blocks: list[Block] = [Table([name for name, _ in chosen], rows, keep=5)]
    for kind, share in (("total", 0.4), ("order_number", 0.25), ("status", 0.35)):
        if maker.chance(share):
            blocks.append(maker.fact(kind))
    if maker.chance(0.2):
        blocks.insert(0, maker.message(facts=False))
    if maker.chance(0.6):
        blocks.append(maker.buttons())
    maker.painter.facts.vague |= {"product"}
    return blocks


def notice(maker: Maker) -> list[Block]:
    """A page with one thing to say."""
    r = maker.r
    align: Align = r.choice(("left", "centre", "centre"))
    if maker.shape == "sides":
        maker.shape = "inline"
    blocks: list[Block] = [maker.message(align)]
    for kind, share in (("error_code", 0.75), ("order_number", 0.2), ("status", 0.12), ("total", 0.15)):
        if maker.chance(share):
            blocks.append(maker.fact(kind, align=align))
    if maker.chance(0.3):
        blocks += maker.asides(r.randint(1, 2), align)
    if maker.chance(0.15):
        blocks.append(Bar(r.random()))
    if maker.chance(0.8):
        blocks.append(maker.buttons(align))
    if maker.chance(0.35):
        colour = r.choice((maker.theme.accent_ink, maker.theme.bad, maker.theme.good))
        blocks.insert(0, Icon(r.choice((20, 28, 40, 56)), colour, align))
    return blocks


def form(maker: Maker) -> list[Block]:
    """Inputs, one of them perhaps with an error."""
    r = maker.r
    names = r.sample(content.INPUTS, r.randint(1, 4))
    wrong = r.randrange(len(names)) if maker.chance(0.6) else -1
    boxed = maker.chance(0.75)
    blocks: list[Block] = []
    for index, name in enumerate(names):
        error = content.message(r) if index == wrong else ""
        facts = {"message": error} if error else {}
        label = name if maker.chance(0.75) else f"{adjective(r).capitalize()} {noun(r)}"
        keep = 6 if error else 3
        blocks.append(Input(label, _typed(maker) if maker.chance(0.6) else "", error, facts, boxed, keep))
    if wrong < 0 and maker.chance(0.3):
        blocks.insert(0, maker.message())
    if maker.chance(0.2):
        blocks.append(maker.fact("error_code"))
    return [*blocks, maker.buttons()]


def _typed(maker: Maker) -> str:
    r = maker.r
    return r.choice(
        (lambda: f"{pseudo_word(r)}@{noun(r)}.com", lambda: r.choice(PLACES), lambda: "*" * r.randint(5, 10),
         lambda: person(r), lambda: content.digits(r, r.randint(4, 9)),
         lambda: f"{noun(r)} {r.randint(1, 200)}")
    )()  # fmt: skip


def terminal(maker: Maker) -> list[Block]:
    """A log: lines of one typeface."""
    r, theme = maker.r, maker.theme
    face = theme.mono
    style = Style(face, theme.size, theme.ink)
    faint = Style(face, theme.size, theme.muted)
    lines: list[Block] = []
    for _ in range(r.randint(1, 6)):
        line = r.choice(
            (f"{content.clock(r)}:{r.randint(0, 59):02d} {noun(r)} {participle(r)}", f"$ {pseudo_word(r)} --{noun(r)}",
             f"{noun(r)}.{noun(r)}={content.digits(r, 2)}", f"> {verb(r)} {noun(r)}",
             f"INFO {noun(r)} {pseudo_word(r)}", f"/{noun(r)}/{noun(r)}.log")
        )  # fmt: skip
        lines.append(Text(line, r.choice((style, faint)), lines=1, keep=1))
    red = Style(face, theme.size, theme.bad)
    if maker.chance(0.75):
        code = content.error_code(r)
        label = r.choice(content.LABELS["error_code"])
        lines.append(Pair(label, code, red, red, "inline", ":", "error_code", keep=6))
    if maker.chance(0.6):
        said = content.message(r)
        lines.append(Text(said, style, facts={"message": said}, keep=6))
    if maker.chance(0.35):
        lines.append(Pair(r.choice(content.LABELS["status"]), content.status(r), style, style, kind="status", keep=6))
    r.shuffle(lines)
    return lines


def product(maker: Maker) -> list[Block]:
    """Something for sale."""
    r, theme = maker.r, maker.theme
    align: Align = r.choice(("left", "left", "centre"))
    name, price = content.product(r), maker.amount(3e3)
    facts = {"product": name, "title": name}
    blocks: list[Block] = [Text(name, Style(theme.bold, theme.heading_size, theme.ink), align, facts, 2, 8)]
    styled = Style(theme.bold, min(32, theme.size * r.choice((1, 1.2, 1.5))), r.choice((theme.ink, theme.accent_ink)))
    if maker.chance(0.6):
        blocks.append(Text(price, styled, align, {"price": price}, 1, 7))
    else:
        label = r.choice(("Price", "Our price", "Unit price", "Now"))
        told = {"price": price}
        blocks.append(Pair(label, price, theme.faint, styled, "inline", maker.mark, align=align, facts=told, keep=7))
    if maker.chance(0.6):
        pieces = str(r.randint(1, 20))
        label = r.choice(("Quantity", "Qty", "Pieces", "In cart"))
        pair = maker.pair(label, pieces, align=align, keep=6)
        pair.facts = {"quantity": pieces}
        blocks.append(pair)
    if maker.chance(0.4):
        blocks.append(maker.status(align))
    blocks += maker.asides(r.randint(0, 2), align)
    if maker.chance(0.3):
        blocks.append(maker.message(align, facts=False, keep=3))
    if maker.chance(0.5):
        blocks.insert(0, Thumbnail(r.uniform(20, maker.painter.height * 0.35)))
    if maker.chance(0.75):
        blocks.append(maker.buttons(align))
    maker.painter.facts.products = 1
    maker.painter.facts.vague |= {"total"}
    return blocks


def tracking(maker: Maker) -> list[Block]:
    """Where something has got to."""
    r = maker.r
    blocks: list[Block] = [maker.status()]
    if maker.chance(0.7):
        blocks.append(maker.fact("order_number"))
    blocks += [Bar(r.random())] if maker.chance(0.6) else []
    blocks += maker.asides(r.randint(1, 3))
    for _ in range(r.randint(0, 3)):
        blocks.append(Row(f"{noun(r).capitalize()} {participle(r)}", r.choice(PLACES), content.clock(r), picture=True))
    if maker.chance(0.4):
        blocks.append(maker.message(facts=False))
    if maker.chance(0.35):
        blocks.append(maker.buttons())
    if maker.chance(0.3):
        r.shuffle(blocks)
    return blocks


def filler(maker: Maker) -> list[Block]:
    """A page that has hardly anything to be asked about, for what lies over it."""
    blocks: list[Block] = [skeleton(maker.r)]
    for _ in range(maker.r.randint(0, 4)):
        name = f"{adjective(maker.r).capitalize()} {noun(maker.r)}"
        end = maker.r.choice(("", ">", content.date(maker.r)))
        blocks.append(Row(name, end=end, picture=maker.chance(0.6), keep=0.5))
    return blocks


def banner(maker: Maker) -> Card:
    """A message on a coloured surface."""
    theme, r = maker.theme, maker.r
    fill = r.choice((theme.accent, theme.bad, theme.good, blend(theme.paper, theme.ink, 0.85), theme.card))
    ink = on(fill)
    known = maker.message()
    known.style = Style(r.choice((theme.face, theme.bold)), theme.size, ink)
    blocks: list[Block] = [known]
    shape = r.random()
    if shape < 0.45:
        blocks = [_in_line(maker, known, ink)]
    elif shape < 0.75 and "error_code" not in known.facts:
        styles = Style(theme.face, theme.size, ink), Style(theme.bold, theme.size, ink)
        label = r.choice(content.LABELS["error_code"])
        blocks.append(Pair(label, content.error_code(r), *styles, "inline", ":", "error_code", keep=6))
    return Card(blocks, fill, raised=maker.chance(0.5), gap=2, keep=8)


def _in_line(maker: Maker, said: Text, ink: Colour) -> Columns:
    """A sign, a message, and perhaps a code or a cross, beside each other."""
    theme = maker.theme
    side = theme.size * 1.3
    blocks: list[Block] = [Sign(side, ink), said]
    shares = [0.0, maker.painter.width * 0.65]
    if "error_code" not in said.facts and maker.chance(0.5):
        code = content.error_code(maker.r)
        style = Style(maker.r.choice((theme.face, theme.bold, theme.mono)), theme.size, ink)
        blocks.append(Text(code, style, "right", {"error_code": code}, 1))
        shares.append(maker.painter.width_of(code, style) + 8)
    elif maker.chance(0.4):
        blocks.append(Sign(theme.size, ink, "right"))
        shares.append(side)
    return Columns(blocks, shares, across="middle", keep=8, fixed=side)


PAGES: Final[Mapping[str, tuple[Callable[[Maker], list[Block]], float, bool]]] = {
    "order": (order, 3, True),
    "payment": (payment, 2, True),
    "receipt": (receipt, 1.2, True),
    "settings": (settings, 1, True),
    "table": (table, 0.8, True),
    "notice": (notice, 2.5, True),
    "form": (form, 1.6, True),
    "terminal": (terminal, 0.8, False),
    "product": (product, 1.4, False),
    "tracking": (tracking, 1.2, True),
}
"""How each kind is made, how often, and whether it has a heading of its own."""
