"What must hold of near-copy groups and splits for any table, and the published figures on the real data sets."

import re
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from tweetsent.core.settings import load_settings
from tweetsent.data.duplicates import duplicate_groups, duplicate_keys, is_retweet, word_sets
from tweetsent.data.splits import split_tweets, split_with_test

SCHEMA = load_settings().schema("sentiment3")


def partition(groups: pl.Series, names: list) -> set[frozenset]:
    "The groups as sets of row names."
    table = pl.DataFrame({"group": groups, "name": names})
    return {frozenset(members) for members in table.group_by("group").agg("name")["name"].to_list()}


def brute_force(word_lists: list[set[str]], threshold: float) -> list[tuple[int, int]]:
    "All pairs at or above the threshold."
    column = {}
    rows = [(i, column.setdefault(word, len(column))) for i, words in enumerate(word_lists) for word in words]
    matrix = csr_matrix((np.ones(len(rows), dtype=int), tuple(zip(*rows, strict=True))), shape=(len(word_lists), len(column)))
    shared, sizes = (matrix @ matrix.T).tocoo(), np.array([len(words) for words in word_lists])
    near = shared.data >= threshold * (sizes[shared.row] + sizes[shared.col] - shared.data) - 1e-9
    return [(int(i), int(j)) for i, j in zip(shared.row[near], shared.col[near], strict=True) if i < j]


def components(n: int, pairs: list[tuple[int, int]]) -> set[frozenset]:
    "Connected components, by the plainest union-find."
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in pairs:
        parent[root(i)] = root(j)
    members = {}
    for i in range(n):
        members.setdefault(root(i), set()).add(i)
    return {frozenset(group) for group in members.values()}


