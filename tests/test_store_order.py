"""Several servers on one store: readers see events in the order of their ids, and a backup is of one moment."""

import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import sqlalchemy as sa

from tweetsent.core.settings import load_settings
from tweetsent.pipeline.backup import write_backup
from tweetsent.serving.tweet_store import ScoredTweet, events_after, store_scored
from tweetsent.store import open_store, predictions, tweets

MOMENT, WRITERS, BATCHES, ROWS = datetime(2024, 5, 17, 9, 30), 4, 12, 25


def scored(name: str) -> ScoredTweet:
    probs = {"bearish": 0.1, "neutral": 0.2, "bullish": 0.7}
    return ScoredTweet(name, f"$TSLA up, said {name}", MOMENT, ("TSLA",), "bullish", 0.6, probs, False)


def test_a_reader_that_goes_on_after_the_last_id_misses_no_event_of_any_server(store_url):
    engines = [open_store(store_url) for _ in range(WRITERS + 1)]

    def write(writer: int) -> None:
        for batch in range(BATCHES):
            store_scored(engines[writer], "m1", [scored(f"{writer}-{batch}-{row}") for row in range(ROWS)])

    seen: list[int] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        while len(seen) < WRITERS * BATCHES * ROWS:
            ended = all(one.done() for one in writing)
            found = [row["event"] for row in events_after(engines[-1], seen[-1] if seen else 0, limit=50)]
            seen += found
            if ended and not found:
                break
        [one.result() for one in writing]
    with engines[0].connect() as connection:
        stored = connection.execute(sa.select(predictions.c.id).order_by(predictions.c.id)).scalars().all()
    [engine.dispose() for engine in engines]
    assert len(stored) == WRITERS * BATCHES * ROWS and seen == stored


def test_one_tweet_that_two_servers_store_at_once_is_one_row(store_url):
    engines = [open_store(store_url) for _ in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        made = list(pool.map(lambda engine: store_scored(engine, "m1", [scored(f"t{n}") for n in range(ROWS)]), engines))
    with engines[0].connect() as connection:
        counts = [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in (tweets, predictions)]
    [engine.dispose() for engine in engines]
    assert counts == [ROWS, ROWS] and sum(event is not None for events in made for event in events) == ROWS


def test_a_backup_is_of_one_moment(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("TWEETSENT_STORE_URL", store_url)
    for part in ("data", "models", "reports"):
        monkeypatch.setenv(f"TWEETSENT_{part.upper()}_DIR", str(tmp_path / part))
    other, late = open_store(store_url), []
    store_scored(other, "m1", [scored(f"before-{n}") for n in range(ROWS)])

    def somebody_writes(connection, cursor, statement, parameters, context, many):
        if connection.engine is not other and statement.startswith("SELECT tweets.") and len(late) < 5:
            late.append(f"meanwhile-{len(late)}")
            store_scored(other, "m1", [scored(late[-1])])

    sa.event.listen(sa.Engine, "after_cursor_execute", somebody_writes)
    try:
        with (tmp_path / "a.tar.gz").open("wb") as out:
            rows = write_backup(load_settings(), out)["rows"]
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", somebody_writes)
        other.dispose()
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        read = lambda table, key: {json.loads(line)[key] for line in archive.extractfile(f"tables/{table}.jsonl")}  # noqa: E731
        tweet_ids, of_predictions = read("tweets", "id"), read("predictions", "tweet")
    assert late, "a tweet came in between two tables"
    assert rows["tweets"] == rows["predictions"] == ROWS and tweet_ids == of_predictions


def test_a_database_without_an_encoding_keeps_every_character(postgres_server):
    with sa.create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0"))  # what initdb makes under LANG=C
    engine = open_store(f"{postgres_server}/bytes")
    store_scored(engine, "m1", [scored("köpt 🚀 强")])
    assert [row["text"] for row in events_after(engine, 0, limit=5)] == ["$TSLA up, said köpt 🚀 强"]
    engine.dispose()
