"""A fine-tuning through the command line: repeatable, and resumable after Ctrl-C and a kill."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_checkpoints import project_with, write_finbert
from whole_runs import trained

from tweetsent.data.sample import sample_tweets


@pytest.fixture
def small(project) -> list[str]:
    "A fine-tuning of a tiny FinBERT that lasts some seconds: words for `tweetsent run train`."
    project_with(project, finbert=write_finbert)
    sample_tweets(n=240).select("tweet_id", "text", "label").write_csv(project / "small.csv")
    return ["-p", "data", "small.csv", "-p", "model", "finbert", "-p", "num_train_epochs", "6", "-p", "early_stopping_patience", "100"]


def checkpoints(project: Path) -> set[Path]:
    "The whole checkpoints of the training that has not ended."
    return set((project / "models" / ".work").glob("*/checkpoint-*/seal.json"))


def interrupted(project: Path, words: list[str], how: signal.Signals) -> tuple[int, str]:
    "Start `tweetsent run train`, send the signal at its first new checkpoint: exit status and what it said on stderr."
    command = [str(Path(sys.executable).parent / "tweetsent"), "run", "train", *words]
    before, deadline = checkpoints(project), time.monotonic() + 240
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not checkpoints(project) - before:
        assert process.poll() is None, "training ended before it could be interrupted"
        assert time.monotonic() < deadline, "no checkpoint appeared"
        time.sleep(0.05)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_stopped_and_killed_a_training_ends_with_the_metrics_of_a_quiet_one(tweetsent, project, small):
    status, said = interrupted(project, small, signal.SIGINT)
    assert status == 1 and "Traceback" not in said and "the same command" in said
    assert not [path for path in (project / "reports").glob("*") if path.name not in ("failed", "index.html")]
    status, _ = interrupted(project, small, signal.SIGKILL)
    assert status == -signal.SIGKILL and json.loads(tweetsent("runs", "--json").stdout) == []
    resumed = trained(tweetsent, *small)
    assert json.loads((Path(resumed["path"]) / "run.json").read_text())["resumed_from"], "the third run started anew"
    assert not list((project / "models" / ".work").glob("*")), "checkpoints stay behind"
    anew = trained(tweetsent, *small, "-p", "fresh", "true")
    assert resumed["metrics"] == anew["metrics"]
    hidden = [path.name for path in (project / "reports").glob(".*")]
    assert not hidden, f"drafts of the killed process stay behind: {hidden}"
