"""The web as a chat platform: the transcript is the delivery, and connected pages are told at once."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from aiohttp import web

from adapters.web import render, translate
from adapters.web.api import ChatApi
from adapters.web.entrance import Entrance
from adapters.web.errors import answering
from adapters.web.leaving import Departures
from adapters.web.predict import Predictions
from adapters.web.standing import Standing
from adapters.web.streams import Hub, LivePreview
from adapters.web.uploads import TOO_LARGE, Limits
from bot.errors import PictureTooLargeError, PictureUnavailableError
from bot.messages import Attachment, ChatKey, Inbound, Outgoing, Reply
from bot.ports import Heard, Intake, Opening
from bot.spoken import Links
from bot.stores import ConversationStore
from bot.texts import Sentence


class WebAdapter:
    """Implements the port `ChatAdapter` for the chat page and for ``/api/predict``."""

    platform = translate.PLATFORM
    desk = None

    def __init__(
        self,
        *,
        store: ConversationStore,
        company: str,
        notice: Sentence | None,
        max_bytes: int,
        max_files: int,
        max_characters: int,
        secure_cookie: bool = False,
        predict_seconds: float = 600,
        links: Links | None = None,
        people: bool = False,
    ) -> None:
        """`notice` is shown on the page; `max_bytes` bounds one file, `max_files` and `max_characters`
        one message. A caller of ``/api/predict`` waits for `predict_seconds` at the most. `links` says which addresses
        in answers may be links, by default none. With `people`, the page offers to talk to a person."""
        limits = Limits(max_bytes, max_files, max_characters)
        self._links = links or Links()
        self._hub = Hub(self._links)
        self._entrance = Entrance()
        self._standing = Standing(store, self._hub)
        self._departures = Departures(self._hub, self._entrance)
        self._predictions = Predictions(store, self._entrance, limits, predict_seconds)
        page: dict[str, Any] = {"company": company, "notice": notice.both() if notice else None, "desk": people}
        self._api = ChatApi(
            store,
            self._entrance,
            self._hub,
            self._standing,
            self._departures,
            limits,
            links=self._links,
            page=page,
            secure=secure_cookie,
        )

    def routes(self) -> list[web.RouteDef]:
        """What an HTTP server must serve for this adapter."""
        predict = answering(self._predictions.handle)
        return [*self._api.routes(), web.post("/api/predict", predict), web.post("/api/predict/", predict)]

    async def start(self, intake: Intake) -> None:
        """Let requests in; until now they were answered with 503."""
        self._entrance.open(intake)

    async def stop(self) -> None:
        """Let no more in; returns once what came in has been committed."""
        await self._entrance.shut()

    async def close(self) -> None:
        """End the connected pages' streams. Idempotent."""
        self._hub.close()
        await self._departures.close()

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes, which came along. Raises PictureTooLargeError, PictureUnavailableError."""
        if attachment.ref == TOO_LARGE or (attachment.data is not None and len(attachment.data) > limit):
            raise PictureTooLargeError(name=attachment.name, limit=limit)
        if attachment.data is None:
            raise PictureUnavailableError(name=attachment.name)
        return attachment.data

    def heard(self, chat: ChatKey) -> Heard:
        """Everything: customers are alone with the bot here."""
        return Heard.ALL

    def render(self, reply: Reply) -> tuple[str, ...]:
        """One message, however long."""
        return (render.payload(reply),)

    def removal(self) -> str:
        """What takes a message away."""
        return render.REMOVAL

    def opening(self, title: str, card: Reply) -> Opening:
        """Nothing: customers' pages are no place for agents."""
        return Opening("")

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """There is always room."""
        return nullcontext()

    async def send(self, item: Outgoing) -> str:
        """Tell the connected pages. Always succeeds: who is not connected reads the transcript."""
        if item.chat.account == translate.API_ACCOUNT:
            self._predictions.arrived(item.chat)
        else:
            self._hub.publish(item.chat, render.event(item, self._links))
            await self._standing.tell(item.chat)
        return item.slot or render.answer_id(item.id)

    async def find(self, item: Outgoing) -> str | None:
        """The message's id: what is in the transcript has arrived."""
        return item.slot or render.answer_id(item.id)

    async def tell(self, person: str, text: str) -> None:
        """Nothing: visitors of a page have no address, and none of them runs the bot."""

    def preview(self, inbound: Inbound) -> LivePreview:
        """Show the chat's pages that the bot is at work, and then what it has written so far."""
        return self._hub.begin_preview(inbound.chat)

    def forget(self, chat: ChatKey) -> None:
        """Let nothing more of the chat out, and have its pages empty themselves."""
        self._hub.forget(chat)
        self._predictions.forget(chat)

    def problem(self) -> str:
        """Nothing: there is no other side that could be away."""
        return ""
