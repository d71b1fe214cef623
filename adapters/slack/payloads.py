"""Reading Slack's JSON, of which nothing is certain: what is not as expected is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]


def string(payload: Payload, key: str) -> str:
    """The text at a key."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def mapping(payload: Payload, key: str) -> Payload:
    """The object at a key."""
    value = payload.get(key)
    return value if isinstance(value, Mapping) else {}


def mappings(payload: Payload, key: str) -> list[Payload]:
    """The objects in the list at a key."""
    value = payload.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
