"""Telegram's updates as the core's values. Pure, and total: what is not for us is None, and nothing raises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from aiogram.enums import ChatType, ContentType
from aiogram.types import (
    BusinessMessagesDeleted,
    CallbackQuery,
    Message,
    MessageEntity,
    MessageGenerationStopped,
    Update,
    User,
)

from adapters.telegram.attachments import attachments
from adapters.telegram.chats import PLATFORM, chat_key
from adapters.telegram.entities import clean, extract, leading_command, mentioned, without
from adapters.telegram.keyboard import BUSINESS, read
from bot.messages import Inbound, Kind, Sender

ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "stopped_message_generation",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
]

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
    """Who the bot is. `verbs` are the commands it knows: in a group, a bare ``/verb`` may be meant for another bot.
    `desk` is the agents' group, 0 for none."""

    id: int
    username: str
    verbs: frozenset[str] = frozenset()
    desk: int = 0


def translate(update: Update, me: Me, albums: Collection[str] = (), *, in_room: bool = False) -> Inbound | None:
    """What an update says, or None if it is not for us. Deletions are for `deletions`: an update may tell of many.

    `albums` are the `group_id`s of albums in groups of which a part was addressed to us: the other parts carry no
    mention of their own. `in_room`: it happened in a case's room, where everything is for us.
    """
    event = f"update:{update.update_id}"
    if update.message is not None:
        return _message(event, update.message, me, albums, edited=False, in_room=in_room)
    if update.edited_message is not None:
        return _message(event, update.edited_message, me, albums, edited=True, in_room=in_room)
    if update.business_message is not None:
        return _business(event, update.business_message, me, edited=False)
    if update.edited_business_message is not None:
        return _business(event, update.edited_business_message, me, edited=True)
    if update.callback_query is not None:
        return _pressed(event, update.callback_query, me)
    if update.stopped_message_generation is not None:
        return _stopped(event, update.stopped_message_generation, me)
    return None


def deletions(update_id: int, deleted: BusinessMessagesDeleted, me: Me) -> list[Inbound]:
    """Messages that are gone from a business account's chat with a customer, whoever of both took them away."""
    return [
        Inbound(
            event_id=f"update:{update_id}:{message_id}",
            chat=chat_key(me.id, deleted.chat.id, connection=deleted.business_connection_id),
            sender=Sender(f"{PLATFORM}:{deleted.chat.id}", clean(deleted.chat.full_name)),
            kind=Kind.DELETE,
            message_id=str(message_id),
        )
        for message_id in deleted.message_ids
    ]


def topic_of(message: Message) -> str:
    """The topic that a message stands in, "" for none."""
    # Plain replies in groups without topics carry a thread id too: it names no topic.
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _message(
    event: str, message: Message, me: Me, albums: Collection[str], *, edited: bool, in_room: bool
) -> Inbound | None:
    sender = _sender(message)
    if sender is None or message.business_connection_id or message.guest_query_id or message.direct_messages_topic:
        return None
    private = message.chat.type == ChatType.PRIVATE
    inbound = _content(event, message, sender, me, edited=edited)
    if inbound is None:
        return None
    text, entities = _marked(message)
    ours, others = ([], False) if private else mentioned(entities, text, me.id, me.username)
    reply = _reply(message)
    answers_us = reply is not None and reply.from_user is not None and reply.from_user.id == me.id
    addressed = private or in_room or bool(ours) or answers_us or message.media_group_id in albums
    inbound = replace(
        inbound,
        text=without(text, ours),
        private=private,
        mentions_others=others,
        mentions_bot=bool(ours),
        answer_to=_address(message.from_user) if message.chat.id == me.desk and not message.sender_chat else "",
    )
    command = leading_command(entities)
    # A forwarded command was somebody else's, and so is what another bot has put into somebody's mouth. And what a
    # message in a room was changed into is the room's to look at, whatever it begins with.
    if command is None or message.forward_origin or message.via_bot or (edited and in_room):
        return inbound if addressed else None
    return _command(inbound, extract(text, command), without(text, [command, *ours]), me, addressed)


def _business(event: str, message: Message, me: Me, *, edited: bool) -> Inbound | None:
    """A message of a business account's chat with a customer, whose id is the chat's: theirs, or the owner's."""
    writer = message.from_user
    # What the bot wrote comes back, and what the account says by itself (that nobody is there) is nobody's.
    if writer is None or writer.is_bot or message.sender_business_bot is not None or message.is_from_offline:
        return None
    if not message.business_connection_id:
        return None
    inbound = _content(event, message, _person(writer), me, edited=edited)
    if inbound is None or writer.id != message.chat.id:
        customer = Sender(f"{PLATFORM}:{message.chat.id}", clean(message.chat.full_name))
        return inbound and replace(inbound, owned=True, addressee=customer)
    text, entities = _marked(message)
    if command := None if message.forward_origin or message.via_bot else leading_command(entities):
        return _command(inbound, extract(text, command), without(text, [command]), me, addressed=True)
    return inbound


