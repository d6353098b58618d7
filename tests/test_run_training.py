"""Fine-tunings through the command line: repeatable, and resumable after a kill or Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from whole_runs import trained

from tweetsent.data.sample import sample_tweets


@pytest.fixture
def small(project) -> list[str]:
    "A short fine-tuning on real rows of the sample, each passed once a step: words for `tweetsent run train`."
    sample_tweets(n=300).select("tweet_id", "text", "label").write_csv(project / "small.csv")
    return ["-p", "data", "small.csv", "-p", "model", "minilm", "-p", "overrides", '{"r_drop": 0, "per_device_train_batch_size": 16}']


def values(run: dict) -> dict:
    "The test metrics without anything that depends on time."
    return run["metrics"]


def test_the_same_seed_gives_the_same_metrics_and_another_differs(tweetsent, small):
    words = [*small, "-p", "num_train_epochs", "1"]
    first, second = (trained(tweetsent, *words, "-p", "seed", "3") for _ in range(2))
    other = trained(tweetsent, *words, "-p", "seed", "4")
    assert values(first) == values(second)
    assert values(first)["test"] != values(other)["test"]


def test_a_killed_training_resumes_to_the_same_metrics(tweetsent, project, small):
    words = [*small, "-p", "num_train_epochs", "2"]
    command = [str(Path(sys.executable).parent / "tweetsent"), "run", "train", *words]
    killed = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not list((project / "models" / ".work").glob("*/checkpoint-*/seal.json")) and killed.poll() is None:
        assert time.monotonic() < deadline, "no checkpoint appeared"
        time.sleep(0.05)
    assert killed.poll() is None, "training ended before it could be killed"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert json.loads(tweetsent("runs", "--json").stdout) == []
    resumed = trained(tweetsent, *words)
    record = json.loads((Path(resumed["path"]) / "run.json").read_text())
    assert record["resumed_from"], "the second run started anew"
    assert not list((project / "models" / ".work").glob("*")), "checkpoints stay behind"
    anew = trained(tweetsent, *words, "-p", "fresh", "true")
    assert values(resumed) == values(anew)
    hidden = [path.name for path in (project / "reports").glob(".*")]
    assert not hidden, f"drafts of the killed process stay behind: {hidden}"


def test_ctrl_c_leaves_a_state_that_resumes(tweetsent, project, small):
    words = [*small, "-p", "num_train_epochs", "2"]
    command = [str(Path(sys.executable).parent / "tweetsent"), "run", "train", *words]
    stopped = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240
    while not list((project / "models" / ".work").glob("*/checkpoint-*/seal.json")) and stopped.poll() is None:
        assert time.monotonic() < deadline, "no checkpoint appeared"
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    _, said = stopped.communicate(timeout=60)
    assert stopped.returncode == 1 and "Traceback" not in said and "the same command" in said
    assert not [path for path in (project / "reports").glob("*") if path.name not in ("failed", "index.html")]
    assert json.loads((Path(trained(tweetsent, *words)["path"]) / "run.json").read_text())["resumed_from"]
