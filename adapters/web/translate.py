"""What comes in over HTTP, as the core's values. Pure: nothing here reads, waits or remembers."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import replace
from typing import Any, TypeGuard

from adapters.web.errors import RequestError
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender

PLATFORM = "web"
API_ACCOUNT = "api"
"""`ChatKey.account` of the one-off chats behind ``/api/predict``."""
REASON_CHARACTERS = 300
"""As many may be said about an answer that was no help."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{32,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_VERB = re.compile(r"[a-z][a-z_]{0,31}")
_HUMAN = re.compile(r"/human(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
"""The command that pictures may come with: the page sends others without, and what has some as a message."""
_ANSWER = re.compile(r"out-[0-9]{1,18}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def chat_of(session: str) -> ChatKey | None:
    """The chat of a session cookie; None for what cannot be one. The cookie opens the chat, so only a hash is kept."""
    if not _SESSION.fullmatch(session):
        return None
    return ChatKey(PLATFORM, "", hashlib.sha256(session.encode()).hexdigest()[:32])


def sender_of(chat: ChatKey, language: str) -> Sender:
    """The one person in a web chat."""
    return Sender(key=f"{PLATFORM}:{chat.account or chat.chat}", language=language)


def preferred_language(header: str) -> str:
    """The first tag of an Accept-Language header, or ""."""
    tag = header.split(",")[0].split(";")[0].strip()
    return tag if _LANGUAGE.fullmatch(tag) else ""


def clean_text(text: str) -> str:
    """Text as it is kept: forms send CRLF, and JSON may carry half of a surrogate pair, which no database takes."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n")


def clean_name(name: str) -> str:
    """A file name fit to be shown: without folders and control characters, 100 characters at the most."""
    return _UNPRINTABLE.sub("", clean_text(name).replace("\\", "/").rsplit("/", 1)[-1])[-100:]


def _event(chat: ChatKey, given: object) -> tuple[str, str]:
    """The event id and the message id for the UUID that the client gave."""
    try:
        own = str(uuid.UUID(str(given)))
    except ValueError:
        raise RequestError(400, "bad_request", "`id` must be a UUID that the client makes for each message.") from None
    # Joined with the chat, so that nobody can use up another session's ids.
    return f"{chat.chat}/{own}", own


def message(chat: ChatKey, given_id: object, text: str, attachments: tuple[Attachment, ...], language: str) -> Inbound:
    """A question, or pictures for a person. Raises RequestError."""
    inbound = _question(chat, given_id, text, attachments, language)
    human = _HUMAN.fullmatch(inbound.text.strip()) if attachments else None
    return inbound if human is None else replace(inbound, kind=Kind.COMMAND, command="human", text=human[1] or "")


def _question(
    chat: ChatKey, given_id: object, text: str, attachments: tuple[Attachment, ...], language: str
) -> Inbound:
    event_id, message_id = _event(chat, given_id)
    return Inbound(
        event_id=event_id,
        chat=chat,
        sender=sender_of(chat, language),
        text=clean_text(text),
        message_id=message_id,
        attachments=attachments,
        settled=True,
    )


def command(chat: ChatKey, body: dict[str, Any], language: str) -> Inbound:
    """A command, from JSON ``{id, verb, text}``; with ``message``, a button under that one. Raises RequestError."""
    event_id, message_id = _event(chat, body.get("id"))
    verb, text, under = body.get("verb"), body.get("text", ""), body.get("message", "")
    if not isinstance(verb, str) or not _VERB.fullmatch(verb.lower()) or not isinstance(text, str):
        raise RequestError(400, "bad_request", "`verb` must be a word such as help, `text` its arguments.")
    if under != "" and not _is_answer(under):
        raise RequestError(400, "bad_request", "`message` must be the id of the message that has the button.")
    return Inbound(
        event_id=event_id,
        chat=chat,
        sender=sender_of(chat, language),
        kind=Kind.COMMAND,
        command=verb.lower(),
        text=clean_text(text),
        message_id=message_id,
        reply_to=under,
        settled=True,
    )


def feedback(chat: ChatKey, body: dict[str, Any], language: str) -> Inbound:
    """Thumbs, from JSON ``{id, message, rating}``, with ``text`` the reason, if one is given. Raises RequestError."""
    event_id, _ = _event(chat, body.get("id"))
    answer, rating, reason = body.get("message"), body.get("rating"), body.get("text", "")
    if not _is_answer(answer) or rating not in (1, -1):
        raise RequestError(400, "bad_request", "`message` must be the id of an answer, `rating` 1 or -1.")
    if not isinstance(reason, str) or len(reason) > REASON_CHARACTERS:
        raise RequestError(400, "bad_request", f"`text`, the reason, has {REASON_CHARACTERS} characters at the most.")
    return Inbound(
        event_id=event_id,
        chat=chat,
        sender=sender_of(chat, language),
        kind=Kind.FEEDBACK,
        text=clean_text(reason).strip(),
        message_id=answer,
        rating=rating,
        settled=True,
    )


def _is_answer(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and _ANSWER.fullmatch(given) is not None


def one_off(question: str, attachments: tuple[Attachment, ...], language: str) -> Inbound:
    """A question in a chat of its own, for callers of the HTTP API."""
    key = uuid.uuid4().hex
    chat = ChatKey(PLATFORM, API_ACCOUNT, key)
    return _question(chat, key, question, attachments, language)


def stop_of(chat: ChatKey, language: str) -> Inbound:
    """The command that ends the answer under way in a chat, for when nobody waits for it any more."""
    return command(chat, {"id": str(uuid.uuid4()), "verb": "stop"}, language)


def announced(inbound: Inbound) -> dict[str, Any]:
    """What a session's other pages are told of something that one of them sent. Who sends pictures sees a message."""
    kind = Kind.MESSAGE if inbound.attachments else inbound.kind
    return {
        "speaker": "customer",
        "kind": kind.value,
        "message": inbound.message_id,
        "text": inbound.text,
        "command": inbound.command,
        "rating": inbound.rating,
        "pictures": len(inbound.attachments),
    }
