"""CPU of one labeling call: our annotators against the bare SDKs that they use.

    python benchmarks/labeling_client.py [ROUNDS]

Both sides ask the simulator, which runs in a process of its own, for the same answers to the same prompts, in alternating
rounds of this process. The bare side does what the SDK's documentation shows: build a configuration, ask, read the JSON of
the text. Our side does what a runner calls: bound the price and the tokens, ask, read one verdict an item with its
probabilities, compute the price. A figure is the median over the rounds of the CPU (user and system) a call.
The last lines say what the simulator can carry: the clients must be the bottleneck, not it.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from tweetsent.core.settings import AnnotatorPreset, load_settings
from tweetsent.labeling.gemini import GeminiAnnotator
from tweetsent.labeling.keys import ApiKey
from tweetsent.labeling.openai_endpoint import OpenAIAnnotator
from tweetsent.labeling.prompts import Prompt
from tweetsent.labeling.protocol import Item
from tweetsent.labeling.simulator import simulator_process

CALLS, CONCURRENCY, ITEMS = 300, 16, 5
KEY = ApiKey("benchmark-key", "K#1")
PROMPT = Prompt(load_settings().schema("sentiment3"), load_settings().guidelines["sentiment3"])
REQUESTS = [[Item(f"$TSLA beats the estimates of request {n}, item {k}: shares jump", "TSLA") for k in range(ITEMS)] for n in range(CALLS)]


def bare_gemini(url: str) -> tuple[Callable[[list[Item]], Awaitable], Callable[[], Awaitable]]:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="benchmark-key", vertexai=False, http_options=types.HttpOptions(base_url=url))

    async def ask(items: list[Item]):
        config = types.GenerateContentConfig(
            system_instruction=PROMPT.system,
            response_mime_type="application/json",
            response_json_schema=PROMPT.json_schema(len(items)),
            temperature=0,
            max_output_tokens=1000,
            seed=0,
        )
        response = await client.aio.models.generate_content(model="m", contents=PROMPT.render(items), config=config)
        return json.loads(response.text)["answers"]

    return ask, client.aio.aclose


def bare_openai(url: str) -> tuple[Callable[[list[Item]], Awaitable], Callable[[], Awaitable]]:
    import openai

    client = openai.AsyncOpenAI(api_key="benchmark-key", base_url=f"{url}/v1")

    async def ask(items: list[Item]):
        schema = {"name": "labels", "strict": True, "schema": PROMPT.json_schema(len(items))}
        messages = [{"role": "system", "content": PROMPT.system}, {"role": "user", "content": PROMPT.render(items)}]
        response = await client.chat.completions.create(
            model="m", messages=messages, response_format={"type": "json_schema", "json_schema": schema}, temperature=0, max_tokens=1000, seed=0
        )
        return json.loads(response.choices[0].message.content)["answers"]

    return ask, client.close


def ours(kind: type, url: str, top_logprobs: int) -> tuple[Callable[[list[Item]], Awaitable], Callable[[], Awaitable]]:
    preset = AnnotatorPreset(name="b", provider="gemini", model="m", base_url=url, price_in=0.3, price_out=2.5, items_per_request=ITEMS)
    annotator = kind(preset, PROMPT, KEY, top_logprobs=top_logprobs)

    async def ask(items: list[Item]):
        annotator.max_cost(items), annotator.max_tokens(items)
        return (await annotator.annotate(items)).verdicts

    return ask, annotator.close


async def cpu_ms(ask: Callable[[list[Item]], Awaitable], round_number: int, concurrency: int = CONCURRENCY) -> float:
    "CPU of this process a call, in ms."
    requests = iter([[Item(f"{item.text} {round_number}", item.target) for item in items] for items in REQUESTS])

    async def worker():
        for items in requests:
            assert len(await ask(items)) == ITEMS

    began = time.process_time()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return (time.process_time() - began) / CALLS * 1000


async def compare(url: str, rounds: int) -> None:
    sides = {
        "google-genai, bare": bare_gemini(url),
        "gemini annotator": ours(GeminiAnnotator, url, 0),
        "gemini annotator, 5 log-probabilities a token": ours(GeminiAnnotator, url, 5),
        "openai, bare": bare_openai(url),
        "openai annotator": ours(OpenAIAnnotator, f"{url}/v1", 0),
        "openai annotator, 5 log-probabilities a token": ours(OpenAIAnnotator, f"{url}/v1", 5),
    }
    figures: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(-1, rounds):  # the first round warms up
        for name, (ask, _) in sides.items():
            figure = await cpu_ms(ask, number)
            figures[name] += [figure] if number >= 0 else []
    for _, close in sides.values():
        await close()
    for name, values in figures.items():
        figures[name] = statistics.median(values)
        peer = figures[f"{'google-genai' if name.startswith('g') else 'openai'}, bare"]
        print(f"{name:48} {figures[name]:5.2f} ms CPU a call   {figures[name] / peer:4.2f} x bare", flush=True)


async def carried(url: str, n: int, concurrency: int) -> float:
    "Requests a second that the simulator answers to a client that costs next to nothing."
    body = json.dumps({"contents": [{"parts": [{"text": PROMPT.render(REQUESTS[0])}]}], "generationConfig": {"responseJsonSchema": PROMPT.json_schema(ITEMS)}})
    head = f"POST /v1beta/models/m:generateContent HTTP/1.1\r\nhost: x\r\nx-goog-api-key: k\r\ncontent-length: {len(body.encode())}\r\n\r\n"
    host, _, port = url.removeprefix("http://").partition(":")
    tickets = iter(range(n))

    async def worker():
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in tickets:
            writer.write((head + body).encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return n / (time.perf_counter() - began)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}: {CALLS} calls of {ITEMS} tweets, {rounds} rounds", flush=True)
    with simulator_process() as url:
        asyncio.run(compare(url, rounds))
        print(f"simulator without latency, concurrency 64: {asyncio.run(carried(url, 3000, 64)):.0f} requests/s", flush=True)
    with simulator_process("--latency", 0.8) as url:
        for concurrency in (64, 256):
            rate = asyncio.run(carried(url, concurrency * 30, concurrency))
            print(f"simulator with 800 ms, concurrency {concurrency}: {rate:.1f} requests/s of an ideal {concurrency / 0.8:.0f}", flush=True)


if __name__ == "__main__":
    main()
