"""The documents: what they link to is there, and they tell of all commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.messages import Role
from bot.verbs.table import VERBS, among_agents
from bot.verbs.verb import Verb

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "deploy/README.md", "docs/desk.md", "docs/operations.md"]
PICTURE_BYTES = 150_000
WHO = {Role.CUSTOMER: "everyone", Role.AGENT: "agents", Role.ADMIN: "admins"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("https://"):
            assert ((ROOT / document).parent / target).is_file(), target


def test_the_readme_shows_it_working() -> None:
    assert re.search(r"!\[[^\]]+\]\(docs/images/\w+\.png\)", (ROOT / "README.md").read_text(encoding="utf-8"))


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs/images").glob("*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > PICTURE_BYTES] == []


def test_the_desk_lists_all_commands() -> None:
    text = (ROOT / "docs/desk.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- verbs -->\n(.*)<!-- /verbs -->", text, re.DOTALL)
    rows = [f"| {_usage(verb)} | {WHO[verb.role]} | {_place(verb)} | {verb.description.en} |\n" for verb in VERBS]
    assert found
    assert found[1] == "".join(["| command | who | where | what it does |\n| --- | --- | --- | --- |\n", *rows])


def test_the_readme_names_all_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [verb.name for verb in VERBS if not re.search(rf"`{verb.name}\b", text)] == []


def _usage(verb: Verb) -> str:
    usage = verb.usage("", "en").replace("|", r"\|")
    return f"`{usage}`"


def _place(verb: Verb) -> str:
    if verb.about_case:
        return "room"
    if not among_agents(verb):
        return "conversation"
    return "agents" if verb.desk else "private" if verb.discreet else "anywhere"
