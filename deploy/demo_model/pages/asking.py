"""Questions about screenshots, with the answers that are right."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.extraction import EXTRACTIONS
from deploy.demo_model.pages.scene import Shot
from deploy.demo_model.pages.wordings import NAMES, wordings
from deploy.demo_model.phrases import FACTS, MISSING, NO, NO_PICTURE, OTHER, YES, answer
from deploy.demo_model.samples import Language, text

Line = dict[str, Any]
KINDS: Final = (
    *FACTS, "read", "exists", "missing", "second", "follow_up", "ticket", "product", "no_picture", "other",
)  # fmt: skip
LONGEST_READ: Final = 120
"""Characters of a page that is asked to be read out."""
_WEIGHTS: Final[Mapping[str, float]] = {"ticket": 0.7, "product": 0.5, "read": 0.7}
_ALSO_MISSING: Final[Mapping[Language, Sequence[str]]] = {
    "en": ("cannot find", "not shown", "not visible"),
    "zh": ("找不到", "没有显示"),
}
_PLACES: Final = ("screenshot", "截图", "Look at", " here", "这里", "please.")
"""What does not go with a question that begins with the screenshot that is meant."""
_ALSO_OTHER: Final[Mapping[Language, str]] = {"en": "demo model", "zh": "演示模型"}
_ALSO_SEND: Final[Mapping[Language, str]] = {"en": "send a screenshot", "zh": "发送一张截图"}
_ALSO_YES_NO: Final[Mapping[Language, Mapping[bool, Sequence[str]]]] = {
    "en": {True: ("Yes",), False: ("No",)},
    "zh": {True: ("有", "是的", "能"), False: ("没有", "不能", "看不到")},
}


@dataclass
class Asker:
    """Asks a few questions about each screenshot: first of the kinds that have been asked least."""

    random: random.Random
    asked: Counter[str] = field(default_factory=Counter)
    shots: list[Shot] = field(default_factory=list)

    def ask(self, shot: Shot) -> Iterator[Line]:
        """Three or four questions about a screenshot; some are about an earlier one, too."""
        makers = self._makers(shot)
        order = sorted(makers, key=lambda kind: (self.asked[kind] / _WEIGHTS.get(kind, 1.0), self.random.random()))
        for kind in order[: self.random.choice((3, 4, 4))]:
            self.asked[kind] += 1
            yield makers[kind](self.language())
        self.shots.append(shot)

    def alone(self, count: int) -> Iterator[Line]:
        """Questions without a picture, and such that have nothing to do with one."""
        for place in range(count):
            language = self.language()
            if place % 2:
                question = self._word("other", language)
                line: Line = {"image": self.random.choice(self.shots).name} if place % 4 == 1 else {}
                yield line | {"question": question, "answer": [OTHER[language], _ALSO_OTHER[language]], "kind": "other"}
            else:
                question = self._word(self.random.choice(FACTS), language)
                accepted = [NO_PICTURE[language], _ALSO_SEND[language]]
                yield {"question": question, "answer": accepted, "kind": "no_picture"}

    def language(self) -> Language:
        """Three of five are English."""
        return "en" if self.random.random() < 0.6 else "zh"

    def _makers(self, shot: Shot) -> dict[str, Callable[[Language], Line]]:
        """What can be asked about a screenshot."""
        scene = shot.scene
        makers: dict[str, Callable[[Language], Line]] = {
            kind: lambda language, kind=kind: self._fact(shot, kind, language)  # type: ignore[misc]
            for kind in scene.facts
        }
        makers["exists"] = lambda language: self._exists(shot, language)
        makers["follow_up"] = lambda language: self._follow_up(shot, language)
        if scene.absent:
            makers["missing"] = lambda language: self._missing(shot, language)
        if shot.clear and len("\n".join(shot.lines)) <= LONGEST_READ:
            makers["read"] = lambda language: self._read(shot, language)
        if scene.ticket:
            makers["ticket"] = lambda language: self._ticket(shot, language)
        if scene.product:
            makers["product"] = lambda language: self._product(shot, language)
        if any(set(other.scene.facts) & set(scene.facts) for other in self.shots):
            makers["second"] = lambda language: self._second(shot, language)
        return makers

    def _word(self, use: str, language: Language) -> str:
        return self.random.choice(wordings(use, language))

    def _question(self, shot: Shot, kind: str, language: Language, *, placed: bool = False) -> str:
        """A question for a fact of a page, in words that fit it; `placed`: which screenshot is meant is said before."""
        use = "dialog_title" if kind == "title" and shot.scene.dialog else kind
        if kind == "message" and shot.scene.error and self.random.random() < 0.4:
            use = "error_message"
        fitting = [one for one in wordings(use, language) if not placed or not any(word in one for word in _PLACES)]
        return self.random.choice(fitting)

    def _fact(self, shot: Shot, kind: str, language: Language) -> Line:
        question = self._question(shot, kind, language)
        return {"image": shot.name, "question": question, "answer": right(shot, kind, language), "kind": kind}

    def _exists(self, shot: Shot, language: Language) -> Line:
        seen = "\n".join(shot.lines)
        present = [name for name in shot.scene.present if name in seen]
        # Some pages have nothing to ask for; on the others it is there the more often.
        there = bool(present) and self.random.random() < 0.7
        name = self.random.choice(present) if there else self._stranger(shot)
        accepted = [(YES if there else NO)[language], *_ALSO_YES_NO[language][there]]
        question = self._word("exists", language).format(name=name)
        return {"image": shot.name, "question": question, "answer": accepted, "kind": "exists"}

    def _stranger(self, shot: Shot) -> str:
        """A name from another page of which this one has no word."""
        words = set(shot.text.casefold().split())
        names = sorted({name for other in self.shots for name in other.scene.present})
        free = [name for name in names if not words & set(name.casefold().split())]
        return self.random.choice(free or ["Gift wrap"])

    def _missing(self, shot: Shot, language: Language) -> Line:
        question = self._word(self.random.choice(shot.scene.absent), language)
        accepted = [MISSING[language], *_ALSO_MISSING[language]]
        return {"image": shot.name, "question": question, "answer": accepted, "kind": "missing"}

    def _read(self, shot: Shot, language: Language) -> Line:
        accepted = list(dict.fromkeys(("\n".join(shot.lines), "\n".join(shot.blocks), " ".join(shot.lines))))
        return {"image": shot.name, "question": self._word("read", language), "answer": accepted, "kind": "read"}

    def _second(self, shot: Shot, language: Language) -> Line:
        """Two screenshots at once, mostly about the second; both have what is asked for."""
        fitting = [other for other in self.shots if set(other.scene.facts) & set(shot.scene.facts)]
        other = self.random.choice(fitting)
        kind = self.random.choice(sorted(set(other.scene.facts) & set(shot.scene.facts)))
        place = "second" if self.random.random() < 0.75 else "first"
        pair = [other, shot] if place == "second" else [shot, other]
        question = self._word(place, language).format(question=self._question(shot, kind, language, placed=True))
        return {
            "images": [one.name for one in pair],
            "question": question,
            "answer": right(shot, kind, language),
            "kind": "second",
        }

    def _follow_up(self, shot: Shot, language: Language) -> Line:
        """After one or two questions: another fact of the same screenshot, or the same fact of a new one."""
        facts = self.random.sample(list(shot.scene.facts), min(len(shot.scene.facts), self.random.choice((2, 2, 3))))
        kind = facts[-1]
        fitting = [other for other in self.shots if kind in other.scene.facts]
        if len(facts) == 1 or (fitting and self.random.random() < 0.25):
            return self._next_picture(shot, kind, fitting, language)
        history = []
        for earlier in facts[:-1]:
            turn: Line = {"question": self._question(shot, earlier, language)}
            turn["answer"] = right(shot, earlier, language)[0]
            history.append(turn)
        history[0]["image"] = shot.name
        question = self._word("follow_up", language).format(name=NAMES[language][kind])
        return {
            "history": history, "question": question, "answer": right(shot, kind, language), "kind": "follow_up",
        }  # fmt: skip

    def _next_picture(self, shot: Shot, kind: str, fitting: Sequence[Shot], language: Language) -> Line:
        other = self.random.choice(fitting)
        earlier = {
            "question": self._question(other, kind, language),
            "answer": right(other, kind, language)[0],
            "image": other.name,
        }
        question = self._word("next_picture", language).format(name=NAMES[language][kind])
        accepted = right(shot, kind, language)
        return {
            "image": shot.name, "history": [earlier], "question": question, "answer": accepted, "kind": "follow_up",
        }  # fmt: skip

    def _ticket(self, shot: Shot, language: Language) -> Line:
        ticket, facts = shot.scene.ticket, shot.scene.facts
        assert ticket is not None
        values = [
            {
                "product": ticket.product,
                "screen": facts.get("title"),
                "error_code": facts.get("error_code"),
                "message": facts.get("message"),
                "amounts": list(ticket.amounts),
                "order_number": facts.get("order_number"),
                "severity": severity,
                "language": "en",
            }
            for severity in ticket.severities
        ]
        return self._json(shot, "ticket", values, language)

    def _product(self, shot: Shot, language: Language) -> Line:
        product = shot.scene.product
        assert product is not None
        value = {"name": product.name, "price": product.price, "quantity": product.quantity}
        return self._json(shot, "product", [value], language)

    def _json(self, shot: Shot, schema: str, values: Sequence[Line], language: Language) -> Line:
        texts = [json.dumps(value, ensure_ascii=False) for value in values]
        question = EXTRACTIONS[schema].request.say(language)
        return {
            "image": shot.name,
            "question": question,
            "answer": texts[0] if len(texts) == 1 else texts,
            "kind": schema,
            "schema": schema,
        }


def right(shot: Shot, kind: str, language: Language) -> list[str]:
    """The right answers to a question for a fact: the sentence that is taught, and the bare fact."""
    value = shot.scene.facts[kind]
    return [text(answer(kind, language, value)), value]
