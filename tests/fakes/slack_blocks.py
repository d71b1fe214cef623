"""The part of Block Kit that the bot uses, as strictly as Slack takes it."""

from __future__ import annotations

import re
from typing import Any, Literal

Json = dict[str, Any]
Surface = Literal["message", "modal", "home"]

_LIMITS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
_SURFACES: dict[str, set[Surface]] = {
    "markdown": {"message"},
    "context_actions": {"message"},
    "actions": {"message", "modal", "home"},
    "image": {"message", "modal", "home"},
    "section": {"message", "modal", "home"},
    "input": {"modal"},
}
_FIELDS: dict[str, set[str]] = {
    "markdown": {"text"},
    "context_actions": {"elements"},
    "actions": {"elements"},
    "image": {"alt_text", "image_url", "slack_file", "title"},
    "section": {"text", "fields", "accessory"},
    "input": {"label", "element", "optional", "hint", "dispatch_action"},
    "button": {"text", "action_id", "value", "style", "confirm", "url", "accessibility_label"},
    "plain_text_input": {
        *("action_id", "initial_value", "multiline", "min_length", "max_length", "placeholder", "focus_on_load"),
    },
}
FILE_ID = re.compile(r"F[A-Z0-9]{8,}")


class ApiError(Exception):
    """A refusal: Slack's word for it, and what it finds wrong."""

    def __init__(self, code: str, *details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def check_blocks(blocks: Any, surface: Surface = "message") -> None:
    """Raises ApiError for blocks that Slack would refuse on this surface."""
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    _require(len(blocks) <= _LIMITS[surface], "no more than so many blocks")
    for block in blocks:
        kind = block.get("type")
        _require(surface in _SURFACES.get(kind, ()), f"no {kind} here")
        _require(not set(block) - _FIELDS[kind] - {"type", "block_id"}, f"unknown fields of {kind}")
        _require(len(block.get("block_id", "x")) in range(1, 256), "block_id")
        _CHECKS[kind](block)
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    _require(len(set(ids)) == len(ids), "block_id must be unique")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > 12_000:
        raise ApiError("msg_blocks_too_long")


def check_view(view: Any, surface: Literal["modal", "home"]) -> None:
    """Raises ApiError for a view that Slack would refuse."""
    try:
        _require(view.get("type") == surface, "type")
        _require(len(view.get("private_metadata", "")) <= 3_000, "private_metadata")
        _require(len(view.get("callback_id", "")) <= 255, "callback_id")
        if surface == "modal":
            _plain(view.get("title"), 24)
            _plain(view.get("close"), 24)
            if any(block.get("type") == "input" for block in view["blocks"]):
                _plain(view.get("submit"), 24)
        check_blocks(view.get("blocks"), surface)
        focused = [b for b in view["blocks"] if b["type"] == "input" and b["element"].get("focus_on_load")]
        _require(len(focused) <= 1, "focus_on_load")
    except ApiError as error:
        raise ApiError("invalid_arguments", *error.details) from error


def _require(condition: object, what: str) -> None:
    if not condition:
        raise ApiError("invalid_blocks", what)


def _plain(text: Any, limit: int) -> None:
    right = isinstance(text, dict) and text.get("type") == "plain_text"
    _require(right and 1 <= len(text.get("text", "")) <= limit, f"plain_text of up to {limit} characters")


def _markdown(block: Json) -> None:
    _require(block.get("text"), "text")


def _section(block: Json) -> None:
    text = block.get("text") or {}
    _require(text.get("type") in ("mrkdwn", "plain_text") and 1 <= len(text.get("text", "")) <= 3_000, "text")


def _image(block: Json) -> None:
    _require(1 <= len(block.get("alt_text", "")) <= 2_000, "alt_text")
    file = block.get("slack_file")
    _require((file is None) != (block.get("image_url") is None), "image_url or slack_file")
    if file is not None:
        _require(FILE_ID.fullmatch(str(file.get("id"))), f"input must match regex pattern: {FILE_ID.pattern}")


def _actions(block: Json) -> None:
    elements = block.get("elements")
    _require(isinstance(elements, list) and 1 <= len(elements) <= 25, "elements")
    for element in elements or ():
        _require(element.get("type") == "button", "a button")
        _button(element)
    ids = [element["action_id"] for element in elements or ()]
    _require(len(set(ids)) == len(ids), "action_id must be unique")


def _button(element: Json) -> None:
    _require(not set(element) - _FIELDS["button"] - {"type"}, "unknown fields of button")
    _plain(element.get("text"), 75)
    _require(1 <= len(element.get("action_id", "")) <= 255, "action_id")
    _require(len(element.get("value", "")) <= 2_000, "value")
    _require(element.get("style", "primary") in ("primary", "danger"), "style")
    if (confirm := element.get("confirm")) is not None:
        for name, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            _plain(confirm.get(name), limit)


def _input(block: Json) -> None:
    _plain(block.get("label"), 2_000)
    element = block.get("element") or {}
    _require(element.get("type") == "plain_text_input", "an element that is known")
    _require(not set(element) - _FIELDS["plain_text_input"] - {"type"}, "unknown fields of plain_text_input")
    _require(1 <= len(element.get("action_id", "")) <= 255, "action_id")
    _require(1 <= element.get("max_length", 3_000) <= 3_000, "max_length")
    _require(len(element.get("initial_value", "")) <= element.get("max_length", 3_000), "initial_value")
    _require(element.get("initial_value") != "", "initial_value must not be empty")


def _context_actions(block: Json) -> None:
    elements = block.get("elements")
    _require(isinstance(elements, list) and 1 <= len(elements) <= 5, "elements")
    for element in elements or ():
        _require(element.get("type") == "feedback_buttons", "feedback_buttons")
        _require(1 <= len(element.get("action_id", "")) <= 255, "action_id")
        for name in ("positive_button", "negative_button"):
            button = element.get(name) or {}
            _plain(button.get("text"), 75)
            _require(button.get("value"), "value")


_CHECKS = {
    "markdown": _markdown,
    "context_actions": _context_actions,
    "actions": _actions,
    "image": _image,
    "section": _section,
    "input": _input,
}
