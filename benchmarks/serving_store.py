"""How fast the page's questions are answered with a million stored predictions: a chart of three tickers over a year, the first page of tweets.

    python benchmarks/serving_store.py [N]     # predictions, 1,000,000 by default; SQLite in a temporary folder
"""

import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

from tweetsent.core.settings import read_settings
from tweetsent.serving.app import create_app
from tweetsent.serving.config import ServingSettings
from tweetsent.serving.keys import create_key
from tweetsent.serving.tweet_store import ScoredTweet, store_scored
from tweetsent.store import open_store

LABELS = ("bearish", "neutral", "bullish")
TICKERS = [f"T{i}" for i in range(200)]
QUESTIONS = {
    "series, 3 tickers, a year by day": ("sentiment/series?tickers=T0,T1,T2&from=2024-01-01&to=2025-01-01&bucket=day", 150),
    "series, 3 tickers, a year by hour": ("sentiment/series?tickers=T0,T1,T2&from=2024-01-01&to=2025-01-01&bucket=hour", None),
    "series of everything, a year by day": ("sentiment/series?from=2024-01-01&to=2025-01-01&bucket=day", None),
    "summary of 30 days": ("sentiment/summary", None),
    "movers of 7 days": ("sentiment/movers?from=2024-06-01&to=2024-06-08", None),
    "tickers": ("tickers?q=T1", None),
    "tweets, first page": ("tweets?limit=50", 50),
    "tweets of a ticker": ("tweets?ticker=T0&limit=50", 50),
    "tweets of a label": ("tweets?label=bearish&limit=50", 50),
    "tweets with a word that is rare": ("tweets?q=zebra&limit=50", None),
}


def fill(engine, version: str, n: int) -> float:
    "Store n scored tweets over a year, popular tickers more often; returns tweets a second."
    rng, start, began = np.random.default_rng(13), datetime(2024, 1, 1), time.monotonic()
    popularity = 1 / np.arange(1, len(TICKERS) + 1)
    popularity /= popularity.sum()
    times = np.sort(rng.integers(0, 366 * 86400, n))  # as they come: in order
    for first in range(0, n, 5000):
        size = min(5000, n - first)
        seconds, tickers, labels = times[first : first + size], rng.choice(len(TICKERS), size, p=popularity), rng.integers(0, 3, size)
        rows = []
        for i in range(size):
            ticker, moment = TICKERS[tickers[i]], start + timedelta(seconds=int(seconds[i]))
            rows.append(ScoredTweet(f"t{first + i}", f"${ticker} tweet {first + i}", moment, (ticker,), LABELS[labels[i]], 0.8, {"bullish": 0.8}, False))
        store_scored(engine, version, rows)
    return n / (time.monotonic() - began)


def main(n: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        settings = read_settings(Path(name))
        engine = open_store(settings=settings)
        key = create_key(engine, "bench", ["predict"])[1]
        with TestClient(create_app(ServingSettings(dev=True, requests_per_minute=1_000_000), settings, engine), headers={"X-API-Key": key}) as client:
            while client.get("/ready").status_code != 200:
                time.sleep(0.1)
            version = client.get("/api/v1/version").json()["model_version"]
            print(f"stored {n:,} predictions at {fill(engine, version, n):,.0f}/s; {(Path(name) / 'data' / 'store.sqlite').stat().st_size / 2**20:,.0f} MiB")
            for what, (path, reach) in QUESTIONS.items():
                times = []
                for _ in range(7):
                    began = time.perf_counter()
                    assert client.get(f"/api/v1/{path}").status_code == 200
                    times.append(1000 * (time.perf_counter() - began))
                median = statistics.median(times)
                print(f"{what:36} {median:7.1f} ms" + (f"   reach {reach} ms: {'held' if median < reach else 'MISSED'}" if reach else ""))
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
