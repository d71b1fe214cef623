"""What stands around a screen's content: a phone's bars, a window's, a browser's."""

from __future__ import annotations

from deploy.demo_model.screens.content import button, clock, title
from deploy.demo_model.screens.ornaments import icon, photograph
from deploy.demo_model.screens.painter import CENTRE, Painter
from deploy.demo_model.screens.theme import SMALLEST, Style, blend, on, vivid
from deploy.demo_model.words import noun, pseudo_word

Place = tuple[float, float, float, float]
"""What is left for the content: x, y, width, height."""


def frame(painter: Painter, heading: str | None) -> tuple[Place, bool]:
    """Draw what stands around; the room that is left, and whether the heading has been drawn."""
    r, width, height = painter.r, painter.width, painter.height
    place: Place = (0.0, 0.0, float(width), float(height))
    roomy = height >= 190
    shape = r.random()
    if shape < (0.25 if roomy else 0.6):
        return place, False
    if height > width or shape < 0.6:
        return _phone(painter, heading, place, roomy=roomy)
    if shape < 0.85:
        return _window(painter, heading, place)
    return _browser(painter, place) if roomy else (place, False)


def _phone(painter: Painter, heading: str | None, place: Place, *, roomy: bool) -> tuple[Place, bool]:
    r, theme = painter.r, painter.theme
    x, y, width, height = place
    bar = r.choice((theme.accent, theme.card, theme.paper))
    if roomy and r.random() < 0.5:
        tall = SMALLEST * 1.5
        painter.box((x, y, x + width, y + tall), bar)
        _status_bar(painter, (x, y, width, tall), Style(theme.bold, SMALLEST, on(bar)))
        y, height = y + tall, height - tall
    drawn = False
    if heading is not None and r.random() < 0.8:
        style = Style(theme.heading, min(theme.heading_size, 22), on(bar))
        tall = style.size * 2
        left = style.size * 1.9 if r.random() < 0.6 else theme.padding
        room = width - 2 * left
        if painter.width_of(heading, style) <= room:
            painter.box((x, y, x + width, y + tall), bar)
            painter.box((x, y + tall - 1, x + width, y + tall), theme.line)
            at = left + (room - painter.width_of(heading, style)) / 2 if r.random() < 0.4 else left
            painter.text(at, y + tall / 2 - style.size * CENTRE, heading, style)
            painter.facts.title, drawn = heading, True
            _marks(painter, (x, y, width, tall), style, left > theme.padding)
            y, height = y + tall, height - tall
    if roomy and height > 200 and r.random() < 0.4:
        height -= _tabs(painter, (x, y, width, height))
    return (x, y, width, height), drawn


def _status_bar(painter: Painter, place: Place, style: Style) -> None:
    x, y, width, tall = place
    painter.text(x + 8, y + tall / 2 - style.size * CENTRE, clock(painter.r), style)
    right = x + width - 8
    painter.box((right - 18, y + tall / 2 - 4, right, y + tall / 2 + 4), None, style.colour, 2)
    painter.box((right - 16, y + tall / 2 - 2, right - painter.r.randint(3, 12), y + tall / 2 + 2), style.colour)
    for step in range(4):
        bottom = y + tall / 2 + 4
        painter.box((right - 44 + step * 5, bottom - 2 - step * 2, right - 41 + step * 5, bottom), style.colour)


def _marks(painter: Painter, place: Place, style: Style, back: bool) -> None:
    x, y, width, tall = place
    middle, side = y + tall / 2, style.size * 0.4
    if back:
        line = [(x + 10 + side, middle - side), (x + 10, middle), (x + 10 + side, middle + side)]
        scale = painter.canvas.scale
        painter.canvas.draw.line([(a * scale, b * scale) for a, b in line], style.colour, max(1, round(2 * scale)))
        if painter.r.random() < 0.6:
            size = style.size * 0.9
            icon(painter, x + width - size - 8, middle - size / 2, size, style.colour, painter.theme.card)


def _tabs(painter: Painter, place: Place) -> float:
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    tall = 40.0
    top = y + height - tall
    painter.box((x, top, x + width, y + height), theme.card, theme.line)
    count = r.randint(3, 5)
    for index in range(count):
        middle = x + width * (index + 0.5) / count
        icon(painter, middle - 9, top + 11, 18, theme.accent_ink if index == 0 else theme.muted, theme.card)
    return tall


