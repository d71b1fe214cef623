"""The windows (modals) in which people write: what is in them, and what was written. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from adapters.slack import sentences
from adapters.slack import text as slack_text
from adapters.slack.payloads import Payload, mapping, mappings, string
from bot.messages import Language
from bot.texts import CANCEL

Json = dict[str, Any]

WINDOW = "looksee_window"
"""The callback id of all of them; what a window is for travels in it."""

FIELD = "text"
_TITLE = 24
_LABEL = 2_000
_FIELD = 3_000
_FORM = 3_000
_FILLED = 2_700
"""Slack's limits of a title, a label, a field and what travels along; and how much of a field is filled when a text
needs several, so that something can be added."""

_FIELDS = 40
_JOINTS = ("\n\n", "\n", " ", "")
"""Between which parts of a text it is cut, the best first."""

_BLOCK = re.compile(r"part_([0-9]{1,3})_([0-3])")


def window(title: str, label: str, form: str, language: Language, *, text: str = "") -> Json | None:
    """A window with a text to be written, or to be edited; None if that or the form is too long for one."""
    parts = _parts(text)
    if len(parts) > _FIELDS or not slack_text.fits(form, _FORM):
        return None
    labels = [label] if len(parts) == 1 else _numbered(len(parts), language)
    return View(
        type="modal",
        callback_id=WINDOW,
        title=slack_text.clip(title, _TITLE),
        submit=sentences.SAVE.say(language),
        close=CANCEL.say(language),
        private_metadata=form,
        blocks=[
            _field(number, joint, part, labels[number], optional=len(parts) > 1)
            for number, (joint, part) in enumerate(parts)
        ],
    ).to_dict()


def _field(number: int, joint: int, text: str, label: str, *, optional: bool) -> InputBlock:
    return InputBlock(
        block_id=f"part_{number}_{joint}",
        label=slack_text.clip(label, _LABEL),
        optional=optional,
        element=PlainTextInputElement(
            action_id=FIELD, multiline=True, initial_value=text or None, max_length=_FIELD, focus_on_load=number == 0
        ),
    )


def _numbered(count: int, language: Language) -> Sequence[str]:
    return [sentences.PART.say(language, number=number, count=count) for number in range(1, count + 1)]


def _parts(text: str) -> list[tuple[int, str]]:
    """A text in parts that fit a field, each with which of the joints stands before it."""
    if slack_text.fits(text, _FIELD):
        return [(0, text)]
    parts, joint, rest = [], 0, text
    while len(head := slack_text.clip(rest, _FILLED)) < len(rest):
        after, cut = next((n, at) for n, sign in enumerate(_JOINTS) if (at := _cut(head, sign)) > 0)
        parts.append((joint, rest[:cut]))
        joint, rest = after, rest[cut + len(_JOINTS[after]) :]
    return [*parts, (joint, rest)]


def _cut(head: str, sign: str) -> int:
    return head.rfind(sign, len(head) // 2)


def written(values: Payload) -> str:
    """What stands in the fields of a window that was submitted (`view.state.values`)."""
    parts: dict[int, str] = {}
    for block in values:
        if found := _BLOCK.fullmatch(block):
            number, joint = int(found[1]), _JOINTS[int(found[2])]
            text = string(mapping(mapping(values, block), FIELD), "value")
            parts[number] = (joint if number and text.strip() else "") + text
    return "".join(parts[number] for number in sorted(parts)).strip()


def first_field(view: Payload) -> str:
    """The block id of the first field of a window, under which it shows what is wrong."""
    return next((string(block, "block_id") for block in mappings(view, "blocks")), "")
