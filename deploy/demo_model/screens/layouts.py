"""Kinds of pages whose parts stand beside one another, or alone in much empty space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Input, Pair, Text
from deploy.demo_model.screens.composed import Alert, Bubble, Columns, DigitBoxes, Group, Stars, Step, Stepper
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.ornaments import Bar, Icon, Row, Rule, Thumbnail
from deploy.demo_model.screens.parts import alert, beside, chip, loose, shop, sides, small, standing, under, wide
from deploy.demo_model.screens.theme import LARGEST, Style
from deploy.demo_model.words import PLACES, adjective, noun, participle, person, pseudo_word, verb


def overview(maker: Maker) -> list[Block]:
    """A heading with how it stands beside it, then a table of amounts."""
    r, theme = maker.r, maker.theme
    blocks: list[Block] = [beside(maker, maker.heading(), chip(maker, "right"))]
    if maker.chance(0.8):
        blocks.append(loose(maker, "order_number"))
    if maker.chance(0.4):
        blocks.append(beside(maker, small(maker, person(r)), small(maker, content.date(r), "right")))
    rows: list[Block] = []
    if maker.chance(0.5):
        heads = (r.choice(("Item", "Article", "Position")), r.choice(("Amount", "Price", "Sum")))
        rows.append(beside(maker, small(maker, heads[0]), small(maker, heads[1], "right")))
        if maker.chance(0.5):
            rows.append(Rule())
    rows += maker.products(r.randint(1, 4))
    rows += maker.sums(r.choice((0, 0, 1, 1, 2)))
    if maker.chance(0.6):
        rows.append(Rule())
    rows.append(sides(maker, "total"))
    blocks += [maker.card(rows)] if maker.chance(0.5) else rows
    if maker.chance(0.4):
        paid = f"{r.choice(('Debit card', 'Credit card', 'Bank account', 'Gift card'))} {content.digits(r, 4)}"
        blocks.append(beside(maker, Icon(theme.size * 1.3, theme.muted), small(maker, paid), shares=(1, 9)))
    if maker.chance(0.35):
        blocks.append(wide(maker))
    return blocks


def confirmation(maker: Maker) -> list[Block]:
    """Something was done: a sign, a heading, a word of thanks, and a card that says what."""
    r, theme = maker.r, maker.theme
    align: Align = r.choice(("left", "centre", "centre"))
    blocks: list[Block] = [maker.heading(align), maker.message(align, facts=False)]
    if maker.chance(0.7):
        colour = r.choice((theme.good, theme.accent_ink, theme.bad))
        blocks.insert(0, Icon(r.uniform(28, 56), colour, align))
    if maker.chance(0.3):
        blocks.insert(0, shop(maker))
    inside: list[Block] = []
    if maker.chance(0.8):
        inside.append(sides(maker, "order_number") if maker.chance(0.7) else maker.fact("order_number"))
    inside += maker.products(r.randint(0, 2))
    if maker.chance(0.4):
        inside += maker.sums(1)
    if maker.chance(0.8):
        inside += [*([Rule()] if maker.chance(0.4) else []), sides(maker, "total")]
    if maker.chance(0.15):
        inside.append(maker.status())
    if inside:
        blocks.append(maker.card(inside) if maker.chance(0.7) else Group(inside, 4))
    return [*blocks, wide(maker) if maker.chance(0.6) else maker.buttons(align)]


def parcel(maker: Maker) -> list[Block]:
    """Where a parcel is: its number and how it stands side by side, the steps it has taken."""
    r, theme = maker.r, maker.theme
    shown: Block = chip(maker, "right")
    if maker.chance(0.6):
        shown = standing(maker, "right")
    elif maker.chance(0.3):
        shown = maker.fact("status", align="right")
    head: list[Block] = [under(maker, "order_number"), shown]
    if maker.chance(0.15):
        head.reverse()
    blocks: list[Block] = [maker.heading()]
    row = Columns(head, (1, 1), across=r.choice(("top", "middle")), keep=8)
    blocks.append(maker.card([row]) if maker.chance(0.6) else row)
    if maker.chance(0.3):
        blocks.append(Bar(r.random()))
    count = r.randint(2, 4)
    reached = r.randrange(count)
    dated = maker.chance(0.6)
    steps: list[Block] = [
        Step(f"{noun(r).capitalize()} {participle(r)}" if maker.chance(0.6) else f"{verb(r).capitalize()} {noun(r)}",
             content.date(r) if dated and place <= reached else "", place <= reached, place == count - 1)
        for place in range(count)
    ]  # fmt: skip
    if maker.chance(0.75):
        blocks.append(maker.card(steps, 0) if maker.chance(0.3) else Group(steps, 0))
    if maker.chance(0.5):
        sign = Icon(theme.size * 1.3, theme.accent_ink)
        blocks.append(beside(maker, sign, Text(person(r), theme.strong), shares=(1, 8)))
    if maker.chance(0.3):
        blocks += maker.asides(1)
    if maker.chance(0.75):
        blocks.append(wide(maker))
    return blocks


def ticketed(maker: Maker) -> list[Block]:
    """A ticket or a booking: a coloured head, values under their labels, the sum and how it stands."""
    r, theme = maker.r, maker.theme
    heading = maker.heading()
    if maker.chance(0.6):
        ink = (255, 255, 255) if sum(theme.accent) < 420 else (20, 20, 24)
        heading.style = Style(heading.style.face, heading.style.size, ink)
        where = Text(r.choice(PLACES), Style(theme.face, theme.size, ink), keep=2)
        head: Block = Alert([heading, where], theme.accent, theme.accent, sign=False, keep=8)
    else:
        head = Group([heading, small(maker, r.choice(PLACES))])
    first, second = content.aside(r), content.aside(r)
    asides = [Pair(label, value, theme.faint, theme.body, "under", "") for label, value in (first, second)]
    middle: Block = Group([*asides]) if maker.chance(0.5) else Columns([*asides], (1, 1))
    maker.named(first[0], second[0])
    low: list[Block] = [loose(maker, "order_number"), chip(maker, "right")]
    blocks: list[Block] = [middle, Rule(), Columns(low, (3, 2), across="middle", keep=8), sides(maker, "total")]
    if maker.chance(0.3):
        blocks[2], blocks[3] = blocks[3], blocks[2]
    body = [maker.card([head, *blocks])] if maker.chance(0.4) else [head, maker.card(blocks)]
    return [*body, *([wide(maker)] if maker.chance(0.7) else [])]


def basket(maker: Maker) -> list[Block]:
    """One thing to buy, its picture beside it, and a bar with the total below."""
    r, theme = maker.r, maker.theme
    name, price, pieces = content.product(r), maker.amount(2e3), str(r.randint(1, 9))
    maker.painter.facts.products = 1
    told: list[Block] = [Text(name, theme.strong, facts={"product": name}, lines=2, keep=8)]
    cost = Text(price, Style(theme.face, theme.size * r.choice((1, 1, 1.2)), theme.ink), facts={"price": price}, keep=8)
    counted = {"quantity": pieces}
    shape = r.random()
    if shape < 0.4:
        told.append(beside(maker, cost, Stepper(pieces, counted, "right")))
    elif shape < 0.75:
        said = r.choice(("Quantity {}", "Qty {}", "Qty: {}", "{} pieces", "x {}", "Quantity: {}")).format(pieces)
        told += [cost, Text(said, theme.faint, facts=counted)]
    else:
        told.append(cost)
    if maker.chance(0.2):
        told.insert(1, Stars(r.randint(1, 5)))
    side = r.uniform(48, 90)
    row: Block = Columns([Thumbnail(side), Group(told)], (side, maker.painter.width - side), keep=9)
    blocks: list[Block] = [maker.heading(), maker.card([row]) if maker.chance(0.6) else row]
    if maker.chance(0.35):
        blocks.insert(1, alert(maker))
    summed = maker.chance(0.65)
    if summed:
        blocks += [sides(maker, "", label, maker.amount(2e3)) for label in r.sample(content.SUMS, r.randint(0, 2))]
        if maker.chance(0.45):
            total: Block = under(maker, "total")
            blocks.append(Columns([total, wide(maker, 1)], (1, r.uniform(0.8, 1.4)), across="middle", keep=8))
            return blocks
        blocks.append(sides(maker, "total"))
    elif maker.chance(0.5):
        blocks.append(chip(maker, "left"))
    return [*blocks, wide(maker)]


def offer(maker: Maker) -> list[Block]:
    """A page of one product, its picture above or at the left."""
    r, theme = maker.r, maker.theme
    name, price = content.product(r), maker.amount(3e3)
    maker.painter.facts.products = 1
    maker.painter.facts.vague |= {"total"}
    told: list[Block] = [
        Text(name, Style(theme.bold, theme.heading_size, theme.ink), facts={"product": name, "title": name}, keep=9)
    ]
    if maker.chance(0.5):
        told.append(Stars(r.randint(1, 5)))
    styled = Style(r.choice((theme.bold, theme.face)), min(LARGEST, theme.size * r.choice((1, 1.2, 1.5))), theme.ink)
    cost = Text(price, styled, facts={"price": price}, lines=1, keep=8)
    told.append(beside(maker, cost, chip(maker, "left"), across="middle") if maker.chance(0.5) else cost)
    if maker.chance(0.4):
        pieces = str(r.randint(1, 12))
        label = r.choice(("Quantity", "Qty", "Pieces"))
        count = Pair(label, pieces, theme.faint, theme.body, "inline", "", facts={"quantity": pieces})
        told.append(
            count if maker.chance(0.5) else beside(maker, small(maker, label), Stepper(pieces, {"quantity": pieces}))
        )
    if maker.chance(0.4):
        told.append(maker.message(facts=False, keep=3))
    told.append(maker.buttons("left", most=2) if maker.chance(0.5) else wide(maker))
    tall = r.uniform(60, max(70.0, maker.painter.height * 0.4))
    if maker.painter.width > 400 and maker.chance(0.7):
        photo = Thumbnail(maker.painter.height * r.uniform(0.4, 0.75))
        return [Columns([photo, Group(told, 6)], (r.uniform(0.6, 1), 1), gap=14, keep=9)]
    return [Thumbnail(tall), *told]


def alone(maker: Maker) -> list[Block]:
    """One thing said in an empty page: a sign or a large code, a heading, a sentence, a small code, a button."""
    r, theme = maker.r, maker.theme
    align: Align = r.choice(("left", "centre"))
    blocks: list[Block] = []
    code = content.error_code(r)
    large = maker.chance(0.25) and len(code) <= 6
    label = r.choice(("", "", *content.LABELS["error_code"]))
    coded = Style(r.choice((theme.face, theme.mono, theme.bold)), theme.size, theme.ink)
    if large:
        figure = Style(r.choice((theme.heading, theme.mono)), LARGEST, theme.ink)
        blocks.append(Text(f"{label} {code}".strip(), figure, align, {"error_code": code}, 1, 7))
    elif maker.chance(0.7):
        colour = r.choice((theme.muted, theme.bad, theme.accent_ink))
        blocks.append(Icon(r.uniform(28, 60), colour, align))
    blocks += [maker.heading(align), maker.message(align, facts=False)]
    if not large and maker.chance(0.75):
        shape = r.random()
        if shape < 0.3:
            blocks.append(Text(f"{label}: {code}" if label else code, theme.faint, align, {"error_code": code}, 1, 7))
        elif shape < 0.6:
            label = label or "Code"
            pair = Pair(label, code, theme.faint, coded, "inline", r.choice((":", "")), "error_code", align, keep=7)
            blocks.append(maker.card([pair]) if maker.chance(0.5) else pair)
        else:
            blocks.append(Text(f"{label} {code}".strip(), coded, align, {"error_code": code}, 1, 7))
    if maker.chance(0.75):
        blocks.append(maker.buttons(align, most=2))
    return blocks


def signing_in(maker: Maker) -> list[Block]:
    """A form in the middle of a page, what is wrong with it in a tinted box or under a field."""
    r, theme = maker.r, maker.theme
    align: Align = r.choice(("left", "left", "centre"))
    blocks: list[Block] = [maker.heading(align)]
    if maker.chance(0.3):
        blocks.insert(0, shop(maker))
    told = maker.chance(0.7)
    if told:
        blocks.append(alert(maker) if maker.chance(0.7) else maker.message(align, facts=False))
    if maker.chance(0.25):
        digits = content.digits(r, r.randint(0, 5))
        blocks.append(DigitBoxes(digits, r.choice((4, 6, 6))))
    else:
        names = r.sample(content.INPUTS, r.randint(1, 3))
        wrong = r.randrange(len(names)) if not told and maker.chance(0.7) else -1
        for place, name in enumerate(names):
            typed = r.choice((pseudo_word(r), person(r), content.digits(r, 5), "", f"{pseudo_word(r)}@mail.com"))
            said = content.message(r) if place == wrong else ""
            facts = {"message": said} if said else {}
            blocks.append(Input(name, typed, said, facts, maker.chance(0.85), keep=5))
        if len(names) == 2 and maker.painter.width > 400 and maker.chance(0.5):
            blocks[-2:] = [Columns(blocks[-2:], (1, 1))]
    if maker.chance(0.3):
        blocks.append(sides(maker, "total"))
    blocks.append(wide(maker, 1))
    if maker.chance(0.5):
        link = content.button(r) + r.choice(("", "?"))
        style = Style(theme.face, theme.size, theme.accent_ink)
        blocks.append(Text(link, style, r.choice(("left", "centre")), lines=1, keep=2))
        maker.painter.facts.names.append(link)
    return blocks


def chat(maker: Maker) -> list[Block]:
    """People write to each other, and a card comes up that offers something."""
    r, theme = maker.r, maker.theme
    facts = maker.painter.facts
    facts.vague |= {"message"}
    said: list[Block] = [Bubble(content.message(r), maker.chance(0.5)) for _ in range(r.randint(1, 3))]
    inside: list[Block] = []
    when = small(maker, f"{content.date(r)}, {content.clock(r)}")
    if maker.chance(0.8):
        inside.append(beside(maker, when, chip(maker, "right"), across="middle"))
    if maker.chance(0.5):
        label, value = content.aside(r)
        inside.append(sides(maker, "", label, value))
        maker.named(label)
    for kind, share in (("order_number", 0.3), ("total", 0.75)):
        if maker.chance(share):
            inside.append(sides(maker, kind))
    inside.append(wide(maker, 1))
    colour = theme.accent_ink
    head: Block = maker.heading()
    if maker.chance(0.5):
        head = beside(maker, Icon(theme.size * 1.8, colour), head, shares=(1, 6), across="middle")
    return [head, *said, maker.card(inside)]


def warned(maker: Maker) -> list[Block]:
    """A page of rows with a tinted box in it."""
    r = maker.r
    blocks: list[Block] = [maker.heading(), alert(maker)]
    rows: list[Block] = []
    for _ in range(r.randint(1, 4)):
        name = f"{adjective(r).capitalize()} {noun(r)}"
        rows.append(Row(name, end=r.choice(("", ">", content.date(r), noun(r))), picture=maker.chance(0.4)))
    for kind, share in (("order_number", 0.3), ("total", 0.35), ("status", 0.3)):
        if maker.chance(share):
            rows.append(sides(maker, kind) if maker.chance(0.6) else maker.fact(kind))
    blocks += [maker.card(rows)] if maker.chance(0.5) else rows
    if maker.chance(0.25):
        blocks.reverse()
    return [*blocks, wide(maker) if maker.chance(0.5) else maker.buttons()]


LAYOUTS: Final[Mapping[str, tuple[Callable[[Maker], list[Block]], float, bool]]] = {
    "overview": (overview, 2.2, False),
    "confirmation": (confirmation, 1.8, False),
    "parcel": (parcel, 1.8, False),
    "ticketed": (ticketed, 1.5, False),
    "basket": (basket, 1.6, False),
    "offer": (offer, 1.4, False),
    "alone": (alone, 2.5, False),
    "signing in": (signing_in, 1.8, False),
    "chat": (chat, 1.0, False),
    "warned": (warned, 1.2, False),
}
"""Like `pages.PAGES`."""
