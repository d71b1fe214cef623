import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy" / "install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORDED = """\
Processing /tmp/looksee
  Running command pip subprocess to install build dependencies
  Collecting scikit-build-core>=0.10
    Downloading scikit_build_core-1.1.2-py3-none-any.whl (295 kB)
  Installing collected packages: pathspec, packaging, scikit-build-core
Collecting llama-cpp-python==0.3.36
  Downloading llama_cpp_python-0.3.36.tar.gz (76.6 MB)
  Running command Preparing metadata (pyproject.toml)
  [1/2] Not a step of the compilation
  Running command Building wheel for llama-cpp-python (pyproject.toml)
  *** Configuring CMake...
  -- The CXX compiler identification is GNU 12.2.0
  *** Building project with Ninja...
  [1/4] Building CXX object CMakeFiles/x.dir/src/b.cpp.o
  [2/4] Building CXX object CMakeFiles/x.dir/src/a.cpp.o
  [3/4] Building CXX object CMakeFiles/x.dir/src/c.cpp.o
  [4/4] Linking CXX shared library libx.so
  Building wheel for llama-cpp-python (pyproject.toml): finished with status 'done'
Installing collected packages: numpy, jinja2, looksee
Successfully installed looksee-0.1.0
"""


def shown(install: ModuleType, log: str, pause: float) -> list[str]:
    """What is shown of pip's output when `pause` seconds pass before each line."""
    progress = install.Progress(0.0)
    lines = enumerate(log.splitlines(keepends=True), 1)
    return [news for number, line in lines if (news := progress.feed(line, number * pause))]


def test_progress_of_a_compilation(install: ModuleType) -> None:
    assert shown(install, RECORDED, 30) == [
        "downloading llama_cpp_python-0.3.36.tar.gz (76.6 MB)",
        "preparing to compile llama.cpp",
        "compiling llama.cpp: 1 of 4 steps, 2 min 0 s",
        "compiling llama.cpp: 2 of 4 steps, 2 min 30 s",
        "compiling llama.cpp: 3 of 4 steps, 3 min 0 s",
        "compiling llama.cpp: 4 of 4 steps, 3 min 30 s",
        "installing 3 packages",
    ]


def test_fast_steps_do_not_flood_the_screen(install: ModuleType) -> None:
    assert [news for news in shown(install, RECORDED, 1) if "steps" in news] == [
        "compiling llama.cpp: 4 of 4 steps, 7 s",
    ]


def test_make_counts_in_percent(install: ModuleType) -> None:
    assert "compiling llama.cpp: 37 %, 1 min 0 s" in shown(
        install, "Running command Building wheel for llama-cpp-python\n-- x\n[ 37%] Building CXX object a.o\n", 30
    )


def test_a_sign_of_life_when_nothing_is_shown(install: ModuleType) -> None:
    progress = install.Progress(0.0)
    progress.feed("Collecting numpy>=1.26\n", 1.0)
    assert progress.beat(19.9) is None
    assert progress.beat(20.1) == "still looking up numpy>=1.26, 20 s so far"
    assert progress.beat(30.0) is None
    assert progress.beat(100.0) == "still looking up numpy>=1.26, 1 min 40 s so far"


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage", "build-essential"),
        ("-- Could not find nvcc, please set CUDAToolkit_ROOT", "without CMAKE_ARGS"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "CMAKE_BUILD_PARALLEL_LEVEL=1"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "network"),
        ("ERROR: something else", ""),
    ],
)
def test_advice_fits_the_failure(install: ModuleType, log: str, advice: str) -> None:
    assert advice in install.advise(log)
    assert bool(advice) == bool(install.advise(log))


def test_a_failing_pip_ends_with_the_reason_and_where_the_log_is(install: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    with pytest.raises(SystemExit) as caught:
        install.pip(Path(sys.prefix), ["--no-index", "looksee-has-no-such-dependency"], log)
    message = str(caught.value)
    assert "looksee-has-no-such-dependency" in message
    assert str(log) in message
    assert "which package index" in message
    assert "No matching distribution" in log.read_text("utf-8")


def test_an_old_python_is_told_what_to_do(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PYTHON", (99, 0))
    with pytest.raises(SystemExit, match=r"make serve PYTHON="):
        install.main()


def test_the_model_library_is_the_one_of_pyproject(install: ModuleType) -> None:
    assert install.model_library().startswith("llama-cpp-python==")


# --- the Makefile ------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile, with an installed environment according to its stamps."""
    (tmp_path / "deploy").mkdir()
    for name in ("Makefile", "pyproject.toml", "deploy/install.py"):
        shutil.copy(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1000, 1000))
    (tmp_path / ".venv").mkdir()
    for name in (".installed-runtime", ".installed-dev"):
        (tmp_path / ".venv" / name).touch()
    return tmp_path


def plan(checkout: Path, goal: str, **variables: str) -> str:
    """The commands that make would run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "CMAKE_ARGS"))}
    environment: Mapping[str, str] = {**clean, **variables}
    command = ["make", "--dry-run", goal]
    return subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("goal", ["serve", "test", "check", "bench"])
def test_nothing_is_installed_twice(checkout: Path, goal: str) -> None:
    assert "install.py" not in plan(checkout, goal)


@pytest.mark.parametrize(("goal", "extra"), [("serve", False), ("bench", False), ("test", True), ("check", True)])
def test_changed_dependencies_are_installed(checkout: Path, goal: str, extra: bool) -> None:
    os.utime(checkout / "pyproject.toml")
    os.utime(checkout / ".venv" / ".installed-runtime", (2000, 2000))
    os.utime(checkout / ".venv" / ".installed-dev", (2000, 2000))
    assert plan(checkout, goal).count("install.py") == 1
    assert ("--extra dev" in plan(checkout, goal)) == extra


def test_another_build_of_the_model_library_is_installed_once(checkout: Path) -> None:
    assert "install.py" in plan(checkout, "serve", CMAKE_ARGS="-DGGML_CUDA=on")
    (checkout / ".venv" / ".cmake-args").write_text("-DGGML_CUDA=on")
    assert "install.py" not in plan(checkout, "serve", CMAKE_ARGS="-DGGML_CUDA=on")
    assert "install.py" not in plan(checkout, "serve")


def test_test_runs_every_check_and_then_the_tests(checkout: Path) -> None:
    commands = plan(checkout, "test")
    wanted = ["ruff format --check", "ruff check", "mypy", "lint-imports", "pytest"]
    places = [commands.index(f".venv/bin/{command}") for command in wanted]
    assert places == sorted(places)


def test_help_is_the_default_and_names_every_goal(checkout: Path) -> None:
    listed = subprocess.run(["make"], cwd=checkout, check=True, capture_output=True, text=True).stdout
    assert [goal for goal in ("serve", "test", "check", "bench", "clean") if f"make {goal}" not in listed] == []


def test_the_ci_script_is_executable_and_parses() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
