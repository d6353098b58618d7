"""Tweets per second on one core: normalisation and ticker extraction, against a per-row loop of the same rules.

    python benchmarks/cleaning.py [FILES...]

FILES are CSV files with a column `text`. Without any, the StockNet tweets of TWEETSENT_EVAL_DATA are used, else a generated sample.
Both sides run in this process, alternately, on one thread; a figure is the median of the rounds. Polars reads POLARS_MAX_THREADS
when it is imported, so it is set before.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import html  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import unicodedata  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import polars as pl  # noqa: E402

from tweetsent.data.text import normalize_texts  # noqa: E402
from tweetsent.data.tickers import extract, known_symbols  # noqa: E402

ROUNDS = 5
PEER_ROWS = 20_000  # the loop is slow and steady: a part of the rows gives its rate

# The peer: what one writes first, but written well. Patterns compiled once, cheap tests before costly ones, C-speed
# translate tables. It is a little simpler than the library (no emoji sequences, no cut retweets), which favours it.
LOOKS = dict.fromkeys(map(ord, "‘’‚‛"), "'") | dict.fromkeys(map(ord, "“”„‟"), '"') | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-") | {ord("…"): "..."}
JUNK = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]")
REPEATED = re.compile(r"([A-Za-z!?.\-_=*~])\1{3,}")
EMOJI = re.compile("([\U0001f1e6-\U0001faff\u2600-\u27bf\u200d\ufe0f]+)")
URL = re.compile(r"(?:https?://|\b(?:www\.|t\.co/|bit\.ly/|pic\.twitter\.com/))[^\s<>\"]*", re.IGNORECASE)
USER = re.compile(r"(?<![\w])@(?:[A-Za-z_]|\d+[A-Za-z_]\w{2})\w*")
CASHTAG = re.compile(r"(?<![\w$@])\$([A-Za-z]{1,6}(?:\.[A-Z]{2}|[./-][A-Za-z]|_[Ff])?)(?!\w)")


def normalize_in_a_loop(texts: list[str]) -> list[str]:
    results = []
    for text in texts:
        if not text.isascii():
            text = unicodedata.normalize("NFC", JUNK.sub("", text).translate(LOOKS))
        while "&" in text and (plain := html.unescape(text)) != text:
            text = plain
        text = REPEATED.sub(r"\1\1\1", text)
        if not text.isascii():
            text = EMOJI.sub(r" \1 ", text)
        text = USER.sub("@user", URL.sub(" http ", text))
        results.append(" ".join(text.split()))
    return results


def extract_in_a_loop(texts: list[str]) -> list[tuple[list[str], list[str], list[str]]]:
    symbols, results = known_symbols(), []
    for text in texts:
        tags = []
        if "$" in text:
            found = (tag.upper().replace("-", ".").replace("/", ".") for tag in CASHTAG.findall(URL.sub(" ", text)))
            tags = list(dict.fromkeys(found))
        results.append((tags, [tag for tag in tags if tag in symbols], [tag for tag in tags if tag not in symbols]))
    return results


def read_texts(files: list[str]) -> tuple[pl.Series, str]:
    "The tweets to clean, and where they are from."
    folder = os.environ.get("TWEETSENT_EVAL_DATA")
    if not files and folder:
        files = sorted(map(str, Path(folder, "stocknet_raw_tweets").glob("part-*.csv")))
    if files:
        columns = [pl.read_csv(file, columns=["text"], infer_schema=False)["text"] for file in files]
        return pl.concat(columns).drop_nulls(), f"{len(files)} files, first {Path(files[0]).name}"
    from tweetsent.data.sample import sample_tweets

    sample = sample_tweets()["text"]
    return pl.concat([sample] * (50_000 // len(sample) + 1)), "the generated sample, repeated"


def rate(work: Callable[[], object], n_texts: int) -> float:
    "Texts per second of one run."
    start = time.perf_counter()
    work()
    return n_texts / (time.perf_counter() - start)


def compare(name: str, column: pl.Series, library: Callable, loop: Callable) -> None:
    "Alternate the two sides, so that a busy moment of the machine meets both; print medians and their ratio."
    part = column.head(PEER_ROWS).to_list()
    library(column.head(1_000)), loop(part[:1_000])  # regexes compiled, tables loaded
    pairs = [(rate(lambda: library(column), len(column)), rate(lambda: loop(part), len(part))) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    spread = f"{min(pair[0] for pair in pairs):,.0f} to {max(pair[0] for pair in pairs):,.0f}"
    print(f"{name:<16}{ours:>12,.0f} tweets/s   ({spread})   loop {theirs:>10,.0f}   ratio {ours / theirs:.1f}x")


def processor() -> str:
    "The processor's name, where the system tells it."
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def main() -> int:
    texts, source = read_texts(sys.argv[1:])
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{len(texts):,} tweets ({source}), {texts.str.len_chars().mean():.0f} characters on average")
    print(f"{processor()}, {os.cpu_count()} cores{load}; one thread; median of {ROUNDS} rounds")
    print(f"Python {platform.python_version()}, Polars {pl.__version__}")
    compare("normalisation", texts, normalize_texts, normalize_in_a_loop)
    compare("tickers", texts, extract, extract_in_a_loop)
    compare("both", texts, lambda column: extract(normalize_texts(column)), lambda part: extract_in_a_loop(normalize_in_a_loop(part)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
