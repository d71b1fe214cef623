"""Further kinds of pages: values under their labels, choices, feet with the total, codes in running text, progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Input, Text
from deploy.demo_model.screens.composed import Columns, Group
from deploy.demo_model.screens.furniture import (
    Choice,
    Foot,
    Framed,
    Head,
    Progress,
    Search,
    Segments,
    Someone,
)
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.ornaments import Pattern, Row, Rule, Sign, Table, Thumbnail
from deploy.demo_model.screens.parts import (
    alert,
    beside,
    chip,
    ending,
    grid,
    headed,
    loose,
    section,
    shop,
    sides,
    small,
    under,
    wide,
)
from deploy.demo_model.screens.theme import LARGEST, Style, blend, on, vivid
from deploy.demo_model.words import PLACES, adjective, noun, person, verb


def figures(maker: Maker) -> list[Block]:
    """Values under their labels, two or three in a row, some of them facts."""
    r = maker.r
    blocks: list[Block] = [headed(maker)]
    if maker.chance(0.35):
        blocks.append(maker.message(facts=False))
    kinds = [kind for kind, share in (("order_number", 0.8), ("status", 0.6), ("total", 0.75), ("error_code", 0.2))
             if maker.chance(share)]  # fmt: skip
    rows = grid(maker, [*kinds, *[""] * r.randint(1, 3)])
    if maker.chance(0.12):
        side = r.uniform(40, 80)
        pattern = Pattern(side, r.randint(7, 15), "right")
        rows = [Columns([Group(rows, 6, keep=8), pattern], (maker.painter.width - side * 1.6, side), keep=8)]
    blocks += [maker.card(rows, r.uniform(4, 12))] if maker.chance(0.55) else rows
    if maker.chance(0.4):
        blocks += [section(maker), *maker.products(r.randint(1, 2))]
    if maker.chance(0.3):
        blocks.append(Someone(person(r), r.choice(("", noun(r).capitalize(), r.choice(PLACES))), maker.chance(0.6)))
    return [*blocks, *ending(maker)]


def poster(maker: Maker) -> list[Block]:
    """A coloured head with the title on it, and what belongs to it below."""
    r, theme = maker.r, maker.theme
    first: Colour = r.choice((theme.accent, vivid(r, None, 0.12, 0.5)))
    second = first if maker.chance(0.35) else blend(first, r.choice(((0, 0, 0), vivid(r))), r.uniform(0.2, 0.5))
    ink = on(blend(first, second, 0.5))
    align: Align = r.choice(("left", "left", "centre"))
    title = maker.heading(align)
    title.style = Style(title.style.face, title.style.size, ink)
    on_it: list[Block] = [title]
    if maker.chance(0.5):
        on_it.insert(r.choice((0, 1)), Text(r.choice((shop(maker).string, person(r), content.date(r))),
                                            Style(theme.face, theme.size, ink), align, lines=1, keep=2))  # fmt: skip
    if maker.chance(0.3):
        total = maker.amount()
        large = Style(theme.bold, min(LARGEST, theme.size * r.choice((1, 1.3, 1.6))), ink)
        label = Text(r.choice(content.LABELS["total"]), Style(theme.face, theme.size, ink), align, lines=1)
        on_it += [label, Text(total, large, align, {"total": total}, 1, 7)]
    head = Head(on_it, first, second, r.choice((0, 0, r.uniform(60, 150))))
    makers: list[Callable[[], Block]] = [
        lambda: sides(maker, "order_number"), lambda: sides(maker, "status"), lambda: sides(maker, "total"),
        lambda: beside(maker, loose(maker, "order_number"), chip(maker, "right")),
        lambda: maker.message(facts=False), lambda: section(maker),
    ]  # fmt: skip
    rest = [make() for make in r.sample(makers, r.randint(2, 5))]
    rest += maker.asides(r.randint(0, 2))
    return [head, *([maker.card(rest)] if maker.chance(0.4) else rest), *ending(maker)]


def coded(maker: Maker) -> list[Block]:
    """Something went wrong, and its code stands in running text, in a frame, small and grey, or above all else."""
    r, theme = maker.r, maker.theme
    align: Align = r.choice(("left", "centre", "centre"))
    code = content.error_code(r)
    known = {"error_code": code}
    said = maker.message(align, facts=False)
    blocks: list[Block] = [maker.heading(align), said]
    shape = r.random()
    if shape < 0.3:
        frame = r.choice(("{text} ({code})", "{text} ({code})", "{text} Code: {code}", "{text} [{code}]"))
        said.facts = {**said.facts, **known}
        said.string = frame.format(text=said.string, code=code)
    elif shape < 0.5:
        style = Style(r.choice((theme.mono, theme.face, theme.bold)), theme.size, theme.ink)
        string = r.choice(("{}", "{}", "Code {}", "Error {}", "Code: {}")).format(code)
        blocks.append(Framed(string, style, align, maker.chance(0.5), known))
    elif shape < 0.75 or len(code) > 6:
        string = r.choice(("{}", "Code: {}", "Error code: {}", "({})", "Reference {}", "Error {}")).format(code)
        blocks.append(Text(string, small(maker, "").style, align, known, 1, 7))
    else:
        large = Style(r.choice((theme.heading, theme.mono, theme.face)), r.uniform(26, LARGEST), theme.ink)
        blocks.insert(0, Text(code, large, align, known, 1, 8))
    if maker.chance(0.6):
        colour = r.choice((theme.muted, theme.bad, theme.accent_ink, theme.ink))
        blocks.insert(0, Sign(r.uniform(30, 76), colour, align))
    if maker.chance(0.2):
        blocks.insert(0, shop(maker))
    return [*blocks, maker.buttons(align) if maker.chance(0.5) else wide(maker)]


def till(maker: Maker) -> list[Block]:
    """What is bought, and a bar at the bottom with the total and the button."""
    r = maker.r
    blocks: list[Block] = [headed(maker)]
    if maker.chance(0.25):
        blocks.append(alert(maker))
    bought: list[Block] = maker.products(r.randint(1, 4))
    if maker.chance(0.5):
        bought += [*([Rule()] if maker.chance(0.5) else []), *maker.sums(r.randint(1, 3))]
    blocks += [maker.card(bought)] if maker.chance(0.5) else bought
    if maker.chance(0.5):
        ring, chosen = maker.chance(0.7), r.randrange(3)
        blocks.append(section(maker))
        blocks += [Choice(f"{adjective(r).capitalize()} {noun(r)}", place == chosen, ring, framed=maker.chance(0.3))
                   for place in range(r.randint(1, 3))]  # fmt: skip
    button = wide(maker, 1)
    shape = r.random()
    if shape < 0.55:
        row = Columns([under(maker, "total"), button], (1, r.uniform(0.7, 1.5)), across="middle", keep=9)
        return [*blocks, Foot(row)]
    if shape < 0.85:
        return [*blocks, Foot(Group([sides(maker, "total"), button], r.uniform(3, 8)))]
    return [*blocks, sides(maker, "total"), Foot(button)]


def billed(maker: Maker) -> list[Block]:
    """A table of amounts whose last row is the total."""
    r = maker.r
    pieces = maker.chance(0.35)
    names = r.choice(("Item", "Article", "Description", "Position", "Service"))
    amounts = r.choice(("Amount", "Price", "Sum", "EUR", "Cost"))
    heads = [names, *(["Qty"] if pieces else []), amounts]
    counted: Callable[[], list[str]] = (lambda: [str(r.randint(1, 20))]) if pieces else list
    blank = [""] if pieces else []
    rows = [[content.product(r), *counted(), maker.amount(2e3)] for _ in range(r.randint(1, 4))]
    rows += [[label, *blank, maker.amount(500)] for label in r.sample(content.SUMS, r.choice((0, 0, 1)))]
    total = maker.amount()
    label = r.choice(content.LABELS["total"])
    rows.append([label, *blank, total])
    table = Table(heads, rows, 8, {"total": total}, even=True, summed=True)
    blocks: list[Block] = [headed(maker), table]
    if maker.chance(0.7):
        number: Block = loose(maker, "order_number")
        blocks.insert(1, beside(maker, number, chip(maker, "right")) if maker.chance(0.4) else number)
    if maker.chance(0.4):
        blocks.insert(1, beside(maker, small(maker, person(r)), small(maker, content.date(r), "right")))
    if maker.chance(0.3):
        sign = Sign(maker.theme.size * 1.3, maker.theme.muted)
        note = small(maker, f"{noun(r).capitalize()} {content.digits(r, 4)}")
        blocks.append(Columns([sign, note], (0, 1), 8, "middle", 2, sign.size))
    maker.painter.facts.vague |= {"product"}
    return [*blocks, *ending(maker)]


def underway(maker: Maker) -> list[Block]:
    """Something is being done, has stopped, or is done: a sign or picture at the left, a bar, a code."""
    r, theme = maker.r, maker.theme
    told: list[Block] = [maker.message(facts=False)]
    if maker.chance(0.6):
        above = f"{verb(r).capitalize()} {noun(r)}" if maker.chance(0.5) else ""
        told.append(Progress(r.randint(2, 100), above))
    if maker.chance(0.7):
        told.append(loose(maker, "error_code") if maker.chance(0.6) else maker.fact("error_code"))
    if maker.chance(0.2):
        told.append(maker.status())
    title = maker.heading()
    blocks: list[Block] = [title, *told]
    if maker.chance(0.6):
        side = r.uniform(28, 52)
        mark: Block = Sign(side, r.choice((theme.bad, theme.accent_ink, theme.muted)))
        if maker.chance(0.25):
            mark = Thumbnail(side)
        inside = told if maker.chance(0.6) else blocks
        beside_it = Columns([mark, Group([*inside], 5)], (0, 1), r.uniform(8, 16), keep=8, fixed=side)
        blocks = [beside_it] if inside is blocks else [title, beside_it]
    return [*blocks, maker.buttons(r.choice(("left", "right", "right")))]


def choices(maker: Maker) -> list[Block]:
    """Something to search in, words to switch between, things to choose from."""
    r = maker.r
    blocks: list[Block] = [headed(maker)]
    if maker.chance(0.5):
        hint = r.choice(("", f"{verb(r).capitalize()} {noun(r)}", "Search"))
        blocks.append(Search(hint, r.choice((40, maker.theme.radius))))
    if maker.chance(0.5):
        names = [noun(r).capitalize() for _ in range(r.randint(2, 4))]
        blocks.append(Segments(names, r.randrange(len(names)), maker.chance(0.5)))
    ring, framed, priced = maker.chance(0.5), maker.chance(0.4), maker.chance(0.35)
    chosen = r.randrange(4)
    things: list[Block] = []
    for place in range(r.randint(2, 5)):
        label = f"{adjective(r).capitalize()} {noun(r)}" if maker.chance(0.8) else r.choice(content.SETTINGS)
        there = place == chosen if ring else maker.chance(0.5)
        things.append(Choice(label, there, ring, maker.amount(300) if priced else "", framed))
    blocks += [section(maker), *things] if maker.chance(0.4) else things
    for kind, share in (("order_number", 0.3), ("total", 0.4), ("status", 0.3)):
        if maker.chance(share):
            blocks.append(sides(maker, kind) if maker.chance(0.6) else maker.fact(kind))
    if maker.chance(0.3):
        blocks.insert(1, alert(maker) if maker.chance(0.6) else maker.message(facts=False))
    return [*blocks, *ending(maker)]


def letter(maker: Maker) -> list[Block]:
    """Somebody's message: who and when, what it is about, what it says, and a card with what counts."""
    r = maker.r
    blocks: list[Block] = [headed(maker)]
    who = Someone(person(r), r.choice(("", content.date(r), noun(r).capitalize())), maker.chance(0.6))
    blocks.insert(r.choice((0, 1, 1)), who)
    blocks.append(maker.message())
    inside: list[Block] = []
    for kind, share in (("order_number", 0.5), ("status", 0.3), ("total", 0.4), ("error_code", 0.2)):
        if maker.chance(share):
            inside.append(r.choice((sides, under, loose))(maker, kind))
    inside += maker.asides(r.randint(0, 1))
    if inside:
        blocks.append(maker.card(inside, r.uniform(3, 9)) if maker.chance(0.7) else Group(inside, 4))
    if maker.chance(0.3):
        blocks.append(Row(f"{noun(r).capitalize()}.{r.choice(('pdf', 'png', 'zip'))}", "", content.clock(r), True))
    return [*blocks, *ending(maker)]


