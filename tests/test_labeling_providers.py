"""Every SDK against the simulator: answers, prices, each fault, keys, batches that survive their process."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tweetsent.core.settings import AnnotatorPreset, load_settings
from tweetsent.labeling.gemini import GeminiAnnotator
from tweetsent.labeling.gemini_batch import BatchNames, BatchRequest, GeminiBatchAnnotator
from tweetsent.labeling.generativeai import GenerativeAIAnnotator
from tweetsent.labeling.keys import ApiKey
from tweetsent.labeling.openai_endpoint import OpenAIAnnotator
from tweetsent.labeling.protocol import AccessDenied, Annotator, Item, RateLimited, Rejected, Reply, TryAgain, Verdict
from tweetsent.labeling.simulator import Simulator, simulator_process
from tweetsent.labeling.simulator_bill import read_bill

CANARY = "canary-7f3a9-key"
ITEMS = [Item("$TSLA beats, shares jump 🚀", "TSLA"), Item("sold my $F puts after the miss"), Item("$AAPL event at 10am"), Item("bearish on $AMD"), Item("long $GE")]
KINDS = {"gemini": GeminiAnnotator, "generativeai": GenerativeAIAnnotator, "openai": OpenAIAnnotator}
CODES = {"bearish": "QX", "neutral": "RWK", "bullish": "QZ77"}


class TinyPrompt:
    "The face of prompts.Prompt: codes for labels, datamarked tweets, answers read strictly."

    hash, schema = "tiny", load_settings().schema("sentiment3")
    system = "Label each tweet.\n" + "\n".join(f"{code} = {label}: what it means" for label, code in CODES.items())
    code_labels = {code: label for label, code in CODES.items()}

    def render(self, items, vote=0):
        rows = [{"id": f"i{n}", "tweet": item.text.replace(" ", "\ue000")} | ({"target": item.target} if item.target else {}) for n, item in enumerate(items, 1)]
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)

    def json_schema(self, n_items):
        row = {
            "id": {"type": "string"},
            "label": {"type": "string", "enum": list(self.code_labels)},
            "confidence": {"type": "number"},
            "rationale": {"type": "string"},
        }
        answers = {"type": "array", "minItems": n_items, "items": {"type": "object", "properties": row, "required": list(row)}}
        return {"type": "object", "properties": {"answers": answers}, "required": ["answers"]}

    def read(self, text, items, vote=0):
        try:
            rows = {row["id"]: row for row in json.loads(text)["answers"]}
        except (ValueError, KeyError, TypeError):
            return (Verdict("invalid", error="unreadable"),) * len(items)
        codes = [rows.get(f"i{n}", {}).get("label") for n in range(1, len(items) + 1)]
        return tuple(Verdict("ok", self.code_labels[c], 0.5) if c in self.code_labels else Verdict("invalid", error="label_outside_schema") for c in codes)


def preset_for(kind: str, simulator: Simulator, **changes) -> AnnotatorPreset:
    url = simulator.openai_url if kind == "openai" else simulator.url
    values = {"name": kind, "provider": kind, "model": "model-x", "base_url": url, "price_in": 0.30, "price_out": 2.50, "items_per_request": 5, "timeout_s": 3.0}
    return AnnotatorPreset(**values | changes)


def annotator_for(kind: str, simulator: Simulator, key: str = CANARY, **changes) -> Annotator:
    return KINDS[kind](preset_for(kind, simulator, **changes), TinyPrompt(), ApiKey(key, "DEMO_KEY#1"))


def ask(annotator: Annotator, items=ITEMS, vote: int = 0) -> Reply:
    async def once():
        try:
            return await annotator.annotate(items, vote)
        finally:
            await annotator.close()

    return asyncio.run(once())


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def test_answers_are_the_rules_with_their_probabilities(kind):
    with Simulator(keys=[CANARY]) as simulator:
        annotator = annotator_for(kind, simulator)
        reply = ask(annotator)
    assert isinstance(annotator, Annotator) and annotator.simulated
    assert [verdict.label for verdict in reply.verdicts] == ["bullish", "bearish", "neutral", "bearish", "bullish"]
    for verdict in reply.verdicts:
        assert set(verdict.probs) == set(CODES) and sum(verdict.probs.values()) == pytest.approx(1.0)
        assert max(verdict.probs, key=verdict.probs.get) == verdict.label


@pytest.mark.parametrize("aliases", [True, False])
def test_the_real_prompt_is_understood(kind, aliases):
    from tweetsent.labeling.prompts import Prompt

    prompt = Prompt(load_settings().schema("sentiment3"), load_settings().guidelines["sentiment3"], aliases=aliases)
    with Simulator(keys=[CANARY]) as simulator:
        annotator = KINDS[kind](preset_for(kind, simulator), prompt, ApiKey(CANARY, "DEMO_KEY#1"))
        reply = ask(annotator, vote=1)
        assert reply.cost_usd == pytest.approx(simulator.bill.usd) and reply.cost_usd < annotator.max_cost(ITEMS)
        assert set(simulator.bill.rows[0].items) == {item.item_hash for item in ITEMS}
    assert [verdict.label for verdict in reply.verdicts] == ["bullish", "bearish", "neutral", "bearish", "bullish"]
    assert all(max(verdict.probs, key=verdict.probs.get) == verdict.label for verdict in reply.verdicts)


def test_the_price_is_the_bills_and_below_the_bound(kind):
    with Simulator(thoughts_per_item=30) as simulator:
        annotator = annotator_for(kind, simulator)
        reply = ask(annotator)
        bill = simulator.bill
    assert reply.cost_usd == pytest.approx(bill.usd) and reply.cost_usd > 0
    assert (reply.tokens_in, reply.tokens_out) == (bill.rows[0].tokens_in, bill.rows[0].tokens_out)
    assert reply.cost_usd <= annotator.max_cost(ITEMS) and reply.tokens_in + reply.tokens_out <= annotator.max_tokens(ITEMS)


def test_the_bound_holds_when_the_model_thinks_to_its_limit(kind):
    with Simulator(thoughts_per_item=10_000) as simulator:
        annotator = annotator_for(kind, simulator, max_output_tokens=50)
        reply = ask(annotator)
    assert reply.tokens_out == 250 and reply.cost_usd <= annotator.max_cost(ITEMS)
    assert {verdict.status for verdict in reply.verdicts} == {"invalid"}, "thoughts ate the answer"


FAILURES = {
    "rate_limit": (RateLimited, "http_429"),
    "server_error": (TryAgain, "http_500"),
    "unavailable": (TryAgain, "http_503"),
    "timeout": (TryAgain, "timeout"),
    "cut": (TryAgain, "connection"),
    "torn_body": (TryAgain, "unreadable_body"),
    "huge_body": (TryAgain, "too_large"),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failed_request_has_its_type_and_is_sent_once(kind, fault, caplog):
    caplog.set_level(logging.DEBUG)
    failure, reason = FAILURES[fault]
    with Simulator(faults={fault: 1.0}, retry_after_s=4, hang_s=20) as simulator:
        began = time.monotonic()
        with pytest.raises(failure) as caught:
            ask(annotator_for(kind, simulator, timeout_s=0.5 if fault == "timeout" else 5))
        assert time.monotonic() - began < 4
        assert caught.value.reason == reason and len(simulator.bill.rows) == 1, "the SDK must not ask again by itself"
    assert caught.value.retry_after_s == (4 if fault == "rate_limit" else None)
    assert caught.value.__cause__ is None and "TSLA" not in str(caught.value) and CANARY not in str(caught.value) + caplog.text


@pytest.mark.parametrize("fault", ["cut", "huge_body"])
def test_gemini_is_asked_once_where_aiohttp_is_installed(fault, monkeypatch, caplog):
    monkeypatch.setattr("google.genai._api_client.has_aiohttp", True)  # the SDK would choose it
    test_a_failed_request_has_its_type_and_is_sent_once("gemini", fault, caplog)


@pytest.mark.parametrize("fault", ["truncated", "wrong_schema", "label_outside"])
def test_an_unusable_answer_is_invalid_and_paid(kind, fault):
    with Simulator(faults={fault: 1.0}) as simulator:
        reply = ask(annotator_for(kind, simulator))
        assert {verdict.status for verdict in reply.verdicts} == {"invalid"} and reply.cost_usd == pytest.approx(simulator.bill.usd)
        assert simulator.bill.usd > 0


def test_a_block_refuses_one_item_but_not_its_neighbours(kind):
    with Simulator(faults={"blocked": 1.0}) as simulator:
        alone, together = ask(annotator_for(kind, simulator), ITEMS[:1]), ask(annotator_for(kind, simulator))
    assert [verdict.status for verdict in alone.verdicts] == ["refused"]
    assert {(verdict.status, verdict.error) for verdict in together.verdicts} == {("invalid", "blocked_in_group")}


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_key_stops_at_once(kind, status, caplog):
    caplog.set_level(logging.DEBUG)
    if (kind, status) == ("openai", 400):
        pytest.skip("only Google answers a bad key with 400")
    with Simulator(keys=["another-key"], denied_status=status) as simulator:
        with pytest.raises(AccessDenied, match=rf"{kind} \(DEMO_KEY#1\): the provider refuses the API key \({status}\)") as caught:
            ask(annotator_for(kind, simulator))
        assert len(simulator.bill.rows) == 1 and simulator.bill.usd == 0
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__} {caplog.text}"


def test_a_model_without_logprobs_is_asked_without_them(kind):
    with Simulator(logprobs=False) as simulator:
        annotator = annotator_for(kind, simulator)
        replies = [ask(annotator), ask(annotator)]
        assert [row.status for row in simulator.bill.rows] == [400, 200, 200]
    assert all(verdict.status == "ok" and verdict.probs is None for reply in replies for verdict in reply.verdicts)


def test_a_request_that_is_never_accepted_is_rejected(kind):
    with Simulator() as simulator:
        preset = preset_for(kind, simulator)
        annotator = KINDS[kind](preset, TinyPrompt(), ApiKey(CANARY, "DEMO_KEY#1"))
        annotator._bounds.prompt.render = lambda items, vote=0: "no items here"
        with pytest.raises(Rejected, match="http_400"):
            ask(annotator)
        assert annotator.top_logprobs == 5, "log-probabilities were not to blame"


def test_nothing_listens(kind):
    with Simulator() as simulator:
        annotator = annotator_for(kind, simulator)
    with pytest.raises(TryAgain, match="connection"):
        ask(annotator)


def test_votes_differ_where_the_api_has_a_seed():
    with Simulator(accuracy=0.5, vote_correlation=0.0) as simulator:
        for name in ("gemini", "openai"):
            votes = [[verdict.label for verdict in ask(annotator_for(name, simulator), vote=vote).verdicts] for vote in range(4)]
            assert len({tuple(vote) for vote in votes}) > 1


def test_surrogates_and_long_tweets_are_sent(kind):
    with Simulator() as simulator:
        annotator = annotator_for(kind, simulator)
        reply = ask(annotator, [Item("buy " + "x" * 10_000), Item('quote " and \\ and \u2028 line\nbreak, sold')])
    assert [verdict.label for verdict in reply.verdicts] == ["bullish", "bearish"]


def test_limits_of_a_key_are_reported_with_their_wait():
    with Simulator(requests_per_minute=2, window_s=30) as simulator:
        annotator = annotator_for("gemini", simulator)
        ask(annotator), ask(annotator)
        with pytest.raises(RateLimited) as limited:
            ask(annotator)
        ask(annotator_for("gemini", simulator, key="a-second-key"))
    assert 28 < limited.value.retry_after_s <= 30


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_labeling_providers import *
preset = AnnotatorPreset(name="b", provider="gemini-batch", model="m", base_url=sys.argv[1], price_in=0.15, price_out=1.25)
batch = GeminiBatchAnnotator(preset, TinyPrompt(), ApiKey(CANARY, "K#1"), poll_s=0.1)
requests = [BatchRequest(f"r{n}", (Item(f"$F beats {n}"),)) for n in range(20)]
sys.stdout.write("started\\n"); sys.stdout.flush()
results = asyncio.run(batch.run(requests, "job-1", BatchNames(Path(sys.argv[2])), lambda state: print(state, flush=True)))
print(sum(isinstance(result, Reply) for result in results.values()), sum(result.cost_usd for result in results.values()), flush=True)
"""


