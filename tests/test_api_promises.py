"""The service's promises with their whole counts; each prints what it measured. `make test-long`."""

import asyncio
import os
import random
import shutil
import socket
import statistics
import time
from pathlib import Path

import httpx
import pytest
from api_server import read_events, save_opposites, serve
from test_api_process import GOOD, Process

from tweetsent.serving.keys import KeyRing

pytestmark = pytest.mark.long
FREE = {"TWEETSENT_SECRET": GOOD, "TWEETSENT_REQUESTS_PER_MINUTE": "1000000"}


def memory_mb(process_id: int) -> float:
    "Resident memory."
    status = Path(f"/proc/{process_id}/status")
    if not status.is_file():
        pytest.skip("memory is read from /proc")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) / 1024


async def open_loop(server: Process, per_second: float, seconds: float) -> list[tuple[int, float, str | None]]:
    "Requests at a steady rate, whatever becomes of them: status (0: unanswered), milliseconds, Retry-After."
    found, number = [], iter(range(10**9))
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(base_url=server.http.base_url, headers=server.http.headers, timeout=30, limits=limits) as client:

        async def one(due: float) -> None:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            began = time.perf_counter()
            try:
                answer = await client.post("/api/v1/predict", json={"texts": [f"up {next(number)} " + "word " * 300]})
                found.append((answer.status_code, 1000 * (time.perf_counter() - began), answer.headers.get("retry-after")))
            except httpx.TransportError:
                found.append((0, 1000 * (time.perf_counter() - began), None))

        start = time.perf_counter()
        await asyncio.gather(*(one(start + i / per_second) for i in range(int(per_second * seconds))))
    return found


def p99(found: list[tuple[int, float, str | None]]) -> float:
    times = sorted(ms for status, ms, _ in found if status == 200)
    return times[int(0.99 * (len(times) - 1))]


def test_four_times_the_load_is_refused_early_and_the_rest_served_in_time(project):
    save_opposites(project)
    with Process(project, "--model", "train-plain", TWEETSENT_MAX_WAIT_MS="100", TWEETSENT_MAX_IN_FLIGHT="32", **FREE) as server:
        server.wait()
        asyncio.run(open_loop(server, 50, 2))
        capacity = max(sum(status == 200 for status, _, _ in asyncio.run(open_loop(server, rate, 3))) / 3 for rate in (50, 100, 200, 400))
        calm = asyncio.run(open_loop(server, 0.8 * capacity, 5))
        before = memory_mb(server.process.pid)
        flood = asyncio.run(open_loop(server, 4 * capacity, 20))
        after, statuses = memory_mb(server.process.pid), [status for status, _, _ in flood]
        goodput = statuses.count(200) / 20
        print(f"capacity {capacity:.0f}/s; p99 {p99(calm):.0f} ms at 80 %, {p99(flood):.0f} ms at 400 %")
        print(f"goodput {goodput / capacity:.0%}; refused {statuses.count(503)}; memory +{after - before:.0f} MB")
        assert set(statuses) <= {200, 503, 429} and all(retry for status, _, retry in flood if status != 200)
        assert goodput >= 0.5 * capacity and after - before < 100
        assert statistics.median(ms for status, ms, _ in asyncio.run(open_loop(server, 5, 3)) if status == 200) <= 2 * p99(calm)


def test_a_hundred_swaps_leave_no_memory_behind(tmp_path):
    save_opposites(tmp_path)
    with serve(tmp_path, serve_model="train-plain", max_wait_ms=60_000) as api:
        swap = lambda number: api.ask("POST", f"models/{('train-contrary', 'train-plain')[number % 2]}/activate")  # noqa: E731
        [swap(number) for number in range(10)]
        before = memory_mb(os.getpid())
        for number in range(100):
            swap(number)
            assert api.ask("POST", "predict", json={"texts": [f"up up {number}"]})["predictions"][0]["label"] == ("bearish", "bullish")[number % 2]
        print(f"memory {before:.0f} MB, +{memory_mb(os.getpid()) - before:.1f} after 100 swaps")
        assert memory_mb(os.getpid()) <= 1.05 * before


def test_two_hundred_damaged_models_are_all_refused(tmp_path):
    save_opposites(tmp_path)
    rng, models = random.Random(13), tmp_path / "models"
    with serve(tmp_path, serve_model="train-plain", max_wait_ms=60_000) as api:
        for number in range(200):
            bad = models / f"train-bad-{number}"
            shutil.copytree(models / "train-contrary", bad)
            file = rng.choice(sorted(path for path in bad.iterdir() if path.suffix != ".md"))
            data = bytearray(file.read_bytes())
            place = rng.randrange(len(data))
            data[place] ^= 1 << rng.randrange(8)
            file.write_bytes(data if number % 4 else data[:place])
            answer = api.http.post(f"/api/v1/models/{bad.name}/activate")
            assert answer.status_code == 409, f"{file.name} at {place}: {answer.status_code} {answer.text[:200]}"
            shutil.rmtree(bad)
        assert api.ask("POST", "predict", json={"texts": ["up up"]})["model_id"] == "train-plain"


def test_a_million_random_keys_leave_nothing_behind(tmp_path):
    with serve(tmp_path) as api:
        ring: KeyRing = api.services.ring
        before = memory_mb(os.getpid())
        assert not any(ring.check(f"tsk_{number:012x}_" + "A" * 43) for number in range(1_000_000))
        print(f"memory +{memory_mb(os.getpid()) - before:.1f} MB after 1,000,000 unknown keys")
        assert memory_mb(os.getpid()) - before < 20


def test_slow_and_leaving_clients_bring_every_gauge_back_to_zero(project):
    save_opposites(project)
    with Process(project, "--model", "train-plain", TWEETSENT_HEADER_TIMEOUT_S="3", TWEETSENT_BODY_TIMEOUT_S="3", **FREE) as server:
        server.wait()
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(500)]
        for client in slow:
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert {server.http.post("/api/v1/predict", json={"texts": [f"up {i}"]}).status_code for i in range(50)} == {200}
        body = b'{"texts": ["up up"]}'
        head = f"POST /api/v1/predict HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        for number in range(1000):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(head + body[: len(body) if number % 2 else 5])
        time.sleep(4)
        metrics = server.http.get("/metrics").text
        assert "tweetsent_requests_in_flight 0.0" in metrics and "tweetsent_texts_waiting 0.0" in metrics and "tweetsent_streams 0.0" in metrics
        for client in slow:
            client.close()


def test_a_job_survives_kill_nine(project):
    save_opposites(project)
    text = "text\n" + "".join(f"up {i}\n" for i in range(20_000))
    with Process(project, "--model", "train-plain", TWEETSENT_SECRET=GOOD) as server:
        server.wait()
        job = server.http.post("/api/v1/jobs", files={"file": ("x.csv", text)}).json()["id"]
        while server.http.get(f"/api/v1/jobs/{job}").json()["n_done"] < 4000:
            time.sleep(0.05)
        server.process.kill()
        server.process.wait()
        key = server.key
    with Process(project, "--model", "train-plain", TWEETSENT_SECRET=GOOD) as server:
        server.wait()
        mine = httpx.Client(base_url=server.http.base_url, headers={"X-API-Key": key}, timeout=60)
        *_, (_, end) = read_events(mine, f"/api/v1/jobs/{job}/events", 999, seconds=120)
        assert (end["status"], end["n_done"]) == ("done", 20_000)
