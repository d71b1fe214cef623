"""Small pieces that pages of several kinds are made of."""

from __future__ import annotations

from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Button, Buttons, Chip, Pair, Text
from deploy.demo_model.screens.composed import Alert, Columns, Group
from deploy.demo_model.screens.furniture import Foot, Labelled, Section
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.ornaments import Sign
from deploy.demo_model.screens.theme import LARGEST, Style, blend
from deploy.demo_model.words import adjective, noun, pseudo_word, verb


def beside(
    maker: Maker, left: Block, right: Block, *, shares: tuple[float, float] = (3, 2), across: str = "middle"
) -> Columns:
    """Two blocks side by side."""
    return Columns([left, right], shares, across=across, keep=max(left.keep, right.keep))  # type: ignore[arg-type]


def small(maker: Maker, string: str, align: Align = "left") -> Text:
    """Small text that stands back."""
    theme = maker.theme
    style = Style(theme.face, max(13.0, theme.size - maker.r.choice((0, 1, 2))), theme.muted)
    return Text(string, style, align, lines=1, keep=2)


def shop(maker: Maker) -> Text:
    """A shop's name: it is not the title."""
    maker.painter.prominent = True
    name = maker.r.choice((pseudo_word(maker.r).capitalize(), f"{noun(maker.r).capitalize()} & {noun(maker.r)}"))
    return Text(name, maker.r.choice((maker.theme.strong, maker.theme.faint)), lines=1, keep=2)


def chip(maker: Maker, align: Align) -> Text | Chip:
    """How something stands: on a lozenge, tinted or full, or as a coloured word."""
    r, theme = maker.r, maker.theme
    string = content.status(r)
    if maker.chance(0.2):
        colour = r.choice((theme.good, theme.bad, theme.accent_ink, theme.ink))
        return Text(string, Style(theme.bold, theme.size, colour), align, {"status": string}, 1, 7)
    return Chip(string, align, {"status": string}, 7, tinted=maker.chance(0.6))


def loose(maker: Maker, kind: str) -> Block:
    """A fact in a line with its label, without anything between them."""
    r, theme = maker.r, maker.theme
    value = maker.amount() if kind == "total" else content.FACTS[kind](r)
    label = r.choice(content.LABELS[kind])
    styles = theme.faint, Style(r.choice((theme.face, theme.bold, theme.mono)), theme.size, theme.ink)
    return Pair(label, value, *styles, "inline", r.choice(("", "", ":")), kind, keep=7)


def under(maker: Maker, kind: str) -> Pair:
    """A fact under its label."""
    r, theme = maker.r, maker.theme
    value = maker.amount() if kind == "total" else content.FACTS[kind](r)
    face = r.choice((theme.face, theme.bold, theme.bold, theme.mono))
    label = Style(theme.face, max(13.0, theme.size - r.choice((0, 1, 2))), theme.muted)
    size = theme.size * (r.choice((1, 1.2, 1.4)) if kind == "total" else 1)
    style = Style(face, min(LARGEST, size), theme.ink)
    return Pair(r.choice(content.LABELS[kind]), value, label, style, "under", "", kind, keep=7)


def sides(maker: Maker, kind: str, label: str = "", value: str = "") -> Pair:
    """A label at the left, its value at the right; a fact if `kind` is given."""
    r, theme = maker.r, maker.theme
    if kind:
        value = maker.amount() if kind == "total" else content.FACTS[kind](r)
        label = r.choice(content.LABELS[kind])
    strong = kind == "total" and maker.chance(0.6)
    left = theme.strong if strong and maker.chance(0.5) else r.choice((theme.faint, theme.body))
    face = theme.bold if strong else r.choice((theme.face, theme.bold, theme.mono)) if kind else theme.face
    right = Style(face, theme.size, theme.ink)
    return Pair(label, value, left, right, "sides", r.choice(("", "", "", ":")), kind, keep=7 if kind else 3)


def wide(maker: Maker, most: int = 2) -> Buttons:
    """One button over the whole width, a second one below it or, divided by a line, beside it."""
    r = maker.r
    made = maker.buttons(r.choice(("left", "right", "centre")), most)
    made.wide = True
    if len(made.buttons) > 1 and maker.chance(0.5):
        names = [button.label for button in sorted(made.buttons, key=lambda button: not button.primary)]
        rest = r.choice(("text", "outlined", "grey"))
        made.buttons = [Button(names[0], "filled", primary=True), *(Button(name, rest) for name in names[1:])]  # type: ignore[arg-type]
        made.stacked = True
    return made


