"""Final messages: sent, put in place of earlier ones, or taken away; and topics opened for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.methods import SendDocument, SendMessage, SendPhoto
from aiogram.types import (
    BufferedInputFile,
    EphemeralMessageParameters,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from cachetools import LRUCache

from adapters.telegram.business import Connections
from adapters.telegram.chats import connection_of
from adapters.telegram.keyboard import keyboard
from adapters.telegram.payload import Payload
from adapters.telegram.refusals import NO_PHOTO, NOT_MODIFIED, NOT_THERE, OTHER_KIND, SLOT_GONE, meaning, said, says
from adapters.telegram.render import captioned, plain
from bot.errors import SlotGoneError
from bot.messages import ChatKey, File, Image, ImageRef, Outgoing
from bot.texts import PICTURE_GONE

T = TypeVar("T")
Images = Callable[[Collection[ImageRef]], Awaitable[dict[str, Image]]]
Call = Callable[[str, list[MessageEntity] | None], Awaitable[T]]
log = structlog.get_logger(__name__)

_REMEMBERED = 4096
NO_LINK_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes. With a `user`, only they see it in the chat; `callback` is the press that it answers."""

    chat: int
    thread: int | None = None
    connection: str | None = None
    user: int | None = None
    callback: str | None = None

    @classmethod
    def of(cls, item: Outgoing) -> Recipient:
        """The chat of an outgoing message."""
        thread = int(item.chat.thread) if item.chat.thread else None
        return cls(int(item.chat.chat), thread, connection_of(item.chat) or None)

    def fields(self) -> dict[str, Any]:
        """What every method that sends something takes."""
        private = None
        if self.user is not None:
            private = EphemeralMessageParameters(receiver_user_id=self.user, callback_query_id=self.callback)
        return {
            "chat_id": self.chat,
            "message_thread_id": self.thread,
            "business_connection_id": self.connection,
            "ephemeral_message_parameters": private,
            "parse_mode": None,
        }


