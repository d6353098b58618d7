"""Two servers on one PostgreSQL behind a proxy behave as one: hot swap, quota, jobs, events, review, keys, and a server that is lost."""

import io
import json
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
import sqlalchemy as sa
from api_server import read_events
from replica_servers import Team, team

from tweetsent.labeling.ledger import Job, LedgerWriter, add_items, reply_rows
from tweetsent.labeling.protocol import Item, Reply, Verdict
from tweetsent.serving.keys import create_key, revoke_key

pytestmark = pytest.mark.long
PAGE = {"Sec-Fetch-Site": "same-origin"}


def new_database(server: str) -> str:
    name = f"r{uuid.uuid4().hex}"
    with sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


@pytest.fixture(scope="module")
def two(postgres_server, tmp_path_factory):
    "Two servers that made the tables of an empty database at the same moment."
    with team(tmp_path_factory.mktemp("two"), new_database(postgres_server), TWEETSENT_REQUESTS_PER_MINUTE="1000000") as running:
        yield running


@pytest.fixture
def two_to_lose(postgres_server, tmp_path):
    with team(tmp_path, new_database(postgres_server), TWEETSENT_REQUESTS_PER_MINUTE="1000000") as running:
        yield running


def test_both_share_the_work(two):
    before = [one.figure("tweetsent_requests_total") for one in two.replicas]
    assert {two.http.get("/api/v1/labels").status_code for _ in range(40)} == {200}
    asked = [one.figure("tweetsent_requests_total") - figure for one, figure in zip(two.replicas, before, strict=True)]
    assert sum(asked) >= 40 and min(asked) >= 20, asked


def test_a_swap_on_one_reaches_the_other_and_no_request_fails(two):
    said, stop = [], []

    def ask(worker: int) -> None:
        number = 0
        with two.client(two.url, two.key) as client:
            while not stop:
                answer = client.post("/api/v1/predict", json={"texts": [f"up up {worker} {number}"]})
                said.append((answer.status_code, answer.json().get("model_id"), answer.json()["predictions"][0]["label"] if answer.status_code == 200 else None))
                number += 1

    late = []
    with ThreadPoolExecutor(2) as hands:
        working = [hands.submit(ask, worker) for worker in range(2)]
        for number in range(10):
            wanted = ("train-contrary", "train-plain")[number % 2]
            two.ask("POST", f"models/{wanted}/activate")
            began = time.monotonic()
            while {client.get("/api/v1/models/active").json()["model"]["model_id"] for client in two.each()} != {wanted}:
                assert time.monotonic() - began < 10, f"{wanted} did not reach both"
                time.sleep(0.02)
            late.append(time.monotonic() - began)
        stop.append(True)
        [one.result(60) for one in working]
    print(f"swap seen by both after {max(late):.2f} s at most; {len(said)} requests meanwhile")
    assert set(said) <= {(200, "train-plain", "bullish"), (200, "train-contrary", "bearish")} and len(said) > 20
    assert max(late) < 3


def test_a_quota_is_one_quota_for_both(postgres_server, tmp_path):
    with team(tmp_path, new_database(postgres_server), TWEETSENT_REQUESTS_PER_MINUTE="600") as pair:
        other = pair.client(pair.url, create_key(pair.store, "other", ["predict"])[1])
        time.sleep(0.6)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as hands:
            answers = list(hands.map(lambda _: pair.http.get("/api/v1/labels"), range(900)))
        took, codes = time.monotonic() - began, [one.status_code for one in answers]
        print(f"{codes.count(200)} of 900 requests let in by a quota of 600 in {took:.1f} s")
        assert took < 55, "all in one window"
        assert 594 <= codes.count(200) <= 600 and set(codes) == {200, 429}
        assert all(0 <= int(one.headers["retry-after"]) <= 60 for one in answers if one.status_code == 429)
        assert other.get("/api/v1/labels").status_code == 200, "another key has its own"


def upload(pair: Team, name: str, n: int) -> str:
    text = "text\n" + "".join(f"up {name} {number}\n" for number in range(n))
    return pair.ask("POST", "jobs", 202, files={"file": (f"{name}.csv", text)})["id"]


def scored(pair: Team, job: str) -> list[str]:
    "The texts of a job's results, in order, once its events have ended through the proxy."
    *_, (_, end) = read_events(pair.http, f"/api/v1/jobs/{job}/events", 9999, seconds=120)
    assert end["status"] == "done", end
    rows = pl.read_parquet(io.BytesIO(pair.http.get(f"/api/v1/jobs/{job}/results?format=parquet").content))
    return rows["text"].to_list()


def test_each_job_is_done_once_by_whichever_is_free(two):
    before = sum(one.figure("tweetsent_batch_computed_total") for one in two.replicas)
    ids = {name: upload(two, name, 1500) for name in ("a", "b", "c", "d", "e", "f")}
    for name, job in ids.items():
        assert scored(two, job) == [f"up {name} {number}" for number in range(1500)]
    computed = [one.figure("tweetsent_batch_computed_total") for one in two.replicas]
    assert sum(computed) - before == 6 * 1500, "no text was computed twice"
    print(f"texts computed by each: {computed}")


