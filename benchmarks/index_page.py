"""How long does the page of all runs take? 500 runs on ten test sets, each with 2,388 predictions; against one matplotlib chart a test set and nothing else.

    python benchmarks/index_page.py [--runs 500]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from tweetsent.core.files import write_json
from tweetsent.reporting.figures import runs_chart
from tweetsent.reporting.index_page import write_index

LABELS = ("bearish", "neutral", "bullish")


def make_runs(reports: Path, n_runs: int, n_rows: int = 2388) -> None:
    "Run folders with records, metrics and predictions."
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, n_rows)
    for number in range(n_runs):
        score, test = 0.7 + 0.002 * (number % 60), f"set{number % 10}"
        run_id, model = f"train-{number:04}", ("tfidf", "minilm", "mpnet")[number % 3]
        stamp = f"2026-01-{1 + number % 28:02}T{number % 24:02}:00:00+00:00"
        record = {"run_id": run_id, "kind": "train", "created_at": stamp, "data_fingerprints": {"test": test}}
        write_json(reports / run_id / "run.json", record | {"parameters": {"model": model, "learning_rate": number // 9, "seed": number % 3}})
        figure = {"value": score, "low": score - 0.02, "high": score + 0.02}
        write_json(reports / run_id / "metrics.json", {"test": {"n": n_rows, "n_dropped": 0, "macro_f1": figure, "weighted_f1": figure}})
        answers = np.where(rng.random(n_rows) < score, truth, rng.integers(0, 3, n_rows))
        columns = {"tweet_id": [f"{n:05}" for n in range(n_rows)], "split": "test", "text": "a tweet", "group": range(n_rows)}
        columns |= {"label": [LABELS[n] for n in truth], "predicted_label": [LABELS[n] for n in answers]}
        pl.DataFrame(columns).write_parquet(reports / run_id / "predictions.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500)
    n_runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder), n_runs)
        start = time.perf_counter()
        page = write_index(Path(folder))
        ours, size = time.perf_counter() - start, page.stat().st_size
    start = time.perf_counter()
    for place in range(10):
        runs_chart([(f"run {n}", {"value": 0.8, "low": 0.78, "high": 0.82}) for n in range(20)], slug=f"s{place}")
    charts = time.perf_counter() - start
    print(f"{n_runs} runs: page of {size / 2**10:,.0f} KiB in {ours:.2f} s; ten matplotlib charts alone {charts:.2f} s: {charts / ours:.2f}x")


if __name__ == "__main__":
    main()
