"""Trains the demo model. Stops after a number of minutes, and goes on from its checkpoint."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn
from torch.utils.data import DataLoader

from bot.demo.qwen3vl import Dimensions
from deploy.demo_model.batches import CLASSES, SLOTS, SPOTS, Batch
from deploy.demo_model.curriculum import Course
from deploy.demo_model.model import DemoVLM, Gaze, Seen
from deploy.demo_model.tokenizer import Vocabulary


@dataclass(frozen=True, slots=True)
class Plan:
    """`minutes` of training in all, counted over all runs; learning rates; how fast they fall at the end."""

    minutes: float
    matrices: float = 2e-3
    others: float = 2e-3
    warm_steps: int = 150
    fall: float = 0.5
    save_seconds: float = 120.0
    report_steps: int = 50

    def rate(self, progress: float, step: int) -> float:
        """The part of the learning rate that holds now: warmed up, then full, then falling as half a cosine."""
        falling = max(0.0, (progress - (1 - self.fall)) / self.fall)
        return min(1.0, (step + 1) / self.warm_steps) * (0.51 + 0.49 * math.cos(math.pi * min(1.0, falling)))


class Reader(nn.Module):
    """Heads for training alone: they tell which characters are in each 32x32 cell, in their order, and which one covers
    each spot of a patch, from what the vision part says of the cell and the patch.

    Without them the model learns the sentences and guesses the digits.
    """

    def __init__(self, shape: Dimensions) -> None:
        super().__init__()
        self.spell = nn.Linear(shape.width, 2 * SLOTS * CLASSES)
        self.point = nn.Linear(shape.vision_width, SPOTS * CLASSES)
        weight = torch.ones(CLASSES)
        weight[0] = 0.1  # most places are empty
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, seen: Seen, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The loss of spelling and that of pointing, and the part of the characters that were spelled right."""
        spelled, right = self._ask(self.spell, seen.tokens, batch.cells)
        pointed, _ = self._ask(self.point, seen.patches, batch.spots)
        return spelled, pointed, right

    def _ask(self, head: nn.Linear, told: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        scores, wanted = head(told.float()).view(-1, CLASSES), wanted.view(-1)
        right = (scores.argmax(-1) == wanted)[wanted > 0].float().mean()
        return F.cross_entropy(scores, wanted, weight=self.weight), right


@dataclass(slots=True)
class Marks:
    """How many answers of each kind were right throughout, of late. Every batch is new, so nothing has been seen."""

    right: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    asked: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, batch: Batch, wrong: Tensor) -> None:
        """`wrong`: for each token of an answer, whether another one was likelier."""
        faults = torch.zeros(len(batch.kinds)).index_add_(0, batch.answers, wrong.cpu().float())
        for kind, count in zip(batch.kinds, faults.tolist(), strict=True):
            self.right[kind] = self.right[kind] * 0.99 + (count == 0)
            self.asked[kind] = self.asked[kind] * 0.99 + 1

    def __str__(self) -> str:
        return " ".join(f"{kind} {self.right[kind] / self.asked[kind]:.0%}" for kind in sorted(self.asked))


