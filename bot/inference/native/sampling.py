"""How the next token is chosen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llama_cpp import llama_cpp as llama


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 always takes the likeliest; `top_k` 0 considers all; `seed` -1 differs
    each time."""

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    presence_penalty: float = 1.5
    seed: int = -1


@contextmanager
def sampler(
    context: llama.llama_context_p, vocabulary: int, memory: int, sampling: Sampling
) -> Iterator[Callable[[], int]]:
    """A function that chooses the next token from the last one's logits and remembers it for the penalty.
    `vocabulary` is its size, `memory` how many tokens the penalty looks back."""
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    try:
        for link in _links(vocabulary, memory, sampling):
            llama.llama_sampler_chain_add(chain, link)  # which owns it from now on
        yield functools.partial(llama.llama_sampler_sample, chain, context, -1)
    finally:
        llama.llama_sampler_free(chain)


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
