"""The market study through the command line: what it leaves, and what it says when the price file is wrong."""

import json
from pathlib import Path

import polars as pl

from tweetsent.data.prices import sample_prices


def test_a_study_of_scored_tweets_leaves_the_published_index_and_a_plain_answer(tweetsent, project):
    sample_prices().frame.rename({"close": "px"}).write_csv(project / "bars.csv")
    words = ["run", "market", "--json", "-p", "data", "sample", "-p", "prices", "bars.csv", "-p", "price_columns", '{"close": "px"}', "-p", "n_shuffles", "200"]
    done = tweetsent(*words, "-p", "horizons", "1, 5", "-p", "delay_minutes", "15")
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(done.stdout.splitlines()[-1])
    block, folder = run["metrics"]["market"], Path(run["path"])
    index = pl.read_parquet(folder / "index.parquet")
    assert (index["entry_at"].drop_nulls() > index.filter(pl.col("entry_at").is_not_null())["published_at"]).all() and index["value"].is_between(-1, 1).all()
    assert block["n"] + block["n_dropped"] == 1800 and set(block) >= {"information_coefficient_1", "information_coefficient_5", "turnover", "coverage", "after_bullish"}
    page = (folder / "report.html").read_text()
    assert "No tradable relation was found" in page and "16:00 America/New_York, less 15 min" in page and "Scored on the synthetic sample" in page
    record = json.loads((folder / "run.json").read_text())
    assert set(record["data_fingerprints"]) == {"data", "prices"} and record["kind"] == "market"


def test_parameters_are_documented_and_checked_before_anything_starts(tweetsent, project):
    shown = tweetsent("run", "market", "--parameters")
    assert shown.returncode == 0 and all(name in shown.stdout for name in ("market_close", "price_columns", "delay_minutes", "benchmark"))
    refused = tweetsent("run", "market", "-p", "market_closes", "16:00")
    assert refused.returncode == 2 and "did you mean 'market_close'" in refused.stderr and not (project / "reports").exists()
