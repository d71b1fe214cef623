"""The demo model's vocabulary: byte-level BPE with Qwen's pre-tokenizer, merged from what it is going to be told."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from bot.demo.placeholder import CONTROL, USER_DEFINED
from bot.extraction import EXTRACTIONS, instruction
from bot.texts import PICTURE_LABEL
from deploy.demo_model import phrases
from deploy.demo_model.samples import Answer, Language
from deploy.demo_model.words import WORDS
from prompts.loader import SystemPrompts

# The pattern of llama.cpp's pre-tokenizer "qwen2".
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SIZE = 2048
"""Tokens in all, special ones included."""


class Vocabulary:
    """A tokenizer and the ids that a prompt is put together with."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.start, self.end, self.pad = (self.special(f"<|{name}|>") for name in ("im_start", "im_end", "endoftext"))
        self.vision_start, self.vision_end, self.picture = (
            self.special(f"<|{name}|>") for name in ("vision_start", "vision_end", "image_pad")
        )
        self.encode = functools.lru_cache(20_000)(self._encode)

    def special(self, token: str) -> int:
        """The id of a special token."""
        found = self.tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(f"{token} is not in the vocabulary")
        return int(found)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def answer(self, answer: Answer) -> Iterator[tuple[int, bool]]:
        """The tokens of an answer, and whether each is read from the picture: those are single characters."""
        for index, piece in enumerate(answer):
            if index % 2:
                for character in piece:
                    yield from ((token, True) for token in self.encode(character))
            else:
                yield from ((token, False) for token in self.encode(piece))

    def __len__(self) -> int:
        return int(self.tokenizer.get_vocab_size())


def make(seed: int = 0) -> Vocabulary:
    """Train the vocabulary; the same one every time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _words()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE - len(CONTROL) - len(USER_DEFINED),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(random.Random(seed)), trainer)
    return Vocabulary(_finished(tokenizer))


def _words() -> pre_tokenizers.PreTokenizer:
    splits = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    return pre_tokenizers.Sequence([splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def _finished(tokenizer: Tokenizer) -> Tokenizer:
    """With all that a vocabulary has besides words and merges."""
    tokenizer.pre_tokenizer = _words()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in CONTROL])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in USER_DEFINED])
    return tokenizer


def from_gguf(path: Path) -> Vocabulary:
    """The vocabulary of a text model that `export` wrote."""
    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    plain = len(tokens) - len(CONTROL) - len(USER_DEFINED)
    vocabulary = {token: index for index, token in enumerate(tokens[:plain])}
    return Vocabulary(_finished(Tokenizer(models.BPE(vocabulary, merges))))


def load(path: Path) -> Vocabulary:
    """A vocabulary that was saved as JSON."""
    return Vocabulary(Tokenizer.from_file(str(path)))


def _corpus(r: random.Random) -> Iterator[str]:
    """What is said around the pictures, by everybody. What is read from pictures is spelled out: merging it would only
    waste tokens."""
    yield from ("system", "user", "assistant", "screenshot", "截图") * 400
    languages: Sequence[Language] = ("en", "zh")
    for language in languages:
        for company, policies in (("Looksee", ""), ("the shop", "")) * 150:
            yield SystemPrompts(company, policies).system(language).text
        for _ in range(100):
            yield from phrases.follow_ups(r.choice(phrases.FACTS), language)
            yield from phrases.places(1, language)
            yield from phrases.places(2, language)
            for kind in (*phrases.FACTS, "exists", "field", "read", "other"):
                yield from (line.format(name=r.choice(WORDS)) for line in phrases.questions(kind, language))
                yield from phrases.answer(kind, language)[::2]
            yield phrases.answer("missing", language)[0]
            yield phrases.answer("no_picture", language)[0]
            yield PICTURE_LABEL.say(language, number=1)
        yield from (form.request.say(language) for form in EXTRACTIONS.values() for _ in range(200))
    yield from (instruction(form.described) for form in EXTRACTIONS.values() for _ in range(100))
