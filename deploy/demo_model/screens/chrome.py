"""What stands around a screen's content: a phone's bars, a window's, a browser's."""

from __future__ import annotations

from deploy.demo_model.screens.content import button, clock, title
from deploy.demo_model.screens.ornaments import photograph
from deploy.demo_model.screens.painter import CENTRE, Painter
from deploy.demo_model.screens.signs import icon, outlined
from deploy.demo_model.screens.theme import SMALLEST, Style, blend, on, vivid
from deploy.demo_model.words import noun, pseudo_word, verb

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
    if roomy and r.random() < 0.2:
        place = _brand(painter, place)
        if width < 420 or r.random() < 0.5:
            return place, False
    if width >= 420 and roomy and r.random() < 0.25:
        return _side_menu(painter, place), False
    if place[1]:
        return place, False
    if width >= 420 and r.random() < 0.12:
        return _beside_picture(painter, place), False
    if width >= 400 and roomy and r.random() < 0.15:
        return _floating(painter, place), False
    if height > width or shape < 0.6:
        return _phone(painter, heading, place, roomy=roomy)
    if shape < 0.85:
        return _window(painter, heading, place)
    return _browser(painter, place) if roomy else (place, False)


def _brand(painter: Painter, place: Place) -> Place:
    """A bar with a name that is not the title, and signs at its ends."""
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    fill = r.choice((theme.card, theme.accent, theme.paper))
    ink, size = on(fill), theme.size
    tall = size * r.uniform(1.9, 2.6)
    painter.box((x, y, x + width, y + tall), fill)
    painter.box((x, y + tall - 1, x + width, y + tall), theme.line)
    at, side, middle = x + theme.padding, size * 1.1, y + tall / 2
    if r.random() < 0.6:
        outlined(painter, (at, middle - side / 2, at + side, middle + side / 2), ink)
        at += side * 1.6
    name = r.choice((pseudo_word(r).capitalize(), f"{pseudo_word(r)} {noun(r)}".title(), noun(r).capitalize()))
    style = Style(r.choice((theme.face, theme.bold)), size, blend(ink, fill, r.choice((0, 0, 0.3))))
    painter.text(at, middle - size * CENTRE, name, style)
    painter.prominent = True
    right, free = x + width - theme.padding, at + painter.width_of(name, style) + side
    for _ in range(r.choice((0, 1, 1, 2, 3))):
        if right - side < free:
            break
        outlined(painter, (right - side, middle - side / 2, right, middle + side / 2), ink)
        right -= side * 1.7
    return x, y + tall, width, height - tall


def _side_menu(painter: Painter, place: Place) -> Place:
    """Words to go elsewhere, in a column at the left; one of them may stand out."""
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    wide = min(width * 0.3, theme.size * r.uniform(8, 11))
    fill = r.choice((theme.card, blend(theme.paper, theme.ink, 0.06), theme.accent))
    painter.box((x, y, x + wide, y + height), fill)
    painter.box((x + wide - 1, y, x + wide, y + height), theme.line)
    signs, tall, chosen = r.random() < 0.5, theme.size * r.uniform(1.8, 2.4), r.randrange(5)
    top, side = y + theme.padding, theme.size
    left = theme.padding + (side * 1.6 if signs else 0)
    for index in range(r.randint(3, 8)):
        style = Style(theme.bold if index == chosen else theme.face, theme.size, on(fill))
        name = noun(r).capitalize()
        if top + tall > y + height:
            break
        if left + painter.width_of(name, style) > wide - 6:
            continue
        if index == chosen:
            painter.box((x + 4, top, x + wide - 4, top + tall), blend(fill, on(fill), 0.12), None, theme.radius)
        if signs:
            corners = (x + theme.padding, top + (tall - side) / 2, x + theme.padding + side, top + (tall + side) / 2)
            outlined(painter, corners, style.colour)
        painter.text(x + left, top + tall / 2 - theme.size * CENTRE, name, style)
        painter.facts.names.append(name)
        top += tall
    painter.prominent = True
    return x + wide, y, width - wide, height


def _beside_picture(painter: Painter, place: Place) -> Place:
    """A picture, or a colour that fades into another, fills one side."""
    r = painter.r
    x, y, width, height = place
    wide = width * r.uniform(0.28, 0.45)
    first = r.random() < 0.7
    left = x if first else x + width - wide
    if r.random() < 0.7:
        painter.gradient((left, y, left + wide, y + height), vivid(r), vivid(r))
    else:
        photograph(painter, (left, y, left + wide, y + height))
    return x + wide if first else x, y, width - wide, height


