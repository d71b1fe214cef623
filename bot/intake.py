"""The durable inbox, and how several messages become one question.

`Intake` commits before it returns, then hands on: commands, thumbs, what is refused and what an owner writes in the
bot's place to be dealt with at once, everything else to the chat's queue, and so those commands that take the model's
time. `settling` and `join` decide, purely, how long a chat's queue waits for the rest of an album or a burst, and what
of it makes up one question.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.messages import Attachment, ChatKey, Inbound, Kind, Pending, Sender
from bot.metrics import Metrics
from bot.people import Admission, Person
from bot.stores import ConversationStore

log = structlog.get_logger(__name__)

_LONG = 10_000
"""Characters whose masking takes longer than others should wait for."""
CONTROLS = frozenset({Kind.COMMAND, Kind.FEEDBACK})


@dataclass(frozen=True, slots=True)
class Question:
    """What one answer is for: one or several messages of one person in one chat, as if written at once.

    `inbox_ids` are all the rows it settles, withdrawn messages included. `edits` is the id of an earlier message, not
    in the inbox any more, which this one replaces; `withdrawn` are earlier messages that were deleted. A question may
    consist of nothing but withdrawals. `earlier`: an earlier run took in some of it. `parts` are the messages that are
    left of it. `command`: it is that command, which takes the model's time, and nothing else.
    """

    chat: ChatKey
    first: Inbound
    sender: Sender
    text: str
    attachments: tuple[Attachment, ...]
    quoted: tuple[Attachment, ...]
    reply_to: str
    message_ids: tuple[str, ...]
    inbox_ids: tuple[int, ...]
    edits: str = ""
    withdrawn: tuple[str, ...] = ()
    earlier: bool = False
    parts: tuple[Inbound, ...] = ()
    command: Pending | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is left to answer."""
        return not (self.message_ids or self.text or self.attachments or self.command)


