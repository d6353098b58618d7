"""Whole runs through the command line: contracts, repeatability, and what faults leave behind."""

import json
import os
import re
from pathlib import Path

import polars as pl
import pytest
from whole_runs import trained

FILES = {"run.json", "metrics.json", "predictions.parquet", "splits.parquet", "details.json", "notebook.ipynb", "report.html", "model_card.md"}


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
    splits = pl.read_parquet(folder / "splits.parquet")
    assert splits.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1, "a near copy lies on another side"


@pytest.mark.parametrize("full", ["MODELS_DIR", "REPORTS_DIR"])
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(tweetsent, project, small_disk, full):
    (small_disk / "filler").write_bytes(b"x" * (3 * 2**20 - 100_000))
    done = tweetsent("run", "train", "-p", "data", "sample", "-p", "model", "tfidf", env={**os.environ, f"TWEETSENT_{full}": str(small_disk)})
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr[-1000:]
    assert "the disk is full" in done.stderr
    torn = [path for path in small_disk.rglob("*") if path.name not in ("filler", "failed") and "failed" not in path.parts]
    assert not torn, f"half-written: {torn}"


def test_evaluate_tells_seen_rows_apart_and_compare_wants_common_ones(tweetsent, project):
    run = trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")
    splits = pl.read_parquet(Path(run["path"]) / "splits.parquet")
    seen = splits.filter(split="train").head(30).select("text", "label")
    fresh = splits.filter(split="test").head(40).select("text", "label")
    pl.concat([seen, fresh]).write_csv(project / "mixed.csv")
    done = tweetsent("run", "evaluate", "--json", "-p", "run", run["run_id"], "-p", "data", "mixed.csv")
    assert done.returncode == 0, done.stderr[-2000:]
    second = json.loads(done.stdout.splitlines()[-1])
    metrics = second["metrics"]
    assert metrics["test"]["n"] >= metrics["test_without_leaks"]["n"] + 30
    assert metrics["test_without_leaks"]["n"] >= 30
    refused = tweetsent("compare", run["run_id"], second["run_id"])
    assert refused.returncode == 1 and "share no test tweet" in refused.stderr
    same = tweetsent("compare", run["run_id"], run["run_id"])
    assert same.returncode == 1 and "are the same run" in same.stderr


def test_it_works_without_a_checkout(tweetsent, project):
    (project / "settings.ini").unlink()
    assert trained(tweetsent, "-p", "data", "sample", "-p", "model", "tfidf")["metrics"]["test"]["n"] > 0
