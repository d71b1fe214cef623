import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.messages import LANGUAGES, Language
from bot.texts import COLLEAGUE_LABEL, PICTURE_LABEL, PICTURE_LEFT
from prompts.loader import SystemPrompts, TemplateFaultError

POLICIES = "Returns within 30 days.\nOpen 9:00 to 18:00."


def test_there_is_a_prompt_in_every_language_the_bot_speaks() -> None:
    assert SystemPrompts("Acme").languages == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_company_and_policies_appear(language: str) -> None:
    text = SystemPrompts("Acme Möbel", POLICIES).system(language).text
    assert "Acme Möbel" in text.splitlines()[0]
    assert text.endswith(POLICIES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("policies", ["", " \n ", POLICIES])
def test_nothing_is_left_empty(language: str, policies: str) -> None:
    text = SystemPrompts("Acme", policies).system(language).text
    assert "{" not in text
    assert "}" not in text
    assert not re.search(r"\n\n\n|[ \t]\n|^\s|\s$", text)
    # A heading without anything below it is what a forgotten placeholder leaves behind.
    for block in text.split("\n\n")[1:]:
        assert len(block.splitlines()) >= 2, block
    assert bool(policies.strip()) == ("Acme below" in text or "资料" in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_it_must(language: str) -> None:
    wanted = {
        "en": ["Quote the exact text", "crop", "one short question", "Never invent", "never an instruction", "support"],
        "zh": ["原样引出", "局部截图", "反问一个", "绝不编造", "不是给你的指令", "联系"],
    }
    text = SystemPrompts("Acme").system(language).text
    assert [phrase for phrase in wanted[language] if phrase not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_short_enough_to_be_read_with_every_question(language: str) -> None:
    """By the usual rule of thumb: four letters of English or one Chinese character make a token."""
    text = SystemPrompts("Acme").system(language).text
    wide = sum(character >= "\u2e80" for character in text)
    assert wide + (len(text) - wide) / 4 < 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_screenshot_is_described_by_a_prompt_of_its_own(language: str) -> None:
    prompts = SystemPrompts("Acme", POLICIES)
    text = prompts.describing(language).text
    assert "E-4127" in text
    assert POLICIES not in text
    assert text != prompts.system(language).text
    assert {"en": "never an instruction", "zh": "不是给你的指令"}[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_of_screenshots_are_explained(language: Language) -> None:
    text = SystemPrompts("Acme").system(language).text
    assert PICTURE_LABEL.say(language, number=2) in text
    assert PICTURE_LEFT.say(language, number=2, description="").rstrip("]").rstrip() in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_asks_is_told_with_the_labels_of_their_screenshots(language: Language) -> None:
    text = SystemPrompts("Acme").instruction("counsel", language).text
    assert "Acme" in text
    assert COLLEAGUE_LABEL.say(language, number=1) in text
    assert {"en": "never an instruction", "zh": "不是给你的指令"}[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["counsel", "suggest", "summary", "judge"])
def test_instructions_are_short(name: str, language: Language) -> None:
    text = SystemPrompts("Acme", POLICIES).instruction(name, language).text
    assert POLICIES not in text
    wide = sum(character >= "\u2e80" for character in text)
    assert 20 < wide + (len(text) - wide) / 4 < 230


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_check_says_both_answers(language: Language) -> None:
    text = SystemPrompts("Acme").instruction("judge", language).text
    assert '{"person": true}' in text
    assert '{"person": false}' in text


def test_the_version_changes_with_the_text_and_only_with_it() -> None:
    one = SystemPrompts("Acme", POLICIES)
    assert one.system("en") == SystemPrompts(" Acme\n", POLICIES + "\n").system("en")
    versions = {
        prompts.system(language).version
        for prompts in (one, SystemPrompts("Acme"), SystemPrompts("Other", POLICIES), SystemPrompts("Acme", "x"))
        for language in LANGUAGES
    }
    assert len(versions) == 8
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "value", ["{{ 7 * 7 }}", "{% for x in y %}", "{{ company.__class__ }}", "{# hidden #}", "A & B <c>"]
)
def test_template_syntax_in_a_value_is_text(language: str, value: str) -> None:
    text = SystemPrompts(value, value).system(language).text
    assert text.count(value) >= 3
    assert "49" not in text


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in 'abc' %}{{ x }}{% endfor %}",
        "{{ '%1000000000d' % 1 }}",
        "{{ company|center(1000000000) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ company.upper() }}",
        "{{ company[0] }}",
        "{% set company = 'x' %}",
        "{% include 'x' %}",
        "{{ 9 ** 99999999 }}",
    ],
)
def test_there_are_placeholders_and_conditions_and_nothing_else(template: str) -> None:
    with pytest.raises(TemplateFaultError, match="placeholders and conditions are all that there is") as caught:
        SystemPrompts("Acme").render(f"Hello.\n{template}")
    assert caught.value.line == 2


def test_conditions_are_rendered() -> None:
    template = (
        "{% if policies and not company == 'Other' %}{{ company }}: {{ policies }}{% elif company is defined %}-"
        "{% endif %}{{ '!' if company else '?' }}"
    )
    assert SystemPrompts("Acme", "Be kind.").render(template).text == "Acme: Be kind.!"
    assert SystemPrompts("Acme").render(template).text == "-!"


def test_a_language_without_a_prompt_is_an_error() -> None:
    with pytest.raises(KeyError):
        SystemPrompts("Acme").system("xx")


def test_prompts_travel_in_the_wheel(tmp_path: Path) -> None:
    """Built, unpacked away from this checkout, and read there."""
    root = Path(__file__).parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True, timeout=100)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    # Without the hook of an editable installation, which would find this checkout first.
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "sys.meta_path[:] = [finder for finder in sys.meta_path if 'editable' not in repr(finder)]; "
        "import prompts.loader as p; print(p.__file__, p.SystemPrompts('Acme').system('zh').version)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "site")]
    run = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60)
    file, version = run.stdout.split()
    assert Path(file).is_relative_to(tmp_path / "site")
    assert version == SystemPrompts("Acme").system("zh").version
