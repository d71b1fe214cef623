"""Which model answers: the settings decide."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.demo import DEMO_MODEL
from bot.digests import verify
from bot.inference.engine import MEGABYTE, LlamaEngine
from bot.inference.gate import Gate
from bot.inference.guarded import GuardedModel
from bot.inference.isolated import IsolatedModel, Patience, Report
from bot.inference.journal import Journal
from bot.inference.native import Sampling
from bot.inference.remote import RemoteModel
from bot.inference.watch import Watch
from bot.metrics import Metrics
from bot.ports import VisionModel
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """What the service is to its model; one-off commands do without.

    `gate` is held for each native step in this process, `journal` remembers what this process was answering when it
    died, and `report` is told of deaths of the model's own process (`bot.inference.isolated.Report`).
    """

    gate: Gate
    journal: Journal
    report: Report


async def verified_model(settings: Settings, metrics: Metrics) -> VisionModel:
    """Make the configured model, not loaded yet, once its files are known to be those that are pinned. Raises
    ModelFileError."""
    await verify(settings.model)
    return await asyncio.to_thread(build_model, settings, metrics)


def build_model(settings: Settings, metrics: Metrics, service: Service | None = None) -> VisionModel:
    """Make the configured model, not loaded yet; the embedded one if none is configured. Blocking."""
    model, notice = settings.model, None
    sampling = Sampling(
        temperature=model.temperature,
        top_p=model.top_p,
        top_k=model.top_k,
        presence_penalty=model.presence_penalty,
        seed=model.seed,
    )
    if model.backend == "openai":
        return RemoteModel(
            url=model.url,
            name=model.name,
            api_key=model.api_key.get_secret_value() if model.api_key else "",
            context=model.context,
            sampling=sampling,
            silence_seconds=max(settings.queue.first_token_seconds, settings.queue.silence_seconds),
        )
    path, mmproj = model.path, model.mmproj_path
    if path is None or mmproj is None:
        path, mmproj, notice = DEMO_MODEL.model, DEMO_MODEL.mmproj, DEMO_MODEL.notice
    arguments: dict[str, Any] = {
        "model_path": path,
        "mmproj_path": mmproj,
        "context": model.context,
        "gpu_layers": model.gpu_layers,
        "threads": model.threads,
        "image_max_tokens": model.image_max_tokens,
        "sampling": sampling,
        "notice": notice,
        "parallel": model.parallel_chats,
        "parked_bytes": model.parked_megabytes * MEGABYTE,
        "embeddings_bytes": model.embeddings_megabytes * MEGABYTE,
        "step_seconds": model.step_seconds,
    }
    watch = Watch(metrics.model_event, metrics.model_level)
    if model.isolation == "process":
        return IsolatedModel(
            arguments,
            observe=metrics.native_step,
            watch=watch,
            log_level=settings.log_level,
            log_json=settings.log_json,
            patience=Patience(step=model.step_seconds),
            report=service.report if service else None,
        )
    gate = service.gate if service else Gate(metrics.native_step)
    engine = LlamaEngine(**arguments, gate=gate, watch=watch)
    return GuardedModel(engine, service.journal) if service else engine