class DurableIntake:
    """Commits what adapters hand in and hands it on, once `replay` has handed on what was there before it.

    `platforms` are those that are configured; `admit` decides, purely, on something new by somebody, at a time; `slow`
    are the commands that wait for their turn like questions, `spoken` those whose words are kept like a message's. A
    command is a `message` if all that comes with it is kept and counted like one's.
    """

    def __init__(
        self,
        store: ConversationStore,
        metrics: Metrics,
        *,
        on_message: Callable[[Pending], None],
        on_control: Callable[[Pending], None],
        admit: Callable[[Person, Inbound, float], Admission],
        platforms: Collection[str],
        slow: Callable[[Inbound], bool],
        spoken: Callable[[Inbound], bool] = lambda _: False,
        message: Callable[[Inbound], bool] = lambda _: False,
        mask: Callable[[str], str] = str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mask = mask
        self._store = store
        self._metrics = metrics
        self._on_message = on_message
        self._on_control = on_control
        self._admit = admit
        self._platforms = platforms
        self._slow = slow
        self._spoken = spoken
        self._message = message
        self._clock = clock
        self._held: list[Pending] | None = []
        self._replayed = 0

    async def receive(self, inbound: Inbound) -> bool:
        """Commit to the inbox; see `bot.ports.Intake`."""
        # A caller that is cancelled must not keep a committed row from being handed on.
        return await asyncio.shield(self._receive(inbound))

    async def _receive(self, inbound: Inbound) -> bool:
        inbound = replace(inbound, received_at=self._clock(), text=await self._masked(inbound))
        if inbound.kind is Kind.COMMAND and self._message(inbound):
            inbound = replace(inbound, kind=Kind.MESSAGE)
        admission = Admission()

        def admit(person: Person) -> Admission:
            nonlocal admission
            admission = self._admit(person, inbound, inbound.received_at)
            return admission

        row = await self._store.accept(inbound, admit)
        if row is None:
            self._metrics.duplicates.labels(inbound.chat.platform).inc()
            return False
        self._metrics.received.labels(inbound.chat.platform, inbound.kind.value).inc()
        if admission.refusal is not None:
            self._metrics.refused.labels(inbound.chat.platform, admission.refusal.value).inc()
        if admission.silent:  # settled by the store already
            return False
        pending = Pending(row, inbound, admission.refusal)
        if self._held is not None:
            self._held.append(pending)
        elif row > self._replayed:
            self._hand_on(pending)
        return True

    async def _masked(self, inbound: Inbound) -> str:
        """The words of a question, or of an opinion, as they are kept; a command's own are needed as they are, unless
        they are somebody's to somebody else."""
        if inbound.kind is Kind.COMMAND and not self._spoken(inbound):
            return inbound.text
        if len(inbound.text) > _LONG:
            return await asyncio.to_thread(self._mask, inbound.text)
        return self._mask(inbound.text)

    async def replay(self) -> int:
        """Hand on what an earlier run committed and did not finish; returns how many rows that were.

        Until then, what comes in is committed but not handed on, so that it neither overtakes what is older nor is
        handed on twice: what the store lists goes first, and of what came since only what it does not list follows.
        """
        rows = await self._store.pending()
        self._replayed = rows[-1].id if rows else 0
        held, self._held = self._held or [], None
        strange = Counter(p.inbound.chat.platform for p in rows if p.inbound.chat.platform not in self._platforms)
        for platform, count in strange.items():
            log.warning("platform_not_configured", platform=platform, inbox_rows=count)
        earlier = [replace(pending, earlier=True) for pending in rows]
        for pending in (*earlier, *(pending for pending in held if pending.id > self._replayed)):
            if pending.inbound.chat.platform in self._platforms:
                self._hand_on(pending)
        return len(rows)

    def _hand_on(self, pending: Pending) -> None:
        inbound = pending.inbound
        slow = inbound.kind is Kind.COMMAND and self._slow(inbound)
        command = inbound.kind in CONTROLS and not slow
        at_once = command or inbound.owned or pending.refusal is not None
        (self._on_control if at_once else self._on_message)(pending)


def settling(queue: Sequence[Pending], *, burst_seconds: float, album_seconds: float, waited: float) -> float:
    """Seconds the queue should still wait for what may belong to its newest message; 0 or less: none.

    It has `waited` since that came, in seconds. Albums have no end marker and pictures often come before their
    question, so both wait longer than plain text.
    """
    newest = queue[-1].inbound
    if newest.settled or newest.kind is not Kind.MESSAGE:
        return 0.0
    picture_alone = bool(newest.attachments) and not newest.text.strip()
    return (album_seconds if newest.group_id or picture_alone else burst_seconds) - waited


def join(queue: Sequence[Pending]) -> tuple[Question, int]:
    """Make one question of the front of a chat's queue; returns it and how many rows it takes.

    It takes what one person wrote in a row. An edit of a message that is still in the queue changes that message, a
    deletion (by whomever: platforms do not always say) takes it away; an edit of an earlier message is a question of
    its own, and so is a command.
    """
    taken = [queue[0]]
    command = queue[0] if queue[0].inbound.kind is Kind.COMMAND else None
    own = _own_edit(queue[0], ())
    if not (own or command):
        for pending in queue[1:]:
            somebody_else = pending.inbound.sender.key != queue[0].inbound.sender.key
            if (somebody_else and not _takes_away(pending, taken)) or _stands_alone(pending, taken):
                break
            taken.append(pending)
    return _fold(taken, edits=queue[0].inbound.message_id if own else "", command=command), len(taken)


def _stands_alone(pending: Pending, before: Sequence[Pending]) -> bool:
    """Whether this is a question of its own, whatever comes before it."""
    return pending.inbound.kind is Kind.COMMAND or _own_edit(pending, before)


def _own_edit(pending: Pending, before: Sequence[Pending]) -> bool:
    """Whether this is an edit of a message that is not among `before`."""
    inbound = pending.inbound
    return inbound.kind is Kind.EDIT and all(inbound.message_id != other.inbound.message_id for other in before)


def _takes_away(pending: Pending, before: Sequence[Pending]) -> bool:
    """Whether this deletes a message that is among `before`."""
    inbound = pending.inbound
    return inbound.kind is Kind.DELETE and any(inbound.message_id == other.inbound.message_id for other in before)


def _fold(rows: Sequence[Pending], *, edits: str, command: Pending | None) -> Question:
    messages: dict[str, Inbound] = {}
    withdrawn: list[str] = []
    for pending in rows:
        inbound = pending.inbound
        if inbound.kind is Kind.DELETE:
            if messages.pop(inbound.message_id, None) is None:
                withdrawn.append(inbound.message_id)
        elif inbound.kind is Kind.EDIT and inbound.message_id in messages:
            before = messages[inbound.message_id]
            messages[inbound.message_id] = replace(
                before,
                text=inbound.text,
                attachments=inbound.attachments or before.attachments,
                mentions_others=inbound.mentions_others,
                mentions_bot=inbound.mentions_bot,
            )
        else:
            messages[inbound.message_id or f"row {pending.id}"] = inbound
    parts = list(messages.values())
    first = parts[0] if parts else rows[0].inbound
    return Question(
        chat=first.chat,
        first=first,
        sender=first.sender,
        text="\n".join(part.text.strip() for part in parts if part.text.strip()),
        attachments=tuple(a for part in parts for a in part.attachments),
        quoted=tuple(a for part in parts for a in part.quoted),
        reply_to=next((part.reply_to for part in parts if part.reply_to), ""),
        message_ids=tuple(part.message_id for part in parts if part.message_id),
        inbox_ids=tuple(pending.id for pending in rows),
        edits=edits,
        withdrawn=tuple(withdrawn),
        earlier=any(pending.earlier for pending in rows),
        parts=tuple(parts),
        command=command,
    )