@pytest.mark.parametrize("moment", ["JOB_STATE_RUNNING", "started"])
def test_a_killed_batch_is_taken_up_again_and_paid_once(moment, tmp_path):
    with simulator_process("--bill", tmp_path / "bill.jsonl", "--batch-latency", 2.5) as url:
        command = [sys.executable, "-c", KILLED, url, str(tmp_path / "names"), str(Path(__file__).parent)]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while moment not in first.stdout.readline():
            pass
        time.sleep(0.05)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        first.stdout.close()
        second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert second.returncode == 0, second.stderr[-2000:]
    n_replies, usd = second.stdout.split("\n")[-2].split()
    rows = read_bill(tmp_path / "bill.jsonl")
    assert int(n_replies) == 20 == len(rows) and float(usd) == pytest.approx(sum(row.usd for row in rows))
    assert CANARY not in (tmp_path / "bill.jsonl").read_text() + (tmp_path / "names").read_text() + second.stdout + second.stderr


def test_a_batch_that_ends_early_keeps_what_was_paid():
    requests = [BatchRequest(f"r{n}", (Item(f"$F beats {n}"),)) for n in range(30)]
    with Simulator(batch_latency_s=3.0, faults={"server_error": 0.2, "label_outside": 0.2}) as simulator:
        preset = preset_for("gemini", simulator, price_in=0.15, price_out=1.25)
        batch = GeminiBatchAnnotator(preset, TinyPrompt(), ApiKey(CANARY, "K#1"), poll_s=0.1)

        async def cancelled():
            name = await batch.submit(requests, "job", names := {})
            await asyncio.sleep(1.5)
            await batch.cancel(name)
            results = await batch.run(requests, "job", names)
            await batch.delete(name)
            gone = await batch.find("job")
            await batch.close()
            return results, gone

        results, gone = asyncio.run(cancelled())
    replies = [result for result in results.values() if isinstance(result, Reply)]
    assert list(results) == [request.key for request in requests] and gone is None
    assert replies and sum(reply.cost_usd for reply in replies) == pytest.approx(simulator.bill.usd)
    reasons = {result.reason for result in results.values() if not isinstance(result, Reply)}
    assert reasons == {"rpc_13", "batch_cancelled"} and {verdict.status for reply in replies for verdict in reply.verdicts} == {"ok", "invalid"}


def test_a_batch_stops_at_a_refused_key(tmp_path):
    with Simulator(keys=["another-key"], denied_status=403) as simulator:
        batch = GeminiBatchAnnotator(preset_for("gemini", simulator), TinyPrompt(), ApiKey(CANARY, "K#1"))
        with pytest.raises(AccessDenied):
            asyncio.run(batch.run([BatchRequest("r", (ITEMS[0],))], "job", BatchNames(tmp_path / "names")))
    assert CANARY not in (tmp_path / "names").read_text()


def test_the_bill_is_whole_when_the_client_is_many():
    with Simulator(latency_s=0.2) as simulator:
        annotator = annotator_for("gemini", simulator, items_per_request=1, timeout_s=30)  # 64 at once on a busy machine

        async def many():
            replies = await asyncio.gather(*(annotator.annotate([Item(f"buy {n}")]) for n in range(64)))
            await annotator.close()
            return replies

        replies = asyncio.run(many())
        assert sum(reply.cost_usd for reply in replies) == pytest.approx(simulator.bill.usd)
        assert len({row.items for row in simulator.bill.rows}) == 64 == len(simulator.bill.rows)
