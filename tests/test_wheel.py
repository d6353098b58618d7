"""The wheel that `make release` builds: installed into an empty environment, it works in any folder, without the checkout and without a model hub."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip("uv is not installed")
    return found


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    "Nothing of the checkout's environment; no hub."
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWEETSENT_", "PYTHON", "VIRTUAL_ENV", "HF_", "COV_", "PYTEST"))}
    return kept | {"UV_FIND_LINKS": os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS", ""), "HF_ENDPOINT": "http://127.0.0.1:9"}


@pytest.fixture(scope="module")
def installed(uv, environment, tmp_path_factory) -> Path:
    "The commands of an environment that has the wheel and what training needs."
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("tweetsent", "nbs/experiments"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    for name in ("pyproject.toml", "settings.ini", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    built = subprocess.run([uv, "build", "--quiet", "--out-dir", folder / "dist", source], capture_output=True, text=True, env=environment)
    if built.returncode and "Failed to fetch" in built.stderr:
        pytest.skip("no package index answers")
    assert built.returncode == 0, built.stderr
    [wheel], [_] = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
    shutil.rmtree(source)
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "env"], check=True, env=environment)
    words = [uv, "pip", "install", "--quiet", "--python", folder / "env" / "bin" / "python", f"{wheel}[train,labeling,notebooks,serve]", "-c", ROOT / "constraints.txt"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "env" / "bin"


def call(installed: Path, folder: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([installed / "tweetsent", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL)


def test_it_runs_from_the_environment_and_not_from_a_checkout(installed, environment, tmp_path):
    told = subprocess.run([installed / "python", "-c", "import tweetsent; print(tweetsent.__file__)"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert told.stdout.startswith(str(installed.parent)) and str(ROOT) not in told.stdout
    shown = call(installed, tmp_path, environment, "--help")
    assert shown.returncode == 0 and all(word in shown.stdout for word in ("demo", "label", "serve", "score"))


def test_the_demo_works_in_an_empty_folder_without_a_hub(installed, environment, tmp_path):
    done = call(installed, tmp_path, environment, "demo")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    print("\n".join(done.stdout.splitlines()[-12:]))
    assert (tmp_path / "reports" / "index.html").is_file() and len(list((tmp_path / "reports").glob("*/report.html"))) >= 2
    assert "macro" in done.stdout.lower()
