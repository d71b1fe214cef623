"""A model's tokens."""

from __future__ import annotations

import ctypes
import functools

from llama_cpp import llama_cpp as llama

_SPECIAL = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED | llama.LLAMA_TOKEN_ATTR_UNKNOWN


class Vocabulary:
    """What tokens stand for. Only `piece` is bound to one thread. Good while its model is loaded."""

    def __init__(self, model: llama.llama_model_p) -> None:
        self.handle = llama.llama_model_get_vocab(model)
        self.size = llama.llama_vocab_n_tokens(self.handle)
        self._piece = ctypes.create_string_buffer(256)

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
        count = llama.llama_vocab_n_tokens(self.handle)
        return {token: self._text(token) for token in range(count) if attributes(token) & _SPECIAL}

    def _text(self, token: int) -> str:
        raw = llama.llama_vocab_get_text(self.handle, token) if token >= 0 else b""
        return raw.decode("utf-8", "replace") if raw else ""

    def is_end(self, token: int) -> bool:
        """Whether an answer ends with this token."""
        return bool(llama.llama_vocab_is_eog(self.handle, token))

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for control tokens. They may be a part of a character."""
        size = llama.llama_token_to_piece(self.handle, token, self._piece, len(self._piece), 0, False)
        if size < 0:
            self._piece = ctypes.create_string_buffer(-size)
            size = llama.llama_token_to_piece(self.handle, token, self._piece, len(self._piece), 0, False)
        return ctypes.string_at(self._piece, size)
