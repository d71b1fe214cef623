"""Telegram's updates as the core's values. Pure, and total: what is not for us is None, and nothing raises."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from aiogram.enums import ChatType, ContentType, MessageEntityType
from aiogram.types import (
    CallbackQuery,
    Chat,
    ExternalReplyInfo,
    Message,
    MessageEntity,
    MessageGenerationStopped,
    Update,
    User,
)

from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender

PLATFORM = "telegram"
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "stopped_message_generation"]

_RATING = re.compile(r"rate:(-?1):(\d*)")

# What people send that holds neither text nor a file: in a private chat it deserves to be told so. Everything else
# without text or file is a notice of Telegram's own (a pinned message, a new member).
_WORDLESS = frozenset(
    {
        ContentType.CHECKLIST,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.GAME,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.POLL,
        ContentType.STORY,
        ContentType.VENUE,
    }
)


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is. `verbs` are the commands it knows: in a group, a bare ``/verb`` may be meant for another bot."""

    id: int
    username: str
    verbs: frozenset[str] = frozenset()


def rating_data(rating: int, thread: str) -> str:
    """The callback data of a thumb. The thread travels along because Telegram leaves it out for old messages."""
    return f"rate:{rating}:{thread}"


def translate(update: Update, me: Me, albums: Collection[str] = ()) -> Inbound | None:
    """What an update says, or None if it is not for us.

    `albums` are the `group_id`s of albums in groups of which a part was addressed to us: the other parts carry no
    mention of their own.
    """
    event = f"update:{update.update_id}"
    if update.message is not None:
        return _message(event, update.message, me, albums, edited=False)
    if update.edited_message is not None:
        return _message(event, update.edited_message, me, albums, edited=True)
    if update.callback_query is not None:
        return _feedback(event, update.callback_query, me)
    if update.stopped_message_generation is not None:
        return _stopped(event, update.stopped_message_generation, me)
    return None


def _message(event: str, message: Message, me: Me, albums: Collection[str], *, edited: bool) -> Inbound | None:
    sender = _sender(message)
    if sender is None or message.business_connection_id or message.guest_query_id or message.direct_messages_topic:
        return None
    private = message.chat.type == ChatType.PRIVATE
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    attachments = tuple(_attachments(message))
    if not text and not attachments and (edited or message.content_type not in _WORDLESS):
        return None

    mentions = [] if private else [entity for entity in entities if _mentions(entity, text, me)]
    reply = _reply(message)
    answers_us = reply is not None and reply.from_user is not None and reply.from_user.id == me.id
    addressed = private or bool(mentions) or answers_us or message.media_group_id in albums
    inbound = Inbound(
        event_id=event,
        chat=_chat_key(me, message.chat, _thread(message)),
        sender=sender,
        kind=Kind.EDIT if edited else Kind.MESSAGE,
        text=_without(text, mentions),
        message_id=str(message.message_id),
        attachments=attachments,
        group_id=message.media_group_id or "",
        reply_to=str(reply.message_id) if reply is not None else "",
        quoted=tuple(_attachments(reply or message.external_reply)),
        replied=_wrote(reply),
        private=private,
    )
    # A forwarded command was somebody else's, and so is what another bot has put into somebody's mouth.
    if command := None if message.forward_origin or message.via_bot else _leading_command(entities):
        return _command(inbound, _extract(text, command), _without(text, [command, *mentions]), me, addressed)
    return inbound if addressed else None


def _command(inbound: Inbound, written: str, arguments: str, me: Me, addressed: bool) -> Inbound | None:
    verb, _, target = written.removeprefix("/").lower().partition("@")
    if inbound.kind is Kind.EDIT or (target and target != me.username.lower()):
        return None
    if not (addressed or target or verb in me.verbs):
        return None
    return replace(inbound, kind=Kind.COMMAND, command=verb, text=arguments)


def _feedback(event: str, callback: CallbackQuery, me: Me) -> Inbound | None:
    rated = _RATING.fullmatch(callback.data or "")
    message = callback.message
    if rated is None or message is None or callback.from_user.is_bot:
        return None
    thread = _thread(message) if isinstance(message, Message) else rated[2]
    return Inbound(
        event_id=event,
        chat=_chat_key(me, message.chat, thread),
        sender=_person(callback.from_user),
        kind=Kind.FEEDBACK,
        message_id=str(message.message_id),
        rating=int(rated[1]),
        private=message.chat.type == ChatType.PRIVATE,
    )


