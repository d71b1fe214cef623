"""Windows and home tabs on the Slack server. A trigger opens one window, within three seconds."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_blocks import ApiError, check_view

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

TRIGGER_SECONDS = 3.0


@dataclass
class Trigger:
    """What lets the app open a window for somebody. `until` is by the monotonic clock."""

    user: str
    until: float
    used: bool = False


class ViewMethods:
    """The views of one workspace."""

    def __init__(self) -> None:
        self.team = "T0TEAM"
        self.trigger_seconds = TRIGGER_SECONDS
        self.triggers: dict[str, Trigger] = {}
        self.windows: dict[str, Json] = {}
        """Open windows by id, the newest last; each with the `user` who looks at it."""
        self.homes: dict[str, Json] = {}
        """Home tabs by user."""
        self._numbered: Iterator[int] = itertools.count(1)

    def new_trigger(self, user: str) -> str:
        """A trigger for something that a person did just now."""
        name = f"{next(self._numbered)}.{self.team}.trigger"
        self.triggers[name] = Trigger(user, time.monotonic() + self.trigger_seconds)
        return name

    def window_of(self, user: str) -> Json | None:
        """The window that somebody looks at."""
        own = [view for view in self.windows.values() if view["user"] == user]
        return own[-1] if own else None

    def _views_open(self, args: Json) -> Json:
        trigger = self.triggers.get(str(args.get("trigger_id")))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() > trigger.until:
            raise ApiError("expired_trigger_id")
        view = _view(args)
        check_view(view, "modal")
        trigger.used = True
        made = {**view, "id": f"V{next(self._numbered):09}", "user": trigger.user, "hash": "1"}
        self.windows[made["id"]] = made
        return {"view": made}

    def _views_update(self, args: Json) -> Json:
        before = self.windows.get(str(args.get("view_id")))
        if before is None:
            raise ApiError("not_found")
        view = _view(args)
        check_view(view, "modal")
        self.windows[before["id"]] = made = {**view, "id": before["id"], "user": before["user"], "hash": "2"}
        return {"view": made}

    def _views_publish(self, args: Json) -> Json:
        if not args.get("user_id"):
            raise ApiError("invalid_arguments")
        view = _view(args)
        check_view(view, "home")
        self.homes[str(args["user_id"])] = made = {**view, "id": f"V{next(self._numbered):09}", "hash": "1"}
        return {"view": made}


def _view(args: Json) -> Any:
    view = args.get("view")
    return json.loads(view) if isinstance(view, str) else view
