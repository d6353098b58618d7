"""Several servers of one store behind a proxy that gives each connection to the next of them."""

import asyncio
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from api_server import SCOPES, save_opposites, wait_ready

from tweetsent.serving.keys import create_key
from tweetsent.store import open_store

TWEETSENT = str(Path(sys.executable).parent / "tweetsent")
SECRET = "0123456789abcdef" * 4


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Replica:
    "One server, a process of its own."

    def __init__(self, project: Path, number: int, **environment: str):
        self.port, self.log_path = free_port(), project / f"server-{number}.log"
        env = {**os.environ, "OMP_NUM_THREADS": "1", "TWEETSENT_SECRET": SECRET, "TWEETSENT_MAX_WAIT_MS": "60000", **environment}
        command = [TWEETSENT, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=self.log_path.open("wb"), env=env)
        self.url = f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as client:
            ends = time.monotonic() + 90
            while True:
                assert self.process.poll() is None, self.log_path.read_text()
                try:
                    return wait_ready(client)
                except httpx.TransportError:
                    assert time.monotonic() < ends, self.log_path.read_text()
                    time.sleep(0.1)

    def end(self, sign: int = signal.SIGKILL) -> int:
        self.process.send_signal(sign)
        return self.process.wait(30)

    def figure(self, name: str) -> float:
        "The sum of a metric over its labels."
        text = httpx.get(f"{self.url}/metrics", timeout=30).text
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.MULTILINE))


class RoundRobin:
    "Each new connection goes to the next server; one that does not take it is passed over."

    def __init__(self, ports: list[int]):
        self.ports, self.turn, self.port = ports, itertools.count(), free_port()
        self.loop, self._started = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self._started.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", self.port))
        self._started.set()
        self.loop.run_forever()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self.turn)
        for step in range(len(self.ports)):
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.ports[(first + step) % len(self.ports)])
                break
            except OSError:
                continue
        else:
            return writer.close()
        await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            writer.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Team:
    "Two servers, their store, their proxy, and a client that asks through it with a new connection each time."

    def __init__(self, replicas: list[Replica], proxy: RoundRobin, store: str, project: Path):
        self.replicas, self.store, self.project = replicas, open_store(store), project
        self.url = f"http://127.0.0.1:{proxy.port}"
        self.key = create_key(self.store, "ada", SCOPES)[1]
        time.sleep(0.2)  # a key that was just made is known a tenth of a second later
        self.http = self.client(self.url, self.key)

    def client(self, url: str, key: str | None) -> httpx.Client:
        headers = {"Connection": "close"} | ({"X-API-Key": key} if key else {})
        return httpx.Client(base_url=url, headers=headers, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))

    def each(self) -> list[httpx.Client]:
        return [self.client(one.url, self.key) for one in self.replicas]

    def ask(self, method: str, path: str, status: int = 200, **options) -> dict:
        answer = self.http.request(method, f"/api/v1/{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else {}


@contextmanager
def team(project: Path, store: str, **environment: str):
    "Two servers that begin at the same moment on a store that may be empty."
    save_opposites(project)
    (project / "settings.ini").write_text(f"[project]\nstore_url = {store}\n")
    with ExitStack() as ends:
        replicas = [Replica(project, number, TWEETSENT_SERVE_MODEL="train-plain", **environment) for number in range(2)]
        for one in replicas:
            ends.callback(lambda one=one: one.process.poll() is None and one.end())
        for one in replicas:
            one.wait()
        proxy = RoundRobin([one.port for one in replicas])
        ends.callback(proxy.stop)
        found = Team(replicas, proxy, store, project)
        ends.callback(found.store.dispose)
        yield found