def _stopped(event: str, stopped: MessageGenerationStopped, me: Me) -> Inbound | None:
    # Drafts exist in private chats only, where the chat's id is the person's.
    if stopped.chat.type != ChatType.PRIVATE:
        return None
    thread = str(stopped.message_thread_id or "")
    return Inbound(
        event_id=event,
        chat=_chat_key(me, stopped.chat, thread),
        sender=Sender(f"{PLATFORM}:{stopped.chat.id}", _clean(stopped.chat.full_name)),
        kind=Kind.COMMAND,
        command="stop",
    )


def _chat_key(me: Me, chat: Chat, thread: str) -> ChatKey:
    return ChatKey(PLATFORM, str(me.id), str(chat.id), thread)


def _thread(message: Message) -> str:
    # Plain replies in groups without topics carry a thread id too: it names no topic.
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _reply(message: Message) -> Message | None:
    # Inside a topic, Telegram fills in the topic's own first notice where nothing is replied to.
    reply = message.reply_to_message
    return None if reply is None or reply.forum_topic_created is not None else reply


def _person(user: User) -> Sender:
    return Sender(f"{PLATFORM}:{user.id}", _clean(user.full_name), user.language_code or "")


def _sender(message: Message) -> Sender | None:
    """None for bots, ourselves included, and for posts that Telegram copies from a channel by itself."""
    if message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        # An anonymous admin or a channel: nobody in particular, so no role may ever be given to it.
        return Sender(f"{PLATFORM}:chat{message.sender_chat.id}", _clean(message.sender_chat.title or ""))
    if message.from_user is None or message.from_user.is_bot:
        return None
    return _person(message.from_user)


def _wrote(reply: Message | None) -> str:
    sender = _sender(reply) if reply is not None else None
    return sender.key if sender is not None else ""


def _attachments(message: Message | ExternalReplyInfo | None) -> Iterator[Attachment]:
    """Every file of a message. What is not a picture is named for what it is, so that it can be refused by name."""
    if message is None:
        return
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Attachment(largest.file_id, "", "image/jpeg", largest.file_size)
    elif message.live_photo is not None:
        # The still picture of a live photo is all that can be looked at.
        stills = message.live_photo.photo or []
        yield from (
            Attachment(still.file_id, "", "image/jpeg", still.file_size)
            for still in sorted(stills, key=lambda size: size.width * size.height)[-1:]
        )
    # Before `document`: an animation comes as a document as well.
    elif (animation := message.animation) is not None:
        name = animation.file_name or "animation.mp4"
        yield Attachment(animation.file_id, _clean(name), animation.mime_type or "video/mp4", animation.file_size)
    elif (document := message.document) is not None:
        name = document.file_name or ""
        yield Attachment(document.file_id, _clean(name), document.mime_type or "", document.file_size)
    elif (video := message.video) is not None:
        name = video.file_name or "video.mp4"
        yield Attachment(video.file_id, _clean(name), video.mime_type or "video/mp4", video.file_size)
    elif (note := message.video_note) is not None:
        yield Attachment(note.file_id, "video.mp4", "video/mp4", note.file_size)
    elif (voice := message.voice) is not None:
        yield Attachment(voice.file_id, "voice.ogg", voice.mime_type or "audio/ogg", voice.file_size)
    elif (audio := message.audio) is not None:
        name = audio.file_name or "audio.mp3"
        yield Attachment(audio.file_id, _clean(name), audio.mime_type or "audio/mpeg", audio.file_size)
    elif (sticker := message.sticker) is not None:
        # A sticker is a gesture, never a screenshot, even where its file happens to be a WebP picture.
        yield Attachment(sticker.file_id, "sticker", "application/x-sticker", sticker.file_size)


def _leading_command(entities: Iterable[MessageEntity]) -> MessageEntity | None:
    return next((e for e in entities if e.type == MessageEntityType.BOT_COMMAND and e.offset == 0), None)


def _mentions(entity: MessageEntity, text: str, me: Me) -> bool:
    if entity.type == MessageEntityType.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return entity.type == MessageEntityType.MENTION and _extract(text, entity).lower() == f"@{me.username}".lower()


# Entities count in UTF-16 code units.


def _extract(text: str, entity: MessageEntity) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace")


def _without(text: str, entities: Iterable[MessageEntity]) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda e: e.offset, reverse=True):
        before, after = units[: 2 * entity.offset], units[2 * (entity.offset + entity.length) :]
        space = " ".encode("utf-16-le")
        # "hello @bot what" must not keep two spaces where the name was.
        units = before + (after.removeprefix(space) if before.endswith(space) else after)
    return units.decode("utf-16-le", "replace").strip()


def _clean(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
