"""The server as a process: what it refuses to start with, what it does when it is told to stop, what it never writes down."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from api_server import save_opposites, wait_ready

from tweetsent.core.settings import read_settings
from tweetsent.serving.keys import create_key
from tweetsent.store import open_store

TWEETSENT = str(Path(sys.executable).parent / "tweetsent")
GOOD = "0123456789abcdef" * 4


class Process:
    "A server of its own process, its address and its log."

    def __init__(self, project: Path, *words: str, **environment: str):
        store = open_store(settings=read_settings(project))
        self.key = create_key(store, "canary", ["predict", "admin"])[1]
        store.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log_path, env = project / "server.log", {**os.environ, "OMP_NUM_THREADS": "1", **environment}
        command = [TWEETSENT, "serve", "--port", str(self.port), *words]
        self.process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=self.log_path.open("wb"), env=env)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"X-API-Key": self.key}, timeout=30)

    def wait(self) -> None:
        ends = time.monotonic() + 90
        while True:
            assert self.process.poll() is None, self.log()
            try:
                return wait_ready(self.http)
            except httpx.TransportError:
                assert time.monotonic() < ends, self.log()
                time.sleep(0.1)

    def log(self) -> str:
        return self.log_path.read_text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def running(project):
    save_opposites(project)
    with Process(project, "--model", "train-plain", TWEETSENT_SECRET=GOOD) as server:
        server.wait()
        yield server


@pytest.mark.parametrize("secret", [None, "changeme-changeme-changeme-0123456789"])
def test_without_a_real_secret_nothing_starts_and_no_secret_is_shown(tweetsent, secret):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TWEETSENT_SECRET")}
    refused = tweetsent("serve", "--port", "0", env=environment | ({"TWEETSENT_SECRET": secret} if secret else {}))
    assert refused.returncode == 2 and "TWEETSENT_SECRET" in refused.stderr and refused.stderr.count("\n") == 1
    assert not secret or secret not in refused.stderr


def test_a_key_is_made_on_the_command_line(tweetsent):
    made = json.loads(tweetsent("keys", "create", "--name", "ada", "--scope", "predict", "--json").stdout)
    assert set(made) == {"id", "key"} and made["key"].startswith(f"tsk_{made['id']}_")


def test_the_server_needs_no_training_stack(project):
    program = """
import sys, time
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "jupyterlab", "notebook", "papermill", "nbconvert", "IPython", "crowdkit", "captum"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Blocked())
from fastapi.testclient import TestClient
from tweetsent.serving.app import create_app
from tweetsent.serving.config import ServingSettings
from tweetsent.serving.server import run_server
with TestClient(create_app(ServingSettings(dev=True))) as client:
    while client.get("/ready").status_code != 200: time.sleep(0.1)
    print(client.get("/health").json()["status"])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.strip() == "alive", done.stderr[-2000:]


def test_a_stop_drops_nobody_says_so_first_and_exits_with_zero(running):
    answered, refused, not_ready = [], [], []

    def ask(worker: int) -> None:
        with httpx.Client(base_url=running.http.base_url, headers=running.http.headers, timeout=30) as client:
            for number in range(100_000):
                try:
                    answered.append(client.post("/api/v1/predict", json={"texts": [f"up {worker} {number}"]}).status_code)
                except httpx.TransportError as error:
                    refused.append(error)
                    return

    def watch() -> None:
        with httpx.Client(base_url=running.http.base_url, timeout=5) as client:
            while not not_ready:
                try:
                    if client.get("/ready").status_code == 503:
                        not_ready.append(time.monotonic())
                except httpx.TransportError:
                    return

    with ThreadPoolExecutor(4) as hands:
        working = [hands.submit(ask, worker) for worker in range(3)]
        time.sleep(0.5)
        stopped = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        hands.submit(watch).result(30)
        code = running.process.wait(15)
        [one.result(30) for one in working]
    assert code == 0 and set(answered) == {200} and len(answered) > 10, running.log()[-2000:]
    assert not_ready and not_ready[0] - stopped < 1.0
    assert all(isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError) for error in refused)


def test_no_key_and_no_tweet_is_written_down(running):
    secret_tweet = "canary-tweet-zebra"
    for path in ("/api/v1/labels", f"/api/v1/models?api_key={running.key}", f"/api/v1/tweets?q={running.key}", f"/api/v1/{running.key}", f"/{secret_tweet}"):
        running.http.get(path)
    running.http.post("/api/v1/predict", json={"texts": [secret_tweet]})
    running.http.post("/api/v1/predict", json={"texts": [secret_tweet], "extra": 1})
    running.http.post("/api/v1/tweets", json={"tweets": [{"text": secret_tweet}]})
    running.http.post("/api/v1/session", json={"key": running.key})
    failed = running.http.post("/api/v1/jobs", files={"file": ("x.csv", f"{secret_tweet}\n1\n")})
    metrics = running.http.get("/metrics").text
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(15) == 0 and failed.status_code == 202
    log = running.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["message"] == "request"]
    assert len(requests) >= 10 and {"request_id", "route", "status", "ms", "key"} <= set(requests[0])
    for text in (log, metrics):
        assert running.key not in text and running.key.rpartition("_")[2] not in text and secret_tweet not in text and GOOD not in text


def test_broken_requests_leave_it_alive(running):
    head = b" HTTP/1.1\r\nHost: x\r\n"
    pieces = [b"GET", b"\x00" * 50, b"GET /" + head + b"Content-Length: -1\r\n\r\n", b"GET /\r\n\r\n", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"]
    pieces += [b"POST /api/v1/predict" + head + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    pieces += [b"GET /%ff%fe" + head + b"Cookie: tweetsent_session=\xff.\xff\r\n\r\n"]
    for piece in pieces * 3:
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as client:
            client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
    assert running.http.get("/health").status_code == 200 and running.http.post("/api/v1/predict", json={"texts": ["up up"]}).status_code == 200
    assert b"Traceback" not in running.log_path.read_bytes()


def test_slow_clients_hold_up_nobody_and_are_let_go(project):
    save_opposites(project)
    with Process(project, "--model", "train-plain", TWEETSENT_SECRET=GOOD, TWEETSENT_HEADER_TIMEOUT_S="1", TWEETSENT_BODY_TIMEOUT_S="1", TWEETSENT_MAX_IN_FLIGHT="8") as server:
        server.wait()
        head = f"POST /api/v1/predict HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
        clients = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(60)]
        for number, client in enumerate(clients):
            client.sendall((head + "\r\n{" if number % 2 else head).encode())
        assert [server.http.post("/api/v1/predict", json={"texts": ["up up"]}).status_code for _ in range(5)] == [200] * 5
        answers = [client.recv(65536) for client in clients]
        assert {answer.split(b"\r\n")[0] for answer in answers} == {b"", b"HTTP/1.1 400 Bad Request"}
        for client in clients:
            client.close()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            for pause in (0, 0, 1.5):  # between requests a connection may rest for longer
                time.sleep(pause)
                client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = b""
                while b'"alive"}' not in answer:
                    answer += client.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200")
            client.sendall(head.encode())
            assert client.recv(65536) == b"", "the headers of a later request must come in time too"
        metrics = server.http.get("/metrics").text
        assert "tweetsent_requests_in_flight 0.0" in metrics and "tweetsent_texts_waiting 0.0" in metrics
