"""One tweet at a time: how much a classifier adds to the bare call of its graph.

    TWEETSENT_EVAL_DATA=... python benchmarks/latency.py [RUN] [--texts 200] [--rounds 5] [--threads N]

For each exported engine: p50, p95 and p99 of `predict_proba([text])` (normalise, tokenise, run, softmax), of the bare `session.run` on the same tokens, and
the ratio of the medians; the two take turns text by text. Then the micro-batcher: the same with 1, 8 and 32 callers at once, and what each waits.
"""

import argparse
import asyncio
import os
import time

import numpy as np
from scoring import processor, tweets

from tweetsent.core.settings import load_settings
from tweetsent.inference.batching import MicroBatcher
from tweetsent.inference.cores import usable_cores
from tweetsent.inference.engine import load_engine
from tweetsent.inference.exported import exported_engines
from tweetsent.inference.repeats import Repeats
from tweetsent.modeling.encoder import pad_batch, token_ids
from tweetsent.pipeline.catalog import find_model


def percentiles(seconds: list[float]) -> str:
    return "  ".join(f"p{q} {np.percentile(seconds, q) * 1000:7.2f} ms" for q in (50, 95, 99))


async def many(model, texts: list[str], callers: int) -> tuple[list[float], float]:
    "Latencies of all requests, and requests a second."
    seconds = []
    async with MicroBatcher(model, repeats=Repeats(0), max_delay_ms=1e6) as batcher:

        async def caller(mine: list[str], name: str) -> None:
            for text in mine:
                started = time.perf_counter()
                await batcher.predict([text], caller=name)
                seconds.append(time.perf_counter() - started)

        started = time.perf_counter()
        await asyncio.gather(*(caller(texts[place::callers], str(place)) for place in range(callers)))
        return seconds, len(texts) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="best")
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    options = parser.parse_args()
    folder = find_model(options.run, load_settings())
    distinct = list(dict.fromkeys(tweets()))
    texts = [distinct[i] for i in np.random.default_rng(17).choice(len(distinct), options.texts, replace=False)]
    print(f"{processor()}, {options.threads} threads, load {os.getloadavg()[0]:.1f}; {folder.name}; {options.texts} tweets, {options.rounds} rounds")
    for engine in exported_engines(folder):
        model = load_engine(folder, engine, options.threads)
        rows = [pad_batch(token_ids([text], model.tokenizer, model.max_length), model.pad_id) for text in texts]
        whole, bare = [], []
        for _ in range(options.rounds):
            for text, (input_ids, mask) in zip(texts, rows, strict=True):
                started = time.perf_counter()
                model.predict_proba([text])
                middle = time.perf_counter()
                model.session.run(None, {"input_ids": input_ids, "attention_mask": mask})
                whole.append(middle - started)
                bare.append(time.perf_counter() - middle)
        print(f"{engine:10} classifier    {percentiles(whole)}\n{'':10} bare graph    {percentiles(bare)}\n{'':10} ratio of the medians {np.median(whole) / np.median(bare):.2f}")
        for callers in (1, 8, 32):
            seconds, rate = asyncio.run(many(model, texts, callers))
            print(f"{'':10} {callers:2} callers    {percentiles(seconds)}   {rate:.0f} requests/s")


if __name__ == "__main__":
    main()