def test_a_job_of_a_server_that_is_killed_is_ended_by_the_other(two_to_lose):
    job = upload(two_to_lose, "long", 30_000)
    ends = time.monotonic() + 60
    while not 0 < two_to_lose.ask("GET", f"jobs/{job}")["n_done"] < 30_000:
        assert time.monotonic() < ends
        time.sleep(0.02)
    worker = max(two_to_lose.replicas, key=lambda one: one.figure("tweetsent_batch_computed_total"))
    worker.end(signal.SIGKILL)
    assert scored(two_to_lose, job) == [f"up long {number}" for number in range(30_000)]


def test_without_one_of_them_everything_is_answered(two_to_lose):
    stopped, left = two_to_lose.replicas
    with ThreadPoolExecutor(2) as hands:
        asking = hands.submit(lambda: [two_to_lose.http.post("/api/v1/predict", json={"texts": [f"up {number}"]}).status_code for number in range(300)])
        time.sleep(0.3)
        assert stopped.end(signal.SIGTERM) == 0
        assert set(asking.result(60)) == {200}, "a server that is told to stop drops nobody"
    assert left.process.poll() is None and two_to_lose.ask("GET", "version")["model_id"] == "train-plain"


def tweet(number: int) -> dict:
    return {"tweet_id": f"live{number}", "text": f"$TSLA up {number}", "created_at": "2024-01-05T10:00:00Z"}


def test_events_cross_from_one_to_the_other_and_resume_there(two):
    first, second = two.each()
    assert first.post("/api/v1/tweets", json={"tweets": [tweet(0)]}).status_code == 201
    with ThreadPoolExecutor(1) as hands:
        reading = hands.submit(read_events, second, "/api/v1/live", 4, None, 20)
        time.sleep(1)
        began = time.monotonic()
        assert first.post("/api/v1/tweets", json={"tweets": [tweet(number) for number in (1, 2, 3)]}).status_code == 201
        _, *events = reading.result(30)  # the first says where it begins
        took = time.monotonic() - began
    print(f"events of the other server after {took:.2f} s")
    assert [data["tweet_id"] for _, data in events] == ["live1", "live2", "live3"] and took < 3
    resumed = read_events(first, "/api/v1/live", 2, events[0][0], 20)
    assert resumed == events[1:], "the other server goes on behind the same number"


@pytest.fixture(scope="module")
def queue(two):
    "Twelve tweets on which two machines differ."
    items = [Item(f"$GM tweet {number}") for number in range(12)]
    add_items(two.store, items)
    with LedgerWriter(two.store) as writer:
        for who, label in {"first": "bullish", "second": "bearish"}.items():
            writer.add(reply_rows(Job(who, "m", "p", "sentiment3"), who, items, 0, Reply(tuple(Verdict("ok", label, 0.9) for _ in items)), None)).result()
    return [item.item_hash for item in items]


def test_no_two_people_get_one_item_whichever_server_they_ask(two, queue):
    keys = [create_key(two.store, f"person{number}", ["review"])[1] for number in range(8)]
    time.sleep(0.6)
    clients = [two.client(two.replicas[number % 2].url, key) for number, key in enumerate(keys)]
    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda client: client.get("/api/v1/review/queues/low-agreement/next"), clients))
    assert {one.status_code for one in answers} == {200}, [one.text for one in answers]
    assert len({one.json()["card"]["item"] for one in answers}) == 8


def test_a_decision_sent_to_both_at_once_counts_once(two, queue):
    key = create_key(two.store, "ed", ["review"])[1]
    time.sleep(0.6)
    clients = [two.client(one.url, key) for one in two.replicas]
    for round_number, item in enumerate(queue[:6]):
        said = {"item": item, "label": "bullish", "request_id": f"click-{round_number:04}"}
        with ThreadPoolExecutor(6) as hands:
            answers = list(hands.map(lambda number, said=said: clients[number % 2].post("/api/v1/annotations", json=said), range(6)))
        assert {one.status_code for one in answers} == {201}, [one.text for one in answers]
        assert len({one.json()["annotation"] for one in answers}) == 1
    rows = [json.loads(line) for line in two.http.get("/api/v1/review/export").text.splitlines()]
    assert sum(row["item"] in queue[:6] and row["label"] == "bullish" for row in rows) == 6


def test_a_session_opened_on_one_holds_on_the_other_and_ends_on_both(two):
    key_id, key = create_key(two.store, "page", ["predict"])
    time.sleep(0.6)
    page, other = (two.client(one.url, None) for one in two.replicas)
    cookie = page.post("/api/v1/session", json={"key": key}, headers=PAGE).headers["set-cookie"].partition(";")[0]
    held = {"Cookie": cookie}
    assert [client.get("/api/v1/session", headers=held).status_code for client in (page, other)] == [200, 200]
    assert other.delete("/api/v1/session", headers=held | PAGE).status_code == 204
    time.sleep(1)
    assert [client.get("/api/v1/session", headers=held).status_code for client in (page, other)] == [401, 401]
    revoke_key(two.store, key_id)
    time.sleep(1)
    assert [client.get("/api/v1/labels", headers={"X-API-Key": key}).status_code for client in (page, other)] == [401, 401]
