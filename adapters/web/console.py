"""The console for operators under ``/desk``: who waits for a person, what was said, and the day's figures. It changes
nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.web import console_texts as texts
from adapters.web.errors import answering
from adapters.web.guard import OperatorGuard
from adapters.web.markup import to_html
from adapters.web.translate import preferred_language
from bot.cases import OPEN, CardFacts, Case, CaseState, LogEntry, LogKind, is_draft
from bot.messages import ImageRef, Language, Reply
from bot.spoken import Links, name_of
from bot.stores import ConversationStore
from bot.texts import choose_language

MOST_CASES = 200
"""So many cases are listed."""
REFRESH_SECONDS = 20
"""After this time a page is loaded anew, by itself."""
_NO_STORE = {"Cache-Control": "no-store"}
_HEADERS = _NO_STORE | {"Vary": "Accept-Language"}
_TEXT = Links()
"""Nothing on these pages is a link to somewhere else, whoever wrote it."""


def _load_pages() -> Environment:
    pages = Environment(
        loader=PackageLoader(__package__),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["html"] = lambda text: Markup(to_html(text, _TEXT))  # noqa: S704 - safe by `to_html`
    for name in pages.list_templates():
        pages.get_template(name)  # which keeps it: no file is read while the service runs
    return pages


_PAGES = _load_pages()


class Cards(Protocol):
    """What is shown of cases, in one language: as in the agents' rooms."""

    def card(self, case: Case, facts: CardFacts) -> Reply:
        """What a case is about, and who has it."""
        ...

    def entry(self, case: Case, entry: LogEntry) -> Reply | None:
        """What happened; None for what is not shown."""
        ...

    def at(self, time: float) -> str:
        """A time, for people."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a case's log: who said `words` (as they are) or `markdown`, or what happened."""

    at: float
    kind: str
    name: str = ""
    words: str = ""
    markdown: str = ""
    pictures: tuple[ImageRef, ...] = ()


class Console:
    """Pages for those whom the guard lets through, made on the server from what the store has."""

    def __init__(
        self,
        store: ConversationStore,
        guard: OperatorGuard,
        *,
        company: str,
        cards: Mapping[Language, Cards],
        zone: tzinfo,
        places: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`zone` is where days begin. `places`: there is a channel or group for agents."""
        self._store = store
        self._guard = guard
        self._company = company
        self._cards = cards
        self._zone = zone
        self._places = places
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """What an HTTP server must serve for it."""
        case = "/desk/cases/{case:[0-9]{1,18}}"
        return [
            web.get("/desk", self._guarded(self.queue)),
            web.get(case, self._guarded(self.case)),
            web.get(case + "/pictures/{sha256:[0-9a-f]{64}}", self._guarded(self.picture)),
        ]

    def _guarded(self, handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        handler = answering(handler)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await handler(request) if self._guard.admits(request) else self._guard.refusal()

        return handle

    async def queue(self, request: web.Request) -> web.Response:
        """``GET /desk``: the open cases, first those that wait, the longest first, and the day's figures."""
        cards = self._cards[_language(request)]
        counts = await self._store.count_cases(OPEN)
        cases = await self._store.cases((CaseState.WAITING,), MOST_CASES)
        cases += await self._store.cases((CaseState.HUMAN,), MOST_CASES - len(cases))
        found = [(case, cards.card(case, await self._store.card(case.id))) for case in cases]
        stats = await self._store.stats(self._today())
        return self._page(
            "queue",
            request,
            cases=found,
            waiting=counts[CaseState.WAITING],
            held=counts[CaseState.HUMAN],
            more=sum(counts.values()) - len(cases),
            stats=stats,
            places=self._places,
        )

    async def case(self, request: web.Request) -> web.Response:
        """``GET /desk/cases/{case}``: one case and its log."""
        case = await self._store.find_case(int(request.match_info["case"]))
        if case is None:
            return self._page("missing", request, status=404, number=request.match_info["case"])
        cards = self._cards[_language(request)]
        lines = [_line(cards, case, entry) for entry in await self._store.log(case.id)]
        card = cards.card(case, await self._store.card(case.id))
        return self._page("case", request, case=case, card=card, lines=[line for line in lines if line])

    async def picture(self, request: web.Request) -> web.Response:
        """``GET /desk/cases/{case}/pictures/{sha256}``: a picture of a case."""
        case_id, wanted = int(request.match_info["case"]), request.match_info["sha256"]
        if await self._store.find_case(case_id) is None:
            raise web.HTTPNotFound
        shown = [*(await self._store.card(case_id)).pictures, *_pictures(await self._store.log(case_id))]
        found = await self._store.images([ref for ref in shown if ref.sha256 == wanted][:1])
        if wanted not in found:
            raise web.HTTPNotFound
        return web.Response(body=found[wanted].data, content_type=found[wanted].media_type, headers=_NO_STORE)

    def _today(self) -> float:
        now = datetime.fromtimestamp(self._clock(), self._zone)
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def _page(self, name: str, request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
        language = _language(request)
        body = _PAGES.get_template(f"console_{name}.html.j2").render(
            language=language,
            company=self._company,
            refresh=REFRESH_SECONDS,
            say=lambda key, **given: texts.SENTENCES[key].say(language, **given),
            at=self._cards[language].at,
            **values,
        )
        return web.Response(text=body, content_type="text/html", status=status, headers=_HEADERS)


def _line(cards: Cards, case: Case, entry: LogEntry) -> Line | None:
    """A turn is shown as it is now, so that what became of it need not be told."""
    if entry.kind in (LogKind.AMENDED, LogKind.EXCHANGED, LogKind.RETRACTED):
        return None
    if entry.kind is not LogKind.TURN:
        told = cards.entry(case, entry)
        return Line(entry.at, entry.kind.value, markdown=told.text) if told else None
    said = entry.said
    if said is None:
        return Line(entry.at, "gone")
    if said.speaker == "customer":
        return Line(entry.at, said.speaker, name_of(case.customer_name), words=said.text, pictures=said.images)
    if said.speaker == "agent" and not is_draft(said.message_ids):
        return Line(entry.at, said.speaker, name_of(said.author), words=said.text, pictures=said.images)
    return Line(entry.at, said.speaker, name_of(said.author), markdown=said.text, pictures=said.images)


def _pictures(log: Collection[LogEntry]) -> list[ImageRef]:
    return [ref for entry in log if entry.said is not None for ref in entry.said.images]


def _language(request: web.Request) -> Language:
    return choose_language("", preferred_language(request.headers.get("Accept-Language", "")))