def alert(maker: Maker) -> Alert:
    """A message in a tinted box, with or without a code in brackets."""
    r, theme = maker.r, maker.theme
    colour = r.choice((theme.bad, theme.good, theme.accent, (200, 140, 20)))
    fill = blend(theme.card, colour, r.uniform(0.1, 0.25))
    ink = blend(theme.ink, colour, r.uniform(0, 0.5))
    said = maker.message(facts=maker.chance(0.6))
    said.style = Style(theme.face, theme.size, ink)
    inside: list[Block] = [said]
    if "error_code" not in said.facts and maker.chance(0.3):
        code = content.error_code(r)
        string = r.choice(("({})", "Code {}", "Error {}", "{}", "Error code: {}")).format(code)
        face = Style(r.choice((theme.face, theme.mono)), theme.size, ink)
        inside.append(Text(string, face, facts={"error_code": code}, lines=1, keep=7))
    return Alert(inside, fill, ink, sign=maker.chance(0.7), edge=maker.chance(0.25))


def standing(maker: Maker, align: Align) -> Labelled:
    """How something stands, under its label."""
    label = maker.r.choice(content.LABELS["status"])
    shown = chip(maker, align)
    facts = shown.facts
    return Labelled(label, small(maker, "").style, shown, facts["status"], facts, align)


def headed(maker: Maker) -> Block:
    """A heading; how it stands, a shop's name or a sign may be in its line."""
    r, theme = maker.r, maker.theme
    title = maker.heading()
    shape = r.random()
    if shape < 0.35:
        return title
    if shape < 0.6:
        return beside(maker, title, chip(maker, "right"), shares=(r.uniform(1.2, 2.4), 1))
    if shape < 0.75:
        name = shop(maker)
        name.align = "right"
        return beside(maker, title, name, shares=(2, 1))
    if shape < 0.9:
        side = theme.size * r.uniform(1.2, 1.8)
        sign = Sign(side, r.choice((theme.ink, theme.accent_ink, theme.muted)))
        return Columns([sign, title], (0, 1), r.uniform(5, 12), "middle", title.keep, side)
    return Group([shop(maker), title], 2, keep=title.keep)


def grid(maker: Maker, kinds: list[str]) -> list[Block]:
    """Facts and asides under their labels, in rows of two or three."""
    r = maker.r
    r.shuffle(kinds)
    count = 3 if maker.painter.width > 340 and maker.chance(0.5) else 2
    ends: Align = r.choice(("right", "right", "left"))
    rows: list[Block] = []
    for start in range(0, len(kinds), count):
        own = kinds[start : start + count]
        middle: Align = "centre" if ends == "right" else "left"
        aligns: list[Align] = ["left", *[middle] * (len(own) - 2), ends]
        cells = [cell(maker, kind, align) for kind, align in zip(own, aligns, strict=False)]
        rows.append(Columns(cells, [1] * len(cells), keep=7 if any(own) else 2))
    return rows


def cell(maker: Maker, kind: str, align: Align) -> Block:
    """One value under its label: plain, bold, of another typeface, or on a chip."""
    r, theme = maker.r, maker.theme
    if kind == "status" and maker.chance(0.6):
        return standing(maker, align)
    if kind:
        found = under(maker, kind)
        found.align = align
        return found
    label, value = content.aside(r)
    maker.named(label)
    style = Style(r.choice((theme.face, theme.bold, theme.mono)), theme.size, theme.ink)
    return Pair(label, value, small(maker, "").style, style, "under", "", align=align, keep=2)


def section(maker: Maker) -> Section:
    """The small heading of a group."""
    r = maker.r
    name = r.choice((noun(r), f"{adjective(r)} {noun(r)}", f"{noun(r)} {noun(r)}")).capitalize()
    capitals = maker.chance(0.55)
    return Section(name.upper() if capitals else name, r.uniform(0.03, 0.12) if capitals and maker.chance(0.7) else 0)


def ending(maker: Maker) -> list[Block]:
    """Buttons, or none: in the page, over its width, or in a bar at the bottom."""
    shape = maker.r.random()
    if shape < 0.3:
        return [maker.buttons()]
    if shape < 0.6:
        return [wide(maker)]
    if shape < 0.8:
        return [Foot(wide(maker) if maker.chance(0.7) else maker.buttons())]
    return [link(maker)] if shape < 0.9 else []


def link(maker: Maker) -> Text:
    """Words that lead elsewhere. Whether they are a button is a matter of taste, so none is asked for."""
    r, theme = maker.r, maker.theme
    string = f"{verb(r).capitalize()} {r.choice(('this', 'all', 'your'))} {noun(r)}"
    maker.painter.facts.vague.add("button")
    return Text(string, Style(theme.face, theme.size, theme.accent_ink), r.choice(("left", "centre")), lines=1, keep=1)