class Trainer:
    """A model in training."""

    def __init__(self, model: DemoVLM, vocabulary: Vocabulary, plan: Plan, device: str) -> None:
        self.model, self.vocabulary, self.plan, self.device = model.to(device), vocabulary, plan, device
        self.reader = Reader(model.shape).to(device)
        matrices = [p for name, p in model.named_parameters() if _is_matrix(name, p)]
        chosen = {id(p) for p in matrices}
        others = [p for p in [*model.parameters(), *self.reader.parameters()] if id(p) not in chosen]
        self.optimizers: list[tuple[torch.optim.Optimizer, float]] = [
            (torch.optim.Muon(matrices, lr=plan.matrices, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
             plan.matrices),
            (torch.optim.AdamW(others, lr=plan.others, betas=(0.9, 0.98), weight_decay=0.0), plan.others),
        ]  # fmt: skip
        self.step, self.seconds = 0, 0.0
        self.marks = Marks()
        self.means: dict[str, float] = {}

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.seconds / (self.plan.minutes * 60))

    def run(self, checkpoint: Path, *, seed: int) -> None:
        """Train until the minutes are over; the checkpoint is written every few minutes and at the end."""
        progress = torch.tensor(self.progress).share_memory_()
        course = Course(self.vocabulary, progress, seed=seed, first=self.step)
        loader = DataLoader(course, batch_size=None, num_workers=1, prefetch_factor=4)
        saved, began = self.seconds, time.monotonic()
        for batch in loader:
            figures = self.learn(batch)
            now = time.monotonic()
            # A machine that was put to sleep for an hour has not learnt for an hour.
            self.seconds += min(60.0, now - began)
            began = now
            self.step += 1
            progress.fill_(self.progress)
            for name, value in figures.items():
                self.means[name] = 0.98 * self.means.get(name, value) + 0.02 * value
            if self.step % self.plan.report_steps == 0:
                print(self.report(), flush=True)
            if self.seconds - saved > self.plan.save_seconds or self.progress >= 1:
                saved = self.seconds
                self.save(checkpoint)
            if self.progress >= 1:
                break

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step."""
        rate = self.plan.rate(self.progress, self.step)
        for optimizer, full in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = full * rate
        batch = _on(batch, self.device)
        with torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16):
            seen = None
            if len(batch.pixels):
                seen = self.model.vision(batch.pixels.float() / 127.5 - 1, deep=len(batch.points) > 0)
            answers = self._answers(batch, seen) if len(batch.points) else None
        loss = gazed = spelled = pointed = right = torch.zeros((), device=self.device)
        if answers is not None:
            scores, gaze = answers
            gazed = gaze_loss(gaze, batch)
            losses = F.cross_entropy(scores, batch.targets, reduction="none")
            loss = (losses * batch.weights).sum() / batch.weights.sum()
            self.marks.add(batch, scores.detach().argmax(-1) != batch.targets)
        if seen is not None:
            spelled, pointed, right = self.reader(seen, batch)
        (loss + 0.5 * gazed + (1 - 0.8 * self.progress) * (spelled + pointed)).backward()
        nn.utils.clip_grad_norm_([*self.model.parameters(), *self.reader.parameters()], 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        asked = {"loss": loss.item(), "gaze": gazed.item()} if answers is not None else {}
        return asked | {"cells": spelled.item(), "spots": pointed.item(), "characters": right.item()}

    def _answers(self, batch: Batch, seen: Seen | None) -> tuple[Tensor, Gaze]:
        """What the model would say at each point, as scores, and where it looks."""
        memory = self.model.text.begin(batch.prefix) if len(batch.prefix) else None
        hidden, gaze = self.model.text(batch.ids, batch.places, seen, batch.where, memory)
        return self.model.text.logits(hidden.flatten(0, 1)[batch.points]).float(), gaze

    def report(self) -> str:
        """One line on where the training stands: means over some fifty steps."""
        values = " ".join(f"{name} {value:.3f}" for name, value in self.means.items())
        return f"{self.seconds / 60:.1f} min, step {self.step}: {values} | {self.marks}"

    def save(self, path: Path) -> None:
        """Write everything that going on needs, at once or not at all."""
        state = {
            "model": self.model.state_dict(),
            "reader": self.reader.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
            "shape": asdict(self.model.shape),
            "step": self.step,
            "seconds": self.seconds,
        }
        temporary = path.with_suffix(".new")
        torch.save(state, temporary)
        temporary.replace(path)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.reader.load_state_dict(state["reader"])
        for (optimizer, _), kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.step, self.seconds = state["step"], state["seconds"]


def gaze_loss(gaze: Gaze, batch: Batch) -> Tensor:
    """How far the one head is from looking, of all picture tokens, at the one that shows what is read next.

    Where to look next is the hard part of reading; taught by the answers alone, it takes many times as long.
    """
    losses, length = [], batch.ids.shape[1]
    queries, keys = gaze.queries.flatten(0, 1), gaze.keys.flatten(0, 1)
    rows = torch.div(batch.points, length, rounding_mode="floor")
    for row, (first, count) in enumerate(batch.spans):
        here = (rows == row) & (batch.looks >= 0)
        if count and here.any():
            shown = keys[batch.where[first : first + count]]
            scores = queries[batch.points[here]] @ shown.T * queries.shape[-1] ** -0.5
            losses.append(F.cross_entropy(scores.float(), batch.looks[here] - first, reduction="sum"))
    if not losses:
        return torch.zeros((), device=queries.device)
    return torch.stack(losses).sum() / (batch.looks >= 0).sum()


def _is_matrix(name: str, parameter: nn.Parameter) -> bool:
    # Embeddings of tokens, positions and pixels are tables, not maps between hidden states.
    # What merges four patches is so large that making its updates orthogonal would take as long as the rest of a step.
    return parameter.ndim == 2 and "embd" not in name and ".fc" not in name


def _on(batch: Batch, device: str) -> Batch:
    for name in batch.__slots__:
        value = getattr(batch, name)
        if isinstance(value, Tensor):
            setattr(batch, name, value.to(device))
    return batch
