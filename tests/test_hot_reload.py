"""While one works, a saved notebook changes the running answer and a saved component the running page, without a build."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from compose_project import wait_for
from replica_servers import SECRET, free_port

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SEEN_S = 10  # after the file was saved, on a machine with a core to spare

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    "A copy of what is edited."
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("nbs", "tweetsent", "docker"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    for name in ("pyproject.toml", "settings.ini", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def patience() -> float:
    "Where others wait for the same cores, ten seconds of work take longer, in proportion."
    return SEEN_S * max(1.0, os.getloadavg()[0] / os.cpu_count())


def ended(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def detail(url: str) -> str:
    try:
        return httpx.get(f"{url}/api/v1/version", timeout=5).json()["detail"]
    except (httpx.HTTPError, ValueError, KeyError):
        return ""


def edit_cell(path: Path, old: str, new: str) -> None:
    "As JupyterLab saves: the whole notebook anew."
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and old in "".join(cell["source"])]
    assert len(found) == 1
    found[0]["source"] = "".join(found[0]["source"]).replace(old, new).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def test_a_saved_notebook_cell_changes_the_running_answer(checkout):
    port, log = free_port(), checkout / "reload.log"
    env = os.environ | {"PYTHONPATH": str(checkout), "PATH": f"{BIN}:{os.environ['PATH']}", "TWEETSENT_SECRET": SECRET}
    command = [sys.executable, "docker/devtools/reload.py", "--port", str(port)]
    process = subprocess.Popen(command, cwd=checkout, env=env, stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: detail(url).startswith("a key is needed"), 60)
        edit_cell(checkout / "nbs" / "serving" / "auth.ipynb", '_unknown("a key is needed")', '_unknown("a ticket is needed")')
        took = wait_for(lambda: detail(url).startswith("a ticket is needed"), 60)
        print(f"the answer has changed {took:.1f} s after the notebook was saved")
        edit_cell(checkout / "nbs" / "serving" / "auth.ipynb", 'raise _unknown("a ticket is needed")', "raise _unknown(")
        time.sleep(3)
        assert process.poll() is None, "a mistake ends nothing"
        edit_cell(checkout / "nbs" / "serving" / "auth.ipynb", "raise _unknown(\n", 'raise _unknown("a pass is needed")\n')
        again = wait_for(lambda: detail(url).startswith("a pass is needed"), 60)
    except AssertionError:
        print(log.read_text()[-3000:])
        raise
    finally:
        ended(process)
    assert max(took, again) < patience()


def test_a_saved_component_changes_the_running_page(tmp_path):
    if not shutil.which("node") or not (ROOT / "frontend" / "node_modules" / "next").is_dir():
        pytest.skip("node or frontend/node_modules is missing (make test-frontend installs the latter)")
    page = tmp_path / "frontend"
    shutil.copytree(ROOT / "frontend", page, symlinks=True, ignore=shutil.ignore_patterns("node_modules", ".next", "out", "e2e", "tests", "test-results"))
    (page / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
    port, log = free_port(), tmp_path / "next.log"
    env = os.environ | {"NEXT_TELEMETRY_DISABLED": "1"}
    command = ["node", "node_modules/next/dist/bin/next", "dev", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, cwd=page, env=env, stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)

    def text() -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=120).text
        except httpx.HTTPError:
            return ""

    shell = page / "src" / "components" / "shell" / "shell.tsx"
    try:
        wait_for(lambda: "Skip to the content" in text(), 120)
        text()
        shell.write_text(shell.read_text().replace("Skip to the content", "Skip to the edited content"))
        took = wait_for(lambda: "Skip to the edited content" in text(), 60)
        print(f"the page has changed {took:.1f} s after the component was saved")
    except AssertionError:
        print(log.read_text()[-3000:])
        raise
    finally:
        ended(process)
    assert took < patience()
