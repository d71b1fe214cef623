"""How long a question will keep the model busy, as learned from the answers made so far."""

from __future__ import annotations

from bot.messages import Usage

SCREENSHOT_TOKENS = 768
"""Tokens of a picture that nobody has looked at yet: one of 1024 x 768 pixels."""
CHARACTERS_A_TOKEN = 3.0
WEIGHT = 0.2
STRANGEST = 10.0  # an answer that took longer than this many times what it should have is no measure for the next ones


class _Average:
    """A mean in which the newest values count most. It starts from a guess, which the first value replaces."""

    def __init__(self, guess: float) -> None:
        self.value = guess
        self._learned = False

    def learn(self, value: float) -> None:
        self.value += (WEIGHT if self._learned else 1.0) * (value - self.value)
        self._learned = True


class Estimates:
    """Costs in milliseconds of the device's work, and the seconds that a question is at work for them.

    What it begins with is about right for an 8B model on one GPU.
    """

    def __init__(self) -> None:
        self._encode = _Average(0.5)  # ms a picture token
        self._prefill = _Average(0.3)  # ms a prompt token that has to be computed
        self._decode = _Average(15.0)  # ms an answer token
        self._prompt = _Average(1500.0)  # tokens
        self._answer = _Average(150.0)  # tokens
        self._stretch = _Average(1.0)

    def cost(self, text: str, pictures: int, *, cached: bool) -> float:
        """Milliseconds that a question with so many new pictures will take; `cached`: its chat is held computed."""
        seen = pictures * SCREENSHOT_TOKENS
        new = len(text) / CHARACTERS_A_TOKEN + seen
        computed = new if cached else max(new, self._prompt.value)
        return seen * self._encode.value + computed * self._prefill.value + self._answer.value * self._decode.value

    def learn(self, usage: Usage) -> None:
        """Take in what an answer took."""
        computed = usage.prompt_tokens - usage.cached_tokens
        if usage.encode_ms and usage.image_tokens:
            self._encode.learn(usage.encode_ms / usage.image_tokens)
        if usage.prefill_ms and computed > 0:
            self._prefill.learn(usage.prefill_ms / computed)
            self._prompt.learn(usage.prompt_tokens)
        if usage.decode_ms and usage.answer_tokens:
            self._decode.learn(usage.decode_ms / usage.answer_tokens)
            self._answer.learn(usage.answer_tokens)

    def seconds(self, cost: float) -> float:
        """How long a question of this cost is at work, others beside it."""
        return cost / 1000 * self._stretch.value

    def observe(self, cost: float, seconds: float) -> None:
        """Take in how long a question that did cost this many milliseconds was at work."""
        self._stretch.learn(min(max(seconds / (cost / 1000), 1 / STRANGEST), STRANGEST))


def spent(usage: Usage) -> float:
    """Milliseconds of the device's work in an answer."""
    return usage.encode_ms + usage.prefill_ms + usage.decode_ms
