"""Trains the demo model. Stops after a number of minutes, and goes on from its checkpoint."""

from __future__ import annotations

import math
import os
import random
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
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
from deploy.demo_model.muon import Muon
from deploy.demo_model.tokenizer import Vocabulary

_KEPT = 300
"""Batches that may be learnt from again."""
_NEVER = -1e4  # as a score before softmax; infinity would leave gradients that are no numbers


@dataclass(frozen=True, slots=True)
class Plan:
    """`minutes` of training in all, counted over all runs; learning rates; how fast they fall at the end.

    The curriculum begins at `begin`, from 0 to 1. `sighted`: how patches are seen stays as it is; what is made
    of them is learnt, in half the time.
    `enlarge` is how many times as large as on two processor cores the batches are, `workers` how many processes draw
    pictures, `again` how often an earlier batch is learnt from once more, beside each new one.
    """

    minutes: float
    matrices: float = 2e-3
    others: float = 2e-3
    warm_steps: int = 150
    fall: float = 0.6
    begin: float = 0.0
    sighted: bool = False
    enlarge: float = 1.0
    workers: int = 1
    again: float = 0.0
    save_seconds: float = 60.0
    report_steps: int = 50
    look_steps: int = 5

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
        there = wanted > 0
        right = ((scores.argmax(-1) == wanted) & there).sum() / there.sum().clamp(min=1)
        return F.cross_entropy(scores, wanted, weight=self.weight), right


