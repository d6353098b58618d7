"""What all tests share: no hub, no network surprises, and a project folder of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def root() -> Path:
    "The checkout."
    return ROOT


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    "An empty project folder that is the current one: runs, models and data of the checkout stay untouched."
    (tmp_path / "settings.ini").write_text("[project]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tweetsent(project):
    "Call the command line as a user does: a process of its own, in the project folder."

    def call(*words: object, timeout: float = 300, **options) -> subprocess.CompletedProcess:
        command = [str(Path(sys.executable).parent / "tweetsent"), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=project, stdin=subprocess.DEVNULL, **options)

    return call


@pytest.fixture
def eval_data() -> Path:
    "The folder of real data sets."
    folder = os.environ.get("TWEETSENT_EVAL_DATA")
    if not folder:
        pytest.skip("TWEETSENT_EVAL_DATA names no folder with the real data sets")
    return Path(folder)
