"""`tweetsent label` as a user meets it: plan, run, resume, and a table that training reads."""

import csv
import json
from pathlib import Path

import polars as pl
from whole_runs import trained

from tweetsent.data.sample import sample_tweets

FILES = {"run.json", "metrics.json", "details.json", "labels.parquet", "voices.parquet", "notebook.ipynb", "report.html"}


def test_labels_from_plan_to_training(tweetsent, project):
    rows = sample_tweets(n=260).select("tweet_id", "text", "label")
    rows = rows.with_columns(text=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit('=HYPERLINK("http://x") $TSLA up')).otherwise("text"))
    rows.write_csv(project / "tweets.csv")
    words = ["label", "tweets.csv", "--annotator", "vader,simulator", "--votes", "3"]
    plan = tweetsent(*words, "--plan")
    assert plan.returncode == 0 and "at most $" in plan.stdout and plan.stdout.count("<<<") >= 3 and "to ask" in plan.stdout
    assert not list((project / "reports").glob("label-*")), "a plan leaves no run"
    done = tweetsent(*words, "--out", "labels.csv", "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(done.stdout.splitlines()[-1])
    assert FILES <= {path.name for path in Path(run["path"]).iterdir()}
    labels = pl.read_parquet(Path(run["path"]) / "labels.parquet")
    assert labels["label"].null_count() == 0 and labels["known_label"].to_list() == rows["label"].to_list()
    assert (labels.select("share_bearish", "share_neutral", "share_bullish").sum_horizontal() - 1).abs().max() < 1e-9
    against = run["metrics"]["against_gold"]
    assert against["consensus"]["accuracy_low"] <= against["consensus"]["accuracy"] and against["consensus"]["n"] > 200
    with (project / "labels.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells) and not any(cell.startswith(("=", "+", "@")) for cell in cells)
    report = (Path(run["path"]) / "report.html").read_text()
    assert "What it cost" in report and "Disagreements to read" in report and "USD per 1,000 items, kappa" in report and "a simulated provider on this machine answered" in report
    again = tweetsent(*words, "--json")
    outcomes = json.loads((Path(json.loads(again.stdout.splitlines()[-1])["path"]) / "details.json").read_text())["labeling"]["outcomes"]
    assert all(one["asked"] == 0 and one["cost_usd"] == 0 for one in outcomes.values()), "what has an answer is not asked again"
    learned = trained(tweetsent, "-p", "data", str(Path(run["path"]) / "labels.parquet"), "-p", "model", "tfidf")
    assert learned["metrics"]["test"]["n"] > 20
