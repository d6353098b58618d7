"""Every library notebook runs from top to bottom: one result each."""

import os
from pathlib import Path

import pytest
from nbdev.test import test_nb as run_notebook_tests

NBS = Path(__file__).resolve().parent.parent / "nbs"
NOTEBOOKS = [path for path in sorted(NBS.rglob("*.ipynb")) if not {"experiments", ".ipynb_checkpoints"} & set(path.parts)]


def ours() -> dict[str, str]:
    "The environment variables that change what tweetsent does; libraries set others when they are imported."
    return {name: value for name, value in os.environ.items() if name.startswith("TWEETSENT_") or name.endswith("_API_KEY")}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: str(path.relative_to(NBS)))
def test_notebook(notebook, monkeypatch, capsys):
    monkeypatch.chdir(notebook.parent)
    before = ours()
    passed, seconds = run_notebook_tests(notebook)
    assert passed, f"{notebook.name} failed:\n{capsys.readouterr().out[-3000:]}"
    assert ours() == before, "the notebook left settings behind in the environment"
