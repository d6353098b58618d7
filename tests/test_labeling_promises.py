"""What labelling promises under kills, faults, a budget and a full disk, with the real SDK against the simulated provider and its bill."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from labeling_job import KEY, annotator, tweets

from tweetsent.core.errors import RunError
from tweetsent.labeling.batch_runner import StoredNames, run_batches
from tweetsent.labeling.gemini_batch import GeminiBatchAnnotator
from tweetsent.labeling.ledger import Job, answered, attempts, in_doubt, spent, votes
from tweetsent.labeling.protocol import AccessDenied
from tweetsent.labeling.runner import Pace, label_items
from tweetsent.labeling.simulator import Simulator, simulator_process
from tweetsent.labeling.simulator_bill import read_bill
from tweetsent.store import open_store

FAST = Pace(concurrency=16, requests_per_minute=1e6, tokens_per_minute=1e9)


def start(store_url: str, base_url: str, n: int, *options: str) -> subprocess.Popen:
    "A labelling process that has opened its store."
    command = [sys.executable, str(Path(__file__).parent / "labeling_job.py"), store_url, base_url, str(n), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "started\n", process.stderr.read()
    return process


def finish(process: subprocess.Popen, timeout: float = 300) -> dict:
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err[-2000:]
    return json.loads(out.splitlines()[-1])


def labels_of(engine) -> dict[str, str]:
    return dict(votes(attempts(engine, "sentiment3")).select("item", "label").iter_rows())


def kill_and_resume(store_url: str, tmp_path: Path, n: int, kills: int, seed: int) -> None:
    "Kill -9 at random points, resume, hold the ledger against the bill."
    bill_path, rng = tmp_path / "bill.jsonl", random.Random(seed)
    with simulator_process("--latency", 0.05, "--accuracy", 0.9, "--bill", bill_path) as url:
        job = Job.of(annotator(url))
        for _ in range(kills):
            process = start(store_url, url, n)
            time.sleep(rng.uniform(0.05, 1.5))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        finish(start(store_url, url, n))
    engine, bill = open_store(store_url), [row for row in read_bill(bill_path) if row.usd]
    found = attempts(engine, "sentiment3", [job])
    doubt = in_doubt(engine, job)
    answered = Counter(found.filter(status="ok")["item"])
    billed = Counter(item for row in bill for item in row.items)
    print(f"{kills} kills, {n} tweets: {len(bill)} requests billed, {len(found)} answers stored, {len(doubt)} in doubt, at most ${doubt['cost_usd'].sum():.4f}")
    assert len(answered) == n and set(answered.values()) == {1}, "an item with a stored answer was paid again"
    lost = billed - answered - Counter(doubt["item_hash"])
    assert not lost, "billed, neither stored nor in doubt"
    assert len(doubt) <= 8 * kills, "more in doubt than were in flight"
    billed_usd, doubt_usd = spent(engine, job)
    assert billed_usd <= sum(row.usd for row in bill) + 1e-9 <= billed_usd + doubt_usd + 2e-9
    with Simulator(accuracy=0.9) as calm:
        other = open_store(f"sqlite:///{tmp_path}/unkilled.sqlite")
        label_items([annotator(calm.url)], tweets(n), other, FAST)
        assert labels_of(other) == labels_of(engine), "an unkilled run gives other labels"


def test_kill_9_loses_no_answer_and_pays_none_twice(store_url, tmp_path):
    kill_and_resume(store_url, tmp_path, n=400, kills=5, seed=7)


@pytest.mark.long
def test_fifty_kills(tmp_path):
    kill_and_resume(f"sqlite:///{tmp_path}/store.sqlite", tmp_path, n=2000, kills=50, seed=8)


def test_a_budget_is_never_overshot_and_the_ledger_equals_the_bill(store_url):
    engine = open_store(store_url)
    with Simulator(latency_s=0.01, latency_jitter=0.9, prices=(20.0, 60.0)) as simulator:
        lane = annotator(simulator.url, price_in=20.0, price_out=60.0)
        first = label_items([lane], tweets(2000), engine, FAST, budget_usd=1.0)
        assert simulator.bill.usd <= 1.0 and first.stopped_because.startswith("the budget of $1")
        again = label_items([annotator(simulator.url, price_in=20.0, price_out=60.0)], tweets(2000), engine, FAST, budget_usd=1.0)
        print(f"budget $1.00, 16 workers: billed ${simulator.bill.usd:.4f}, ledger ${again.total_cost_usd:.4f}, {first.labels} labels")
        assert simulator.bill.usd <= 1.0 and first.labels > 50, "a second run has no second budget"
        assert again.total_cost_usd == pytest.approx(simulator.bill.usd, abs=1e-9)


def test_faults_end_as_labels_or_typed_failures(store_url):
    faults = {"rate_limit": 0.06, "server_error": 0.05, "timeout": 0.02, "cut": 0.04, "truncated": 0.04, "wrong_schema": 0.04, "label_outside": 0.03, "huge_body": 0.02}
    engine, n = open_store(store_url), 300
    pace = Pace(concurrency=16, requests_per_minute=1e6, tokens_per_minute=1e9, max_attempts=5, timeout_s=1.0)
    with Simulator(faults=faults, retry_after_s=0.3, hang_s=30) as simulator:
        outcome = label_items([annotator(simulator.url, timeout_s=1.0)], tweets(n), engine, pace)
        rows = simulator.bill.rows
    found = attempts(engine, "sentiment3")
    asked = found.group_by("item").len()["len"]
    print(f"30 % faults, {n} tweets: {outcome.labels} labels, failed attempts {dict(outcome.failures)}, most attempts {asked.max()}, early {sum(row.early for row in rows)}")
    assert outcome.labels + outcome.unlabeled == n == votes(found).height and outcome.labels >= n * 0.97
    assert asked.max() <= 5 and not any(row.early for row in rows)
    failed = found.filter(pl.col("status") != "ok")
    assert failed["label"].null_count() == len(failed) and failed["error"].null_count() == 0 and len(set(failed["error"])) >= 5
    assert outcome.in_doubt == 0 and not (set(labels_of(engine).values()) - {"bearish", "neutral", "bullish", None})


def test_sigterm_lets_answers_come_home(store_url):
    with simulator_process("--latency", 0.8) as url:
        process = start(store_url, url, 500)
        time.sleep(5.0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
        seconds = time.monotonic() - began
        engine, job = open_store(store_url), Job.of(annotator(url))
    n = len(attempts(engine, "sentiment3"))
    print(f"SIGTERM: gone after {seconds:.1f} s, {n} answers stored, {len(in_doubt(engine, job))} in doubt")
    assert seconds < 10 and process.returncode != 0 and 0 < n < 500 and in_doubt(engine, job).is_empty()


def test_sigterm_to_the_command_reaches_its_notebook(project):
    command = [str(Path(sys.executable).parent / "tweetsent"), "label", "sample", "--annotator", "gemini", "-p", "items_per_request", "1"]
    with simulator_process("--latency", 0.8) as url:
        options = {"cwd": project, "env": {**os.environ, "GEMINI_API_KEY": KEY}, "text": True}
        process = subprocess.Popen([*command, "-p", "base_url", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        store, deadline = project / "data" / "store.sqlite", time.monotonic() + 120
        while not (store.is_file() and len(attempts(open_store(f"sqlite:///{store}"), "sentiment3"))):
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()
            time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        seconds = time.monotonic() - began
    engine = open_store(f"sqlite:///{store}")
    found = attempts(engine, "sentiment3")
    jobs = {Job("gemini", "gemini-2.5-flash", prompt, "sentiment3") for prompt in found["prompt_hash"]}
    print(f"SIGTERM to tweetsent label: gone after {seconds:.1f} s, {len(found)} answers stored")
    assert seconds < 10 and process.returncode == 1 and "the same command goes on" in said and "Traceback" not in said
    assert all(in_doubt(engine, job).is_empty() for job in jobs)


def test_a_second_run_of_the_same_job_refuses_at_once(store_url):
    with simulator_process("--latency", 0.3) as url:
        process = start(store_url, url, 400)
        time.sleep(1.0)
        engine, began = open_store(store_url), time.monotonic()
        with pytest.raises(RunError):
            label_items([annotator(url)], tweets(400), engine, FAST)
        assert time.monotonic() - began < 1
        process.kill()
        process.communicate()


def test_a_full_disk_stops_the_run_and_it_resumes(small_disk):
    store = f"sqlite:///{small_disk}/store.sqlite"
    open_store(store).dispose()
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (3 * 2**20 - sum(path.stat().st_size for path in small_disk.iterdir()) - 1_500_000))
    with simulator_process() as url:
        command = [sys.executable, str(Path(__file__).parent / "labeling_job.py"), store, url, "3000"]
        full = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert full.returncode != 0 and "free some space, then run the same command again" in full.stderr, full.stderr[-500:]
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
        done = finish(start(store, url, 3000))
    print(f"full disk: {done['known']} labels were stored before, {done['labels']} came after")
    assert done["known"] > 0 and done["known"] + done["labels"] == 3000 and done["unlabeled"] == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_stops_at_once_and_nothing_is_retried(tmp_path, status):
    engine = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    with Simulator(keys=["another-good-key"], denied_status=status) as simulator:
        with pytest.raises(AccessDenied, match="refuses the API key") as raised:
            label_items([annotator(simulator.url)], tweets(200), engine, FAST)
        rows = simulator.bill.rows
    assert len(rows) <= 16 and max(Counter(row.request for row in rows).values()) == 1 and KEY not in str(raised.value)


class Impatient(Exception):
    pass


def batch(url: str) -> GeminiBatchAnnotator:
    one = annotator(url, items_per_request=5)
    return GeminiBatchAnnotator(one.preset, one._bounds.prompt, one.key, poll_s=0.1)


def leave_out(engine, url: str, n: int) -> Job:
    "A process that ends after its batch was sent."
    lane = batch(url)

    async def give_up(*_):
        raise Impatient

    lane.fetch = give_up
    with pytest.raises(Impatient):
        label_items([lane], tweets(n), engine, FAST, how=run_batches)
    return Job.of(lane)


def test_a_batch_survives_its_process(store_url, tmp_path):
    engine = open_store(store_url)
    with Simulator(batch_latency_s=1.5, accuracy=0.9) as simulator:
        job = leave_out(engine, simulator.url, 100)
        assert in_doubt(engine, job)["item_hash"].n_unique() == 100
        done = label_items([batch(simulator.url)], tweets(100), engine, FAST, how=run_batches)
        billed = Counter(item for row in simulator.bill.rows for item in row.items)
    assert done.labels == 100 and done.in_doubt == 0 and set(billed.values()) == {1}, "the batch was adopted, not sent again"
    assert done.total_cost_usd == pytest.approx(sum(r.tokens_in * 0.3 + r.tokens_out * 2.5 for r in simulator.bill.rows) / 1e6)


def test_a_run_over_fewer_tweets_fetches_the_batch_that_is_out(store_url):
    engine = open_store(store_url)
    with Simulator(batch_latency_s=0.5) as simulator:
        job = leave_out(engine, simulator.url, 50)
        done = label_items([batch(simulator.url)], tweets(20), engine, FAST, how=run_batches)
        billed = Counter(item for row in simulator.bill.rows for item in row.items)
    assert len(billed) == 50 and set(billed.values()) == {1}, "what is out is not paid again"
    assert (done.asked, done.labels, done.unlabeled, done.in_doubt) == (20, 20, 0, 0) and len(answered(engine, job)) == 50


def test_a_batch_that_the_provider_forgot_is_paid_for_and_asked_again(store_url):
    engine = open_store(store_url)
    with Simulator(batch_latency_s=0.5) as simulator:
        job = leave_out(engine, simulator.url, 20)
        reserved_usd = spent(engine, job)[1]
        asyncio.run(batch(simulator.url).delete(*StoredNames(engine).values()))
        done = label_items([batch(simulator.url)], tweets(20), engine, FAST, how=run_batches)
        paid_usd = sum(row.tokens_in * 0.3 + row.tokens_out * 2.5 for row in simulator.bill.rows) / 1e6
    assert (done.labels, done.unlabeled, done.in_doubt) == (20, 0, 0) and dict(done.failures) == {"batch_gone": 20}
    assert done.total_cost_usd == pytest.approx(reserved_usd + paid_usd) and not dict(StoredNames(engine))


def test_the_command_line_keeps_keys_out_of_everything(tweetsent, project):
    with simulator_process("--key", KEY, "--accuracy", 0.9) as url:
        words = ["label", "sample", "--annotator", "gemini", "-p", "base_url", url, "-p", "max_items", "60"]
        denied = tweetsent(*words, env={**os.environ, "GEMINI_API_KEY": ""})
        assert denied.returncode == 1 and denied.stderr.count("\n") == 1 and "export GEMINI_API_KEY=" in denied.stderr, denied.stderr
        planned = tweetsent(*words, "--plan", env={**os.environ, "GEMINI_API_KEY": ""})
        assert planned.returncode == 0 and "to ask 60" in planned.stdout and "at most $" in planned.stdout, planned.stderr + planned.stdout
        done = tweetsent(*words, "--json", env={**os.environ, "GEMINI_API_KEY": KEY})
    assert done.returncode == 0, done.stderr[-1500:]
    assert "Traceback" not in done.stderr and KEY not in done.stdout + done.stderr
    looked = [path for path in project.rglob("*") if path.is_file()]
    assert len(looked) > 8 and not [path for path in looked if KEY.encode() in path.read_bytes()]
