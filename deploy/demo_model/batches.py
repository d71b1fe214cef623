"""Conversations as the service sends them, put together for a training step."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bot.demo.qwen3vl import MERGE, PATCH
from bot.references import mentions, resolve
from bot.texts import PICTURE_LABEL, PICTURE_MEANT
from deploy.demo_model.canvas import CELL, CHARACTERS
from deploy.demo_model.samples import Conversation, Glyph, Picture
from deploy.demo_model.tokenizer import Vocabulary

SLOTS = 6
"""Characters whose centres may fall into one half, upper or lower, of a 32x32 cell."""
CLASSES = len(CHARACTERS) + 1
SPOTS = 8
"""Spots of a 16x16 patch at which the character is asked for: four across, two down."""
_ABOVE, _BELOW = 0.42, 0.36  # how far a character reaches from the middle of the small letters, in font sizes
_CLASS = {character: index + 1 for index, character in enumerate(CHARACTERS)}
_OWN_WORDS = 0.3  # what a token of the model's own words counts beside one that is read
_DECIDES = 2.0  # what the first one counts: by it an answer is a yes, a no, or that nothing was found


@dataclass(slots=True)
class Batch:
    """Tensors of one step. `pixels` (pictures, 3, height, width) are bytes; `where` are flat indices of picture tokens
    in `ids`; `points`, `targets`, `weights` say after which flat positions which token is to come, and what it counts;
    `answers` tells which answer each of them belongs to, `kinds` what kind each answer is of; `cells` (picture tokens,
    12) are the characters of each cell, 0 for none; `spots` (patches, 8) those at eight spots of each patch.

    `readings` (conversations, most) are the flat positions after which a character is to be read, `shown`
    (conversations, most) those of each conversation's picture tokens, and `looks`, like `readings`, tells which of them
    shows it, counted within the conversation. -1 fills up all three."""

    prefix: Tensor
    ids: Tensor
    places: Tensor
    where: Tensor
    pixels: Tensor
    points: Tensor
    targets: Tensor
    weights: Tensor
    answers: Tensor
    kinds: Sequence[str]
    cells: Tensor
    spots: Tensor
    readings: Tensor
    shown: Tensor
    looks: Tensor

    def tensors(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with each of its tensors changed."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return Batch(**{name: change(value) if isinstance(value, Tensor) else value for name, value in values.items()})

    def pin_memory(self) -> Batch:
        """The batch in memory that a card can fetch from; the data loader calls this."""
        return self.tensors(lambda tensor: tensor.pin_memory())


class _Row:
    """One conversation's tokens."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.places: list[tuple[int, int, int]] = []
        self.where: list[int] = []
        self.wanted: list[tuple[int, int, float, int, int]] = []
        self.pictures: list[tuple[Picture, int]] = []
        self.next = 0

    def add(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            self.ids.append(token)
            self.places.append((self.next,) * 3)
            self.next += 1

    def say(self, tokens: Sequence[int], weight: float, answer: int, look: int = -1) -> None:
        """What the model is to say next; `look` is the picture token that shows it."""
        for token in tokens:
            self.wanted.append((len(self.ids) - 1, token, weight, answer, look))
            self.add([token])

    def picture(self, picture: Picture, token: int) -> None:
        self.pictures.append((picture, len(self.where)))
        columns, rows = picture.image.width // CELL, picture.image.height // CELL
        for row in range(rows):
            for column in range(columns):
                self.where.append(len(self.ids))
                self.ids.append(token)
                self.places.append((self.next, self.next + row, self.next + column))
        self.next += max(rows, columns)


def batch(
    vocabulary: Vocabulary, system: str, make: Callable[[], Conversation], size: int, r: random.Random,
    labelled: float = 0.9,
) -> Batch:  # fmt: skip
    """`size` conversations under one system prompt ("" for none); all pictures must be of one size. `labelled` is how
    often the service's labels stand under the pictures."""
    prefix: list[int] = []
    if system:
        prefix = [vocabulary.start, *vocabulary.encode("system\n"), *vocabulary.encode(system), vocabulary.end,
                  *vocabulary.encode("\n")]  # fmt: skip
    rows: list[_Row] = []
    pictures: list[Picture] = []
    kinds: list[str] = []
    for _ in range(size):
        talk = make()
        row = _row(vocabulary, talk, kinds, labelled=r.random() < labelled)
        rows.append(row)
        pictures += [picture for turn in talk.turns for picture in turn.pictures]
    return _tensors(vocabulary, prefix, rows, pictures, kinds)


def found(piece: str, pictures: Sequence[tuple[Picture, int]]) -> list[int]:
    """For each character of what is read the picture token that shows it, -1 for ends of lines and for what cannot be
    found, or not without doubt. A space is where its gap is. `pictures` are those of the conversation, and how many
    tokens stand before each."""
    looks: list[int] = []
    for line in piece.splitlines(keepends=True):
        wanted = "".join(line.split())
        texts = [("".join(glyph.character for glyph in picture.glyphs), picture, first) for picture, first in pictures]
        holding = [entry for entry in texts if wanted and wanted in entry[0]]
        if len(holding) == 1 and holding[0][0].count(wanted) == 1:
            text, picture, first = holding[0]
            start = text.index(wanted)
            looks += _places(line, picture.glyphs[start : start + len(wanted)], picture.image.width // CELL, first)
        else:
            looks += [-1] * len(line)
    return looks


def _places(line: str, glyphs: Sequence[Glyph], columns: int, first: int) -> Iterator[int]:
    """The picture token of each character of a line whose glyphs are known."""
    read = 0
    for character in line:
        after = glyphs[read] if read < len(glyphs) else None
        if not character.isspace() and after is not None:
            yield first + int(after.y // CELL) * columns + int(after.x // CELL)
            read += 1
            continue
        before = glyphs[read - 1] if read else None
        if character == " " and before is not None and after is not None and abs(after.y - before.y) < before.size / 2:
            middle = (before.x + before.width / 2 + after.x - after.width / 2) / 2
            yield first + int(after.y // CELL) * columns + int(middle // CELL)
        else:
            yield -1


def letters(pictures: Sequence[Picture]) -> Batch:
    """Pictures alone, with nothing asked but which characters are where."""
    none = torch.zeros(0, dtype=torch.long)
    return Batch(
        prefix=none, ids=none, places=none, where=none, pixels=_pixels(pictures), points=none, targets=none,
        weights=none.float(), answers=none, readings=none, shown=none, looks=none, kinds=(),
        cells=torch.cat([cells(picture) for picture in pictures]),
        spots=torch.cat([spots(picture) for picture in pictures]),
    )  # fmt: skip


def _row(vocabulary: Vocabulary, talk: Conversation, kinds: list[str], *, labelled: bool) -> _Row:
    row, number = _Row(), 0
    newline = vocabulary.encode("\n")
    for turn in talk.turns:
        row.add([vocabulary.start, *vocabulary.encode("user\n")])
        # As the service does: the earlier screenshots that a question names stand before its own.
        meant = resolve(mentions(turn.question), range(1, number + 1), len(turn.pictures))
        labels = [PICTURE_MEANT.say(turn.language, number=earlier) for earlier in meant]
        for picture in turn.pictures:
            number += 1
            labels.append(PICTURE_LABEL.say(turn.language, number=number))
            row.add([vocabulary.vision_start])
            row.picture(picture, vocabulary.picture)
            row.add([vocabulary.vision_end])
        label = " ".join(labels) + "\n" if labels and labelled else ""
        row.add(vocabulary.encode(label + turn.question))
        row.add([vocabulary.end, *newline, vocabulary.start, *vocabulary.encode("assistant\n")])
        for index, piece in enumerate(turn.answer):
            if index % 2:
                for character, look in zip(piece, found(piece, row.pictures), strict=True):
                    row.say(vocabulary.encode(character), 1.0, len(kinds), look)
            else:
                tokens = vocabulary.encode(piece)
                row.say(tokens[:1], _OWN_WORDS if index else _DECIDES, len(kinds))
                row.say(tokens[1:], _OWN_WORDS, len(kinds))
        row.say([vocabulary.end], 1.0, len(kinds))
        row.add(newline)
        kinds.append(turn.kind)
    return row


def _tensors(
    vocabulary: Vocabulary, prefix: list[int], rows: Sequence[_Row], pictures: Sequence[Picture], kinds: Sequence[str]
) -> Batch:
    length = -(-max(len(row.ids) for row in rows) // 16) * 16
    ids = torch.full((len(rows), length), vocabulary.pad)
    places = torch.zeros(3, len(rows), length, dtype=torch.long)
    where: list[int] = []
    wanted: list[tuple[int, int, float, int]] = []
    readings: list[list[int]] = []
    shown: list[list[int]] = []
    looks: list[list[int]] = []
    for index, row in enumerate(rows):
        start = index * length
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        places[:, index, : len(row.ids)] = torch.tensor(row.places).T
        shown.append([start + spot for spot in row.where])
        where += shown[-1]
        wanted += [(start + point, token, weight, which) for point, token, weight, which, _ in row.wanted]
        seen = [(start + point, look) for point, _, _, _, look in row.wanted if look >= 0]
        readings.append([point for point, _ in seen])
        looks.append([look for _, look in seen])
    points, targets, weights, answers = zip(*wanted, strict=True)
    return Batch(
        prefix=torch.tensor(prefix, dtype=torch.long),
        ids=ids,
        places=places,
        where=torch.tensor(where, dtype=torch.long),
        pixels=_pixels(pictures),
        points=torch.tensor(points),
        targets=torch.tensor(targets),
        weights=torch.tensor(weights),
        answers=torch.tensor(answers),
        readings=_filled_up(readings),
        shown=_filled_up(shown),
        looks=_filled_up(looks),
        kinds=kinds,
        cells=torch.cat([cells(picture) for picture in pictures]) if pictures else torch.zeros(0, 2 * SLOTS).long(),
        spots=torch.cat([spots(picture) for picture in pictures]) if pictures else torch.zeros(0, SPOTS).long(),
    )


def _filled_up(lists: Sequence[Sequence[int]]) -> Tensor:
    """One list a row, filled up with -1 to the length of the longest."""
    most = max(map(len, lists))
    return torch.tensor([[*one, *[-1] * (most - len(one))] for one in lists], dtype=torch.long)


def _pixels(pictures: Sequence[Picture]) -> Tensor:
    pixels = [torch.from_numpy(np.array(picture.image)).permute(2, 0, 1) for picture in pictures]
    return torch.stack(pixels) if pixels else torch.zeros(0, 3, CELL, CELL, dtype=torch.uint8)


def cells(picture: Picture) -> Tensor:
    """For each token of a picture the characters in it: those of the upper half from left to right, then the lower."""
    columns, rows = picture.image.width // CELL, picture.image.height // CELL
    found: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for glyph in picture.glyphs:
        cell = int(glyph.y // CELL) * columns + int(glyph.x // CELL)
        half = int(glyph.y % CELL >= CELL / 2)
        found.setdefault((cell, half), []).append((glyph.x, _CLASS.get(glyph.character, 0)))
    target = np.zeros((rows * columns, 2 * SLOTS), dtype=np.int64)
    for (cell, half), characters in found.items():
        for slot, (_, character) in enumerate(sorted(characters)[:SLOTS]):
            target[cell, half * SLOTS + slot] = character
    return torch.from_numpy(target)


def spots(picture: Picture) -> Tensor:
    """For each patch of a picture, in merge order, the characters that cover its eight spots."""
    columns, rows = picture.image.width // PATCH, picture.image.height // PATCH
    across, down = PATCH // 4, PATCH // 2
    covered = np.zeros((rows * 2, columns * 4), dtype=np.int64)
    for glyph in picture.glyphs:
        left, right = (round((glyph.x + side * glyph.width / 2) / across) for side in (-1, 1))
        top, bottom = round((glyph.y - _ABOVE * glyph.size) / down), round((glyph.y + _BELOW * glyph.size) / down)
        covered[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, left + 1)] = _CLASS.get(glyph.character, 0)
    parts = covered.reshape(rows // MERGE, MERGE, 2, columns // MERGE, MERGE, 4).transpose(0, 3, 1, 4, 2, 5)
    return torch.from_numpy(parts.reshape(-1, SPOTS).copy())