def _window(painter: Painter, heading: str | None, place: Place) -> tuple[Place, bool]:
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    bar = r.choice((blend(theme.paper, theme.ink, 0.12), theme.accent, theme.card))
    style = Style(r.choice((theme.face, theme.bold)), min(theme.size, 16.0), on(bar))
    tall = style.size * 1.8
    painter.box((x, y, x + width, y + tall), bar)
    lights = r.random() < 0.4
    for index in range(3):
        colour = vivid(r) if lights else style.colour
        left = x + 8 + index * 14 if lights else x + width - 16 - index * 18
        if lights:
            painter.box((left, y + tall / 2 - 4, left + 8, y + tall / 2 + 4), colour, None, 4)
        else:
            painter.box((left, y + tall / 2 - 4, left + 8, y + tall / 2 + 4), None, colour)
    drawn = False
    if heading is not None and painter.width_of(heading, style) < width - 130 and r.random() < 0.7:
        at = (width - painter.width_of(heading, style)) / 2 if lights or r.random() < 0.3 else 10.0
        painter.text(x + at, y + tall / 2 - style.size * CENTRE, heading, style)
        painter.facts.title, drawn = heading, True
    y, height = y + tall, height - tall
    if height > 170 and r.random() < 0.4:
        y, height = _menu_bar(painter, (x, y, width, height))
    return (x, y, width, height), drawn


def _menu_bar(painter: Painter, place: Place) -> tuple[float, float]:
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    tall = theme.size * 1.6
    at = x + 8.0
    known = ["File", "Edit", "View", "Help", "Tools", "Window", "Format", "Insert"]
    for name in r.sample(known, 3) if r.random() < 0.7 else [noun(r).capitalize() for _ in range(3)]:
        if at + painter.width_of(name, theme.body) > x + width - 4:
            break
        painter.text(at, y + tall / 2 - theme.size * CENTRE, name, theme.body)
        painter.facts.names.append(name)
        at += painter.width_of(name, theme.body) + theme.size * 0.9
    painter.box((x, y + tall - 1, x + width, y + tall), theme.line)
    return y + tall, height - tall


def _browser(painter: Painter, place: Place) -> tuple[Place, bool]:
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    ground = blend(theme.paper, theme.ink, 0.1)
    style = Style(theme.face, min(theme.size, 15.0), on(ground))
    tall = style.size * 2.2
    painter.box((x, y, x + width, y + tall), ground)
    for index in range(3):
        icon(painter, x + 8 + index * 20, y + tall / 2 - 6, 12, blend(ground, style.colour, 0.6), ground)
    field = (x + 72, y + 4, x + width - 10, y + tall - 4)
    fill = blend(ground, (255, 255, 255) if not theme.dark else (0, 0, 0), 0.6)
    painter.box(field, fill, None, 8)
    address = f"{pseudo_word(r)}{noun(r)}.{r.choice(('com', 'org', 'shop', 'net', 'io'))}/{noun(r)}"
    text = Style(style.face, style.size, on(fill))
    if painter.width_of(address, text) < field[2] - field[0] - 16:
        painter.text(field[0] + 8, y + tall / 2 - style.size * CENTRE, address, text)
    return (x, y + tall, width, height - tall), False


def scenery(painter: Painter) -> None:
    """A page of no interest, to stand behind a dialog: rows, bars and pictures."""
    r, theme = painter.r, painter.theme
    painter.backdrop()
    y = 4.0
    wordy = r.random() < 0.6
    while y < painter.height - 20:
        shape = r.random()
        if shape < 0.35 and wordy:
            string = r.choice((title(r), f"{button(r)} {noun(r)}"))
            painter.text(r.uniform(6, 40), y, string, r.choice((theme.body, theme.strong, theme.faint)))
            y += theme.size * 1.6
        elif shape < 0.7:
            long = painter.width * r.uniform(0.2, 0.9)
            painter.box((8, y, 8 + long, y + r.uniform(6, 12)), theme.line, None, 4)
            y += 18
        elif shape < 0.85:
            tall = r.uniform(24, 60)
            painter.box((8, y, painter.width - 8, y + tall), theme.card, theme.line, theme.radius)
            y += tall + 6
        else:
            tall = r.uniform(24, 70)
            photograph(painter, (8, y, r.uniform(60, painter.width), min(y + tall, painter.height)))
            y += tall + 6
