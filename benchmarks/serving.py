"""Requests per second of the API against infinity-emb's `/classify`, and what the API adds to its engine.

    TWEETSENT_EVAL_DATA=... python benchmarks/serving.py RUN --peer PEER/bin/infinity_emb [--seconds 20] [--rounds 3] [--callers 16]

RUN is an exported model. The peer needs older libraries than ours and lives in an environment of its own:

    uv venv PEER
    uv pip install --python PEER 'infinity-emb[server,torch]==0.0.77' torch 'transformers<4.49' 'optimum<2' 'click<8.2' 'numpy<2' 'pyarrow<20' 'pandas<2.3' 'datasets<4'

It serves the same encoder weights under transformers' own classification head (its answers differ, its work does not), by its own defaults: torch, float32, dynamic batching.
Both servers use all cores; they take turns, round by round, so that a busy moment of the machine meets both. Each request carries texts that no request carried
before, so that no cache answers. Closed loop: each caller asks again when answered. Open loop: requests come at fixed times, at 80 % of what the slower one
managed in the closed loop. The bare engine scores the same kind of texts in this process, in batches as large as the API makes them at most.
"""

import argparse
import asyncio
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from scoring import processor, tweets

from tweetsent.core.settings import load_settings, read_settings
from tweetsent.inference.cores import usable_cores
from tweetsent.inference.engine import load_engine
from tweetsent.modeling.artifacts import load_model
from tweetsent.pipeline.catalog import find_model
from tweetsent.serving.keys import create_key
from tweetsent.store import open_store

Ask = Callable[[list[str]], bytes]  # texts -> one HTTP request


def peer_model(run: Path, folder: Path) -> Path:
    "The run's encoder under transformers' own head, in files that the peer's older transformers reads."
    from transformers import AutoModelForSequenceClassification

    model = load_model(run)
    config = model.network.config
    config.architectures = None
    network = AutoModelForSequenceClassification.from_config(config)
    ours = {name.split(".", 1)[1]: value for name, value in model.network.state_dict().items() if "." in name}
    encoder = network.base_model
    taken = encoder.load_state_dict({name: value for name, value in ours.items() if name in encoder.state_dict()}, strict=False)
    assert not [name for name in taken.missing_keys if "pooler" not in name], taken.missing_keys
    network.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    words = json.loads((folder / "tokenizer_config.json").read_text())
    words |= {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model.max_length, "model_input_names": ["input_ids", "attention_mask"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(words))
    return folder


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def server(command: list[object], port: int, **environment: str) -> Iterator[int]:
    "A server that answers on a port, until the block ends."
    log = tempfile.TemporaryFile()
    process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=os.environ | environment)
    try:
        ends = time.monotonic() + 180
        while True:
            if process.poll() is not None or time.monotonic() > ends:
                log.seek(0)
                sys.exit(f"{command[0]} did not start:\n{log.read().decode()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def request(port: int, path: str, body: dict, **headers: str) -> bytes:
    "One HTTP/1.1 request on a connection that stays open."
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
    "Send a request and read its whole answer. Raises when it is not 200."
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
    body = await reader.readexactly(length)
    if " 200 " not in head.split("\r\n")[0]:
        raise RuntimeError(f"{head.splitlines()[0]}: {body[:300].decode()}")


async def closed_loop(port: int, ask: Ask, batches: Iterator[list[str]], callers: int, seconds: float) -> list[float]:
    "Seconds each request took, from callers that wait for their answer before they ask again."
    took, ends = [], time.perf_counter() + seconds

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < ends:
            started = time.perf_counter()
            await answered(reader, writer, ask(next(batches)))
            took.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(caller() for _ in range(callers)))
    return took


async def open_loop(port: int, ask: Ask, batches: Iterator[list[str]], per_second: float, seconds: float) -> list[float]:
    "Seconds from the moment each request was due to its answer, each on a connection of its own: servers close idle ones."
    took, start = [], time.perf_counter()

    async def one(due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await answered(reader, writer, ask(next(batches)))
        took.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(one(start + place / per_second) for place in range(int(per_second * seconds))))
    return took


