"""Qwen3-VL in a small form, for training: the arithmetic of the architecture and nothing else.

Written for batches of pictures of equal size, and for a system prompt that a whole batch shares. Parameters have the
names of the GGUF files' tensors as far as Python allows, so that `export` is a renaming.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from bot.demo.qwen3vl import MERGE, PATCH, Dimensions

EPSILON = 1e-6


SHAPE = Dimensions(
    width=256, feed_forward=768, layers=6, head=64, heads=4, kv_heads=2,
    vision_width=256, vision_feed_forward=768, vision_layers=5, vision_heads=4, vision_positions=256, deepstack=(1, 3),
    rope_sections=(12, 10, 10), rope_base=10_000.0, context=32_768,
)  # fmt: skip
"""The demo model's dimensions: what fits into 15 MB with 8 bits a weight."""


GAZING = 3
"""The text layer whose first head is taught to look at what is read next."""


class Seen(NamedTuple):
    """What the vision part makes of pictures: `tokens` (n, width), what deepstack adds to them in the first text
    layers, of the same size, and the patches before they were merged (4 n, vision width)."""

    tokens: Tensor
    deep: tuple[Tensor, ...]
    patches: Tensor


class Gaze(NamedTuple):
    """Queries and keys of the first head of the layer `GAZING`, (conversations, tokens, head)."""

    queries: Tensor
    keys: Tensor


class Memory(NamedTuple):
    """Keys and values of a beginning that all conversations of a batch share, (1, kv_heads, length, head) a layer."""

    layers: list[tuple[Tensor, Tensor]]
    length: int


