"""How the next token is chosen."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as llama
from llama_cpp.llama_grammar import json_schema_to_gbnf

from bot.errors import GenerationError
from bot.inference.native.vocabulary import Vocabulary

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 always takes the likeliest; `top_k` 0 considers all; `seed` -1 differs
    each time."""

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    presence_penalty: float = 1.5
    seed: int = -1


class Sampler:
    """Chooses the tokens of one answer and remembers them for the penalty. To be closed."""

    def __init__(self, context: llama.llama_context_p, vocabulary: Vocabulary, memory: int, sampling: Sampling) -> None:
        """`memory` is how many tokens the penalty looks back."""
        self._context = context
        self._vocabulary = vocabulary
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        for link in _links(vocabulary.size, memory, sampling):
            llama.llama_sampler_chain_add(self._chain, link)  # which owns it from now on

    def choose(self, row: int) -> int:
        """The next token after the step's row `row`."""
        return int(llama.llama_sampler_sample(self._chain, self._context, row))

    def close(self) -> None:
        """Free it. Idempotent."""
        if self._chain:
            llama.llama_sampler_free(self._chain)
            self._chain = None


class GrammarSampler(Sampler):
    """Chooses only tokens with which the answer can still become what a JSON Schema describes.

    Of a number's range (`minimum`, `maximum`) the grammar knows nothing. The choice is made without it first,
    since holding the whole vocabulary against it takes longer than a decode step; only when it refuses that token, all
    are tried.
    """

    def __init__(
        self,
        context: llama.llama_context_p,
        vocabulary: Vocabulary,
        memory: int,
        sampling: Sampling,
        schema: str,
    ) -> None:
        """Raises GenerationError if the schema cannot be used."""
        super().__init__(context, vocabulary, memory, sampling)
        self._grammar = llama.llama_sampler_init_grammar(vocabulary.handle, _grammar(schema), b"root")
        if not self._grammar:
            super().close()
            raise GenerationError("llama.cpp cannot use the JSON Schema")
        self._candidates = np.zeros(vocabulary.size, _CANDIDATE)

    def choose(self, row: int) -> int:
        """The next token after the step's row `row`."""
        token = self._pick(row, within_grammar=False)
        if not self._allowed(token):
            token = self._pick(row, within_grammar=True)
            if not self._allowed(token):
                raise GenerationError("no token continues what the JSON Schema describes")
        if token not in self._vocabulary.ends:  # whose acceptance would end the process if the grammar did not allow it
            llama.llama_sampler_accept(self._grammar, token)
        llama.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        """Free it. Idempotent."""
        super().close()
        if self._grammar:
            llama.llama_sampler_free(self._grammar)
            self._grammar = None

    def _pick(self, row: int, *, within_grammar: bool) -> int:
        logits = llama.llama_get_logits_ith(self._context, row)
        self._candidates["id"] = np.arange(self._vocabulary.size, dtype=np.int32)
        self._candidates["logit"] = np.ctypeslib.as_array(logits, (self._vocabulary.size,))
        array = _token_array(self._candidates)
        if within_grammar:
            llama.llama_sampler_apply(self._grammar, ctypes.byref(array))
        llama.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def _allowed(self, token: int) -> bool:
        one = np.array([(token, 0.0, 0.0)], _CANDIDATE)
        llama.llama_sampler_apply(self._grammar, ctypes.byref(_token_array(one)))
        return bool(np.isfinite(one["logit"][0]))


def _token_array(candidates: np.ndarray[Any, Any]) -> llama.llama_token_data_array:
    pointer = candidates.ctypes.data_as(ctypes.POINTER(llama.llama_token_data))
    return llama.llama_token_data_array(pointer, len(candidates), -1, False)


def _grammar(schema: str) -> bytes:
    try:
        json.loads(schema)
        grammar: str = json_schema_to_gbnf(schema)
    except Exception as error:  # the converter raises all sorts of errors at what it does not know
        raise GenerationError(f"not a usable JSON Schema: {error}") from error
    return grammar.encode()


def _links(vocabulary: int, memory: int, sampling: Sampling) -> Iterator[llama.llama_sampler_p]:
    if sampling.temperature <= 0:
        yield llama.llama_sampler_init_greedy()
        return
    if sampling.presence_penalty:
        yield llama.llama_sampler_init_penalties(vocabulary, memory, 1.0, 0.0, sampling.presence_penalty)
    if sampling.top_k > 0:
        yield llama.llama_sampler_init_top_k(sampling.top_k)
    yield llama.llama_sampler_init_temp(sampling.temperature)
    yield llama.llama_sampler_init_top_p(sampling.top_p, 1)
    yield llama.llama_sampler_init_dist(llama.LLAMA_DEFAULT_SEED if sampling.seed < 0 else sampling.seed)