def halves(maker: Maker) -> list[Block]:
    """What is typed or chosen at one side, what it comes to at the other; one below the other on narrow screens."""
    r = maker.r
    ring, chosen = maker.chance(0.7), r.randrange(2)
    typed: list[Block] = [section(maker)] if maker.chance(0.5) else []
    if maker.chance(0.6):
        typed += [Input(name, r.choice(("", person(r), content.digits(r, 5))), boxed=maker.chance(0.85), keep=2)
                  for name in r.sample(content.INPUTS, r.randint(1, 2))]  # fmt: skip
    else:
        typed += [Choice(f"{adjective(r).capitalize()} {noun(r)}", place == chosen, ring, framed=maker.chance(0.4))
                  for place in range(r.randint(1, 3))]  # fmt: skip
    summed: list[Block] = [maker.message(facts=False)] if maker.chance(0.35) else []
    summed += [sides(maker, "order_number")] if maker.chance(0.4) else []
    summed += maker.products(r.randint(0, 2))
    summed += [sides(maker, "", label, maker.amount(2e3)) for label in r.sample(content.SUMS, r.randint(0, 2))]
    summed += [*([Rule()] if maker.chance(0.4) else []), sides(maker, "total")]
    button = wide(maker)
    inside = maker.chance(0.5)
    if inside:
        summed.append(button)
    right: Block = maker.card(summed, 5) if maker.chance(0.6) else Group(summed, 5)
    rest = [] if inside else [button]
    if maker.painter.width < 440:
        return [headed(maker), *typed, right, *rest]
    pair: list[Block] = [Group(typed, 5), right]
    if maker.chance(0.3):
        pair.reverse()
    return [headed(maker), Columns(pair, (1, r.uniform(0.8, 1.4)), r.uniform(12, 24), keep=9), *rest]


SCENES: Final[Mapping[str, tuple[Callable[[Maker], list[Block]], float, bool]]] = {
    "figures": (figures, 2.2, False),
    "poster": (poster, 1.8, False),
    "coded": (coded, 2.4, False),
    "till": (till, 2.0, False),
    "billed": (billed, 1.6, False),
    "underway": (underway, 1.6, False),
    "choices": (choices, 1.4, False),
    "halves": (halves, 1.4, False),
    "letter": (letter, 1.2, False),
}
"""Like `pages.PAGES`."""
