"""Vocabularies of many model families: those that come with llama-cpp-python's sources, and those that we make."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
from llama_cpp import llama_cpp as llama

from bot.inference.native import Vocabulary
from bot.inference.native.logs import initialise, load_log

KEPT = Path(__file__).parents[1] / ".cache" / "vocabularies"
_SECONDS = 300


class Words:
    """What a planner needs of a model of which there is only the vocabulary."""

    media_marker = "<__media__>"

    def __init__(self, model: llama.llama_model_p) -> None:
        self.vocabulary = Vocabulary(model)
        template = llama.llama_model_chat_template(model, None)
        self.chat_template = template.decode("utf-8", "replace") if template else None
        self.special = self.vocabulary.special_tokens()
        # White space and single characters are tokens of their own in some vocabularies, and mean nothing else there.
        self.meaningful = {
            token: string
            for token, string in self.special.items()
            if len(string) > 1 and not string.replace("▁", " ").isspace()
        }


@contextmanager
def words(path: Path) -> Iterator[Words]:
    """The vocabulary in a GGUF file, without weights."""
    initialise()
    params = llama.llama_model_default_params()
    params.vocab_only = True
    with load_log() as problems:
        model = llama.llama_model_load_from_file(os.fsencode(path), params)
    assert model, problems
    try:
        yield Words(model)
    finally:
        llama.llama_model_free(model)


def shipped() -> list[Path]:
    """The vocabularies in the sources of llama-cpp-python, fetched once, by pip, but for those of models that write
    nothing (they make embeddings). Skips the test where they cannot be had."""
    if not KEPT.is_dir():
        _fetch(f"llama-cpp-python=={version('llama-cpp-python')}")
    found = [path for path in sorted(KEPT.glob("ggml-vocab-*.gguf")) if "bert" not in path.name]
    assert len(found) >= 15
    return found


def _fetch(requirement: str) -> None:
    # pip asks the package's build for its metadata, which compiles nothing.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=llama-cpp-python"]
    KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        try:
            done = subprocess.run(
                [*command, "--dest", folder, requirement], capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"pip did not get the sources of {requirement} in {_SECONDS} s")
        archives = list(Path(folder).glob("*.tar.gz"))
        if done.returncode != 0 or not archives:
            pytest.skip(f"pip cannot get the sources of {requirement}: {done.stderr.strip()[-200:]}")
        unpacked = Path(folder) / "vocabularies"
        unpacked.mkdir()
        with tarfile.open(archives[0]) as archive:
            for member in archive:
                name = Path(member.name).name
                if name.startswith("ggml-vocab-") and name.endswith(".gguf") and (file := archive.extractfile(member)):
                    (unpacked / name).write_bytes(file.read())
        if not KEPT.is_dir():  # another run may have been faster
            unpacked.rename(KEPT)