WORDS = ["up", "down", "$aapl", "$tsla", "beats", "misses", "3%", "cut", "to", "hold", "🚀", "https://t.co/a", "@bob", "RT @x:", "no", "guidance"]
texts_of_few_words = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(texts_of_few_words, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_rows(texts, rng):
    order = list(range(len(texts)))
    rng.shuffle(order)
    groups, shuffled = duplicate_groups(pl.Series(texts)), duplicate_groups(pl.Series([texts[i] for i in order]))
    assert shuffled.to_list() == [groups[i] for i in order]


@settings(max_examples=25, deadline=None)
@given(texts_of_few_words)
def test_groups_are_the_components_of_a_brute_force_search(texts):
    sets = word_sets(duplicate_keys(pl.Series(texts)))
    words = [set(found) or {name} for found, name in zip(sets["words"].to_list(), sets["set"], strict=True)]
    expected = components(len(texts), brute_force(words, 0.8))
    assert partition(duplicate_groups(pl.Series(texts)), list(range(len(texts)))) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_text_gets_a_group_and_equal_keys_get_the_same(texts):
    series = pl.Series(texts, dtype=pl.String)
    table = pl.DataFrame({"key": duplicate_keys(series), "group": duplicate_groups(series)})
    assert table["group"].null_count() == 0
    assert table.group_by("key").agg(pl.col("group").n_unique())["group"].to_list() == [1] * table["key"].n_unique()


DIFFERENT = [["https://t.co/a", "https://t.co/b"], ["🚀", "📉"], ["$SPY 400", "$SPY 350"], ["buy $AAPL", "sell $AAPL"], ["?!", "..."]]


@pytest.mark.parametrize("texts", DIFFERENT)
def test_short_tweets_that_differ_stay_apart(texts):
    assert duplicate_groups(pl.Series(texts)).n_unique() == 2


def test_fifty_thousand_variants_of_one_bot_tweet_stay_cheap():
    rng = np.random.default_rng(13)
    own = ["".join(letters) for letters in rng.choice(list("abcdefghijklmnop"), (50_000, 8))]
    swarm = pl.Series([f"join our free chat room now for winning stock signals {word}" for word in own])
    started = time.process_time()
    assert duplicate_groups(swarm).n_unique() == 1
    assert time.process_time() - started < 20


@st.composite
def tables(draw):
    "Tweet tables with planted copies, authors and times."
    n, n_copies, n_authors = draw(st.integers(60, 150)), draw(st.integers(0, 40)), draw(st.integers(20, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    texts = ["".join(rng.choice(list("abcdefgh"), 8)) + " " + " ".join("".join(rng.choice(list("abcdefgh"), 6)) for _ in range(7)) for _ in range(n)]
    labels = rng.choice(SCHEMA.labels, n, p=[0.2, 0.5, 0.3]).tolist()
    for i in rng.integers(0, n, n_copies):
        texts.append(f"RT @a: {texts[i]} https://t.co/{i}" if i % 2 else f"{texts[i]} extra")
        labels.append(labels[i])
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "tweet_id": [f"{i:04d}" for i in rng.permutation(len(texts))],
            "text": texts,
            "label": labels,
            "author": [f"a{i}" for i in rng.integers(0, n_authors, len(texts))],
            "created_at": [start + timedelta(hours=int(h)) for h in rng.integers(0, 5000, len(texts))],
        }
    )


def pieces(frame: pl.DataFrame, column: str) -> int:
    "Largest number of splits that one value is in."
    return frame.group_by(column).agg(pl.col("split").n_unique())["split"].max()


@pytest.mark.parametrize("method", ["random", "time"])
@settings(max_examples=15, deadline=None)
@given(table=tables(), seed=st.integers(0, 99))
def test_a_group_is_on_one_side_and_order_is_irrelevant(method, table, seed):
    done, card = split_tweets(table, method, seed, schema=SCHEMA)
    assert pieces(done, "group") == 1
    assert done.drop("split", "group", "leaked").equals(table)
    assert done["split"].null_count() == 0 and sum(card.sizes.values()) == len(table)
    mixed, other = split_tweets(table.sample(fraction=1, shuffle=True, seed=seed), method, seed, schema=SCHEMA)
    assert other == card and mixed.sort("tweet_id").equals(done.sort("tweet_id"))


@settings(max_examples=20, deadline=None)
@given(table=tables(), seed=st.integers(0, 99))
def test_random_shares_and_labels_are_kept_when_groups_are_small(table, seed):
    done, card = split_tweets(table, "random", seed, schema=SCHEMA)
    for name, share in card.shares.items():
        assert abs(card.sizes[name] - share * len(done)) <= 8  # a copy group at most, beside the rounding of three labels
        assert set(done.filter(split=name)["label"]) == set(done["label"])


@settings(max_examples=15, deadline=None)
@given(table=tables(), seed=st.integers(0, 99))
def test_an_author_is_on_one_side(table, seed):
    alone = table.filter(~pl.col("text").str.starts_with("RT "), ~pl.col("text").str.ends_with("extra"))
    done, _ = split_tweets(alone, "author", seed, schema=SCHEMA)
    assert pieces(done, "author") == 1 and pieces(done, "group") == 1


@settings(max_examples=15, deadline=None)
@given(table=tables())
def test_time_split_never_tests_a_text_first_seen_before_the_cut(table):
    done, _ = split_tweets(table, "time", schema=SCHEMA)
    first = done.group_by("group").agg(pl.col("split").first(), pl.col("created_at").min())
    seen = {name: first.filter(split=name)["created_at"] for name in ("train", "validation", "test")}
    assert seen["train"].max() < seen["validation"].min() and seen["validation"].max() < seen["test"].min()


@settings(max_examples=10, deadline=None)
@given(table=tables(), seed=st.integers(0, 99))
def test_given_test_rows_are_all_kept_and_their_leaks_marked(table, seed):
    train, test = table[: len(table) // 2], table[len(table) // 2 :]
    done, card = split_with_test(train, test, seed=seed, schema=SCHEMA)
    learned = set(done.filter(pl.col("split") != "test")["group"])
    assert done.filter(split="test")["tweet_id"].to_list() == test["tweet_id"].to_list()
    assert done["leaked"].to_list() == [row["split"] == "test" and row["group"] in learned for row in done.iter_rows(named=True)]
    assert card.n_leaked_exact + card.n_leaked_near == done["leaked"].sum()


def test_a_split_of_30_000_rows_takes_seconds():
    rng = np.random.default_rng(0)
    words = np.array(["".join(letters) for letters in rng.choice(list("abcdefghijkl"), (30_000, 6))])
    texts = [" ".join(row) for row in words[rng.integers(0, 30_000, (30_000, 10))]]
    labels = rng.choice(SCHEMA.labels, 30_000)
    table = pl.DataFrame({"tweet_id": [str(i) for i in range(30_000)], "text": texts, "label": labels})
    started = time.process_time()
    split_tweets(table, schema=SCHEMA)
    assert time.process_time() - started < 20


@pytest.fixture
def tfns(eval_data) -> tuple[pl.DataFrame, pl.DataFrame, set[str]]:
    "Train, valid, and the ids of the listed exact leaks."
    folder = eval_data / "tfns"
    label = pl.col("label").str.to_lowercase()
    train, valid = (pl.read_csv(folder / f"{name}.csv").select("text", label, tweet_id="id") for name in ("train", "valid"))
    return train, valid, set(pl.read_csv(folder / "valid_leak_ids.csv")["id"])


def test_every_listed_leak_of_tfns_is_found(tfns):
    train, valid, listed = tfns
    done, card = split_with_test(train, valid, schema=SCHEMA)
    leaked = set(done.filter("leaked")["tweet_id"])
    print("\n".join(card.summary()))
    assert listed <= leaked and len(listed) == 39
    assert card.n_leaked_exact >= 39 and 170 <= len(leaked) <= 200 and card.sizes["test"] == 2388
    assert card.largest_group < 0.01 * len(done)


def test_near_leaks_of_tfns_are_found_like_by_brute_force(tfns):
    train, valid, _ = tfns
    texts = pl.concat([train["text"], valid["text"]])
    letters = [set(re.findall("[a-z]+", re.sub(r"https?:?\S*", "", text.lower()))) for text in texts]
    expected = {j for i, j in brute_force(letters, 0.8) if i < len(train) <= j}
    groups = duplicate_groups(texts)
    known = set(groups[: len(train)])
    found = {j for j in range(len(train), len(texts)) if groups[j] in known}
    recall = len(found & expected) / len(expected)
    print(f"{len(expected)} valid rows near a train row by brute force, recall {recall:.3f}, {len(found)} found in all")
    assert recall >= 0.97


def test_stocknet_groups_are_those_of_brute_force_and_its_retweets_are_found(eval_data):
    folder = eval_data / "stocknet_raw_tweets"
    table = pl.concat([pl.read_csv(folder / f"part-{i:02d}.csv", infer_schema=False) for i in range(5)])
    known = table["retweet"] == "1"
    seen = is_retweet(table["text"])
    assert (seen & known).sum() >= 24_000 and (seen & ~known).sum() <= 10
    assert is_retweet(table["text"], known).sum() >= 24_352
    texts = table["text"][:8_000]
    sets = word_sets(duplicate_keys(texts))
    words = [set(found) or {name} for found, name in zip(sets["words"].to_list(), sets["set"], strict=True)]
    expected = components(len(texts), brute_force(words, 0.8))
    groups = partition(duplicate_groups(texts), list(range(len(texts))))
    print(f"{len(expected):,} groups in {len(texts):,} tweets, {len(expected & groups):,} found alike")
    assert groups == expected


def test_splitting_tfns_by_rows_would_leak(tfns):
    train, _, _ = tfns
    _, card = split_tweets(train, schema=SCHEMA)
    print("\n".join(card.summary()))
    assert card.n_leaked_without_grouping > 50
    assert max(abs(card.label_shares["test"][label] - card.label_shares["train"][label]) for label in SCHEMA.labels) < 0.005
