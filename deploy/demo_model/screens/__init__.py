"""Training screenshots: screens of many kinds, looks and sizes, and what they show."""

from __future__ import annotations

import random

from deploy.demo_model.screens import content
from deploy.demo_model.screens.blocks import Align, Block, Button, Buttons, Card, Text, fit, single, stack, taken
from deploy.demo_model.screens.chrome import frame, scenery, title_bar
from deploy.demo_model.screens.facts import Facts, Screen
from deploy.demo_model.screens.furniture import Foot, Split
from deploy.demo_model.screens.layouts import LAYOUTS
from deploy.demo_model.screens.maker import Maker
from deploy.demo_model.screens.ornaments import Icon, Rule, Thumbnail
from deploy.demo_model.screens.pages import PAGES, banner, filler
from deploy.demo_model.screens.painter import Painter
from deploy.demo_model.screens.parts import wide
from deploy.demo_model.screens.scenes import SCENES
from deploy.demo_model.screens.theme import theme

__all__ = ["Facts", "Screen", "screen"]

_CENTRED = {"notice", "alone", "signing in", "confirmation", "coded", "underway"}
_KINDS = {**PAGES, **LAYOUTS, **SCENES}
_ASKED = ("error_code", "message", "title", "total", "order_number", "status", "button")


def screen(r: random.Random, width: int, height: int) -> Screen:
    """A screen of `width` x `height` pixels, a multiple of 32 each; at least two of its facts can be asked for."""
    while True:
        painter = Painter(r, theme(r, width, height), width, height)
        shape = r.random()
        if shape < 0.27:
            maker = _dialog(painter)
        elif shape < 0.36:
            maker = _toast(painter)
        else:
            maker = _page(painter)
        facts = painter.facts
        if sum(facts.value(kind) is not None for kind in _ASKED) >= 2 or (facts.product and facts.price):
            picture = painter.finish()
            _settle(facts, maker)
            return Screen(picture, facts)


def _settle(facts: Facts, maker: Maker) -> None:
    """What can only be said when all is drawn."""
    facts.amounts = maker.found_amounts(facts.lines)
    if facts.total is None and len(set(facts.amounts)) == 1:
        facts.vague.add("total")
    look = maker.painter.theme
    if facts.title is None and (maker.painter.prominent or look.heading_size > look.size):
        facts.vague.add("title")
    if facts.products != 1:
        facts.product = facts.price = facts.quantity = None
        if facts.products > 1:
            facts.vague.add("product")
    facts.quantity = facts.quantity or None


def _page(painter: Painter) -> Maker:
    """A page that fills the screen."""
    r = painter.r
    maker = Maker(painter)
    kind = r.choices(list(_KINDS), [weight for _, weight, _ in _KINDS.values()])[0]
    make, _, headed = _KINDS[kind]
    painter.backdrop()
    heading = content.title(r) if headed and maker.chance(0.92) else None
    place, drawn = frame(painter, heading)
    blocks = make(maker)
    if heading is not None and not drawn:
        align: Align = r.choice(("left", "left", "centre"))
        at = 1 if blocks and isinstance(blocks[0], Icon) else 0
        blocks.insert(at, maker.heading(align, heading))
    blocks = single(blocks, set())
    if painter.height > 250 and maker.chance(0.6):
        # What a tall page is filled up with, between or below what counts.
        end = len(blocks) - (bool(blocks) and isinstance(blocks[-1], Foot))
        at = end if maker.chance(0.6) else min(1, end)
        blocks[at:at] = [Rule(), *filler(maker), *([Thumbnail(r.uniform(30, 120))] if maker.chance(0.4) else [])]
    if painter.r.random() < 0.12:
        blocks = [maker.card(blocks)]
    _fill(painter, blocks, place, centred=kind in _CENTRED and maker.chance(0.6))
    return maker


def _fill(painter: Painter, blocks: list[Block], place: tuple[float, float, float, float], *, centred: bool) -> None:
    """Put blocks into a place, as many as there is room for."""
    r, padding = painter.r, painter.theme.padding
    x, y, width, height = place
    if blocks and isinstance(blocks[-1], Foot):
        foot = blocks[-1]
        tall = foot.height(painter, width)
        if tall is not None and tall < height * 0.5:
            foot.draw(painter, x, y + height - tall, width)
            blocks, height = blocks[:-1], height - tall
    inside, room = width - 2 * padding, height - 2 * padding
    if width > 420 and r.random() < 0.5:
        inside = r.uniform(300, inside)
    left = x + (width - inside) * r.choice((0.5, 0.5, 0.5, padding / max(width - inside, padding), 0.3))
    gap = r.uniform(3, 9)
    loosen(painter, blocks, inside, room, gap)
    kept = fit(painter, blocks, inside, room, gap)
    spare = room - taken(painter, kept, inside, gap)
    if len(kept) > 1 and r.random() < 0.4:
        gap += min(spare / (len(kept) - 1), 24) * r.random()
        spare = room - taken(painter, kept, inside, gap)
    last = kept[-1] if kept else None
    if isinstance(last, Buttons) and spare > 40 and not centred and r.random() < 0.3:
        # The buttons stand at the bottom, as on phones.
        stack(painter, [last], (left, y + height - padding - (last.height(painter, inside) or 0), inside), gap)
        kept, spare = kept[:-1], 0
    top = y + padding + spare * (0.5 if centred else r.choice((0, 0, r.uniform(0, 0.5), r.uniform(0, 1))))
    stack(painter, kept, (left, top, inside), gap)


