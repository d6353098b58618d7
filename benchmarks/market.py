"""How long does a market study take once the tweets are scored? 96,826 tweets of 87 tickers against 50,623 daily bars.

    TWEETSENT_EVAL_DATA=... python benchmarks/market.py     # StockNet's tweets and prices, with made-up labels
    python benchmarks/market.py                             # the same numbers of made-up tweets and bars

The peer is the usual way: pandas `merge_asof` a ticker in a loop, without scoring, index or tests; printed as a ratio of the joining alone.
"""

import os
import resource
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tweetsent.data.prices import read_prices
from tweetsent.data.tables import read_tweets
from tweetsent.evaluation.market import MarketQuestion, build_index, study_market
from tweetsent.evaluation.market_alignment import sessions
from tweetsent.evaluation.market_index import mentions

N_TWEETS, N_TICKERS, N_DAYS = 96_826, 87, 582


def made_up() -> tuple[pl.DataFrame, pl.DataFrame]:
    "Tweets and bars of StockNet's size."
    rng, names = np.random.default_rng(1), [f"T{n:02}" for n in range(N_TICKERS)]
    days = [day for n in range(2 * N_DAYS) if (day := date(2014, 1, 1) + timedelta(days=n)).weekday() < 5][:N_DAYS]
    close = 100 * np.exp(rng.normal(0, 0.02, (N_TICKERS, N_DAYS)).cumsum(axis=1))
    parts = [pl.DataFrame({"ticker": name, "date": days, "open": close[place] * 1.001, "close": close[place]}) for place, name in enumerate(names)]
    start, span = datetime(2014, 1, 1, tzinfo=UTC), int((days[-1] - days[0]).total_seconds())
    at = [start + timedelta(seconds=int(s)) for s in np.sort(rng.integers(0, span, N_TWEETS))]
    tickers = [[names[n]] for n in rng.integers(0, N_TICKERS, N_TWEETS)]
    return pl.DataFrame({"text": [f"tweet {n % 85_795}" for n in range(N_TWEETS)], "created_at": at, "tickers": tickers}), pl.concat(parts)


def tables() -> tuple[pl.DataFrame, pl.DataFrame, str]:
    "Tweets with a value each, bars, and where they came from."
    folder = os.environ.get("TWEETSENT_EVAL_DATA")
    if folder:
        place = Path(folder) / "stocknet_raw_tweets"
        tweets, prices, source = read_tweets(str(place / "part-*.csv")).frame, read_prices(place / "prices.csv").frame, "StockNet"
    else:
        (tweets, prices), source = made_up(), "made up"
    values = np.random.default_rng(2).choice([-1.0, 0.0, 1.0], len(tweets), p=[0.15, 0.55, 0.3])
    return tweets.with_columns(value=pl.Series(values)), prices, source


def peer(tweets: pl.DataFrame, prices: pl.DataFrame, question: MarketQuestion) -> float:
    "Seconds that pandas takes to join, ticker by ticker."
    import pandas as pd

    said = mentions(tweets).drop_nulls("ticker").to_pandas()
    closes = sessions(prices, question.exchange, True).select("ticker", "date", "known_by").to_pandas()
    said["created_at"], closes["known_by"] = (frame.astype("datetime64[us, UTC]") for frame in (said["created_at"], closes["known_by"]))
    start, parts = time.perf_counter(), []
    for ticker, own in said.groupby("ticker"):
        bars = closes[closes["ticker"] == ticker].sort_values("known_by")
        parts.append(pd.merge_asof(own.sort_values("created_at"), bars, left_on="created_at", right_on="known_by", direction="forward", allow_exact_matches=False))
    pd.concat(parts)
    return time.perf_counter() - start


def main() -> None:
    question, clock = MarketQuestion(), [time.perf_counter()]
    tweets, prices, source = tables()
    clock.append(time.perf_counter())
    index = build_index(tweets, prices, question)
    clock.append(time.perf_counter())
    study = study_market(index.frame, prices, question)
    clock.append(time.perf_counter())
    read, joined, studied = np.diff(clock)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{source}: {len(tweets):,} tweets, {index.n_mentions:,} mentions joined to {len(prices):,} bars of {prices['ticker'].n_unique()} tickers")
    print(f"read {read:.1f} s, join and index {joined:.1f} s, study {studied:.1f} s: {joined + studied:.1f} s after scoring (60 allowed); peak memory {memory:,.0f} MiB")
    try:
        print(f"join and index against a pandas loop that only joins: {peer(tweets, prices, question) / joined:.1f}x")
    except ImportError:
        print("no ratio: pandas is not installed")
    print(study.verdict)


if __name__ == "__main__":
    main()
