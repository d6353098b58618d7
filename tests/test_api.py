"""The API as its clients see it, over a real socket, on SQLite and on PostgreSQL: tweets, series, live events, jobs, review, keys, models."""

import io
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from api_server import SCOPES, read_events, save_opposites, serve, wait_ready

from tweetsent.data.prices import sample_prices
from tweetsent.labeling.ledger import Job, LedgerWriter, add_items, attempts, job_lock, reply_rows
from tweetsent.labeling.protocol import Item, Reply, Verdict
from tweetsent.serving.auth import COOKIE
from tweetsent.serving.desk import release
from tweetsent.serving.keys import create_key, revoke_key
from tweetsent.serving.prices import store_prices
from tweetsent.serving.tweet_store import newest_event

PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def api(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    plain, _ = save_opposites(folder)
    store = None
    if request.param == "postgres":
        import sqlalchemy as sa

        server = request.getfixturevalue("postgres_server")
        with sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(sa.text("CREATE DATABASE api"))
        store = f"{server}/api"
    with serve(folder, store, serve_model=plain, max_wait_ms=60_000, heartbeat_s=0.3) as running:
        yield running


def tweets(first: int, n: int, **more) -> dict:
    rows = range(first, first + n)
    return {"tweets": [{"tweet_id": f"t{i}", "text": f"$TSLA {'up' if i % 3 else 'down'} {i}", "created_at": f"2024-01-{1 + i % 28:02}T10:00:00Z"} | more for i in rows]}


def test_predictions_keep_input_order_and_a_batch_equals_its_singles(api):
    texts = ["up up", "down down", "flat", "🚀" * 50, "x" * 10_000, "", "nul \x00"]
    found = api.ask("POST", "predict", json={"texts": texts})
    alone = [api.ask("POST", "predict", json={"texts": [text]})["predictions"][0] for text in texts]
    assert found["predictions"] == alone and [one["label"] for one in alone[:2]] == ["bullish", "bearish"]
    assert all(one["score"] == one["probs"][one["label"]] and abs(sum(one["probs"].values()) - 1) < 1e-5 for one in alone)
    assert found["model_version"].startswith("train-plain-") and found["badge"] is None


def test_tweets_are_stored_once_found_by_filter_and_counted(api):
    first, again = (api.ask("POST", "tweets", 201, json=tweets(0, 56)) for _ in range(2))
    assert (first["n_stored"], again["n_stored"]) == (56, 0) and first["results"][0]["tickers"] == ["TSLA"]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.ask("GET", f"tweets?ticker=tsla&limit=10{f'&cursor={cursor}' if cursor else ''}")
        seen, cursor = seen + page["tweets"], page["next_cursor"]
    assert len(seen) == 56 == len({one["tweet_id"] for one in seen}) and [one["created_at"] for one in seen] == sorted((one["created_at"] for one in seen), reverse=True)
    down = api.ask("GET", "tweets?q=DOWN&limit=200")["tweets"]
    assert {one["tweet_id"] for one in down} == {f"t{i}" for i in range(0, 56, 3)} and {one["prediction"]["label"] for one in down} == {"bearish"}
    assert api.ask("GET", "tickers?q=ts")["tickers"] == [{"ticker": "TSLA", "n": 56}]
    summary = api.ask("GET", "sentiment/summary?ticker=TSLA&from=2024-01-01&to=2024-02-01")["current"]
    assert summary["n"] == 56 and summary["net"] == pytest.approx((37 - 19) / 56) and summary["low"] < summary["net"] < summary["high"]
    series = api.ask("GET", "sentiment/series?tickers=TSLA&from=2024-01-01&to=2024-02-01&max_points=10")["series"][0]
    assert series["n_total"] == 28 and len(series["points"]) <= 10 and {one["n"] for one in series["points"]} == {2}
    assert {one["net"] for one in series["points"]} >= {min(1.0, 1), -1.0} or min(one["net"] for one in series["points"]) <= 0
    assert api.ask("GET", "sentiment/movers?from=2024-01-15&to=2024-01-29&least=2")["movers"][0]["ticker"] == "TSLA"


def test_live_events_resume_without_a_gap_or_a_double(api):
    newest = newest_event(api.services.engine)
    with ThreadPoolExecutor(1) as hands:
        reading = hands.submit(read_events, api.http, "/api/v1/live", 4, last=newest)
        api.ask("POST", "tweets", 201, json=tweets(1003, 2))
        api.ask("POST", "tweets", 201, json=tweets(1005, 2))
        first = reading.result(30)
    api.ask("POST", "tweets", 201, json=tweets(1007, 5))
    rest = read_events(api.http, "/api/v1/live", 5, last=first[-1][0])
    everything = read_events(api.http, "/api/v1/live", 9, last=newest)
    assert everything == first + rest and [data["tweet_id"] for _, data in everything] == [f"t{i}" for i in range(1003, 1012)]
    assert [event for event, _ in everything] == sorted({event for event, _ in everything})


def test_a_reader_without_an_id_is_told_where_it_begins_and_misses_nothing_after_a_cut(api):
    newest = newest_event(api.services.engine)
    with api.http.stream("GET", "/api/v1/live") as answer:
        assert [line for _, line in zip(range(5), answer.iter_lines(), strict=False)] == ["retry: 2000", "", f"id: {newest}", "event: start", "data: {}"]
    api.ask("POST", "tweets", 201, json=tweets(1020, 2))
    assert [data["tweet_id"] for _, data in read_events(api.http, "/api/v1/live", 2, last=newest)] == ["t1020", "t1021"]
    from_before = read_events(api.http, "/api/v1/live", 1, last=10**12)
    assert from_before == [(newest_event(api.services.engine), {})], "an id that this store never gave begins at its newest"


def test_a_stream_says_that_it_lives_and_may_not_be_buffered(api):
    with api.http.stream("GET", "/api/v1/live") as answer:
        assert answer.headers["cache-control"] == "no-cache, no-transform" and answer.headers["x-accel-buffering"] == "no"
        assert any(line == ": heartbeat" for line, _ in zip(answer.iter_lines(), range(50), strict=False))


def test_a_job_scores_a_file_and_counts_its_bad_rows(api):
    text = "text\n" + "".join(f"up {i}\n" for i in range(100)) + '""\n=cmd|calc down\n'
    job = api.ask("POST", "jobs", 202, files={"file": ("../my-file.csv", text)})
    *_, (_, end) = read_events(api.http, f"/api/v1/jobs/{job['id']}/events", 99, seconds=60)
    assert (end["status"], end["n_rows"], end["n_done"], end["n_dropped"], end["filename"]) == ("done", 101, 101, 1, "my-file.csv")
    assert end["bad_rows"][0]["row"] == 101 and "blank" in end["bad_rows"][0]["reason"]
    results = {form: api.http.get(f"/api/v1/jobs/{job['id']}/results", params={"format": form}) for form in ("csv", "jsonl", "parquet")}
    frames = [pl.read_csv(results["csv"].content), pl.read_ndjson(results["jsonl"].content), pl.read_parquet(io.BytesIO(results["parquet"].content))]
    assert {frame.height for frame in frames} == {101} and frames[1]["label"].to_list() == frames[2]["label"].to_list()
    assert frames[0]["text"][-1] == "'=cmd|calc down" and frames[2]["text"][-1] == "=cmd|calc down"
    assert 'filename="my-file-scored.csv"' in results["csv"].headers["content-disposition"]
    again = api.http.get(f"/api/v1/jobs/{job['id']}/results", params={"format": "csv"}, headers={"If-None-Match": results["csv"].headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.new_client("stranger", ["predict"]).get(f"/api/v1/jobs/{job['id']}").status_code == 404
    api.ask("DELETE", f"jobs/{job['id']}", 204), api.ask("GET", f"jobs/{job['id']}", 404)


def test_a_tweet_keeps_its_place_whatever_comes_under_its_id_later(api):
    first = {"tweet_id": "place1", "text": "first words $AAPL", "created_at": "2015-01-01T00:00:00Z"}
    api.ask("POST", "tweets", 201, json={"tweets": [first]})
    found = api.ask("POST", "tweets", 201, json={"tweets": [first | {"text": "quite other words $TSLA", "created_at": "2016-02-02T00:00:00Z"}]})
    assert found["n_stored"] == 0 and api.ask("GET", "tweets?ticker=AAPL")["tweets"][0]["text"] == "first words $AAPL"
    assert not api.ask("GET", "sentiment/series?tickers=TSLA&from=2016-02-01&to=2016-02-04")["series"][0]["points"]


def test_a_tweet_of_the_future_does_not_move_the_charts(api):
    before = api.ask("GET", "sentiment/series")["end"]
    late = api.http.post("/api/v1/tweets", json={"tweets": [{"text": "x $AAPL", "created_at": "2099-12-31T23:59:59.999999-13:59"}]})
    assert late.status_code == 422 and late.json()["errors"][0]["where"] == "body.tweets.0.created_at"
    assert api.ask("GET", "sentiment/series")["end"] == before
    empty = api.ask("GET", "sentiment/series?from=2098-01-01")
    assert empty["start"] <= empty["end"] and not empty["series"][0]["points"]


def test_head_range_and_a_broken_origin_have_answers(api):
    assert (api.http.head("/health").status_code, api.http.head("/api/v1/tweets").status_code, api.http.head("/api/v1/live").status_code) == (200, 200, 405)
    whole = api.http.get("/api/v1/models")
    for part in ("bytes=99999999-", "bytes=0-3", "lines=1-2", "bytes=abc"):
        assert api.http.get("/api/v1/models", headers={"Range": part}).content == whole.content
    stranger = api.http.post("/api/v1/session", json={"key": "x"}, headers={"Origin": "http://[::1"})
    assert (stranger.status_code, stranger.headers["content-type"]) == (403, "application/problem+json")


def test_half_a_character_in_a_file_name_is_replaced(api):
    form = b'--X\r\nContent-Disposition: form-data; name="file"; filename="\\ud800.csv"\r\nContent-Type: text/csv\r\n\r\ntext\nhello\n\r\n--X--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=X; charset=unicode_escape"}
    answer = api.http.post("/api/v1/jobs", content=form, headers=kind)
    assert answer.status_code == 202 and answer.json()["filename"] == "?.csv", answer.text


def nested_parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"text": ["up"], "more": [[0] * 9]}).write_parquet(file)
    return file.getvalue()


BAD_FILES = [
    ("x.csv", b"number\n1\n", "no text column"),
    ("x.parquet", b"PAR1", "Parquet"),
    ("x.parquet", nested_parquet(), "column more holds list"),
    ("x.json", b"{", "x.json"),
    ("x.csv", b"", "x.csv"),
]


@pytest.mark.parametrize(("name", "content", "told"), BAD_FILES)
def test_a_bad_file_is_a_failed_job_with_a_reason(api, name, content, told):
    job = api.ask("POST", "jobs", 202, files={"file": (name, content)})
    *_, (_, end) = read_events(api.http, f"/api/v1/jobs/{job['id']}/events", 99, seconds=60)
    assert end["status"] == "failed" and told.lower() in end["error"].lower() and "/tmp" not in end["error"]


def test_uploads_of_other_kinds_and_sizes_are_refused(api):
    api.ask("POST", "jobs", 422, files={"file": ("x.pkl", b"x")})
    with socket.create_connection(("127.0.0.1", int(api.url.rpartition(":")[2])), timeout=20) as client:
        head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nX-API-Key: {api.key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {80 * 2**20}\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 413"), "refused before a byte of it was sent"


@pytest.fixture(scope="module")
def queue(api):
    "Six tweets on which two machines differ."
    items = [Item(f"$GM tweet {number}") for number in range(6)]
    add_items(api.services.engine, items)
    with LedgerWriter(api.services.engine) as writer:
        for who, label in {"first": "bullish", "second": "bearish"}.items():
            writer.add(reply_rows(Job(who, "m", "p", "sentiment3"), who, items, 0, Reply(tuple(Verdict("ok", label, 0.9, f"{who} says so") for _ in items)), None)).result()
    return [item.item_hash for item in items]


def test_two_people_never_get_one_item_and_nobody_sees_votes_before_voting(api, queue):
    people = [api.new_client(name, ["review"]) for name in ("bo", "cy", "di")]
    with ThreadPoolExecutor(3) as hands:
        cards = [one.json()["card"] for one in hands.map(lambda client: client.get("/api/v1/review/queues/low-agreement/next"), people)]
    assert len({card["item"] for card in cards}) == 3 and all(card["hidden"] and card["voices"] == [] for card in cards)
    item = cards[0]["item"]
    assert "says so" not in people[1].get(f"/api/v1/items/{item}").text and people[1].get(f"/api/v1/items/{item}?reveal=true").status_code == 403
    decided = people[0].post("/api/v1/annotations", json={"item": item, "label": "bullish", "request_id": "click-0001"})
    assert decided.status_code == 201 and len(people[0].get(f"/api/v1/items/{item}").json()["voices"]) == 2
    assert people[0].get("/api/v1/review/export").status_code == 403 and people[0].get("/api/v1/review/queues/disputed/next").status_code == 403


def test_a_decision_counts_once_can_be_undone_and_does_not_come_back(api, queue):
    me = api.new_client("ed", ["review"])
    said = {"item": queue[5], "label": "bullish", "request_id": "click-0002"}
    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(lambda _: me.post("/api/v1/annotations", json=said), range(4)))
    assert {one.status_code for one in answers} == {201} and len({one.json()["annotation"] for one in answers}) == 1
    annotation = answers[0].json()["annotation"]
    changed = me.post("/api/v1/annotations", json=said | {"label": "bearish", "request_id": "click-0003"})
    assert changed.status_code == 409, "it does not say what it replaces"
    assert me.get(f"/api/v1/items/{changed.json()['item']}").json()["annotation"] == annotation, "the refusal names the item"
    assert me.post(f"/api/v1/annotations/{annotation}/undo").json()["item"] == queue[5]
    assert me.post(f"/api/v1/annotations/{annotation}/undo").status_code == 409 and me.post(f"/api/v1/annotations/{'0' * 32}/undo").status_code == 404
    assert me.post("/api/v1/annotations", json=said).json() == {"annotation": annotation, "item": queue[5], "repeated": True}, "sent again after the undo, it stays undone"
    assert me.get(f"/api/v1/items/{queue[5]}").json()["label"] is None


def test_a_revoked_key_reads_its_open_stream_no_further(api):
    key_id, key = create_key(api.services.engine, "leaver", ["predict"])
    time.sleep(0.1)
    began, lines = time.monotonic(), []
    with api.client(key) as leaver, leaver.stream("GET", "/api/v1/live", timeout=30) as answer:
        assert answer.status_code == 200
        reading = answer.iter_lines()
        lines.append(next(reading))
        revoke_key(api.services.engine, key_id)
        time.sleep(1)
        api.ask("POST", "tweets", 201, json={"tweets": [{"text": "$TSLA after the revocation"}]})
        lines += list(reading)
    print(f"closed {time.monotonic() - began:.1f} s after it was opened")
    assert not any("after the revocation" in line for line in lines) and time.monotonic() - began < 25


def test_a_decision_sent_under_another_name_is_refused_and_an_undone_item_is_held_again(api, queue):
    eve, fay = api.new_client("eve", ["review"]), api.new_client("fay", ["review"])
    said = {"item": queue[4], "label": "bullish"}
    refused = fay.post("/api/v1/annotations", json=said | {"reviewer": "eve"})
    assert refused.status_code == 409 and "decision of eve" in refused.json()["detail"] and fay.get(f"/api/v1/items/{queue[4]}").json()["label"] is None
    kept = eve.post("/api/v1/annotations", json=said | {"reviewer": "eve"})
    assert kept.status_code == 201
    assert eve.post(f"/api/v1/annotations/{kept.json()['annotation']}/undo").status_code == 200
    named = fay.get("/api/v1/review/queues/low-agreement/next", params={"behind": 10}).json()
    assert queue[4] not in [card["item"] for card in [named["card"], *named["behind"]] if card], "eve is looking at it again"
    for reviewer, item in (("eve", queue[4]), ("fay", named["card"]["item"])):
        release(api.services.engine, api.services.settings.schema(), reviewer, item)


@pytest.mark.parametrize("word", [{"label": "bullish"}, {"mark": "unsure"}])
def test_a_new_text_sent_six_times_at_once_is_one_decision(api, word):
    me, (kind,) = api.new_client("hal", ["review"]), word
    said = word | {"text": f"a tweet of my own $AAPL, {kind}", "request_id": f"own-{kind}"}
    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(lambda _: me.post("/api/v1/annotations", json=said), range(6)))
    assert {one.status_code for one in answers} == {201}, [one.text for one in answers]
    found = [one.json() for one in answers]
    assert len({one["annotation"] for one in found}) == 1 and sorted(one["repeated"] for one in found) == [False] + [True] * 5
    written = attempts(api.services.engine, "sentiment3").filter(annotator="human:hal", item=found[0]["item"])
    assert len(written) == 1, "written once, not only told once"


