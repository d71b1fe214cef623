"""What the Slack server records and is told: calls, deliveries, files, and what is to go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.faults import Kind, Trouble
from tests.fakes.limits import Limits, Window

Json = dict[str, Any]


@dataclass
class Fault:
    """Something that goes wrong with a call. `done` says that Slack did what was asked before it went wrong. With
    `patience`, a call that hangs ends in a broken connection after so many seconds."""

    status: int = 0
    retry_after: int = 0
    error: str = ""
    hang: bool = False
    drop: bool = False
    done: bool = False
    patience: float | None = None


def as_fault(trouble: Trouble) -> Fault:
    """What befalls a call by chance, as a fault."""
    match trouble.kind:
        case Kind.FLOOD:
            return Fault(status=429, retry_after=trouble.seconds)
        case Kind.FAILURE | Kind.BAD_GATEWAY | Kind.GATEWAY_TIMEOUT:
            return Fault(status=int(trouble.kind.value), done=trouble.done)
        case Kind.SILENCE:
            return Fault(hang=True, done=trouble.done, patience=trouble.seconds)
        case Kind.RESET | Kind.LOST_ANSWER:
            return Fault(drop=True, done=trouble.done)


class MessageLimits:
    """What Slack takes of messages: new ones, one a second and channel and some hundreds a minute; changes, fifty a
    minute and a little more."""

    def __init__(self) -> None:
        posts = Limits(Window(400, 60.0), lambda channel: (Window(3, 2.0),))
        updates = Limits(Window(55, 60.0))
        self._of = {"chat.postMessage": posts, "chat.update": updates}

    @property
    def refused(self) -> int:
        """How many were too many."""
        return sum(limits.refused for limits in self._of.values())

    def take(self, method: str, channel: str) -> int:
        """Seconds to wait before a call; 0: it is taken."""
        return self._of[method].take(channel) if method in self._of else 0


@dataclass
class Call:
    """One call of a Web API method."""

    method: str
    args: Json


@dataclass
class File:
    """A file on the server. `redirect_to` makes its address answer with a redirect. `owner` is the app, for one that it
    put there, which Slack `looks` at so often, when asked about it, before it shows it to anybody."""

    id: str
    name: str
    media_type: str
    data: bytes
    redirect_to: str = ""
    chunked: bool = False
    owner: str = ""
    looks: int = 0


@dataclass(eq=False)
class Delivery:
    """Something the server reports to the app, until it is acknowledged; `response` is what the app said then."""

    kind: str
    payload: Json
    envelope_id: str = ""
    attempts: int = 0
    attempted_at: float = 0.0  # by the monotonic clock
    acked: bool = False
    statuses: list[int] = field(default_factory=list)
    response: Json = field(default_factory=dict)
