"""What a provider refuses: log-probabilities, a model's name, every request, one tweet, an answer without room for thoughts."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from test_labeling_providers import CANARY, KINDS, TinyPrompt, annotator_for, ask, preset_for

from tweetsent.core.settings import AnnotatorPreset, load_settings
from tweetsent.labeling.keys import ApiKey
from tweetsent.labeling.ledger import Job, answered, spent
from tweetsent.labeling.limits import NothingAccepted
from tweetsent.labeling.openai_endpoint import OpenAIAnnotator
from tweetsent.labeling.protocol import AccessDenied, Item, Rejected
from tweetsent.labeling.runner import Pace, label_items
from tweetsent.labeling.simulator import Simulator
from tweetsent.store import open_store

HUNDRED = [Item(f"$T{i} beats, shares jump") for i in range(100)]
FLAGGED = {"code": 403, "message": "canary", "metadata": {"reasons": ["violence"], "flagged_input": "canary", "provider_name": "OpenAI"}}
NO_MODEL = {"code": "model_not_found", "message": "canary"}


@pytest.fixture
def engine(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    yield engine
    engine.dispose()


@contextmanager
def endpoint(answer: Callable[[str], tuple[int, dict]]) -> Iterator[tuple[str, list[str]]]:
    "An OpenAI-compatible address that answers as told, and what it was asked."
    asked = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            asked.append(body)
            status, said = answer(body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()


def openai_at(url: str, items_per_request: int = 1) -> OpenAIAnnotator:
    preset = AnnotatorPreset(name="openai", provider="openai", model="m-9", base_url=url, items_per_request=items_per_request, timeout_s=5)
    return OpenAIAnnotator(preset, TinyPrompt(), ApiKey(CANARY, "DEMO_KEY#1"), top_logprobs=0)


def completion(body: str) -> dict:
    ids = [json.loads(line)["id"] for line in json.loads(body)["messages"][1]["content"].split("\n")]
    text = json.dumps({"answers": [{"id": name, "label": "QZ77"} for name in ids]})
    return {"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": 9, "completion_tokens": 9}}


@pytest.mark.parametrize("kind", KINDS)
def test_sixteen_workers_keep_their_first_answers_without_log_probabilities(kind, engine):
    with Simulator(logprobs=False, latency_s=0.1) as simulator:
        outcome = label_items([annotator_for(kind, simulator, items_per_request=1, timeout_s=30)], HUNDRED, engine, Pace(concurrency=16))
    assert (outcome.labels, dict(outcome.failures)) == (100, {})


def test_a_wrong_model_stops_at_once_with_its_name_and_address(engine):
    with endpoint(lambda body: (404, {"error": NO_MODEL})) as (url, asked), pytest.raises(AccessDenied, match=f"no model 'm-9' at {url}") as stopped:
        label_items([openai_at(url, 5)], HUNDRED * 10, engine, Pace(concurrency=4))
    assert len(asked) <= 4 and "canary" not in str(stopped.value)


def test_twenty_rejections_without_an_answer_stop_the_run(engine):
    with endpoint(lambda body: (400, {"error": {"code": "invalid_value", "message": "canary"}})) as (url, asked):
        with pytest.raises(NothingAccepted, match="2[0-3] requests .* 'http_400'"):
            label_items([openai_at(url)], HUNDRED, engine, Pace(concurrency=4))
    assert len(asked) <= 24


def test_rejections_after_an_answer_cost_their_own_tweets_alone(engine):
    with endpoint(lambda body: (400, {"error": {}}) if "$T9" in body or "$T8" in body or "$T7" in body else (200, completion(body))) as (url, _):
        outcome = label_items([openai_at(url)], HUNDRED, engine, Pace(concurrency=1))
    assert (outcome.labels, outcome.unlabeled) == (67, 33)


@pytest.mark.parametrize(
    "status, error",
    [(403, FLAGGED), (400, {"code": "content_filter"}), (400, {"code": "content_policy_violation"})],
    ids=["openrouter", "azure", "openai"],
)
@pytest.mark.parametrize("together", [1, 5])
def test_moderation_refuses_one_tweet_and_never_ends_the_run(status, error, together, engine):
    with endpoint(lambda body: (status, {"error": error}) if "$T42" in body else (200, completion(body))) as (url, asked):
        outcome = label_items([openai_at(url, together)], HUNDRED, engine, Pace(concurrency=4))
    assert (outcome.labels, outcome.refused, outcome.unlabeled) == (99, 1, 0)
    assert len(asked) == (100 if together == 1 else 25)


def test_a_403_without_a_word_of_moderation_is_still_the_key(engine):
    with (
        endpoint(lambda body: (403, {"error": {"code": 403, "metadata": {}}})) as (url, asked),
        pytest.raises(AccessDenied, match="refuses the API key"),
    ):
        label_items([openai_at(url)], HUNDRED, engine, Pace(concurrency=4))
    assert len(asked) <= 4


@pytest.mark.parametrize("kind", KINDS)
def test_thoughts_have_room_of_their_own_and_are_in_the_bound(kind):
    with Simulator(thoughts_per_item=300) as simulator:
        annotator = annotator_for(kind, simulator, thinking_tokens=1500)
        reply = ask(annotator)
        assert {verdict.status for verdict in reply.verdicts} == {"ok"} and reply.tokens_out > 1500
        assert reply.cost_usd == pytest.approx(simulator.bill.usd) and reply.cost_usd <= annotator.max_cost(HUNDRED[:5])
    assert annotator.max_cost(HUNDRED[:5]) - annotator_for(kind, simulator).max_cost(HUNDRED[:5]) == pytest.approx(1500 * 2.5 / 1e6)


@pytest.mark.parametrize("kind", ["gemini", "generativeai"])
def test_ten_answers_eaten_by_thoughts_stop_the_run_and_name_the_setting(kind, engine):
    from tweetsent.labeling.prompts import Prompt

    settings = load_settings()
    prompt = Prompt(settings.schema("sentiment3"), settings.guidelines["sentiment3"])
    with Simulator(thoughts_per_item=5000) as simulator:
        annotator = KINDS[kind](preset_for(kind, simulator, items_per_request=1), prompt, ApiKey(CANARY, "DEMO_KEY#1"))
        outcome = label_items([annotator], HUNDRED, engine, Pace(concurrency=4))
        assert len(simulator.bill.rows) <= 14 and outcome.labels == 0 and outcome.in_doubt == 0
    assert "10 answers in a row were empty or cut off" in outcome.stopped_because and "thinking_tokens" in outcome.stopped_because


def test_the_generativeai_preset_does_not_think_into_the_room_of_its_answers():
    preset = load_settings().annotator("generativeai")
    assert preset.thinking_tokens >= 1024 or "flash-lite" in preset.model, "the SDK cannot switch thinking off"


@pytest.mark.parametrize("model, told", [("gemini-2.5-pro", {"thinking_budget": 2048}), ("gemini-3-pro-preview", {"thinking_level": "LOW"})])
def test_the_sdk_sends_how_much_a_model_may_think(model, told):  # the SDK leaves these names in snake case, which the API reads too
    with endpoint(lambda body: (404, {"error": {}})) as (url, asked):
        annotator = annotator_for("gemini", SimpleNamespace(url=url.removesuffix("/v1")), model=model, thinking_tokens=2048)
        with pytest.raises(Rejected, match="http_404"):
            ask(annotator)
    config = json.loads(asked[0])["generationConfig"]
    assert (config["thinkingConfig"], config["maxOutputTokens"]) == (told, 5 * 200 + 2048)


def test_gemini_is_sent_what_the_plain_sdk_would_send():
    from google import genai
    from google.genai import types

    from tweetsent.labeling.gemini import request_config

    with endpoint(lambda body: (404, {"error": {}})) as (url, asked):
        root = url.removesuffix("/v1")
        annotator = annotator_for("gemini", SimpleNamespace(url=root), thinking_tokens=2048)
        for _ in range(2):  # the configuration is made once and nobody changed it
            with pytest.raises(Rejected, match="http_404"):
                ask(annotator, HUNDRED[:5])
        plain = types.GenerateContentConfig(**request_config(annotator._bounds, 5, 0, 5))
        client = genai.Client(vertexai=False, api_key=CANARY, http_options=types.HttpOptions(base_url=root, api_version="v1beta"))
        with pytest.raises(genai.errors.ClientError):
            client.models.generate_content(model=annotator.model, contents=annotator._bounds.render(tuple(HUNDRED[:5]), 0), config=plain)
    first, second, expected = map(json.loads, asked)
    assert first == second == expected


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_server_on_this_machine_said_is_not_taken_for_the_providers_answer(kind, engine):
    items = [Item(f"$T{i} beats, shares jump") for i in range(10)]
    with Simulator() as simulator:
        here = annotator_for(kind, simulator)
        assert label_items([here], items, engine, Pace(4)).labels == 10 and {row.model for row in simulator.bill.rows} == {"model-x"}
    with Simulator() as simulator:  # another port: the same local model
        outcome = label_items([annotator_for(kind, simulator)], items, engine, Pace(4))
        assert (outcome.known, outcome.asked, len(simulator.bill.rows)) == (10, 0, 0)
    there = KINDS[kind](here.preset.model_copy(update={"base_url": ""}), TinyPrompt(), ApiKey(CANARY, "DEMO_KEY#1"))
    assert answered(engine, Job.of(there)) == set() and spent(engine, Job.of(there)) == (0.0, 0.0)
