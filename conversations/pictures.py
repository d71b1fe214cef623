"""Pictures: their bytes, which turns show them, their numbers in a conversation, and what is on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain, count

from bot.messages import Image, ImageRef, NewTurn, Picture, Recall
from conversations.chats import Chat
from conversations.database import Transaction

_OF_CONVERSATION = (
    "FROM turns JOIN turn_images ON turn_id = turns.id WHERE chat_id = ? AND conversation = ? AND superseded = 0"
    " AND withheld = 0"
)
_NUMBERED = (
    "SELECT number, turn_id, sha256, width, height, coalesce(descriptions.text, ''), coalesce(descriptions.id, 0)"
    " FROM turns JOIN turn_images ON turn_id = turns.id JOIN images USING (sha256)"
    " LEFT JOIN descriptions USING (turn_id, position)"
    " WHERE chat_id = ? AND conversation = ? AND superseded = 0 AND withheld = 0 ORDER BY number, turn_id, position"
)


@dataclass(slots=True)
class Shown:
    """The pictures of one turn."""

    images: list[ImageRef] = field(default_factory=list)
    recalled: list[Recall] = field(default_factory=list)

    def add(self, role: str, ref: ImageRef) -> None:
        """Take a picture in, in its order, by its role."""
        if role == "sent":
            self.images.append(ref)
        else:
            self.recalled.append(Recall(ref, again=role == "again"))


def keep(tx: Transaction, images: Iterable[Image]) -> None:
    """Store pictures; those already there stay as they are."""
    for image in images:
        tx.run(
            "INSERT INTO images (sha256, width, height, media_type, data) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sha256) DO NOTHING",
            image.ref.sha256,
            image.ref.width,
            image.ref.height,
            image.media_type,
            image.data,
        )


def load(tx: Transaction, refs: Collection[ImageRef]) -> dict[str, Image]:
    """Stored pictures by hash."""
    found: dict[str, Image] = {}
    for sha256 in {ref.sha256 for ref in refs}:
        row = tx.row("SELECT width, height, media_type, data FROM images WHERE sha256 = ?", sha256)
        if row:
            found[sha256] = Image(ImageRef(sha256, row[0], row[1]), row[2], row[3])
    return found


def attach(tx: Transaction, chat: Chat, turn_id: int, turn: NewTurn) -> None:
    """Put down what a new turn shows, recalled pictures first. What is not stored any more is left out."""
    rows = [(recall.ref.sha256, "again" if recall.again else "meant") for recall in turn.recalled]
    rows += [(ref.sha256, "sent") for ref in turn.images]
    for position, (sha256, role) in enumerate(rows):
        _show(tx, chat, turn_id, position, sha256, role)


def exchange(tx: Transaction, chat: Chat, turn_id: int, refs: Iterable[ImageRef]) -> list[str]:
    """Put down that other pictures were sent with a turn; returns the hashes of those that it does not show any more.

    What stays keeps its place, and what is new takes the place of what goes.
    """
    sent = {ref.sha256: None for ref in refs}
    before = tx.rows(
        "SELECT position, sha256 FROM turn_images WHERE turn_id = ? AND role = 'sent' ORDER BY position", turn_id
    )
    gone = [(position, sha256) for position, sha256 in before if sha256 not in sent]
    for position, _ in gone:
        tx.run("DELETE FROM turn_images WHERE turn_id = ? AND position = ?", turn_id, position)
    end = tx.row("SELECT coalesce(max(position), -1) + 1 FROM turn_images WHERE turn_id = ?", turn_id)[0]
    free = chain((position for position, _ in gone), count(max([end, *(position + 1 for position, _ in gone)])))
    shown = {sha256 for _, sha256 in before}
    for sha256 in sent:
        if sha256 not in shown:
            _show(tx, chat, turn_id, next(free), sha256, "sent")
    return [sha256 for _, sha256 in gone]


def _show(tx: Transaction, chat: Chat, turn_id: int, position: int, sha256: str, role: str) -> None:
    tx.run(
        "INSERT INTO turn_images (turn_id, position, sha256, role, number)"
        " SELECT ?, ?, sha256, ?, ? FROM images WHERE sha256 = ?",
        turn_id,
        position,
        role,
        _number(tx, chat, sha256),
        sha256,
    )


def of_turn(tx: Transaction, turn_id: int) -> Shown:
    """What one turn shows."""
    rows = tx.rows(
        "SELECT role, images.sha256, width, height FROM turn_images JOIN images USING (sha256) WHERE turn_id = ?"
        " ORDER BY position",
        turn_id,
    )
    shown = Shown()
    for role, *ref in rows:
        shown.add(role, ImageRef(*ref))
    return shown


def of_turns(tx: Transaction, chat: Chat, since: int) -> defaultdict[int, Shown]:
    """What the turns of the present conversation show, from the turn `since` on, by turn."""
    rows = tx.rows(
        "SELECT turn_id, role, sha256, width, height FROM turns JOIN turn_images ON turn_id = turns.id"
        " JOIN images USING (sha256) WHERE chat_id = ? AND conversation = ? AND superseded = 0 AND turns.id >= ?"
        " ORDER BY turn_id, position",
        chat.id,
        chat.conversation,
        since,
    )
    shown: defaultdict[int, Shown] = defaultdict(Shown)
    for turn_id, role, *ref in rows:
        shown[turn_id].add(role, ImageRef(*ref))
    return shown


def numbered(tx: Transaction, chat: Chat) -> list[Picture]:
    """The pictures of the present conversation by number, each with the first turn that shows it."""
    found: dict[int, Picture] = {}
    for number, turn_id, sha256, width, height, text, described in tx.rows(_NUMBERED, chat.id, chat.conversation):
        first = found.get(number)
        if first is None:
            found[number] = Picture(number, turn_id, ImageRef(sha256, width, height), text, described)
    return list(found.values())


def describe(tx: Transaction, chat: Chat, picture: Picture, text: str) -> bool:
    """Put down what is on a picture, beside the first turn that shows it; what is there stays."""
    cursor = tx.run(
        "INSERT INTO descriptions (turn_id, position, text)"
        " SELECT turn_id, position, ? FROM turn_images JOIN turns ON turns.id = turn_id"
        " WHERE turn_id = ? AND chat_id = ? AND sha256 = ? ORDER BY position LIMIT 1 ON CONFLICT DO NOTHING",
        text,
        picture.turn,
        chat.id,
        picture.ref.sha256,
    )
    return bool(cursor.rowcount)


def forget(tx: Transaction, chat: Chat, sha256: str) -> None:
    """After a turn of the chat that showed it is gone: forget a picture, unless another turn still needs it.

    A chat in which nobody has sent it any more does not go on showing it, either, and nor do its agents' rooms.
    """
    sent = tx.row(
        "SELECT 1 FROM turn_images JOIN turns ON turns.id = turn_id WHERE sha256 = ? AND chat_id = ? AND role = 'sent'",
        sha256,
        chat.id,
    )
    if sent is None:
        tx.run(
            "DELETE FROM turn_images WHERE sha256 = ? AND turn_id IN (SELECT id FROM turns WHERE chat_id = ?)",
            sha256,
            chat.id,
        )
        tx.run(
            "DELETE FROM turn_images WHERE sha256 = ? AND role <> 'sent' AND turn_id IN (SELECT turns.id FROM cases"
            " JOIN rooms ON case_id = cases.id JOIN chats USING (platform, account, chat, thread)"
            " JOIN turns ON turns.chat_id = chats.id WHERE cases.chat_id = ?)",
            sha256,
            chat.id,
        )
    tx.run("DELETE FROM images WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM turn_images WHERE sha256 = ?1)", sha256)


def _number(tx: Transaction, chat: Chat, sha256: str) -> int:
    """The picture's number in the present conversation: the one it has, or the next one."""
    present = (chat.id, chat.conversation)
    row = tx.row(f"SELECT number {_OF_CONVERSATION} AND sha256 = ? LIMIT 1", *present, sha256)
    if row is None:
        row = tx.row(f"SELECT coalesce(max(number), 0) + 1 {_OF_CONVERSATION}", *present)
    number: int = row[0]
    return number
