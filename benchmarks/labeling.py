"""A whole labelling run: requests a second against the annotator's own latency, our CPU a call against the bare SDK's, memory.

    python benchmarks/labeling.py [N_TWEETS]

The simulated provider answers after 800 ms and runs in a process of its own; 64 requests are in flight, so 80 requests a
second are ideal. Everything is in the run: the real SDK, the prompt, limits, budget, and the ledger on SQLite with two
durable commits a request.
"""

import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time

from google import genai
from google.genai import types

from tweetsent.core.settings import AnnotatorPreset, load_settings
from tweetsent.labeling.gemini import GeminiAnnotator
from tweetsent.labeling.keys import ApiKey
from tweetsent.labeling.prompts import Prompt
from tweetsent.labeling.protocol import Item
from tweetsent.labeling.runner import Pace, label_items
from tweetsent.labeling.simulator import simulator_process
from tweetsent.store import open_store

LATENCY_S, CONCURRENCY = 0.8, 64
SETTINGS = load_settings()
PROMPT = Prompt(SETTINGS.schema("sentiment3"), SETTINGS.guidelines["sentiment3"])


def tweets(n: int) -> list[Item]:
    return [Item(f"$TK{i % 25} {'beats and jumps' if i % 2 else 'misses and falls'}, note {i}", f"TK{i % 25}") for i in range(n)]


def bare(url: str, items: list[Item]) -> float:
    "CPU seconds a call of google-genai as its documentation shows it, JSON parsed."

    async def all_of_them() -> float:
        client, free = genai.Client(api_key="benchmark-key", vertexai=False, http_options=types.HttpOptions(base_url=url)), asyncio.Semaphore(CONCURRENCY)

        async def ask(item: Item) -> None:
            config = types.GenerateContentConfig(
                system_instruction=PROMPT.system, response_mime_type="application/json", response_json_schema=PROMPT.json_schema(1), temperature=0, seed=0
            )
            async with free:
                response = await client.aio.models.generate_content(model="m", contents=PROMPT.render([item]), config=config)
            json.loads(response.text)

        await ask(items[0])  # connections, imports
        began = time.process_time()
        await asyncio.gather(*(ask(item) for item in items[1:]))
        return (time.process_time() - began) / (len(items) - 1)

    return asyncio.run(all_of_them())


def ours(url: str, items: list[Item], items_per_request: int) -> tuple[float, float, int]:
    "Wall seconds, CPU seconds a call, requests."
    preset = AnnotatorPreset(**SETTINGS.annotator("gemini").model_dump() | {"base_url": url, "items_per_request": items_per_request})
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/store.sqlite")
        lane = GeminiAnnotator(preset, PROMPT, ApiKey("benchmark-key", "K#1"))
        began, cpu = time.monotonic(), time.process_time()
        outcome = label_items([lane], items, engine, Pace(CONCURRENCY, 1e6, 1e9))
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        engine.dispose()
    assert outcome.labels == len(items), outcome
    return seconds, cpu / outcome.requests, outcome.requests


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(n: int) -> None:
    with simulator_process("--latency", LATENCY_S) as url:
        ours(url, tweets(64), 1)  # imports, first connections
        bare_ms = bare(url, tweets(1000)) * 1000
        before = peak_mb()
        seconds, cpu_s, requests = ours(url, tweets(n), 1)
        grown = peak_mb() - before
        times, _, fewer = zip(*(ours(url, tweets(n), 10) for _ in range(3)), strict=True)
        grouped = statistics.median(times)  # a tenth of the time: one run is at the mercy of what else the machine does
    ideal = CONCURRENCY / LATENCY_S
    rate = requests / seconds
    print(f"{n} tweets, {CONCURRENCY} in flight, {LATENCY_S * 1000:.0f} ms: {rate:.1f} requests/s of an ideal {ideal:.0f} ({rate / ideal:.1%})")
    ours_ms = cpu_s * 1000 - bare_ms
    print(f"CPU a call: {cpu_s * 1000:.2f} ms with everything, bare google-genai {bare_ms:.2f} ms; ours on top {ours_ms:+.2f} ms ({ours_ms / bare_ms:+.0%})")
    spread = f"{seconds / max(times):.2f} to {seconds / min(times):.2f} in three runs of {fewer[0]} requests"
    print(f"10 tweets a request: {n / grouped:.0f} tweets/s against {n / seconds:.0f} ({seconds / grouped:.2f}x; {spread})")
    print(f"memory: {grown:+.1f} MB over the run of {n}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