class MessageSender:
    """Sends the outbox's messages through one bot. `images` gets stored pictures."""

    def __init__(self, bot: Bot, connections: Connections, images: Images) -> None:
        self._bot = bot
        self._connections = connections
        self._images = images
        self._shown: LRUCache[tuple[ChatKey, str], ImageRef] = LRUCache(_REMEMBERED)
        """What messages show, as far as it is known: where it stays the same, the words alone are changed."""

    async def send(self, item: Outgoing) -> str:
        """Send one message, replace or take away that of its slot, or open a topic; returns the id of the message or
        topic. Raises a DeliveryError."""
        payload = Payload.parse(item.payload)
        try:
            await self._connections.permit(item.chat, removing=item.removes)
        except AiogramError as error:
            raise meaning(error, repeatable=True) from None
        try:
            if item.removes:
                return await self._remove(item)
            if payload.topic:
                return await self._open(item, payload)
            if item.slot:
                return await self._edit(item, payload)
            return await self._post(item, await self._loaded(payload))
        except AiogramError as error:
            repeatable = bool(item.slot or payload.topic)
            raise meaning(error, repeatable=repeatable, thread=item.chat.thread) from None

    async def tell(self, user: int, text: str) -> None:
        """Send plain text to a person, who must have started the bot once. Raises a DeliveryError."""
        try:
            await self._bot.send_message(user, text, parse_mode=None, link_preview_options=NO_LINK_PREVIEW)
        except AiogramError as error:
            raise meaning(error, repeatable=False) from None

    async def _loaded(self, payload: Payload) -> Payload:
        """The payload with its picture as a file of its own; one that is not there any more leaves a sentence."""
        if payload.picture is None:
            return payload
        image = (await self._images([payload.picture])).get(payload.picture.sha256)
        if image is not None:
            name = f"screenshot.{image.media_type.rpartition('/')[2]}"
            return replace(payload, file=File(name, image.media_type, image.data))
        gone = PICTURE_GONE.say(payload.language)
        return replace(payload, picture=None, text=f"{payload.text}\n\n{gone}" if payload.text else gone)

    async def _post(self, item: Outgoing, payload: Payload) -> str:
        there = Recipient.of(item)
        if payload.private_to:
            return await self._post_privately(item, payload, there)
        try:
            message = await self._put(item, payload, there)
        except TelegramMigrateToChat as error:
            # The group became a supergroup, under another id and with message ids of its own.
            message = await self._put(item, payload, replace(there, chat=error.migrate_to_chat_id))
        message_id = str(message.message_id)
        if payload.picture is not None:
            self._shown[item.chat, message_id] = payload.picture
        return message_id

    async def _post_privately(self, item: Outgoing, payload: Payload, there: Recipient) -> str:
        """Send where only one person sees it: in the chat or, if Telegram does not do that, in theirs with the bot."""
        user, _, callback = payload.private_to.partition(":")
        try:
            hidden = replace(there, user=int(user), callback=callback or None)
            message = await self._put(item, payload, hidden)
            if message.ephemeral_message_id is not None:
                # No id of a message in the chat, which it could be taken for.
                return f"private:{message.ephemeral_message_id}"
            # A Bot API server from before such messages overlooks what it does not know.
            await self._bot.delete_message(there.chat, message.message_id)
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            log.info("ephemeral_refused", reason=said(error))
        message = await self._put(item, replace(payload, reply_to=""), Recipient(int(user)))
        return f"private:{message.message_id}"

    async def _put(self, item: Outgoing, payload: Payload, there: Recipient) -> Message:
        common = {**there.fields(), "reply_markup": keyboard(payload, item.chat)}

        async def call(text: str, entities: list[MessageEntity] | None) -> Message:
            async def post(reply: ReplyParameters | None) -> Message:
                fields = {**common, "reply_parameters": reply}
                if payload.file is not None:
                    return await self._upload(payload.file, text, entities, fields)
                return await self._bot(
                    SendMessage(text=text, entities=entities, link_preview_options=NO_LINK_PREVIEW, **fields)
                )

            return await quoting(payload.reply_to, post)

        return await _formatted(call, payload)

    async def _upload(
        self, file: File, text: str, entities: list[MessageEntity] | None, fields: dict[str, Any]
    ) -> Message:
        fields |= {"caption": text or None, "caption_entities": entities}
        content = BufferedInputFile(file.data, file.name)
        if file.media_type.startswith("image/"):
            try:
                return await self._bot(SendPhoto(photo=content, **fields))
            except TelegramBadRequest as error:
                if not says(error, NO_PHOTO):
                    raise
                # Too long and narrow, for instance.
                log.info("photo_sent_as_file", reason=said(error))
        return await self._bot(SendDocument(document=content, **fields))

    async def _edit(self, item: Outgoing, payload: Payload) -> str:
        """Put the content in place of the slot's. Raises SlotGoneError."""
        there = Recipient.of(item)
        fields: dict[str, Any] = {
            "chat_id": there.chat,
            "message_id": int(item.slot),
            "business_connection_id": there.connection,
            "reply_markup": keyboard(payload, item.chat),
        }

        async def as_text(text: str, entities: list[MessageEntity] | None) -> None:
            await self._bot.edit_message_text(
                text, entities=entities, link_preview_options=NO_LINK_PREVIEW, parse_mode=None, **fields
            )

        async def as_caption(text: str, entities: list[MessageEntity] | None) -> None:
            await self._bot.edit_message_caption(
                caption=text or None, caption_entities=entities, parse_mode=None, **fields
            )

        async def as_picture(text: str, entities: list[MessageEntity] | None) -> None:
            await self._exchange(loaded, text, entities, fields)

        loaded = await self._loaded(payload)
        try:
            try:
                if loaded.picture is not None and self._shown.get((item.chat, item.slot)) != loaded.picture:
                    await _formatted(as_picture, loaded)
                    self._shown[item.chat, item.slot] = loaded.picture
                elif payload.picture or payload.file:
                    await _formatted(as_caption, captioned(payload))
                else:
                    await _formatted(as_text, payload)
            except TelegramBadRequest as error:
                if not says(error, OTHER_KIND):
                    raise
                if payload.picture or payload.file:
                    await _formatted(as_text, loaded)
                else:
                    await self._make_room(item)
                    await _formatted(as_caption, captioned(payload))
        except TelegramMigrateToChat:
            raise SlotGoneError("the group became a supergroup") from None
        except TelegramBadRequest as error:
            if says(error, SLOT_GONE):
                raise SlotGoneError("the message to replace is gone") from None
            if not says(error, NOT_MODIFIED):
                raise
        return item.slot

    async def _exchange(
        self, payload: Payload, text: str, entities: list[MessageEntity] | None, fields: dict[str, Any]
    ) -> None:
        """Put a picture, and its caption, in place of whatever a message shows."""
        assert payload.file is not None  # noqa: S101 - it was loaded
        content = BufferedInputFile(payload.file.data, payload.file.name)
        caption: dict[str, Any] = {"caption": text or None, "caption_entities": entities, "parse_mode": None}
        try:
            await self._bot.edit_message_media(InputMediaPhoto(media=content, **caption), **fields)
        except TelegramBadRequest as error:
            if not says(error, NO_PHOTO):
                raise
            log.info("photo_sent_as_file", reason=said(error))
            await self._bot.edit_message_media(InputMediaDocument(media=content, **caption), **fields)

    async def _make_room(self, item: Outgoing) -> None:
        """A text has to take the place of a picture, which Telegram does not do: that message goes, and the text comes
        as another one. Raises SlotGoneError, unless the message cannot be taken away any more."""
        try:
            await self._remove(item)
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            log.info("picture_stays", reason=said(error))
        else:
            raise SlotGoneError("a text cannot take the place of a picture")

    async def _remove(self, item: Outgoing) -> str:
        """Take the slot's message away; that it never came to be, or is gone already, is as good."""
        there = Recipient.of(item)
        if not item.slot:
            return ""
        try:
            if there.connection is not None:
                await self._bot.delete_business_messages(there.connection, [int(item.slot)])
            else:
                await self._bot.delete_message(there.chat, int(item.slot))
        except TelegramBadRequest as error:
            if not says(error, NOT_THERE):
                raise
        return item.slot

    async def _open(self, item: Outgoing, payload: Payload) -> str:
        """Open a topic. Repeated without knowing whether the last try did it: at worst, an empty one is left over."""
        topic = await self._bot.create_forum_topic(int(item.chat.chat), payload.topic)
        return str(topic.message_thread_id)


async def quoting(message_id: str, post: Callable[[ReplyParameters | None], Awaitable[T]]) -> T:
    """Post something that quotes a message, if there is one ("" for none) and it is still there."""
    if not message_id:
        return await post(None)
    try:
        return await post(ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True))
    except TelegramBadRequest as error:
        # In topics, Telegram does not heed the permission to leave the quote out.
        if "repl" not in error.message.lower():
            raise
        return await post(None)


async def _formatted(call: Call[T], payload: Payload) -> T:
    """Make a call with the text and its entities; should Telegram refuse these, once more as plain text."""
    if not payload.entities:
        return await call(payload.text, None)
    try:
        return await call(payload.text, [MessageEntity(**entity) for entity in payload.entities])
    except TelegramBadRequest as error:
        if "entit" not in error.message.lower():
            raise
        log.warning("entities_refused", entities=len(payload.entities))
        # Nothing is marked as code any more, in which Telegram sees no links.
        return await call(plain(payload), None)
