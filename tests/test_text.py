"""Normalisation and tickers on real tweets: what the notebooks show on hand-made ones."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tweetsent.core.classifier import AWKWARD_TEXTS
from tweetsent.data.text import normalization_hash, normalize_text, normalize_texts
from tweetsent.data.tickers import extract, known_symbols

EVAL_DATA = os.environ.get("TWEETSENT_EVAL_DATA")
needs_real_tweets = pytest.mark.skipif(not EVAL_DATA, reason="TWEETSENT_EVAL_DATA is not set: no real tweets here")


@pytest.fixture(scope="module")
def stocknet() -> pl.DataFrame:
    "The 96,826 raw tweets, with the cashtags that X itself found."
    files = sorted(Path(EVAL_DATA, "stocknet_raw_tweets").glob("part-*.csv"))
    return pl.concat([pl.read_csv(file, columns=["text", "cashtags"], infer_schema=False) for file in files])


def test_awkward_texts_normalise_the_same_alone_and_together():
    together = normalize_texts(pl.Series(AWKWARD_TEXTS)).to_list()
    assert together == [normalize_text(text) for text in AWKWARD_TEXTS]
    assert together == normalize_texts(pl.Series(together)).to_list()


def test_the_hash_is_the_same_in_every_process_and_with_any_number_of_threads():
    code = "from tweetsent.data.text import normalization_hash; print(normalization_hash())"
    for threads, seed in (("1", "0"), ("2", "7")):
        environment = os.environ | {"POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": seed}
        answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == normalization_hash()


def test_a_megabyte_of_one_tweet_takes_seconds_at_most():
    texts = pl.Series(["RT @a: $TSLA &amp;amp; \U0001f680 soooo http://t.co/x... " * 20_000, "&#36;A" * 170_000, "\u0301" * 1_000_000])
    start = time.process_time()
    normalize_texts(texts)
    extract(texts)
    assert time.process_time() - start < 20


def test_symbols_are_read_without_network_training_stack_or_jupyter():
    code = """
import sys, socket, json
def refuse(*_, **__): raise OSError("no network")
socket.socket.connect = refuse
from tweetsent.data.tickers import known_symbols
print(json.dumps([len(known_symbols()), sorted({"torch", "transformers", "IPython"} & set(sys.modules))]))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == [len(known_symbols()), []]


@needs_real_tweets
def test_real_tweets_normalise_once_and_for_all(stocknet):
    once = normalize_texts(stocknet["text"])
    assert (normalize_texts(once) == once).all()
    assert (once.str.len_chars() > 0).all()
    assert not once.str.contains(r"https?://|&amp;|\s{2}|^\s|\s$").any()
    assert once.gather_every(997).to_list() == [normalize_text(text) for text in stocknet["text"].gather_every(997)]


@needs_real_tweets
def test_cleaning_reaches_fifty_thousand_tweets_a_second_of_processor_time(stocknet):
    normalize_texts(stocknet["text"].head(100))
    start = time.process_time()  # of all threads: a busy machine does not fail the test
    normalize_texts(stocknet["text"])
    assert len(stocknet) / (time.process_time() - start) >= 50_000


@needs_real_tweets
def test_cashtags_agree_with_those_that_x_found(stocknet):
    ours = [set(tags) for tags in extract(stocknet["text"])["cashtags"]]
    theirs = [set(tags.split("|")) if tags else set() for tags in stocknet["cashtags"]]
    agreed = sum(len(a & b) for a, b in zip(ours, theirs, strict=True))
    assert agreed / sum(map(len, ours)) >= 0.99
    assert agreed / sum(map(len, theirs)) >= 0.98


@needs_real_tweets
def test_four_of_five_real_mentions_are_known_symbols(stocknet):
    found = extract(stocknet["text"])
    unknown, cashtags = (found[name].list.len().sum() for name in ("unknown_cashtags", "cashtags"))
    assert unknown / cashtags <= 0.25


@needs_real_tweets
def test_extraction_reads_raw_and_normalised_texts_alike(stocknet):
    raw, normalised = extract(stocknet["text"]), extract(normalize_texts(stocknet["text"]))
    assert (raw["cashtags"] == normalised["cashtags"]).mean() >= 0.99