class VisionBlock(nn.Module):
    """Attention among all patches of a picture, and a feed-forward net."""

    def __init__(self, shape: Dimensions) -> None:
        super().__init__()
        width = shape.vision_width
        self.heads = shape.vision_heads
        self.ln1, self.ln2 = nn.LayerNorm(width, eps=EPSILON), nn.LayerNorm(width, eps=EPSILON)
        self.attn_qkv, self.attn_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.ffn_up = nn.Linear(width, shape.vision_feed_forward)
        self.ffn_down = nn.Linear(shape.vision_feed_forward, width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """(pictures, patches, width) -> the same."""
        batch, patches, width = x.shape
        qkv = self.attn_qkv(self.ln1(x)).view(batch, patches, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v)
        x = x + self.attn_out(mixed.transpose(1, 2).reshape(batch, patches, width))
        return x + self.ffn_down(F.gelu(self.ffn_up(self.ln2(x)), approximate="tanh"))


class Merger(nn.Module):
    """Four neighbouring patches -> one token of the text model's width."""

    def __init__(self, shape: Dimensions, *, after: bool) -> None:
        """`after`: normalise what has been put together (deepstack) instead of each patch."""
        super().__init__()
        self.merged, self.after = shape.vision_width * MERGE * MERGE, after
        self.norm = nn.LayerNorm(self.merged if after else shape.vision_width, eps=EPSILON)
        self.fc1, self.fc2 = nn.Linear(self.merged, self.merged), nn.Linear(self.merged, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """(pictures, patches in merge order, vision width) -> (pictures, tokens, width)."""
        batch = x.shape[0]
        x = self.norm(x.reshape(batch, -1, self.merged)) if self.after else self.norm(x)
        return self.fc2(F.gelu(self.fc1(x.reshape(batch, -1, self.merged))))


class Vision(nn.Module):
    """Pictures -> tokens."""

    def __init__(self, shape: Dimensions) -> None:
        super().__init__()
        self.shape = shape
        self.patch_embd = nn.Linear(3 * PATCH * PATCH, shape.vision_width)
        self.position_embd = nn.Parameter(torch.randn(shape.vision_positions, shape.vision_width) * 0.02)
        self.blk = nn.ModuleList(VisionBlock(shape) for _ in range(shape.vision_layers))
        self.deepstack = nn.ModuleDict({str(layer): Merger(shape, after=True) for layer in shape.deepstack})
        self.merger = Merger(shape, after=False)
        self._cache: dict[tuple[int, int], tuple[Tensor, ...]] = {}

    def forward(self, pixels: Tensor, *, deep: bool = True, still: bool = False) -> Seen:
        """(pictures, 3, height, width) in -1..1 -> tokens, row by row, one picture after the other; without what
        deepstack adds if not `deep`. `still`: nothing is learnt before the patches are merged."""
        grid = pixels.shape[2] // PATCH, pixels.shape[3] // PATCH
        cos, sin, corners, weights = self._places(grid)
        added: list[Tensor] = []
        with torch.set_grad_enabled(torch.is_grad_enabled() and not still):
            # Both frames of the temporal patch are the same picture, so their kernels act as one.
            places = (self.position_embd[corners] * weights.to(self.position_embd.dtype)).sum(1)
            x = self.patch_embd(in_merge_order(pixels)) + places
            stages = []
            for block in self.blk:
                x = block(x, cos, sin)
                stages.append(x)
        if deep:
            added = [self.deepstack[str(layer)](stages[layer]).flatten(0, 1) for layer in self.shape.deepstack]
        return Seen(self.merger(x).flatten(0, 1), tuple(added), x.flatten(0, 1))

    def _places(self, grid: tuple[int, int]) -> tuple[Tensor, ...]:
        if grid not in self._cache:
            rows, columns = grid
            device = self.position_embd.device
            y = merge_order(torch.arange(rows)[:, None].expand(rows, columns))
            x = merge_order(torch.arange(columns)[None].expand(rows, columns))
            half = self.shape.vision_width // self.shape.vision_heads // 2
            frequencies = 10_000.0 ** -(torch.arange(0, half, 2) / half)
            angles = torch.cat([y[:, None] * frequencies, x[:, None] * frequencies], -1).repeat(1, 2)
            corners, weights = bilinear(y, x, grid, round(self.shape.vision_positions**0.5))
            places = angles.cos(), angles.sin(), corners, weights
            self._cache[grid] = tuple(place.to(device) for place in places)
        return self._cache[grid]


class TextBlock(nn.Module):
    """Causal grouped-query attention and a gated feed-forward net."""

    def __init__(self, shape: Dimensions) -> None:
        super().__init__()
        self.shape = shape
        width, queries, keys = shape.width, shape.heads * shape.head, shape.kv_heads * shape.head
        self.attn_norm, self.ffn_norm = nn.RMSNorm(width, eps=EPSILON), nn.RMSNorm(width, eps=EPSILON)
        self.attn_q_norm, self.attn_k_norm = nn.RMSNorm(shape.head, eps=EPSILON), nn.RMSNorm(shape.head, eps=EPSILON)
        self.attn_q = nn.Linear(width, queries, bias=False)
        self.attn_k = nn.Linear(width, keys, bias=False)
        self.attn_v = nn.Linear(width, keys, bias=False)
        self.attn_output = nn.Linear(queries, width, bias=False)
        self.ffn_gate = nn.Linear(width, shape.feed_forward, bias=False)
        self.ffn_up = nn.Linear(width, shape.feed_forward, bias=False)
        self.ffn_down = nn.Linear(shape.feed_forward, width, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, before: tuple[Tensor, Tensor] | None, mask: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor]:
        """(conversations, tokens, width) -> the same, keys and values, and the queries of the first head."""
        batch, tokens, _ = x.shape
        normal = self.attn_norm(x)
        q, k, v = (
            part(normal).view(batch, tokens, -1, self.shape.head) for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        q = rotate(self.attn_q_norm(q).transpose(1, 2), cos, sin)
        k = rotate(self.attn_k_norm(k).transpose(1, 2), cos, sin).to(v.dtype)
        v = v.transpose(1, 2)
        keys, values = k, v
        if before is not None:
            keys, values = (
                torch.cat([old.expand(batch, -1, -1, -1), new], 2) for old, new in zip(before, (k, v), strict=True)
            )
        # Not `enable_gqa`: with a mask it would take the slow way on a card.
        keys, values = (part.repeat_interleave(self.shape.heads // self.shape.kv_heads, 1) for part in (keys, values))
        mixed = F.scaled_dot_product_attention(q.to(v.dtype), keys, values, attn_mask=mask, is_causal=mask is None)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, tokens, -1))
        normal = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(normal)) * self.ffn_up(normal)), (k, v), q[:, 0]


class Text(nn.Module):
    """Tokens -> what is likely to come next. Input and output embeddings are the same matrix."""

    def __init__(self, shape: Dimensions, tokens: int) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(tokens, shape.width)
        nn.init.normal_(self.token_embd.weight, std=0.05)
        self.blk = nn.ModuleList(TextBlock(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=EPSILON)

    def begin(self, ids: Tensor) -> Memory:
        """Read a beginning, (length,) token ids."""
        place = torch.arange(len(ids), device=ids.device)
        cos, sin = self._angles(place.expand(3, 1, -1))
        x, layers = self.token_embd(ids)[None], []
        for block in self.blk:
            x, kept, _ = block(x, cos, sin, None, None)
            layers.append(kept)
        return Memory(layers, len(ids))

    def forward(
        self, ids: Tensor, places: Tensor, seen: Seen | None, where: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Gaze]:
        """Hidden states (conversations, tokens, width) after the output norm, and where one head looks.

        `ids` (conversations, tokens); `places` (3, conversations, tokens), counted from behind the memory; `where` are
        the flat indices into `ids` at which the picture tokens stand, in order.
        """
        batch, tokens = ids.shape
        offset = memory.length if memory else 0
        cos, sin = self._angles(places + offset)
        x = self.token_embd(ids)
        if seen is not None:
            x = x.flatten(0, 1).index_copy(0, where, seen.tokens.to(x.dtype)).view(batch, tokens, -1)
        mask = None
        if memory is not None:
            causal = torch.ones(tokens, tokens, dtype=torch.bool, device=ids.device).tril()
            mask = torch.cat([causal.new_ones(tokens, offset), causal], 1)
        for layer, block in enumerate(self.blk):
            x, (k, _), q = block(x, cos, sin, memory.layers[layer] if memory else None, mask)
            if layer == GAZING:
                gaze = Gaze(q, k[:, 0])
            if seen is not None and layer < len(seen.deep):
                x = x.flatten(0, 1).index_add(0, where, seen.deep[layer].to(x.dtype)).view(batch, tokens, -1)
        return self.output_norm(x), gaze

    def logits(self, hidden: Tensor) -> Tensor:
        """(n, width) -> (n, vocabulary)."""
        return F.linear(hidden, self.token_embd.weight)

    def _angles(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """(3, batch, tokens) -> cosines and sines (batch, 1, tokens, head); time, height and width take turns among
        the frequencies."""
        half = self.shape.head // 2
        frequencies = self.shape.rope_base ** -(torch.arange(half, device=places.device) / half)
        axis = torch.zeros(half, dtype=torch.long, device=places.device)
        for which in (1, 2):
            axis[which : self.shape.rope_sections[which] * 3 : 3] = which
        angles = (places[axis].movedim(0, -1) * frequencies).repeat(1, 1, 2)[:, None]
        return angles.cos(), angles.sin()


class DemoVLM(nn.Module):
    """The whole model; `tokens` is the size of its vocabulary."""

    def __init__(self, shape: Dimensions, tokens: int) -> None:
        super().__init__()
        self.shape, self.vision, self.text = shape, Vision(shape), Text(shape, tokens)
        self.apply(_initialise)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5 * 0.8)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding over the whole head, halves as pairs."""
    first, second = x.chunk(2, -1)
    return x * cos.to(x.dtype) + torch.cat([-second, first], -1) * sin.to(x.dtype)


def merge_order(grid: Tensor) -> Tensor:
    """(rows, columns) -> (patches,): the four patches of a token stand together."""
    rows, columns = grid.shape
    return grid.reshape(rows // MERGE, MERGE, columns // MERGE, MERGE).transpose(1, 2).flatten()


def in_merge_order(pixels: Tensor) -> Tensor:
    """(pictures, 3, height, width) -> (pictures, patches, 3 * 16 * 16)."""
    batch, channels, height, width = pixels.shape
    rows, columns = height // PATCH // MERGE, width // PATCH // MERGE
    parts = pixels.view(batch, channels, rows, MERGE, PATCH, columns, MERGE, PATCH)
    return parts.permute(0, 2, 5, 3, 6, 1, 4, 7).reshape(batch, -1, channels * PATCH * PATCH)


def bilinear(y: Tensor, x: Tensor, grid: tuple[int, int], side: int) -> tuple[Tensor, Tensor]:
    """For each patch the four learned positions around it (patches, 4), and their weights (patches, 4, 1)."""
    spots = []
    for index, count in ((y, grid[0]), (x, grid[1])):
        spot = torch.linspace(0, side - 1, count)[index]
        low = spot.floor().long()
        spots.append((low, (low + 1).clamp(max=side - 1), spot - low))
    (top, bottom, dy), (left, right, dx) = spots
    corners = torch.stack([top * side + left, top * side + right, bottom * side + left, bottom * side + right], 1)
    weights = torch.stack([(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx], 1)
    return corners, weights[..., None]
