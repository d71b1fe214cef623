"""What the memory's bandwidth allows: each decode step reads all weights once, and the context of every chat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gguf

KV_BYTES = 2  # an F16


@dataclass(frozen=True, slots=True)
class Bound:
    """Bytes that a decode step of a model has to read, and the `bandwidth` of the memory, in bytes a second. `weights`:
    whatever the number of chats; `cell`: of each cell of the context, keys and values of all layers."""

    weights: int
    cell: int
    bandwidth: float

    @classmethod
    def of(cls, model: Path, bandwidth: float) -> Bound:
        """Read the bytes off a text model. Blocking, for seconds if it is large."""
        reader = gguf.GGUFReader(model)
        prefix = reader.fields["general.architecture"].contents()

        def value(name: str) -> int:
            return int(reader.fields[f"{prefix}.{name}"].contents())

        sizes = {tensor.name: int(tensor.n_bytes) for tensor in reader.tensors}
        weights = sum(sizes.values())
        if "output.weight" in sizes:  # otherwise the embeddings are the head, too
            weights -= sizes["token_embd.weight"]
        heads = value("attention.head_count_kv")
        width = heads * (value("attention.key_length") + value("attention.value_length"))
        return cls(weights, value("block_count") * width * KV_BYTES, bandwidth)

    def tokens_a_second(self, chats: int, cells: float) -> float:
        """The most that so many chats of `cells` each can get together."""
        return chats * self.bandwidth / (self.weights + chats * cells * self.cell)
