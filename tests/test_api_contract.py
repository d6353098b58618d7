"""The contract: the committed document is the one that is served, no route is open by accident, and whatever fits the document is answered as it says."""

import json
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from api_server import serve
from schemathesis.config import SchemathesisConfig

from tweetsent.serving.app import ROUTERS, api_document
from tweetsent.serving.gate import OPEN

COPY = Path(__file__).resolve().parent.parent / "frontend" / "openapi.json"
DOCUMENT = json.loads(COPY.read_text(encoding="utf-8"))
STREAMS = ("/api/v1/live", "/api/v1/jobs/{job_id}/events")

# What fits the document and is refused all the same, each for a reason that no schema can say.
RELATIONS = {
    "/api/v1/predict": "as many targets as texts",
    "/api/v1/explain": "integrated gradients need torch; labels are the model's",
    "/api/v1/annotations": "either item or text, either label or mark; labels are the schema's",
    "/api/v1/items/{item}/adjudicate": "labels are the schema's",
    "/api/v1/jobs": "a file's name says what it is",
}
CONFIG = {
    "checks": {"negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]}},
    "operations": [
        {"include-path": path, "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "422", "429", "503"]}}} for path in RELATIONS
    ],
}
schema = schemathesis.openapi.from_dict(DOCUMENT, config=SchemathesisConfig.from_dict(CONFIG)).exclude(path=list(STREAMS))


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("api"), max_wait_ms=60_000) as running:
        running.ask("POST", "tweets", 201, json={"tweets": [{"text": f"$TSLA up {i}", "tweet_id": f"t{i}"} for i in range(20)]})
        yield running


def test_the_committed_document_is_the_one_that_is_served():
    assert COPY.read_text(encoding="utf-8") == api_document(), "run `make openapi`, then generate the page's client anew"


def test_every_operation_has_a_name_of_its_own_and_its_errors():
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == sum(len(router.routes) for router in ROUTERS)
    assert all({"401", "413", "429", "503"} <= set(operation["responses"]) for operation in operations)
    assert all("Retry-After" in operation["responses"]["429"]["headers"] for operation in operations)


def test_no_route_is_open_but_those_that_must_be(api):
    "The table of routes is walked as the application has it, also what the document leaves out."
    stranger, walked = api.client(None), 0
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            if (method.upper(), path) in OPEN:
                continue
            real = path
            for name in ("{item}", "{annotation}", "{job_id}"):
                real = real.replace(name, "0" * 32)
            answer = stranger.request(method.upper(), real.replace("{", "").replace("}", ""), json={} if method == "post" else None)
            assert answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json", f"{method} {path}"
            walked += 1
    for path in ("/openapi.json", "/docs", "/redoc", "/api", "/api/v1/nothing", "/api/v2/models", "/api/v1/predict/"):
        assert stranger.get(path).status_code in (401, 404), path
    assert walked == sum(len(methods) for methods in DOCUMENT["paths"].values()) - len(OPEN) and walked > 35
    assert {stranger.request(method, path).status_code for method, path in OPEN if method == "GET"} == {200}


def _check(case, api):
    case.call_and_validate(base_url=api.url, headers={"X-API-Key": api.key}, timeout=30)


@schema.parametrize()
@hypothesis.settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck))
def test_any_request_is_answered_as_the_document_says(case, api):
    _check(case, api)


@pytest.mark.long
@schema.parametrize()
@hypothesis.settings(max_examples=1000, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
def test_a_thousand_requests_an_operation_are_answered_as_the_document_says(case, api):
    _check(case, api)
