"""A model's tokens."""

from __future__ import annotations

import ctypes
import functools

from llama_cpp import llama_cpp as llama

_SPECIAL = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED | llama.LLAMA_TOKEN_ATTR_UNKNOWN


class Vocabulary:
    """What tokens stand for. Good while its model is loaded; safe on any thread but for `piece`."""

    def __init__(self, model: llama.llama_model_p) -> None:
        self.handle = llama.llama_model_get_vocab(model)
        self.size = llama.llama_vocab_n_tokens(self.handle)
        self.ends = frozenset(token for token in range(self.size) if self._is_end(token))
        """The tokens with which an answer ends: those of the vocabulary's end of generation, and every other control
        token, because none has a meaning within an answer."""
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(256)

    def _is_end(self, token: int) -> bool:
        attributes = llama.llama_vocab_get_attr(self.handle, token)
        return bool(attributes & llama.LLAMA_TOKEN_ATTR_CONTROL) or llama.llama_vocab_is_eog(self.handle, token)

    @property
    def bos(self) -> tuple[str, bool]:
        """The text of the token that begins a prompt ("" if there is none), and whether the model wants it."""
        return self._text(llama.llama_vocab_bos(self.handle)), llama.llama_vocab_get_add_bos(self.handle)

    @property
    def eos(self) -> str:
        """The text of the token that ends a text, "" if there is none."""
        return self._text(llama.llama_vocab_eos(self.handle))

    def special_tokens(self) -> dict[int, str]:
        """Every token that means more than its letters (control and user-defined tokens), with the string that the
        tokenizer knows it by."""
        attributes = functools.partial(llama.llama_vocab_get_attr, self.handle)
        return {token: self._text(token) for token in range(self.size) if attributes(token) & _SPECIAL}

    def _text(self, token: int) -> str:
        raw = llama.llama_vocab_get_text(self.handle, token) if token >= 0 else b""
        return raw.decode("utf-8", "replace") if raw else ""

    def tokenise(self, text: str, *, special: bool) -> tuple[int, ...]:
        """The tokens of a text. Control tokens come of it only if `special`; user-defined ones always may."""
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        while True:
            tokens = (llama.llama_token * room)()
            count = llama.llama_tokenize(self.handle, raw, len(raw), tokens, room, False, special)
            if count >= 0:
                return tuple(tokens[:count])
            room = -count

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for control tokens. They may be a part of a character."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token)
        return known

    def _read_piece(self, token: int) -> bytes:
        size = llama.llama_token_to_piece(self.handle, token, self._buffer, len(self._buffer), 0, False)
        if size < 0:
            self._buffer = ctypes.create_string_buffer(-size)
            size = llama.llama_token_to_piece(self.handle, token, self._buffer, len(self._buffer), 0, False)
        return ctypes.string_at(self._buffer, size)