def _floating(painter: Painter, place: Place) -> Place:
    """A window in the middle of a coloured ground."""
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    painter.gradient((x, y, x + width, y + height), vivid(r), vivid(r))
    wide, tall = r.uniform(300, width - 20), height * r.uniform(0.65, 0.94)
    left, top = x + (width - wide) * r.choice((0.5, 0.5, 0.3, 0.8)), y + (height - tall) * r.uniform(0.3, 0.7)
    fill = theme.paper if r.random() < 0.5 else theme.card
    painter.shadow((left, top, left + wide, top + tall), theme.radius, (90, 90, 90))
    painter.box((left, top, left + wide, top + tall), fill, theme.line, theme.radius)
    return left, top, wide, tall


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
    if roomy and height > 200 and r.random() < 0.45:
        height -= (_tabs if r.random() < 0.8 else _entry)(painter, (x, y, width, height))
    return (x, y, width, height), drawn


def title_bar(painter: Painter, string: str, place: Place) -> None:
    """A small window's bar: its title, and a cross at the right."""
    theme, r = painter.theme, painter.r
    x, y, width, tall = place
    style = Style(r.choice((theme.bold, theme.face)), theme.size, theme.ink)
    side = theme.size * 0.9
    at = x + (width - painter.width_of(string, style)) / 2 if r.random() < 0.3 else x + theme.padding
    if at + painter.width_of(string, style) > x + width - side * 2 - theme.padding:
        style = Style(theme.face, SMALLEST, theme.ink)
        at = x + theme.padding
    if r.random() < 0.5:
        painter.box((x, y + tall - 1, x + width, y + tall), theme.line)
    painter.text(at, y + tall / 2 - style.size * CENTRE, string, style)
    left, top = x + width - theme.padding - side, y + (tall - side) / 2
    outlined(painter, (left, top, left + side, top + side), theme.muted, ("cross",))
    painter.facts.title = string


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
        names = ("back",) if painter.r.random() < 0.65 else ()
        outlined(painter, (x + 8, middle - side, x + 8 + 2 * side, middle + side), style.colour, names)
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
    lined, chosen = r.random() < 0.6, r.randrange(count)
    for index in range(count):
        middle = x + width * (index + 0.5) / count
        colour = theme.accent_ink if index == chosen else theme.muted
        if lined:
            outlined(painter, (middle - 9, top + 11, middle + 9, top + 29), colour)
        else:
            icon(painter, middle - 9, top + 11, 18, colour, theme.card)
    return tall


def _entry(painter: Painter, place: Place) -> float:
    """Where one types what to say; whatever stands in it is a hint."""
    theme, r = painter.theme, painter.r
    x, y, width, height = place
    tall, side = theme.size * 2.8, theme.size
    top, middle = y + height - tall, y + height - tall / 2
    painter.box((x, top, x + width, y + height), theme.card)
    painter.box((x, top, x + width, top + 1), theme.line)
    field = (x + theme.padding, middle - side, x + width - theme.padding - side * 2, middle + side)
    painter.box(field, theme.paper, theme.line, r.choice((theme.radius, 40)))
    hint = f"{verb(r).capitalize()} {noun(r)}"
    if r.random() < 0.5 and painter.width_of(hint, theme.faint) < field[2] - field[0] - side * 1.6:
        painter.text(field[0] + side * 0.8, middle - side * CENTRE, hint, theme.faint)
    right = x + width - theme.padding
    outlined(painter, (right - side * 1.3, middle - side * 0.65, right, middle + side * 0.65), theme.accent_ink)
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
    if r.random() < 0.25:
        painter.gradient((0, 0, painter.width, painter.height), vivid(r), vivid(r))
    else:
        painter.backdrop()
    y = 4.0
    wordy = r.random() < 0.6
    if r.random() < 0.3:
        y = _brand(painter, (0, 0, painter.width, painter.height))[1] + 6
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
        elif shape < 0.78:
            y += _tiles(painter, y, wordy)
        elif shape < 0.88:
            tall = r.uniform(24, 60)
            painter.box((8, y, painter.width - 8, y + tall), theme.card, theme.line, theme.radius)
            y += tall + 6
        else:
            tall = r.uniform(24, 70)
            photograph(painter, (8, y, r.uniform(60, painter.width), min(y + tall, painter.height)))
            y += tall + 6


def _tiles(painter: Painter, y: float, wordy: bool) -> float:
    """Surfaces side by side, with a picture, a name, neither or both."""
    r, theme = painter.r, painter.theme
    count, tall = r.randint(2, 4), r.uniform(40, 110)
    own = (painter.width - 8) / count
    pictured = r.random() < 0.5
    for index in range(count):
        left = 8 + index * own
        painter.box((left, y, left + own - 8, y + tall), theme.card, theme.line, theme.radius)
        if pictured:
            painter.gradient((left + 4, y + 4, left + own - 12, y + tall * 0.6), vivid(r), vivid(r))
        name = noun(r).capitalize()
        if wordy and painter.width_of(name, theme.body) < own - 20:
            painter.text(left + 6, y + tall - theme.size * 1.4, name, theme.body)
    return tall + 8