def test_the_same_new_text_of_many_people_is_kept_for_all(api):
    people = [api.new_client(f"new{number}", ["review"]) for number in range(6)]
    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(lambda client: client.post("/api/v1/annotations", json={"text": "everybody's tweet $F", "label": "neutral"}), people))
    assert {one.status_code for one in answers} == {201}, [one.text for one in answers]


def test_a_decision_that_has_to_wait_too_long_is_asked_again_later(api, queue):
    me = api.new_client("ivy", ["review"])
    with job_lock(api.services.engine, Job("human:ivy", "-", "review", "sentiment3")):
        busy = me.post("/api/v1/annotations", json={"item": queue[0], "label": "bullish"})
    assert (busy.status_code, busy.headers["retry-after"], busy.headers["content-type"]) == (503, "1", "application/problem+json")
    assert "nothing was written" in busy.json()["detail"] and "/" not in busy.json()["detail"] and not any(letter.isdigit() for letter in busy.json()["detail"])
    assert me.post("/api/v1/annotations", json={"item": queue[0], "label": "bullish"}).status_code == 201


def test_the_adjudicator_has_the_last_word_with_a_reason(api, queue):
    for name, label in (("fay", "bullish"), ("gil", "bearish")):
        assert api.new_client(name, ["review"]).post("/api/v1/annotations", json={"item": queue[4], "label": label}).status_code == 201
    card = api.ask("GET", "review/queues/disputed/next")["card"]
    assert card["item"] == queue[4] and not card["hidden"] and len(card["voices"]) == 4
    api.ask("POST", f"items/{queue[4]}/adjudicate", 422, json={"label": "neutral", "comment": ""})
    api.ask("POST", f"items/{queue[4]}/adjudicate", 201, json={"label": "neutral", "comment": "both are read into it"})
    rows = {row["item"]: row for row in map(json.loads, api.http.get("/api/v1/review/export").text.splitlines())}
    assert (rows[queue[4]]["label"], rows[queue[4]]["source"]) == ("neutral", "adjudicated")
    tasks = api.http.get("/api/v1/review/export?format=label-studio").json()
    assert {"data", "annotations"} <= set(next(task for task in tasks if task["data"]["item"] == queue[4]))
    assert api.ask("GET", "review/stats")["n_adjudicated"] == 1


