"""Near-duplicate groups: rows a second at 10^4 and 10^5 rows, and on a bot swarm, against datasketch's MinHashLSH as its documentation shows it.

    python benchmarks/near_duplicates.py [--rows 10000 100000] [--repeats 3]

The tweets are made up (no data needed): 8 to 20 words of a Zipf vocabulary, every tenth a near copy of an earlier one.
Peer and ours run in turns in one process on one core; the figures are medians of CPU seconds. The peer only answers one query a tweet
(no verification, no groups), on the same word sets, made before the clock starts; ours starts from the raw texts.
"""

import argparse
import os

os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import platform  # noqa: E402
import resource  # noqa: E402
import time  # noqa: E402
from statistics import median  # noqa: E402

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
from datasketch import MinHash, MinHashLSH  # noqa: E402

from tweetsent.data.duplicates import duplicate_groups, duplicate_keys, word_sets  # noqa: E402

SWARMS = (2_000, 8_000)  # rows; the peer answers each query with the whole swarm, so it is not asked for more


def vocabulary(n: int = 50_000) -> np.ndarray:
    "Different made-up words."
    rng = np.random.default_rng(0)
    return np.unique(["".join(letters) for letters in rng.choice(list("abcdefghijklmnop"), (n, 7))])


def tweets(n: int, words: np.ndarray) -> pl.Series:
    "Texts with planted near copies."
    rng = np.random.default_rng(1)
    texts = [" ".join(words[np.minimum(rng.zipf(1.3, rng.integers(8, 20)), len(words)) - 1]) for _ in range(n)]
    for i in range(10, n, 10):
        texts[i] = f"RT @a: {texts[rng.integers(0, i)]} {words[rng.integers(len(words))]} https://t.co/{i}"
    return pl.Series(texts)


def swarm(n: int, words: np.ndarray) -> pl.Series:
    "Variants of one bot tweet, all near copies of each other."
    base = "join our free chat room now for winning stock signals"
    return pl.Series([f"{base} {word}" for word in np.random.default_rng(2).choice(words, n)])


def peer(sets: list[list[str]]) -> int:
    "datasketch as documented: one MinHash a tweet, insert all, query all. Returns the number of answers."
    index = MinHashLSH(threshold=0.8, num_perm=128)
    sketches = []
    for i, words in enumerate(sets):
        sketch = MinHash(num_perm=128)
        for word in words:
            sketch.update(word.encode())
        index.insert(str(i), sketch)
        sketches.append(sketch)
    return sum(len(index.query(sketch)) for sketch in sketches)


def seconds(work, *arguments) -> float:
    "CPU seconds of one call."
    started = time.process_time()
    work(*arguments)
    return time.process_time() - started


def compare(title: str, texts: pl.Series, repeats: int, peer_rows: int) -> float:
    "Print one line; returns our median seconds."
    sets = word_sets(duplicate_keys(texts[:peer_rows]))["words"].to_list()
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(seconds(duplicate_groups, texts))
        theirs.append(seconds(peer, sets))
    ours_rate, peer_rate = len(texts) / median(ours), peer_rows / median(theirs)
    print(
        f"{title:<16}{len(texts):>9,} rows {median(ours):7.2f} s {ours_rate:>10,.0f} rows/s   "
        f"MinHashLSH on {peer_rows:>6,} rows {median(theirs):7.2f} s {peer_rate:>8,.0f} rows/s   ratio {ours_rate / peer_rate:.1f}x",
        flush=True,
    )
    return median(ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, one used; python {platform.python_version()}, polars {pl.__version__}"
    print(f"{machine}; medians of {options.repeats} runs")
    words = vocabulary()
    duplicate_groups(tweets(1000, words))
    times = [compare("mixed tweets", tweets(n, words), options.repeats, min(n, 10_000)) for n in options.rows]
    for (small, large), (before, after) in zip(zip(options.rows, options.rows[1:], strict=False), zip(times, times[1:], strict=False), strict=True):
        print(f"{large / small:.0f} times the rows take {after / before:.1f} times the seconds")
    for n in SWARMS:
        compare("one bot's swarm", swarm(n, words), options.repeats, n)
    n = max(options.rows) // 2
    print(f"one bot's swarm {n:>9,} rows {seconds(duplicate_groups, swarm(n, words)):7.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GB (tweets included)")


if __name__ == "__main__":
    main()
