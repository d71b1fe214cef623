"""The documents: what they link to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "deploy/README.md"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("https://"):
            assert ((ROOT / document).parent / target).is_file(), target


def test_the_readme_shows_it_working() -> None:
    assert re.search(r"!\[[^\]]+\]\(docs/images/\w+\.png\)", (ROOT / "README.md").read_text(encoding="utf-8"))
