"""A real server on loopback for tests: uvicorn in a thread of this process, and a client that knows its key."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from tweetsent.core.settings import read_settings
from tweetsent.modeling.artifacts import save_model
from tweetsent.modeling.tfidf import fit_tfidf
from tweetsent.serving.app import create_app
from tweetsent.serving.config import ServingSettings
from tweetsent.serving.keys import create_key
from tweetsent.serving.services import Services
from tweetsent.store import open_store

SCOPES = ["predict", "review", "admin"]


class Api:
    "A running server."

    def __init__(self, url: str, services: Services, key: str):
        self.url, self.services, self.key = url, services, key
        self.http = self.client(key)

    def client(self, key: str | None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-Key": key} if key else {}, timeout=30)

    def new_client(self, name: str, scopes: list[str] = SCOPES, **options) -> httpx.Client:
        client = self.client(create_key(self.services.engine, name, scopes, **options)[1])
        time.sleep(0.1)  # a key that was just made is known a tenth of a second later
        return client

    def ask(self, method: str, path: str, status: int = 200, **options) -> dict:
        "A request under /api/v1 whose status is known."
        answer = self.http.request(method, f"/api/v1/{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else {}


@contextmanager
def serve(folder: Path, store_url: str | None = None, **given) -> Iterator[Api]:
    "Serve a project folder until the block ends."
    settings = read_settings(folder)
    engine = open_store(store_url, settings)
    serving = ServingSettings(dev=True, **{"requests_per_minute": 1_000_000} | given)
    app = create_app(serving, settings, engine)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_config=None, ws="none", timeout_graceful_shutdown=3))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server has ended"
        time.sleep(0.01)
    api = Api(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app.state.services, create_key(engine, "ada", SCOPES)[1])
    try:
        wait_ready(api.http)
        yield api
    finally:
        app.state.services.stopping.set()
        server.should_exit = True
        thread.join(20)
        engine.dispose()


def wait_ready(client: httpx.Client, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while client.get("/ready").status_code != 200:
        assert time.monotonic() < ends, client.get("/ready").text
        time.sleep(0.05)


def save_opposites(folder: Path) -> tuple[str, str]:
    "Two models that contradict each other on 'up'."
    settings, names = read_settings(folder), ("bearish", "neutral", "bullish")
    for run_id, up in {"train-plain": 2, "train-contrary": 0}.items():
        model = fit_tfidf(["up up", "flat flat", "down down"] * 4, [up, 1, 2 - up] * 4, names)
        save_model(model, settings.models_dir / run_id, run_id=run_id, preset="tfidf", schema_name="sentiment3", dataset_fingerprint="0" * 16)
    return "train-plain", "train-contrary"


def read_events(client: httpx.Client, path: str, n: int, last: int | None = None, seconds: float = 20) -> list[tuple[int | None, dict]]:
    "The next n events of a stream: (id, data)."
    events, event_id = [], None
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with client.stream("GET", path, headers=headers, timeout=seconds) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line.startswith("id: "):
                event_id = int(line[4:])
            elif line.startswith("data: "):
                events.append((event_id, json.loads(line[6:])))
                if len(events) == n:
                    break
    return events