def loosen(painter: Painter, blocks: list[Block], width: float, height: float, gap: float) -> None:
    """Cards that are too high are pared down from the inside."""
    for block in blocks:
        if isinstance(block, Card):
            inside = width - 2 * painter.theme.padding
            block.blocks = fit(painter, block.blocks, inside, height - 2 * painter.theme.padding - 2, block.gap)


def _dialog(painter: Painter) -> Maker:
    """A dialog over a page that stands back."""
    r, look = painter.r, painter.theme
    maker = Maker(painter)
    _behind(painter, maker)
    align: Align = r.choice(("left", "left", "left", "centre"))
    if maker.shape == "sides" and maker.chance(0.5):
        maker.shape = "inline"
    blocks: list[Block] = []
    if maker.chance(0.85):
        blocks.append(maker.heading(align))
    else:
        painter.facts.vague.add("title")
    if maker.chance(0.9):
        blocks.append(maker.message(align))
    for kind, share in (("error_code", 0.6), ("order_number", 0.25), ("total", 0.25), ("status", 0.12)):
        if maker.chance(share):
            blocks.append(maker.fact(kind, align=align))
    blocks += maker.asides(r.choice((0, 0, 0, 1, 2)), align)
    if maker.chance(0.25):
        colour = r.choice((look.accent_ink, look.bad, look.good))
        blocks.insert(0, Icon(r.choice((20, 28, 36)), colour, align))
    sheet = painter.height > painter.width and maker.chance(0.2)
    blocks += _pressed(maker, None if align == "left" else "centre")
    blocks = single(blocks, set())
    width = float(painter.width) if sheet else min(painter.width - 12, r.uniform(0.7, 1) * painter.width, 420)
    gap = r.uniform(4, 9)
    inside = width - 2 * look.padding
    bar = _title_bar(blocks) if not sheet and maker.chance(0.15) else None
    above = look.size * 1.9 if bar else look.size if sheet else 0.0
    kept = fit(painter, blocks, inside, painter.height - 12 - 2 * look.padding - above, gap)
    if not kept:
        return maker
    tall = taken(painter, kept, inside, gap) + 2 * look.padding + above
    low = r.random() < 0.15
    x, y = (painter.width - width) / 2, painter.height - tall - 6 if low else (painter.height - tall) / 2
    if sheet:
        y = painter.height - tall
    corners = (x, y, x + width, y + tall)
    if maker.chance(0.6):
        painter.shadow(corners, look.radius, look.paper)
    painter.cover(corners, look.card, look.line if maker.chance(0.5) else None, look.radius)
    if sheet:
        middle = x + width / 2
        painter.box((x, y + tall - look.radius, x + width, y + tall), look.card)
        painter.box((middle - 18, y + 6, middle + 18, y + 10), look.line, None, 2)
    elif bar:
        title_bar(painter, bar, (x, y, width, above))
    stack(painter, kept, (x + look.padding, y + above + look.padding, inside), gap)
    return maker


def _pressed(maker: Maker, align: Align | None) -> list[Block]:
    """A dialog's buttons: as those of pages, over its width, or the two halves of its lower edge."""
    shape = maker.r.random()
    if shape < 0.65:
        return [maker.buttons(align)]
    if shape < 0.82:
        return [wide(maker)]
    made = maker.buttons(align, 2)
    return [Split([Button(button.label, "text", button.primary) for button in made.buttons])]


def _title_bar(blocks: list[Block]) -> str | None:
    """Takes a short title out of the blocks, to stand in a window's bar; None if there is none."""
    for block in blocks:
        if isinstance(block, Text) and dict(block.facts) == {"title": block.string} and len(block.string) < 22:
            blocks.remove(block)
            return block.string
    return None


def _behind(painter: Painter, maker: Maker) -> None:
    """What a dialog lies over."""
    r = painter.r
    if maker.chance(0.3):
        painter.backdrop()
        return
    scenery(painter)
    colour = (0, 0, 0) if maker.chance(0.8) else (255, 255, 255)
    painter.dim(r.uniform(0.3, 0.65), colour, r.uniform(3, 6) if maker.chance(0.4) else 0)


def _toast(painter: Painter) -> Maker:
    """A message over a page, at its top or bottom."""
    r, look = painter.r, painter.theme
    maker = Maker(painter)
    painter.backdrop()
    place, drawn = frame(painter, content.title(r))
    message = banner(maker)
    x, y, wide, room = place
    width = wide - 2 * look.padding if maker.chance(0.6) else wide * 0.8
    tall = message.height(painter, width)
    if tall is None or tall > room * 0.7:
        return maker
    rest: list[Block] = filler(maker)
    if not drawn:
        rest.insert(0, maker.heading(keep=9))
    for kind, share in (("order_number", 0.35), ("total", 0.3), ("status", 0.25)):
        if maker.chance(share):
            rest.append(maker.fact(kind))
    if maker.chance(0.5):
        rest.append(maker.buttons())
    seen: set[str] = set()
    single([message], seen)
    rest = single(rest, seen)
    below = maker.chance(0.5)
    left = x + (wide - width) / 2
    if below:
        _fill(painter, rest, (x, y, wide, room - tall - 8), centred=False)
        message.draw(painter, left, y + room - tall - 6, width)
    else:
        message.draw(painter, left, y + 4, width)
        _fill(painter, rest, (x, y + tall + 6, wide, room - tall - 6), centred=False)
    return maker