def bare_rate(model, batches: Iterator[list[str]], seconds: float) -> float:
    "Texts a second of the engine alone, 64 at a time."
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        texts = next(batches)
        while len(texts) < 64:
            texts += next(batches)
        model.predict_proba(texts)
        done += len(texts)
    return done / (time.perf_counter() - started)


def told(seconds: list[float]) -> str:
    return "  ".join(f"p{q} {np.percentile(seconds, q) * 1000:7.1f} ms" for q in (50, 99))


def compare(asks: dict[str, tuple[int, Ask]], model, distinct: Iterator[str], size: int, options: argparse.Namespace) -> None:
    "Both servers and the bare engine with `size` texts a request, in alternating rounds."
    batches = iter(lambda: list(itertools.islice(distinct, size)), [])
    rates, times = {name: [] for name in (*asks, "bare engine")}, {name: [] for name in asks}
    for _ in range(options.rounds):
        for name, (port, ask) in asks.items():
            took = asyncio.run(closed_loop(port, ask, batches, options.callers, options.seconds))
            rates[name].append(len(took) / options.seconds)
            times[name] += took
        rates["bare engine"].append(bare_rate(model, batches, options.seconds / 2) / size)
    ours, peer, bare = (statistics.median(rates[name]) for name in rates)
    print(f"{size} texts a request, {options.callers} callers, closed loop")
    for name in asks:
        print(f"  {name:12} {statistics.median(rates[name]):8.1f} requests/s  {told(times[name])}  n {len(times[name])}")
    print(f"  bare engine  {bare:8.1f} requests/s; the API gives {ours / bare:.2f} of it (overhead {1 - ours / bare:.0%}) and {ours / peer:.2f} times the peer")
    steady = 0.8 * min(ours, peer)
    print(f"  open loop at {steady:.1f} requests/s")
    for name, (port, ask) in asks.items():
        print(f"  {name:12} {told(asyncio.run(open_loop(port, ask, batches, steady, options.seconds)))}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="best")
    parser.add_argument("--peer", required=True, help="the infinity_emb command")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 32])
    options = parser.parse_args()
    run, ports = find_model(options.run, load_settings()), (free_port(), free_port())
    model = load_engine(run)
    order = np.random.default_rng(17).permutation(list(dict.fromkeys(tweets()))).tolist()
    print(f"{processor()}, {usable_cores()} cores, load {os.getloadavg()[0]:.1f}; {run.name}, {model.version}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TWEETSENT_STORE_URL"] = f"sqlite:///{folder}/store.sqlite"
        free = {"TWEETSENT_REQUESTS_PER_MINUTE": "1000000", "TWEETSENT_MAX_WAIT_MS": "60000", "TWEETSENT_MAX_IN_FLIGHT": "4096"}  # nobody is refused
        own = {"TWEETSENT_SECRET": os.urandom(32).hex()} | free
        store = open_store(settings=read_settings(Path.cwd()))
        key = create_key(store, "benchmark", ["predict"])[1]
        store.dispose()
        ours = [Path(sys.executable).parent / "tweetsent", "serve", "--port", ports[0], "--model", run.name]
        theirs = [options.peer, "v2", "--model-id", peer_model(run, Path(folder) / "peer"), "--served-model-name", "peer", "--engine", "torch", "--no-bettertransformer"]
        theirs += ["--device", "cpu", "--host", "127.0.0.1", "--port", ports[1]]
        with server(ours, ports[0], **own), server(theirs, ports[1], HF_HUB_OFFLINE="1", DO_NOT_TRACK="1"):
            asks = {
                "tweetsent": (ports[0], lambda texts: request(ports[0], "/api/v1/predict", {"texts": texts}, X_API_Key=key)),
                "infinity-emb": (ports[1], lambda texts: request(ports[1], "/classify", {"model": "peer", "input": texts})),
            }
            distinct = (f"{text} {lap}" if lap else text for lap in itertools.count() for text in order)
            for port, ask in asks.values():  # warm
                asyncio.run(closed_loop(port, ask, iter(lambda: [next(distinct)], []), 4, 3))
            for size in options.sizes:
                compare(asks, model, distinct, size, options)


if __name__ == "__main__":
    main()
