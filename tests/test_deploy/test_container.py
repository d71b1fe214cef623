import asyncio
import fnmatch
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from bot.settings import variables

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {variable.name for variable in variables()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]


def last_stage() -> list[tuple[str, str]]:
    everything = instructions()
    start = max(number for number, (word, _) in enumerate(everything) if word == "FROM")
    return everything[start:]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    found: dict[str, str] = {}
    for word, rest in last_stage():
        if word == "ENV":
            found |= {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', rest)}
    return found


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text("utf-8"))
    return loaded


# --- image -------------------------------------------------------------------------------------------------------


def test_every_stage_that_is_built_upon_exists() -> None:
    stages, missing = set(), []
    for word, rest in instructions():
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            wanted = [base.replace("${ACCELERATOR}", kind) for kind in ("cpu", "cuda")] if "ACCELERATOR" in base else []
            missing += [stage for stage in wanted if stage not in stages]
            stages.add(name)
        missing += [stage for stage in re.findall(r"--from=(\S+)", rest) if stage not in stages]
    assert missing == []
    assert {"build-cpu", "build-cuda", "run-cpu", "run-cuda"} <= stages


def test_it_runs_the_command_without_privileges() -> None:
    words = [word for word, _ in last_stage()]
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert users == ["looksee"]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not {"RUN", "COPY"} & set(words[words.index("USER") :])
    entry = json.loads(dict(last_stage())["ENTRYPOINT"])
    assert set(entry) <= set(PROJECT["project"]["scripts"])
    assert json.loads(dict(last_stage())["CMD"]) == ["serve"]


def test_it_sets_settings_that_exist_and_keeps_the_data_in_a_volume() -> None:
    given = environment()
    assert {name for name in given if name.startswith("LOOKSEE_")} <= SETTINGS
    assert given["LOOKSEE_WEB__HOST"] == "0.0.0.0"
    assert ("VOLUME", given["LOOKSEE_DATA_DIR"]) in last_stage()
    assert ("EXPOSE", given["LOOKSEE_WEB__PORT"]) in last_stage()


def test_all_packages_and_no_model_are_copied() -> None:
    sources = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    copied = {source for some in sources for source in some}
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages <= copied
    assert copied - packages == {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    rules = (ROOT / ".dockerignore").read_text("utf-8").split()
    admitted = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert admitted == copied
    assert not any(fnmatch.fnmatch(secret, rule) for rule in admitted for secret in (".env", "data", "models"))


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (500, False)])
async def test_the_health_check_asks_the_service(status: int, healthy: bool) -> None:
    """The very command of the image, with a proxy in the environment that must not be asked."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        check = dict(last_stage())["HEALTHCHECK"]
        command = json.loads(check[check.index("[") :])
        port = str(runner.addresses[0][1])
        proxied = {**os.environ, "LOOKSEE_WEB__PORT": port, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command[1:], env=proxied, stderr=asyncio.subprocess.DEVNULL
        )
        assert command[0] == "python3"
        assert (await asyncio.wait_for(process.wait(), 30) == 0) == healthy
    finally:
        await runner.cleanup()
    assert asked == ["/healthz"]


# --- compose -----------------------------------------------------------------------------------------------------


def test_compose_builds_this_image_and_sets_settings_that_exist() -> None:
    service = compose()["services"]["looksee"]
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    given = service["environment"]
    assert set(given) <= SETTINGS
    assert {name: environment()[name] for name in given} == given


def test_compose_publishes_on_this_machine_only_and_keeps_the_data() -> None:
    described = compose()
    service = described["services"]["looksee"]
    (port,) = service["ports"]
    assert port.startswith("127.0.0.1:")
    assert port.endswith(":" + service["environment"]["LOOKSEE_WEB__PORT"])
    volumes = dict(volume.split(":")[:2] for volume in service["volumes"])
    assert volumes["data"] == service["environment"]["LOOKSEE_DATA_DIR"]
    assert "data" in described["volumes"]
    workdir = dict(last_stage())["WORKDIR"]
    assert volumes["../models"] == f"{workdir}/models"


def test_compose_gives_the_container_no_more_than_it_needs() -> None:
    service = compose()["services"]["looksee"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service["restart"] == "unless-stopped"


def test_the_gpu_variant_fits_the_dockerfile() -> None:
    variant = compose("compose.gpu.yaml")["services"]
    assert set(variant) == set(compose()["services"])
    declared = {rest.partition("=")[0] for word, rest in instructions() if word == "ARG"}
    assert set(variant["looksee"]["build"]["args"]) <= declared
    (device,) = variant["looksee"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


# --- guide -------------------------------------------------------------------------------------------------------


def test_the_guide_names_only_files_and_settings_that_exist() -> None:
    guide = (DEPLOY / "README.md").read_text("utf-8")
    files = set(re.findall(r"deploy/[\w.-]*\w", guide))
    files |= {f"deploy/{name}" for name in re.findall(r"\]\(([\w.]+)\)", guide)}
    assert len(files) >= 4
    assert [name for name in files if not (ROOT / name).exists()] == []
    own = {"LOOKSEE_PUBLISHED_PORT"}  # of compose.yaml itself
    assert set(re.findall(r"LOOKSEE_\w+", guide)) - own <= SETTINGS
