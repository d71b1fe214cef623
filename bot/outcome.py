"""What dealing with something changed, as one value: the store's single way of writing. A seam."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bot.cases import Mark, Move, NewEntry, Summary
from bot.incidents import Incident
from bot.messages import AnswerRecord, ChatKey, Image, ImageRef, NewOutgoing, NewTurn, Subject
from bot.people import AuditEntry, Charge, Decision
from bot.versions import Use


@dataclass(frozen=True, slots=True)
class Pause:
    """The service answers no questions until an admin has it go on. `since` is put in by the store."""

    reason: str = ""
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What an outcome in a room does in its customer's chat: a turn of the agent's, and what is sent there. The rows of
    `outgoing` that are an `answer` belong to `said`, or to the turn `turn`, where that was said before and is changed:
    `text` is what it says from now on, `pictures` what it shows (None: as before), and with `retracts` it is gone. Then
    what the turn was sent as stays in the outbox without its words, for the rows here to take away; of that, what
    nobody began to send never will be. `images` are those pictures that may not be stored yet.

    A chat of which nothing is held is left alone, unless this `opens` it. With `case`, it takes place only while the
    agent `agent` has that case, and it is about the chat's present conversation; otherwise nothing of the outcome does,
    and CaseMovedError is raised.
    """

    chat: ChatKey
    outgoing: tuple[NewOutgoing, ...] = ()
    said: NewTurn | None = None
    images: tuple[Image, ...] = ()
    turn: int = 0
    text: str | None = None
    pictures: tuple[ImageRef, ...] | None = None
    retracts: bool = False
    case: int = 0
    agent: str = ""
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What can be changed in the store, by whatever it is that is dealt with.

    `reset` begins a new conversation (before `question` and `answer` are stored); if the present one has a case that is
    not closed, the `move` has to close it, else CaseMovedError is raised. `images` are pictures of these turns
    that may not be stored yet, `record` and `charge` what the answer took, `decisions` are what was decided about
    people. `erases` is whose data goes (before anything else is stored), as far as it came before the first of the
    inbox rows. `resend` puts the messages that are stuck (ambiguous or failed, and not superseded) back into the
    outbox.

    `move` is a transition of a case: if it cannot take place, nothing of the outcome does, and CaseMovedError is
    raised. It comes before `question` and `answer` are stored, which stand in the log of a case that is open by then.
    `mark` is what a customer thought of a case of the outcome's chat: if that is not closed (any more), CaseMovedError
    is raised, too. `log` adds to the logs of cases, `summary` is a case's from now on. `elsewhere` is what other
    chats' customers are told: an agent acts in a room. `answers` is the incident all of whose customers are told that,
    as it was seen: if others have answered it since, nothing of the outcome takes place, and CaseMovedError is raised.
    `uses` puts versions of the system prompt to use. `pause` pauses the service (or gives another reason for its
    pause), `resumes` ends that.
    """

    question: NewTurn | None = None
    answer: NewTurn | None = None
    images: tuple[Image, ...] = ()
    record: AnswerRecord | None = None
    reset: bool = False
    charge: Charge | None = None
    decisions: tuple[Decision, ...] = ()
    erases: Subject | None = None
    resend: bool = False
    move: Move | None = None
    mark: Mark | None = None
    log: tuple[NewEntry, ...] = ()
    summary: Summary | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    pause: Pause | None = None
    resumes: bool = False
    answers: Incident | None = None
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(Changes):
    """Everything that dealing with some inbox rows changed: stored in one transaction, or not at all.

    `supersedes` is the id of the first turn that an edited question replaces, with all that came after it. `set_aside`
    says that the question was given up because the model died of it. `audit` is that a command was given.
    """

    chat: ChatKey
    inbox_ids: tuple[int, ...]
    outgoing: tuple[NewOutgoing, ...] = ()
    supersedes: int | None = None
    set_aside: bool = False
    audit: tuple[AuditEntry, ...] = ()

    @classmethod
    def of(
        cls,
        changes: Changes,
        chat: ChatKey,
        inbox_ids: tuple[int, ...],
        outgoing: tuple[NewOutgoing, ...],
        audit: tuple[AuditEntry, ...],
    ) -> Outcome:
        """The one that makes the changes."""
        made = {field.name: getattr(changes, field.name) for field in fields(Changes)}
        return cls(chat, inbox_ids, outgoing, audit=audit, **made)