@dataclass(slots=True)
class Marks:
    """How many answers of each kind were right throughout, of late. Every batch is new, so nothing has been seen."""

    right: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    asked: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, batch: Batch, wrong: Tensor) -> None:
        """`wrong`: for each token of an answer, whether another one was likelier."""
        faults = torch.zeros(len(batch.kinds)).index_add_(0, batch.answers.cpu(), wrong.cpu().float())
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
            (Muon(matrices, lr=plan.matrices), plan.matrices),
            (torch.optim.AdamW(others, lr=plan.others, betas=(0.9, 0.98), weight_decay=0.0, fused=True), plan.others),
        ]
        self.step, self.seconds = 0, 0.0
        self.marks = Marks()
        self.means: dict[str, float] = {}

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.seconds / (self.plan.minutes * 60))

    @property
    def _lesson(self) -> float:
        """How far in the curriculum, from 0 to 1."""
        return self.plan.begin + (1 - self.plan.begin) * self.progress

    def run(self, checkpoint: Path, *, seed: int) -> None:
        """Train until the minutes are over; the checkpoint is written every few minutes and at the end."""
        plan, progress = self.plan, torch.tensor(self._lesson).share_memory_()
        course = Course(self.vocabulary, progress, seed=seed, first=self.step, enlarge=plan.enlarge)
        cuda = self.device == "cuda"
        if cuda:
            # cuDNN's attention prepares a plan for each new shape, and nearly every batch has a shape of its own.
            torch.backends.cuda.enable_cudnn_sdp(False)
        loader = DataLoader(
            course, batch_size=None, num_workers=plan.workers, prefetch_factor=4, pin_memory=cuda, in_order=not cuda,
            worker_init_fn=_stand_back,
        )  # fmt: skip
        saved, began = self.seconds, time.monotonic()
        for batch in self._repeated(loader, random.Random(seed)):
            self.learn(batch)
            now = time.monotonic()
            # A machine that was put to sleep for an hour has not learnt for an hour.
            self.seconds += min(60.0, now - began)
            began = now
            self.step += 1
            progress.fill_(self._lesson)
            if self.step % plan.report_steps == 0:
                print(self.report(), flush=True)
            if self.seconds - saved > plan.save_seconds or self.progress >= 1:
                saved = self.seconds
                self.save(checkpoint)
            if self.progress >= 1:
                break

    def _repeated(self, batches: Iterable[Batch], r: random.Random) -> Iterator[Batch]:
        """Each batch, on the device, and now and then one of the last few hundred again."""
        kept: deque[Batch] = deque(maxlen=_KEPT)
        for new in batches:
            batch = new.tensors(lambda tensor: tensor.to(self.device, non_blocking=True))
            yield batch
            if self.plan.again:
                kept.append(batch)
                for _ in range(int(self.plan.again + r.random())):
                    yield r.choice(kept)

    def learn(self, batch: Batch) -> None:
        """One step."""
        rate = self.plan.rate(self.progress, self.step)
        for optimizer, full in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = full * rate
        # Few processors multiply in bfloat16; on the others it would take a hundred times as long.
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            seen = None
            if len(batch.pixels):
                deep, still = len(batch.points) > 0, self.plan.sighted
                seen = self.model.vision(varied(batch.pixels), deep=deep, still=still)
            answers = self._answers(batch, seen) if len(batch.points) else None
        figures = {}
        loss = torch.zeros((), device=self.device)
        if answers is not None:
            scores, gaze = answers
            losses = F.cross_entropy(scores, batch.targets, reduction="none")
            figures["loss"] = (losses * batch.weights).sum() / batch.weights.sum()
            figures["gaze"] = gaze_loss(gaze, batch)
            loss = loss + figures["loss"] + 0.5 * figures["gaze"]
        if seen is not None and not self.plan.sighted:
            spelled, pointed, figures["characters"] = self.reader(seen, batch)
            figures |= {"cells": spelled, "spots": pointed}
            loss = loss + (1 - 0.8 * self._lesson) * (spelled + pointed)
        if not loss.requires_grad:
            return  # letters are of no use to who already sees
        loss.backward()
        nn.utils.clip_grad_norm_([*self.model.parameters(), *self.reader.parameters()], 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        # Looking at a figure waits for the card: not at every step.
        if self.step % self.plan.look_steps == 0:
            self._note(figures)
            if answers is not None:
                self.marks.add(batch, answers[0].detach().argmax(-1) != batch.targets)

    def _note(self, figures: Mapping[str, Tensor]) -> None:
        share = 0.02 * self.plan.look_steps
        for name, value in figures.items():
            self.means[name] = (1 - share) * self.means.get(name, value.item()) + share * value.item()

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


def _stand_back(_worker: int) -> None:
    """Whoever draws pictures makes way for the process that feeds the card."""
    os.nice(5)


def varied(pixels: Tensor) -> Tensor:
    """(pictures, 3, height, width) bytes -> -1..1, each picture with a little less contrast, darker or lighter, and
    with some noise: neither screens nor cameras agree on these."""
    size = (len(pixels), 1, 1, 1)
    contrast = torch.empty(size, device=pixels.device).uniform_(0.8, 1.0)
    shift = torch.empty(size, device=pixels.device).uniform_(-0.12, 0.12)
    noise = torch.empty(size, device=pixels.device).uniform_(-0.06, 0.03).clamp(min=0)
    values = pixels.float() / 127.5 - 1
    return (values * contrast + shift + torch.randn_like(values) * noise).clamp(-1, 1)


def gaze_loss(gaze: Gaze, batch: Batch) -> Tensor:
    """How far the one head is from looking, of all picture tokens, at the one that shows what is read next.

    Where to look next is the hard part of reading; taught by the answers alone, it takes many times as long.
    """
    if not batch.looks.numel():
        return torch.zeros((), device=batch.ids.device)
    queries = gaze.queries.flatten(0, 1)[batch.readings.clamp(min=0)]
    keys = gaze.keys.flatten(0, 1)[batch.shown.clamp(min=0)]
    scores = (queries @ keys.mT).float() * queries.shape[-1] ** -0.5
    scores = scores.masked_fill((batch.shown < 0)[:, None], _NEVER)
    losses = F.cross_entropy(scores.flatten(0, 1), batch.looks.flatten(), ignore_index=-1, reduction="sum")
    return losses / (batch.looks >= 0).sum().clamp(min=1)


def _is_matrix(name: str, parameter: nn.Parameter) -> bool:
    # Embeddings of tokens, positions and pixels are tables, not maps between hidden states.
    # What merges four patches is so large that making its updates orthogonal would take as long as the rest of a step.
    return parameter.ndim == 2 and "embd" not in name and ".fc" not in name