def test_a_key_is_refused_within_a_second_of_its_end_and_so_is_its_session(api):
    key_id, key = create_key(api.services.engine, "temp", ["predict"])
    script, page = api.client(key), api.client(None)
    time.sleep(0.1)
    assert script.get("/api/v1/version").status_code == 200 and page.post("/api/v1/session", json={"key": key}, headers=PAGE).status_code == 201
    assert page.get("/api/v1/version").status_code == 200 and page.post("/api/v1/predict", json={"texts": ["up"]}).status_code == 403
    assert page.post("/api/v1/predict", json={"texts": ["up"]}, headers=PAGE).status_code == 200
    assert script.post("/api/v1/models/baseline/activate").status_code == 403
    revoke_key(api.services.engine, key_id)
    time.sleep(1.0)
    assert script.get("/api/v1/version").status_code == page.get("/api/v1/version").status_code == 401
    _, short = create_key(api.services.engine, "temp", ["predict"], days=1e-5)
    time.sleep(1.0)
    assert api.client(short).get("/api/v1/version").status_code == 401 and page.post("/api/v1/session", json={"key": short}).status_code == 401
    assert COOKIE not in api.client(None).post("/api/v1/session", json={"key": "wrong"}).headers.get("set-cookie", "")


def test_hot_swaps_fail_no_request_and_each_answer_names_the_model_that_gave_it(api):
    said, stop = [], []

    def ask(worker: int) -> None:
        client, number = api.client(api.key), 0
        while not stop:
            answer = client.post("/api/v1/predict", json={"texts": [f"up up {worker} {number}"]})
            said.append((answer.status_code, answer.json()["model_id"], answer.json()["predictions"][0]["label"]))
            number += 1

    with ThreadPoolExecutor(2) as hands:
        working = [hands.submit(ask, worker) for worker in range(2)]
        for number in range(12):
            api.ask("POST", f"models/{('train-contrary', 'train-plain')[number % 2]}/activate")
        stop.append(True)
        [one.result(30) for one in working]
    assert {status for status, _, _ in said} == {200} and set(said) <= {(200, "train-plain", "bullish"), (200, "train-contrary", "bearish")}
    active = api.ask("GET", "models/active")
    assert active["model"]["model_id"] == "train-plain" and active["previous_model_id"] == "train-contrary" and active["activated_by"] == "ada"
    both = [api.ask("POST", "predict", json={"texts": ["up up"], "model": name})["predictions"][0]["label"] for name in ("train-plain", "train-contrary")]
    assert both == ["bullish", "bearish"], "two models side by side"


