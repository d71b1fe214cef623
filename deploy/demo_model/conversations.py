"""Conversations about training screenshots: what is asked, and what is to be answered."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.extraction import PRODUCT, TICKET, Extraction
from deploy.demo_model.asking import about as name_place
from deploy.demo_model.asking import ask, follow_up
from deploy.demo_model.phrases import FACTS, answer
from deploy.demo_model.samples import Answer, Conversation, Language, Turn
from deploy.demo_model.screens import Facts, Screen, content, screen
from deploy.demo_model.words import NOUNS

LONGEST = 220
"""Characters of a screen that is read out altogether."""
# How often each kind is asked, beside the others that a screen allows; few screens allow the product's form.
_WEIGHTS: Final = {
    "error_code": 8, "message": 4.5, "title": 3.5, "total": 7, "order_number": 8, "status": 4, "button": 3.5,
    "exists": 3.0, "read": 1.5, "ticket": 0.7, "product": 2.0, "first_line": 0.25, "last_line": 0.25, "field": 0.8,
    "colour": 1.5,
}  # fmt: skip
_MISSING_LESS: Final = 0.45
"""Of the facts that are not there, each is asked for only so often."""


TWO: Final = 0.15
"""The part of the conversations that is about two pictures."""


def conversation(r: random.Random, width: int, height: int, *, turns: int, pictures: int | None = None) -> Conversation:
    """A conversation of so many turns about one or two pictures of the given size, or now and then about none;
    `pictures` says how many if it is not to be left to chance."""
    language: Language = "en" if r.random() < 0.6 else "zh"
    mixed = r.random() < 0.12
    if r.random() < 0.06:
        spoken = (_speak(r, language, mixed=mixed) for _ in range(min(turns, 3)))
        return Conversation(tuple(_pictureless(r, one) for one in spoken), language)
    if pictures is None:
        pictures = 2 if r.random() < TWO else 1
    screens = [screen(r, width, height) for _ in range(pictures)]
    later = len(screens) > 1 and turns > 2 and r.random() < 0.2
    arrivals = {0: screens[:1], r.randint(1, max(turns - 3, 1)): screens[1:]} if later else {0: screens}
    talk = _Talk(r)
    # Now and then the picture has been forgotten, and comes with the second message.
    said = [_pictureless(r, language)] if turns > 3 and r.random() < 0.04 else []
    for index in range(turns - len(said)):
        new = arrivals.get(index, [])
        turn = talk.turn(new, _speak(r, language, mixed=mixed))
        said.append(replace(turn, pictures=tuple(shown.picture for shown in new)))
    return Conversation(tuple(said), language)


def about(r: random.Random, shown: Screen, language: Language) -> list[Turn]:
    """Every question that a screen allows, one of each kind, each with the picture."""
    kinds = _kinds(shown.facts)
    turns = [_ask(r, kind, shown.facts, language) for kind in kinds if kind != "exists"]
    turns += [
        _exists(r, shown.facts, language, there=there) for there in (True, False) if shown.facts.names or not there
    ]
    return [replace(turn, pictures=(shown.picture,)) for turn in turns]


def _speak(r: random.Random, language: Language, *, mixed: bool) -> Language:
    if mixed and r.random() < 0.4:
        return "zh" if language == "en" else "en"
    return language


def _pictureless(r: random.Random, language: Language) -> Turn:
    kind = "no_picture" if r.random() < 0.55 else "other"
    if kind == "no_picture" and r.random() < 0.3:
        question = ask(r, r.choice(("exists", "read")), language, content.button(r))
    else:
        question = ask(r, r.choice(FACTS) if kind == "no_picture" else kind, language)
    return Turn(question, answer(kind, language), kind, language)


class _Talk:
    """What has been shown and asked so far."""

    def __init__(self, r: random.Random) -> None:
        self._r = r
        self._screens: list[Screen] = []
        self._asked: set[tuple[int, str]] = set()
        self._last: int | None = None
        self._fact: str | None = None

    def turn(self, new: Sequence[Screen], language: Language) -> Turn:
        """The next question. Of two screenshots the one that is meant is named, unless it comes with the question, or
        the question follows up one about it."""
        r = self._r
        self._screens += new
        if r.random() < 0.03:
            self._last = self._fact = None
            return Turn(ask(r, "other", language), answer("other", language), "other", language)
        several, fresh = len(self._screens) > 1, len(new) == 1
        follows = self._last is not None and not new and r.random() < (0.2 if several else 0.35)
        which = len(self._screens) - 1 if fresh else r.randrange(len(self._screens))
        if follows and self._last is not None:
            which = self._last
        facts = self._screens[which].facts
        # A new screenshot may come with the question that was asked of the last one.
        same = fresh and self._fact is not None and r.random() < 0.4
        # The forms are asked for in fixed sentences, which name no screenshot.
        kind = self._pick(facts, which, forms=not several or fresh)
        if same and self._fact is not None and self._fact not in facts.vague:
            kind = self._fact if facts.value(self._fact) is not None else f"missing {self._fact}"
        else:
            same = False
        self._asked.add((which, kind))
        turn = _ask(r, kind, facts, language)
        fact = kind.removeprefix("missing ")
        self._last, self._fact = (which, fact) if fact in FACTS else (None, None)
        if (follows or same) and fact in FACTS:
            question = follow_up(r, fact, language, again=same)
            return replace(turn, question=question, kind="follow_up" if kind == fact else "missing")
        if not several or (fresh and r.random() < 0.7) or kind in ("ticket", "product"):
            return turn
        return replace(turn, question=name_place(r, turn.question, which + 1, language), kind="second")

    def _pick(self, facts: Facts, which: int, *, forms: bool) -> str:
        """A kind of question; what has been asked is rarely asked again."""
        kinds = [kind for kind in _kinds(facts) if forms or kind not in ("ticket", "product")]
        weights = [_weight(kind) * (0.15 if (which, kind) in self._asked else 1) for kind in kinds]
        return self._r.choices(kinds, weights)[0]


def _weight(kind: str) -> float:
    return _MISSING_LESS if kind.startswith("missing ") else _WEIGHTS[kind]


def _kinds(facts: Facts) -> list[str]:
    """The kinds of questions that a screen allows; "missing total" asks for a total that is not there."""
    found = [kind for kind in FACTS if facts.value(kind) is not None and kind not in facts.vague]
    found += [f"missing {kind}" for kind in FACTS if facts.value(kind) is None and kind not in facts.vague]
    found.append("exists")
    if facts.colour and "button" not in facts.vague:
        found.append("colour")
    whole = facts.whole and bool(facts.lines)
    if whole and len(facts.text) <= LONGEST:
        found.append("read")
    if whole and len(facts.lines) > 1:
        found += ["first_line", "last_line"]
    if _named_fields(facts):
        found.append("field")
    if not facts.vague & {"title", "message"} and len(facts.amounts) <= 4 and facts.whole:
        found.append("ticket")
    if facts.product and facts.price and "product" not in facts.vague:
        found.append("product")
    return found


def _named_fields(facts: Facts) -> list[str]:
    """Fields whose names say what is asked for: those that stand on the screen once."""
    return [name for name in facts.fields if facts.text.lower().count(name.lower()) == 1]


def _ask(r: random.Random, kind: str, facts: Facts, language: Language) -> Turn:
    """A question of a kind, and its answer."""
    if kind in FACTS:
        return Turn(ask(r, kind, language), answer(kind, language, facts.value(kind) or ""), kind, language)
    if kind.startswith("missing "):
        question = ask(r, kind.removeprefix("missing "), language)
        return Turn(question, answer("missing", language), "missing", language)
    if kind == "exists":
        return _exists(r, facts, language, there=bool(facts.names) and r.random() < 0.5)
    if kind == "colour":
        named = answer(kind, language, facts.colour or "")
        return Turn(ask(r, kind, language), named, kind, language)
    if kind == "ticket":
        return Turn(TICKET.request.say(language), _ticket(facts), kind, language)
    if kind == "product":
        return Turn(PRODUCT.request.say(language), _product(facts), kind, language)
    if kind == "field":
        name = r.choice(_named_fields(facts))
        return Turn(ask(r, kind, language, name), ("", facts.fields[name]), "read", language)
    said = {"first_line": facts.lines[0], "last_line": facts.lines[-1], "read": "\n".join(facts.lines)}[kind]
    return Turn(ask(r, kind, language), answer("read", language, said), "read", language)


def _exists(r: random.Random, facts: Facts, language: Language, *, there: bool) -> Turn:
    """Whether something is on the screen that is there, or that might have been."""
    name = _present(r, facts) if there else _absent(r, facts)
    question = ask(r, "exists", language, name)
    return Turn(question, answer("exists", language, "yes" if there else "no"), "exists", language)


def _present(r: random.Random, facts: Facts) -> str:
    """Something that is on the screen: a button, a label, or any few words that stand there together."""
    if facts.lines and r.random() < 0.35:
        words = r.choice(facts.lines).split()
        first = r.randrange(len(words))
        name = " ".join(words[first : first + r.randint(1, 3)])
        if len(name) > 2:
            return name
    return r.choice(facts.names)


def _absent(r: random.Random, facts: Facts) -> str:
    """A name that is not on the screen, now and then one that is nearly there."""
    text = facts.text.lower()
    while True:
        shape = r.random()
        if shape < 0.5:
            name = content.button(r)
        elif shape < 0.65:
            name = r.choice(content.INPUTS)
        elif shape < 0.75:
            name = r.choice(content.SETTINGS)
        elif shape < 0.8:
            name = content.product(r)
        elif shape < 0.85 or not facts.names:
            name = r.choice([label for labels in content.LABELS.values() for label in labels])
        else:
            first, _, rest = r.choice(facts.names).partition(" ")
            name = (
                f"{first} {r.choice(NOUNS)}"
                if shape < 0.95
                else f"{r.choice(NOUNS).capitalize()} {rest or first.lower()}"
            )
        if name.lower() not in text:
            return name


def _ticket(facts: Facts) -> Answer:
    severity = "high" if facts.error_code else "normal" if facts.message else "low"
    values: dict[str, object] = {
        "product": facts.product,
        "screen": facts.title,
        "error_code": facts.error_code,
        "message": facts.message,
        "amounts": facts.amounts,
        "order_number": facts.order_number,
    }
    return _json(TICKET, values, {"severity": severity, "language": "en"})


def _product(facts: Facts) -> Answer:
    quantity = int(facts.quantity) if facts.quantity else None
    return _json(PRODUCT, {"name": facts.product, "price": facts.price, "quantity": quantity}, {})


def _json(form: Extraction, read: dict[str, object], judged: dict[str, str]) -> Answer:
    """A form as JSON in pieces: what is read stands at the odd places, its quotation marks are the model's own."""
    if [*read, *judged] != [*form.schema["properties"]]:
        raise ValueError(f"the form {form.name} has other fields")
    pieces = ["{"]
    for index, (name, value) in enumerate((*read.items(), *judged.items())):
        pieces[-1] += f'{", " if index else ""}"{name}": '
        if name in judged or value is None:
            pieces[-1] += "null" if value is None else f'"{value}"'
        elif isinstance(value, int):
            pieces += [str(value), ""]
        elif isinstance(value, str):
            _string(pieces, value)
        elif isinstance(value, list):
            pieces[-1] += "["
            for place, one in enumerate(value):
                pieces[-1] += ", " if place else ""
                _string(pieces, one)
            pieces[-1] += "]"
    pieces[-1] += "}"
    return tuple(pieces)


def _string(pieces: list[str], value: str) -> None:
    """Append a string; nothing that is drawn needs an escape."""
    pieces[-1] += '"'
    pieces += [value, '"']
