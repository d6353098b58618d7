"""Whole runs through the command line: contracts, repeatability, and what faults leave behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tweetsent.data.sample import sample_tweets

FILES = {"run.json", "metrics.json", "predictions.parquet", "splits.parquet", "details.json", "notebook.ipynb", "report.html", "model_card.md"}


def trained(tweetsent, *words, **options) -> dict:
    "Train by the command line; the last line of stdout as an object."
    done = tweetsent("run", "train", "--json", *words, **options)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def small(project) -> list[str]:
    "A short fine-tuning on real rows of the sample: words for `tweetsent run train`."
    sample_tweets(n=400).select("tweet_id", "text", "label").write_csv(project / "small.csv")
    return ["-p", "data", "small.csv", "-p", "model", "minilm"]


def values(run: dict) -> dict:
    "The test metrics without anything that depends on time."
    return run["metrics"]


def test_a_run_directory_is_whole_and_keeps_its_contract(tweetsent, project):
    run = trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")
    folder = Path(run["path"])
    assert FILES <= {path.name for path in folder.iterdir()} and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,80}", run["run_id"])
    assert json.loads((folder / "metrics.json").read_text()) == run["metrics"]
    assert list(run["metrics"]) == ["validation", "test", "test_without_leaks", "majority_baseline", "challenge"]
    for block in run["metrics"].values():
        for metric in ("accuracy", "macro_f1", "weighted_f1", "macro_recall", "cohen_kappa", "mcc", "roc_auc", "expected_calibration_error"):
            found = block[metric]
            assert found["value"] is None or found["low"] <= found["value"] <= found["high"]
    predictions = pl.read_parquet(folder / "predictions.parquet")
    assert {"tweet_id", "split", "label", "predicted_label", "score", "prob_bearish", "prob_neutral", "prob_bullish", "abstained", "group"} <= set(predictions.columns)
    assert len(predictions.filter(split="test")) == run["metrics"]["test"]["n"]
    record = json.loads((folder / "run.json").read_text())
    assert record["kind"] == "train" and record["seeds"] == {"seed": 13} and record["sample_data"] is True
    assert (project / "models" / run["run_id"] / "manifest.json").is_file()
    assert (project / "reports" / "index.html").is_file()


def test_no_near_duplicate_is_on_two_sides(tweetsent):
    run = trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf", "-p", "seed", "5")
    splits = pl.read_parquet(Path(run["path"]) / "splits.parquet")
    assert splits.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1


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


@pytest.mark.parametrize("full", ["MODELS_DIR", "REPORTS_DIR"])
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(tweetsent, project, small_disk, full):
    (small_disk / "filler").write_bytes(b"x" * (3 * 2**20 - 100_000))
    done = tweetsent("run", "train", "-p", "data", "sample", "-p", "model", "tfidf", env={**os.environ, f"TWEETSENT_{full}": str(small_disk)})
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr[-1000:]
    assert "the disk is full" in done.stderr
    torn = [path for path in small_disk.rglob("*") if path.name not in ("filler", "failed") and "failed" not in path.parts]
    assert not torn, f"half-written: {torn}"


def test_evaluate_tells_seen_rows_apart(tweetsent, project):
    run = trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")
    splits = pl.read_parquet(Path(run["path"]) / "splits.parquet")
    seen = splits.filter(split="train").head(30).select("text", "label")
    fresh = splits.filter(split="test").head(40).select("text", "label")
    pl.concat([seen, fresh]).write_csv(project / "mixed.csv")
    done = tweetsent("run", "evaluate", "--json", "-p", "run", run["run_id"], "-p", "data", "mixed.csv")
    assert done.returncode == 0, done.stderr[-2000:]
    metrics = json.loads(done.stdout.splitlines()[-1])["metrics"]
    assert metrics["test"]["n"] >= metrics["test_without_leaks"]["n"] + 30
    assert metrics["test_without_leaks"]["n"] >= 30


def test_comparing_a_run_with_one_on_other_rows_is_refused(tweetsent):
    first = trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")
    done = tweetsent("run", "evaluate", "--json", "-p", "run", first["run_id"], "-p", "data", "challenge")
    second = json.loads(done.stdout.splitlines()[-1])
    refused = tweetsent("compare", first["run_id"], second["run_id"])
    assert refused.returncode == 1 and "share no test tweet" in refused.stderr
    same = tweetsent("compare", first["run_id"], first["run_id"])
    assert same.returncode == 1 and "are the same run" in same.stderr


def test_it_works_without_a_checkout(tweetsent, project):
    (project / "settings.ini").unlink()
    assert trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")["metrics"]["test"]["n"] > 0
