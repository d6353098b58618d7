"""One labelling job in a process of its own, so that a test can kill it: python labeling_job.py STORE_URL BASE_URL N_TWEETS [KEY=VALUE …]"""

import json
import sys

from tweetsent.core.settings import AnnotatorPreset, load_settings
from tweetsent.labeling.gemini import GeminiAnnotator
from tweetsent.labeling.keys import ApiKey
from tweetsent.labeling.ledger import add_items
from tweetsent.labeling.prompts import Prompt
from tweetsent.labeling.protocol import Item
from tweetsent.labeling.runner import Pace, label_items
from tweetsent.store import open_store

KEY = "canary-7f3a9-key"
WORDS = ("beats and jumps", "misses and falls", "reports on Tuesday", "upgraded to buy", "cut to sell")


def tweets(n: int) -> list[Item]:
    "Different tweets that the simulator's word rule can read."
    return [Item(f"$TK{i % 25} {WORDS[i % len(WORDS)]} #{i}", f"TK{i % 25}" if i % 3 else None) for i in range(n)]


def annotator(base_url: str, **changes: object) -> GeminiAnnotator:
    "Gemini's SDK against the simulator, with the project's own prompt."
    settings = load_settings()
    preset = AnnotatorPreset(**settings.annotator("gemini").model_dump() | {"base_url": base_url, "items_per_request": 1} | changes)
    return GeminiAnnotator(preset, Prompt(settings.schema("sentiment3"), settings.guidelines["sentiment3"]), ApiKey(KEY, "test#1"))


if __name__ == "__main__":
    store_url, base_url, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    options = {name: json.loads(value) for name, value in (word.split("=", 1) for word in sys.argv[4:])}
    pace = {"requests_per_minute": 1e6, "tokens_per_minute": 1e9, "concurrency": 8} | options.pop("pace", {})
    engine = open_store(store_url)
    items = tweets(n)
    add_items(engine, items)
    print("started", flush=True)
    outcome = label_items([annotator(base_url, **options.pop("preset", {}))], items, engine, Pace(**pace), **options)
    print(json.dumps({"labels": outcome.labels, "known": outcome.known, "unlabeled": outcome.unlabeled, "stopped": outcome.stopped_because, "cost_usd": outcome.total_cost_usd}))