def _content(event: str, message: Message, sender: Sender, me: Me, *, edited: bool) -> Inbound | None:
    """What a message holds, whoever it is for; None for notices of Telegram's own, and edits without content."""
    text, _ = _marked(message)
    files = tuple(attachments(message))
    if not text and not files and (edited or message.content_type not in _WORDLESS):
        return None
    reply = _reply(message)
    return Inbound(
        event_id=event,
        chat=chat_key(me.id, message.chat.id, topic_of(message), message.business_connection_id or ""),
        sender=sender,
        kind=Kind.EDIT if edited else Kind.MESSAGE,
        text=without(text, []),
        message_id=str(message.message_id),
        attachments=files,
        group_id=message.media_group_id or "",
        reply_to=str(reply.message_id) if reply is not None else "",
        quoted=tuple(attachments(reply or message.external_reply)),
        replied=_wrote(reply),
    )


def _command(inbound: Inbound, written: str, arguments: str, me: Me, addressed: bool) -> Inbound | None:
    verb, _, target = written.removeprefix("/").lower().partition("@")
    if inbound.kind is Kind.EDIT or (target and target != me.username.lower()):
        return None
    if not (addressed or target or verb in me.verbs):
        return None
    return replace(inbound, kind=Kind.COMMAND, command=verb, text=arguments)


def _pressed(event: str, callback: CallbackQuery, me: Me) -> Inbound | None:
    """Thumbs, a reason for them, or a command. Buttons that ask, or answer that, are the adapter's own affair."""
    press = read(callback.data or "")
    message = callback.message
    if press is None or press.asks or press.cancels or message is None or callback.from_user.is_bot:
        return None
    there = message if isinstance(message, Message) else None
    connection = there.business_connection_id or "" if there is not None else ""
    private = message.chat.type == ChatType.PRIVATE
    if there is None and press.place == BUSINESS:
        return None  # it cannot be told any more whose
    if connection and callback.from_user.id != message.chat.id:
        return None  # the owner's press, of a button that is the customer's
    thread = topic_of(there) if there is not None else press.place
    inbound = Inbound(
        event_id=event,
        chat=chat_key(me.id, message.chat.id, thread, connection),
        sender=_person(callback.from_user),
        text=press.reason or press.text,
        private=private,
    )
    message_id = str(message.message_id or "")  # none for what only one person saw
    if press.rating:
        return replace(inbound, kind=Kind.FEEDBACK, message_id=message_id, rating=press.rating)
    return replace(
        inbound,
        kind=Kind.COMMAND,
        command=press.command,
        reply_to=message_id,
        answer_to="" if private else f"{_address(callback.from_user)}:{callback.id}",
    )


def _stopped(event: str, stopped: MessageGenerationStopped, me: Me) -> Inbound | None:
    # Drafts exist in private chats only, where the chat's id is the person's.
    if stopped.chat.type != ChatType.PRIVATE:
        return None
    return Inbound(
        event_id=event,
        chat=chat_key(me.id, stopped.chat.id, str(stopped.message_thread_id or "")),
        sender=Sender(f"{PLATFORM}:{stopped.chat.id}", clean(stopped.chat.full_name)),
        kind=Kind.COMMAND,
        command="stop",
    )


def _marked(message: Message) -> tuple[str, list[MessageEntity]]:
    return message.text or message.caption or "", message.entities or message.caption_entities or []


def _address(user: User | None) -> str:
    """Where an answer goes that only this person may see: their id; then, after a colon, that of a press."""
    return str(user.id) if user is not None else ""


def _reply(message: Message) -> Message | None:
    # Inside a topic, Telegram fills in the topic's own first notice where nothing is replied to.
    reply = message.reply_to_message
    return None if reply is None or reply.forum_topic_created is not None else reply


def _person(user: User) -> Sender:
    return Sender(f"{PLATFORM}:{user.id}", clean(user.full_name), user.language_code or "")


def _sender(message: Message) -> Sender | None:
    """None for bots, ourselves included, and for posts that Telegram copies from a channel by itself."""
    if message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        # An anonymous admin or a channel: nobody in particular, so no role may ever be given to it.
        return Sender(f"{PLATFORM}:chat{message.sender_chat.id}", clean(message.sender_chat.title or ""))
    if message.from_user is None or message.from_user.is_bot:
        return None
    return _person(message.from_user)


def _wrote(reply: Message | None) -> str:
    if reply is None or reply.sender_business_bot is not None:
        return ""
    sender = _sender(reply)
    return sender.key if sender is not None else ""