def test_a_torn_model_is_refused_and_the_old_one_goes_on(api):
    folder = api.services.settings.models_dir / "train-torn"
    source = api.services.settings.models_dir / "train-plain"
    folder.mkdir(exist_ok=True)
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = (folder / "model.safetensors").read_bytes()
    for bad in (weights[:-9], weights[:100] + bytes([weights[100] ^ 1]) + weights[101:], b"\x80\x04\x95cposix\nsystem\n", b""):
        (folder / "model.safetensors").write_bytes(bad)
        api.ask("POST", "models/train-torn/activate", 409)
    assert api.ask("POST", "predict", json={"texts": ["up up"]})["model_id"] == "train-plain"


def test_an_explanation_adds_up_and_names_its_method(api):
    for method in ("occlusion", "shapley"):
        found = api.ask("POST", "explain", json={"text": "$TSLA up up", "method": method})
        assert found["method"] == method and found["label"] == "bullish" and found["text"][found["pieces"][1]["start"] : found["pieces"][1]["end"]] == "up"
        total = sum(piece["score"] for piece in found["pieces"])
        assert found["full"] - found["empty"] - total == pytest.approx(found["gap"], abs=1e-5)
    api.ask("POST", "explain", 422, json={"text": "up", "method": "integrated_gradients"})


