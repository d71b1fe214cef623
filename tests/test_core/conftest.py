"""The core on a real database, with a scripted model and a platform that is a list."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from bot import assembly, configured
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender
from bot.metrics import Metrics
from bot.roles import Roles
from bot.sections import ChatSettings, ImageSettings, ModelSettings
from bot.settings import Settings
from bot.stores import ConversationStore
from conversations.sqlite import SqliteStore
from prompts.loader import SystemPrompts
from tests.doubles import ListAdapter, ScriptedModel
from tests.prompts import words
from tests.test_core.talking import Talk

CHAT = ChatKey("list", "", "1")


def picture(colour: str = "red", size: tuple[int, int] = (64, 64)) -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    Pillow.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


@dataclass
class Bench:
    """One running core and the means to talk to it."""

    path: Path
    settings: Settings
    model: ScriptedModel
    platform: ListAdapter
    store: ConversationStore = field(init=False)
    core: assembly.Core = field(init=False)
    metrics: Metrics = field(init=False)
    roles: Roles = field(init=False)
    number: int = 0
    others: dict[str, ListAdapter] = field(default_factory=dict)
    """Further platforms, by name."""

    async def start(self) -> None:
        """Start on whatever the database file holds."""
        self.store = SqliteStore(self.path)
        await self.store.open()
        self.metrics = Metrics()
        prompts = await asyncio.to_thread(configured.load_prompts, self.settings)
        self.roles = await configured.known_roles(self.settings, self.store)
        self.core = assembly.assemble(
            self.settings,
            self.store,
            self.model,
            {"list": self.platform, **self.others},
            self.metrics,
            prompts,
            staff=self.roles,
        )
        await self.core.resume()

    async def stop(self) -> None:
        """Stop, as on a termination signal."""
        await self.core.close()
        await self.store.close()

    async def say(
        self,
        text: str = "",
        *,
        chat: ChatKey = CHAT,
        message: str = "",
        kind: Kind = Kind.MESSAGE,
        files: tuple[bytes, ...] = (),
        names: tuple[str, ...] = (),
        sender: str = "list:anna",
        **more: object,
    ) -> str:
        """Hand in one message; returns its id."""
        self.number += 1
        message = message or f"c{self.number}"
        attachments = tuple(
            Attachment(name=name, data=data) for data, name in zip(files, names or ("",) * len(files), strict=True)
        )
        inbound = Inbound(
            f"event {self.number}",
            chat,
            Sender(sender),
            kind,
            text,
            message,
            attachments,
            **more,  # type: ignore[arg-type]
        )
        await self.core.intake.receive(inbound)
        return message

    async def command(
        self, verb: str, text: str = "", *, chat: ChatKey = CHAT, sender: str = "list:anna", **more: Any
    ) -> None:
        """Give a command."""
        await self.say(text, kind=Kind.COMMAND, chat=chat, sender=sender, command=verb, **more)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A running core."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        admins=("telegram:1",),
        model=ModelSettings(max_tokens=100, parallel_chats=4),
        images=ImageSettings(max_megabytes=1, per_question=3),
        chat=ChatSettings(burst_seconds=0, album_seconds=0, max_characters=1000),
    )
    made = Bench(tmp_path / "looksee.db", settings, ScriptedModel(), ListAdapter())
    await made.start()
    yield made
    await made.stop()


def asked(bench: Bench) -> list[str]:
    """The questions that the model was given."""
    return [words(prompt.messages[-1].text) for prompt in bench.model.prompts]


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """A conversation, to look at its prompts."""
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    prompts = await asyncio.to_thread(SystemPrompts, "Acme")
    yield Talk(store, prompts)
    await store.close()
