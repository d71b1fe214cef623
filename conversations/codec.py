"""An `Inbound` as JSON and back. The bytes of its files travel beside the JSON, which holds their indices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from bot.errors import StoreError
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender

_INBOUND = frozenset(field.name for field in fields(Inbound))
_ATTACHMENT = frozenset(field.name for field in fields(Attachment))


def encode(inbound: Inbound) -> tuple[str, list[bytes]]:
    """The JSON and the files' bytes."""
    blobs: list[bytes] = []

    def plain(value: Inbound | ChatKey | Sender | Attachment) -> dict[str, Any]:
        record = {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, Attachment) and value.data is not None:
            record["data"] = len(blobs)
            blobs.append(value.data)
        return record

    return json.dumps(inbound, default=plain, ensure_ascii=False), blobs


def decode(payload: str, blobs: Sequence[bytes]) -> Inbound:
    """The inverse of `encode`. Takes what an earlier or a later release wrote as far as it knows its fields.

    Raises StoreError for anything that `encode` cannot have made.
    """
    try:
        record = _known(json.loads(payload), _INBOUND)
        record["chat"] = ChatKey(**record["chat"])
        record["sender"] = Sender(**record["sender"])
        if record.get("addressee") is not None:
            record["addressee"] = Sender(**record["addressee"])
        record["kind"] = Kind(record["kind"])
        for name in ("attachments", "quoted"):
            record[name] = tuple(_attachment(plain, blobs) for plain in record[name])
        return Inbound(**record)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise StoreError("a message in the inbox cannot be read") from error


def text_and_id(payload: str) -> tuple[str, str]:
    """The message's text and the platform's id of it, for those who need not load its files."""
    record = json.loads(payload)
    return record["text"], record["message_id"]


def sender_of(payload: str) -> str:
    """The key of the message's sender."""
    key: str = json.loads(payload)["sender"]["key"]
    return key


def _attachment(plain: Mapping[str, Any], blobs: Sequence[bytes]) -> Attachment:
    record = _known(plain, _ATTACHMENT)
    if record["data"] is not None:
        record["data"] = blobs[record["data"]]
    return Attachment(**record)


def _known(record: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in names}
