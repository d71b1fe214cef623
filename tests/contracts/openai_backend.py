"""The model contract's backend on an OpenAI-compatible server: llama-cpp-python's, which runs the same small model."""

from __future__ import annotations

from bot.inference.native import Sampling
from bot.inference.remote import RemoteModel
from bot.inference.remote_answer import RemoteGeneration
from bot.ports import Prompt, VisionModel
from tests.fakes.openai_server import CONTEXT, Relay
from tests.waiting import until


class NotingModel(RemoteModel):
    """Remembers its answers, so that a test can see how far they are."""

    def __init__(self, url: str) -> None:
        super().__init__(url=url, context=CONTEXT, sampling=Sampling(temperature=0.0, seed=7))
        self.answers: list[RemoteGeneration] = []

    def generate(self, prompt: Prompt) -> RemoteGeneration:
        self.answers.append(super().generate(prompt))
        return self.answers[-1]


class OpenAiBackend:
    counts = False  # this server tells no figures when it streams

    def __init__(self, server: str) -> None:
        self._relay = Relay(server)
        self._tokens = 0
        self._noting: NotingModel
        self.model: VisionModel

    async def open(self) -> None:
        self.model = self._noting = NotingModel(await self._relay.start())
        await self.model.load()

    def pause(self, tokens: int = 2) -> None:
        self._tokens = tokens
        self._noting.answers.clear()
        self._relay.pause(tokens)

    async def paused(self) -> None:
        async def arrived() -> bool:
            return any(answer.usage.answer_tokens == self._tokens for answer in self._noting.answers)

        await until(arrived)

    def resume(self) -> None:
        self._relay.resume()

    async def close(self) -> None:
        await self.model.close()
        await self._relay.stop()
