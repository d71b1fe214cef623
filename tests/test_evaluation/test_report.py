"""The figures as people and scripts get them, and the page of the failures."""

from __future__ import annotations

import asyncio
import base64
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.evaluation.cases import Asked, Case
from bot.evaluation.compare import Verdict
from bot.evaluation.report import as_json, as_page, as_text
from bot.evaluation.run import Evaluation, Result
from bot.ports import ModelMessage
from tests.browser import browser
from tests.models import picture

HOSTILE = "</dd><script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp; {{ 7 * 7 }} {% raw %}"
SHOT = picture("white", "E-4127")


def result(
    text: str = "What is it?", *, right: bool = False, given: str = "E-1", error: str = "", kind: str = "code"
) -> Result:
    case = Case(7, kind, Asked(text, (Path("a.png"),), "en"), ("E-4127", "the code"))
    before = (ModelMessage("user", f"[screenshot 1]\n{text}", (SHOT,)), ModelMessage("assistant", f"Yes. {text}"))
    shown = () if right or error else (*before, ModelMessage("user", text))
    fields = () if right else ("price", text)
    return Result(case, given, Verdict(exact=right, normalised=right, fields=fields), 0.5, error, shown)


EVALUATION = Evaluation("tiny", (result(right=True), result(HOSTILE, given=HOSTILE), result(given="", error="damaged")))


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_stays_text() -> None:
    hostile = Evaluation(HOSTILE, (result(HOSTILE, given=HOSTILE, kind=HOSTILE), result(error=HOSTILE)))
    page, plain = Page(as_page(hostile)), Page(as_page(EVALUATION))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements}
    assert "script" not in {tag for tag, _ in page.elements}
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    # Title, heading, table, failure's heading, two turns before, question, given, fields, error.
    assert page.text.count(HOSTILE) == 10


def test_the_page_needs_nothing_else_and_shows_what_the_model_saw() -> None:
    page = Page(as_page(EVALUATION))
    sources = [attributes["src"] for tag, attributes in page.elements if tag == "img"]
    assert sources == [f"data:image/png;base64,{base64.b64encode(SHOT.data).decode()}"]
    assert not [tag for tag, attributes in page.elements if tag in ("link", "script", "iframe") or "href" in attributes]


def test_the_page_shows_failures_and_nothing_that_is_right() -> None:
    page = Page(as_page(EVALUATION))
    assert "Wrong answers: 2" in page.text
    assert page.text.count("Line 7, code") == 2
    for words in ("E-4127", "the code", "damaged", "a.png", "33.3 % (6.1 to 79.2)"):
        assert words in page.text


@pytest.mark.browser
async def test_the_page_fits_a_phone_in_light_and_in_dark() -> None:
    long = Evaluation("tiny", (result("word" * 200, given="x" * 500),))
    page = await asyncio.to_thread(as_page, long)
    async with browser() as running:
        for scheme in ("light", "dark"):
            tab = await running.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
            await tab.set_content(page)
            assert await tab.evaluate("document.documentElement.scrollWidth") <= 360
            assert await tab.evaluate("document.images[0].naturalWidth") == SHOT.ref.width
            ground = "getComputedStyle(document.documentElement).colorScheme"
            assert "dark" in await tab.evaluate(ground)
            colour = await tab.evaluate("getComputedStyle(document.querySelector('.given')).borderLeftColor")
            assert colour == {"light": "rgb(198, 40, 40)", "dark": "rgb(255, 138, 128)"}[scheme]


def test_the_table_for_the_terminal() -> None:
    lines = as_text(EVALUATION).splitlines()
    (total,) = [line for line in lines if line.startswith("all ")]
    share = ["33.3", "%", "(6.1", "to", "79.2)"]
    assert total.split() == ["all", "3", *share, *share, "0.50"]
    assert "1.5 s in all, 0.50 s a question" in lines
    assert lines[-1] == "  line 7: damaged"


def test_the_figures_for_scripts() -> None:
    value = json.loads(as_json(EVALUATION))
    assert value["model"] == "tiny"
    assert value["total"]["questions"] == 3
    assert value["total"]["exact"] == pytest.approx(
        {"right": 1, "of": 3, "share": 1 / 3, "low": 0.06149, "high": 0.79234}, abs=1e-4
    )
    assert value["kinds"]["code"]["failed"] == 1
    assert [(wrong["line"], wrong["error"]) for wrong in value["wrong"]] == [(7, ""), (7, "damaged")]
