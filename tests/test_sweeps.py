"""Sweeps of real notebooks: killed and resumed, on one machine and on Ray, with workers that die and runs that fail."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tweetsent.core.settings import read_settings
from tweetsent.pipeline.sweep import plan_sweep, run_sweep
from tweetsent.pipeline.sweep_report import publish_sweep
from tweetsent.pipeline.sweep_runners import LocalRunner, RayRunner, thread_variables, usable_cores

PARAMETERS = 'number: int = 1  # what is computed\nwhat: str = "save"  # what to do\nrun_id: str = ""  # name of the run'
ACT = """
import os, signal, time
from tweetsent.core.errors import LabelError
if what == "fail":
    raise LabelError(f"number {number} has no label")
if what == "kill":
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(30)
"""
SAVE = """
from tweetsent.reporting.report import write_report
from tweetsent.reporting.runs import start_run
run = start_run("mine", {"number": number})
run.note(threads=os.environ["OMP_NUM_THREADS"], label_names=["a", "b"])
run.write_metrics({"validation": {"n": 9, "n_dropped": 0, "macro_f1": {"value": number / 100, "low": 0.0, "high": 1.0}}})
write_report(run.folder)
run.publish()
"""


@pytest.fixture
def mine(project) -> Path:
    "A grid file beside a small experiment of one's own."
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in (PARAMETERS, ACT, SAVE)])
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, project / "mine.ipynb")
    return project / "grid.yaml"


def published(project: Path) -> dict[str, dict]:
    "The sweep's runs: run id -> run.json."
    return {path.parent.name: json.loads(path.read_text()) for path in project.glob("reports/mine-*/run.json")}


def test_workers_share_the_cores_and_a_failed_or_killed_run_stops_no_other(project, mine):
    mine.write_text(
        "notebook: mine.ipynb\ngrid: {number: [1]}\ninclude:\n  - parameters: {number: 7, what: fail}\n  - parameters: {number: 8, what: kill}\n"
    )
    settings = read_settings(project)
    before = os.environ.get("OMP_NUM_THREADS")
    sweep = run_sweep(plan_sweep(mine, settings), settings, LocalRunner(2))
    statuses = {entry.trial.values["number"]: (entry.status, entry.error) for entry in sweep.entries.values()}
    assert statuses[1] == ("done", "") and statuses[7] == ("failed", "number 7 has no label")
    assert statuses[8][0] == "failed" and "killed twice" in statuses[8][1]
    assert {record["threads"] for record in published(project).values()} == {thread_variables(max(1, usable_cores() // 2))["OMP_NUM_THREADS"]}
    assert os.environ.get("OMP_NUM_THREADS") == before and not list((project / "reports").glob(".mine*"))
    kept = [path for path in (project / "reports/failed").glob("mine-*/notebook.ipynb")]
    assert len(kept) == 1 and "has no label" in kept[0].read_text()
    page = publish_sweep(sweep, settings).report.read_text()
    assert "1 of 3 runs are done, 2 failed. Best on the validation rows: number 1" in page and "number 7 has no label" in page


def test_a_wrong_grid_starts_nothing(tweetsent, project, mine):
    mine.write_text("notebook: mine.ipynb\ngrid: {number: [1, two]}")
    done = tweetsent("sweep", mine)
    assert done.returncode == 2 and "parameter 'number' is 'two', expected int" in done.stderr
    assert not (project / "reports").exists()


def start(project: Path, *words: str) -> subprocess.Popen:
    "A sweep in a process group of its own."
    command = [str(Path(sys.executable).parent / "tweetsent"), "sweep", "grid.yaml", *words]
    return subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def kill_after(project: Path, n_runs: int, *words: str) -> None:
    "kill -9 of the sweep alone once so many runs are there; its workers must notice by themselves."
    process = start(project, *words)
    deadline = time.monotonic() + 240
    while len(published(project)) < n_runs and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def sweep_processes(project: Path) -> list[int]:
    "Processes that stand in the project's folder."
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.joinpath("cwd").resolve() == project and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.long
def test_a_sweep_of_24_runs_killed_twice_ends_with_24_runs_none_twice(tweetsent, project, mine):
    mine.write_text(f"notebook: mine.ipynb\ngrid: {{number: {list(range(1, 25))}}}")
    for n_runs in (5, 13):
        kill_after(project, n_runs, "--workers", "2")
        deadline = time.monotonic() + 30
        while sweep_processes(project) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not sweep_processes(project), "workers and kernels end with the sweep"
    before = published(project)
    assert 13 <= len(before) < 24
    done = tweetsent("sweep", "grid.yaml", "--workers", "2", "--json", timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    result, after = json.loads(done.stdout.splitlines()[-1]), published(project)
    assert len(after) == 24 == len(result["runs"]) and sorted(row["values"]["number"] for row in result["runs"]) == list(range(1, 25))
    assert all(after[run_id] == record for run_id, record in before.items()), "what was done is not computed again"
    assert not list((project / "reports").glob(".*.tmp-*")) and result["metrics"] == {"sweep": {"n": 24, "n_dropped": 0}}


@pytest.mark.long

def test_ctrl_c_leaves_a_state_that_the_same_command_resumes(tweetsent, project, mine):
    mine.write_text("notebook: mine.ipynb\ngrid: {number: [1, 2, 3]}")
    process = start(project)
    while len(published(project)) < 1:
        time.sleep(0.05)
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 1
    first = published(project)
    assert 1 <= len(first) < 3 and not (project / "reports/failed").exists(), "a run that was broken off has not failed"
    done = tweetsent("sweep", "grid.yaml")
    assert done.returncode == 0 and len(published(project)) == 3 and set(first) <= set(published(project))


@pytest.mark.long
def test_a_local_ray_computes_the_same_runs(project, mine):
    pytest.importorskip("ray")
    mine.write_text("notebook: mine.ipynb\ngrid: {number: [1, 2]}\ninclude: [{parameters: {number: 7, what: fail}}]")
    settings = read_settings(project)
    sweep = run_sweep(plan_sweep(mine, settings), settings, RayRunner("local", 2))
    assert sweep.counts == {"done": 2, "failed": 1} and len(published(project)) == 2
    assert {record["threads"] for record in published(project).values()} == {thread_variables(max(1, usable_cores() // 2))["OMP_NUM_THREADS"]}
    assert [entry.error for entry in sweep.entries.values() if entry.status == "failed"] == ["number 7 has no label"]
