"""`tweetsent label` as a user meets it: plan, run, resume, and a table that training reads."""

import csv
import json
from pathlib import Path

import polars as pl
from whole_runs import trained

from tweetsent.data.sample import sample_tweets
from tweetsent.pipeline.label_quality import open_review

FILES = {"run.json", "metrics.json", "details.json", "labels.parquet", "voices.parquet", "suspects.parquet", "queue.parquet", "notebook.ipynb", "report.html"}


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
    assert "What it cost" in report and "Disagreements to read" in report and "USD per 1,000 items, quadratic kappa" in report
    assert "a simulated provider on this machine answered" in report
    assert "Is it right as often as it is sure?" in report and "Probably wrong labels" in report and report.count("Suspects, not findings") == 1 and ">recommended<" in report
    worth = json.loads((Path(run["path"]) / "details.json").read_text())["labeling"]["quality"]
    simulator, given = worth["confidence"]["simulator"], worth["checks"]["given"]
    before = simulator["before"]
    assert before["n"] == sum(row["n"] for row in simulator["stated"]) > 100 and before["low"] <= before["value"] <= before["high"]
    suspects, queue = (pl.read_parquet(Path(run["path"]) / f"{name}.parquet") for name in ("suspects", "queue"))
    assert 0 < given["n_suspects"] == suspects.filter(of="given").height <= 14
    assert set(suspects["item"]) <= set(queue["item"]) and queue["why"].str.contains("low agreement").any()
    assert pl.read_parquet(Path(run["path"]) / "voices.parquet")["calibrated"].is_between(0, 1).all()
    window = open_review("ada", run["path"])
    window.press("1")
    assert window.item.item == queue["item"][1] and "1 of" in window.progress.value, "the run's queue, most urgent first, one key a decision"
    again = tweetsent(*words, "-p", "suspects", "0", "--json")
    outcomes = json.loads((Path(json.loads(again.stdout.splitlines()[-1])["path"]) / "details.json").read_text())["labeling"]["outcomes"]
    assert all(one["asked"] == 0 and one["cost_usd"] == 0 for one in outcomes.values()), "what has an answer is not asked again"
    learned = trained(tweetsent, "-p", "data", str(Path(run["path"]) / "labels.parquet"), "-p", "model", "tfidf")
    assert learned["metrics"]["test"]["n"] > 20
    by_model = tweetsent("label", "tweets.csv", "--annotator", "model", "-p", "suspects", "0", "--json")
    assert by_model.returncode == 0, by_model.stderr[-2000:]
    assert json.loads(by_model.stdout.splitlines()[-1])["metrics"]["against_gold"]["model"]["n"] == 259, "one tweet of 260 occurs twice"
    chosen = tweetsent("label", "tweets.csv", "--annotator", "vader", "--next", "10", "--plan", "-p", "next_model", learned["run_id"])
    assert "nothing is left to choose" in chosen.stderr and chosen.returncode, "vader has answered all of them"


def test_the_next_tweets_are_chosen_by_doubt_until_the_stop_rule_speaks(tweetsent, project):
    different = sample_tweets(n=220).select("tweet_id", "text").unique("text", maintain_order=True)[:200]
    different.write_csv(project / "raw.csv")
    words = ["label", "raw.csv", "--annotator", "vader", "--next", "60", "--by", "entropy", "-p", "suspects", "0"]
    plan = tweetsent(*words, "--plan")
    assert plan.returncode == 0 and "to ask 60" in plan.stdout and "too few to learn from" in plan.stdout and not list((project / "data").glob("rounds/*")), plan.stderr
    first, second = tweetsent(*words), tweetsent(*words, "--json")
    assert "60 of 200 unlabelled tweets, by random" in first.stdout and "go on" in first.stdout, first.stderr[-2000:]
    assert "60 of 140 unlabelled tweets, by entropy, 6 of them at random: the baseline, trained on 60 labels" in second.stderr + second.stdout
    run = Path(json.loads(second.stdout.splitlines()[-1])["path"])
    asked = json.loads((run / "details.json").read_text())["labeling"]["round"]
    assert (asked["n_chosen"], asked["n_labelled_before"], asked["n_labelled_after"]) == (60, 60, 120) and len(asked["kappas"]) == 1 and asked["n_compared"] == 80
    assert pl.read_parquet(run / "labels.parquet")["label"].count() == 120, "what earlier rounds brought is in the table"
    assert "What was chosen, and whether another round pays" in (run / "report.html").read_text()
    wrong = tweetsent("label", "raw.csv", "--annotator", "vader", "--next", "5", "--by", "doubt")
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and "'next_by' is 'doubt'" in wrong.stderr and "margin" in wrong.stderr


def test_a_partly_labelled_table_is_asked_in_rounds_and_each_round_ends_in_a_run(tweetsent, project):
    rows = sample_tweets(n=220).select("text", "label").unique("text", maintain_order=True)[:180]
    rows.with_columns(label=pl.when(pl.int_range(pl.len()) < 80).then("label")).write_csv(project / "partly.csv")
    words = ["label", "partly.csv", "--annotator", "vader", "--next", "40", "-p", "suspects", "0", "--json"]
    runs = []
    for done in (tweetsent(*words), tweetsent(*words)):
        assert done.returncode == 0, done.stderr[-2000:]
        runs.append(Path(json.loads(done.stdout.splitlines()[-1])["path"]))
    found = [json.loads((run / "details.json").read_text())["labeling"] for run in runs]
    assert [one["outcomes"]["vader"]["asked"] for one in found] == [40, 40] and [one["gold"] for one in found] == [{}, {}]
    assert [one["round"]["n_labelled_after"] for one in found] == [120, 160], "the second call has chosen others"
    assert "none of the 80 tweets with an answer is among the 80 with a known label" in (runs[1] / "report.html").read_text()


def test_known_labels_of_one_kind_give_no_kappa_and_a_whole_run(tweetsent, project):
    pl.DataFrame({"text": [f"$T{i} reports on Tuesday" for i in range(12)], "label": ["neutral"] * 12}).write_csv(project / "tweets.csv")
    done = tweetsent("label", "tweets.csv", "--annotator", "vader", "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(done.stdout.splitlines()[-1])
    found = json.loads((Path(run["path"]) / "details.json").read_text())["labeling"]
    assert run["metrics"]["against_gold"]["vader"]["accuracy"] == 1 and (found["curve"], found["recommendation"]) == ([], "")
    assert "What quality costs" not in (Path(run["path"]) / "report.html").read_text()
