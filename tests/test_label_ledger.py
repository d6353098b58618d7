"""The ledger on both databases: what it refuses, what it remembers, and what a full disk or a second run does to it."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tweetsent.core.errors import RunError, StorageError
from tweetsent.labeling.ledger import (
    Job,
    LedgerWriter,
    add_items,
    answered,
    attempts,
    failure_rows,
    in_doubt,
    intent_rows,
    job_lock,
    reply_rows,
    spent,
    votes,
)
from tweetsent.labeling.protocol import Item, Reply, Verdict
from tweetsent.store import label_attempts, metadata, open_store

JOB = Job("gemini", "gemini-2.5-flash", "p1", "sentiment3")


@pytest.fixture
def engine(store_url):
    found = open_store(store_url)
    yield found
    found.dispose()


def test_migrations_make_the_tables_of_the_code(engine):
    with engine.connect() as connection:
        assert not compare_metadata(MigrationContext.configure(connection), metadata)


def test_ledger_is_append_only_and_failures_carry_no_label(engine):
    with LedgerWriter(engine) as writer:
        request_id, rows = intent_rows(JOB, [Item("up")], 0, 0.1)
        writer.add(rows).result()
        for wrong in ({"status": "error", "label": "neutral"}, {"status": "ok", "label": None}, {"status": "guessed"}):
            with pytest.raises(sa.exc.IntegrityError):
                writer.add([rows[0] | wrong]).result()
        writer.add(failure_rows(JOB, request_id, [Item("up")], 0, "http_500", 3.0)).result()
    for statement in (label_attempts.update().values(status="error"), label_attempts.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(statement)
    assert len(attempts(engine, "sentiment3")) == 1


def test_the_same_texts_at_the_same_moment_are_kept_once(engine):
    items, barrier = [Item(f"tweet {i}") for i in range(300)], Barrier(6)

    def add(order: int) -> int:
        barrier.wait()
        return add_items(engine, items[::order])

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, [1, -1] * 3)) == 300, "new once each; nobody fails, nobody waits for ever"


def test_a_whole_story(engine):
    items = [Item("$TSLA beat"), Item("nul \x00, half a surrogate \ud800, 🚀"), Item("$F", "F")]
    assert add_items(engine, items) == 3 and add_items(engine, items) == 0
    with LedgerWriter(engine) as writer:
        request_id, rows = intent_rows(JOB, items, 0, 0.3)
        writer.add(rows).result()
        assert in_doubt(engine, JOB)["request_id"].unique().to_list() == [request_id] and spent(engine, JOB) == (0.0, pytest.approx(0.3))
        verdicts = (Verdict("ok", "bullish", 0.9, "beat", probs={"bullish": 0.9}), Verdict("refused", error="safety"), Verdict("invalid", error="truncated"))
        writer.add(reply_rows(JOB, request_id, items, 0, Reply(verdicts, 100, 7, 0.01), 5.0)).result()
    assert answered(engine, JOB) == {(items[0].item_hash, 0), (items[1].item_hash, 0)}
    assert in_doubt(engine, JOB).is_empty() and spent(engine, JOB) == (pytest.approx(0.01), 0.0)
    found = votes(attempts(engine, "sentiment3"))
    assert found["label"].to_list() == ["bullish", None, None] and found["tokens_in"].sum() == 100


def test_a_second_run_of_a_job_is_refused_within_a_second(engine):
    with job_lock(engine, JOB):
        began = time.monotonic()
        with pytest.raises(RunError, match="in use by process|another run of this job"), job_lock(engine, JOB):
            pass
        assert time.monotonic() - began < 1
        with job_lock(engine, Job("vader", "1", "-", "sentiment3")):
            pass
    with job_lock(engine, JOB):
        pass


def test_a_hundred_thousand_rows_resume_within_five_seconds(engine):
    n, items = 100_000, [Item(f"tweet {i}") for i in range(50_000)]
    with LedgerWriter(engine) as writer:
        for start in range(0, len(items), 5_000):
            some = items[start : start + 5_000]
            request_id, rows = intent_rows(JOB, some, 0, 1.0)
            writer.add(rows + reply_rows(JOB, request_id, some, 0, Reply(tuple(Verdict("ok", "neutral", 0.5) for _ in some), 5_000, 50, 0.5), 1.0)).result()
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(label_attempts)).scalar() == n
    began = time.monotonic()
    done, doubt, cost = answered(engine, JOB), in_doubt(engine, JOB), spent(engine, JOB)
    seconds = time.monotonic() - began
    print(f"{engine.url.get_backend_name()}: {n} ledger rows read for a resume in {seconds:.2f} s")
    assert len(done) == 50_000 and doubt.is_empty() and cost == (pytest.approx(5.0), 0.0) and seconds < 5


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk):
    engine, acknowledged = open_store(f"sqlite:///{small_disk}/store.sqlite"), 0
    item = Item("up")
    with LedgerWriter(engine) as writer, pytest.raises(StorageError, match="free some space, then run the same command again"):
        for i in range(20_000):
            verdict = Verdict("ok", "bullish", 0.5, "x" * 200)
            writer.add(reply_rows(JOB, f"r{i}", [item] * 20, i, Reply((verdict,) * 20), 1.0)).result()
            acknowledged += 20
    engine.dispose()
    subject = sqlite3.connect(small_disk / "store.sqlite")
    assert subject.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert subject.execute("SELECT count(*) FROM label_attempts").fetchone()[0] == acknowledged > 1_000
    subject.close()