def test_counters_equal_the_clients_count_and_random_paths_make_no_series(api):
    def value(name: str) -> float:
        return sum(float(line.rpartition(" ")[2]) for line in api.http.get("/metrics").text.splitlines() if line.startswith(name))

    before = value('tweetsent_requests_total{method="GET",route="/api/v1/labels"')
    for _ in range(17):
        api.ask("GET", "labels")
    assert value('tweetsent_requests_total{method="GET",route="/api/v1/labels"') == before + 17
    series = len(api.http.get("/metrics").text.splitlines())
    for number in range(300):
        api.http.get(f"/random/{number}"), api.http.get(f"/api/v1/{number}")
    assert len(api.http.get("/metrics").text.splitlines()) < series + 50


def test_a_rate_limit_is_exact_and_only_for_its_key(tmp_path):
    with serve(tmp_path, requests_per_minute=30) as api:
        other = api.new_client("other", SCOPES)
        time.sleep(0.6)
        answers = [api.http.get("/api/v1/labels", headers={"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(40)]
        assert [one.status_code for one in answers].count(200) == 30 and {one.status_code for one in answers[30:]} == {429}
        assert int(answers[-1].headers["retry-after"]) > 0 and other.get("/api/v1/labels").status_code == 200
        for number in range(2000):
            api.services.ring.check(f"tsk_{number:012x}_" + "A" * 43)
        assert len(api.services.gate.rates._windows) == 2, "random keys leave nothing behind"


def test_an_interrupted_job_goes_on_after_a_restart_and_is_scored_once(tmp_path):
    plain, _ = save_opposites(tmp_path)
    text = "text\n" + "".join(f"up {i}\n" for i in range(6000))
    with serve(tmp_path, serve_model=plain, max_wait_ms=60_000) as api:
        job = api.ask("POST", "jobs", 202, files={"file": ("x.csv", text)})["id"]
        while api.ask("GET", f"jobs/{job}")["n_done"] < 2000:
            time.sleep(0.02)
    with serve(tmp_path, serve_model=plain, max_wait_ms=60_000) as api:
        *_, (_, end) = read_events(api.http, f"/api/v1/jobs/{job}/events", 99, seconds=60)
        assert (end["status"], end["n_done"]) == ("done", 6000)
        rows = pl.read_ndjson(api.http.get(f"/api/v1/jobs/{job}/results?format=jsonl").content)
        assert rows["text"].to_list() == [f"up {i}" for i in range(6000)]


def test_ready_names_the_store_when_it_is_away(tmp_path):
    with serve(tmp_path) as api:
        path = tmp_path / "data" / "store.sqlite"
        api.services.engine.dispose()
        path.rename(tmp_path / "away"), path.mkdir()
        for leftover in path.parent.glob("store.sqlite-*"):
            leftover.unlink()
        answer = api.client(None).get("/ready")
        assert answer.status_code == 503 and any("store" in one for one in answer.json()["missing"]) and answer.headers["retry-after"]
        assert api.client(None).get("/health").status_code == 200
        time.sleep(0.6)
        assert api.http.get("/api/v1/labels").status_code == 503, "who has which key is not known"
        path.rmdir(), (tmp_path / "away").rename(path)
        wait_ready(api.http, 10)


def test_prices_are_loaded_by_command_and_drawn_in_order(api):
    bars = sample_prices().frame
    store_prices(api.services.engine, bars)
    found = api.ask("GET", "prices?tickers=nosuch,TSLA&from=2024-01-01&to=2024-02-01")["prices"]
    assert [one["ticker"] for one in found] == ["NOSUCH", "TSLA"] and found[0] == {"ticker": "NOSUCH", "n_total": 0, "closes": []}
    expected = bars.filter(pl.col("ticker") == "TSLA", pl.col("date").is_between(date(2024, 1, 1), date(2024, 1, 31)))
    assert [(one["day"], one["close"]) for one in found[1]["closes"]] == [(str(day), close) for day, close in expected.select("date", "close").iter_rows()]
    assert found[1]["n_total"] == 23
