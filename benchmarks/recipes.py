"""Which recipe? Variants of a preset, side by side, on held-out rows of the Twitter Financial News training file; the chosen one once on its test file.

    TWEETSENT_EVAL_DATA=... python benchmarks/recipes.py search --model mpnet --variants variants.json --seeds 1 2 --jobs 8
    TWEETSENT_EVAL_DATA=... python benchmarks/recipes.py final --model mpnet --variants variants.json --seeds 13 14 15 --jobs 3

The file of variants (recipes.json beside this script by default) maps a name to values of the preset to change: {"plain": {}, "r_drop": {"r_drop": 1}}. Five further keys
are of this script: "pyfin": true adds the rows of pyfin_tweets_10k that resemble no held-out row; "fgm": strength of an adversarial step (below); "start": a checkpoint
folder instead of the preset's weights; "teacher": a variant whose finished final runs label "unlabeled": so many StockNet tweets (the teacher's probabilities are mixed
half and half with the known labels).

`search` holds out a fifth of the near-duplicate groups, which also choose the checkpoint: optimistic, alike for all variants. `final` holds a tenth out to choose the
checkpoint and looks at the 2,388 test rows once. A line a run goes to standard output (and --out) as JSON; then
a table with mean and spread over the seeds. Uses the GPU if there is one.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

NAMES = ("bearish", "neutral", "bullish")
OWN_KEYS = ("pyfin", "start", "teacher", "unlabeled", "fgm")


def tables() -> tuple:  # train and test tweet tables of TFNS, labelled
    from tweetsent.core.settings import load_settings
    from tweetsent.data.tables import read_tweets

    folder, schema = Path(os.environ["TWEETSENT_EVAL_DATA"]), load_settings().schema("sentiment3")
    return tuple(read_tweets(folder / "tfns" / f"{part}.csv", schema).labelled() for part in ("train", "valid"))


def split(task: dict) -> tuple:  # train, validation, test (None in a search) as tables
    "The rows of one run; the split depends on the task's split seed only."
    import polars as pl

    from tweetsent.core.settings import load_settings
    from tweetsent.data.splits import split_tweets, split_with_test

    schema = load_settings().schema("sentiment3")
    train, test = tables()
    if task["mode"] == "search":
        frame, _ = split_tweets(train, method="random", seed=task["split_seed"], schema=schema)
        sides = {side: frame.filter(pl.col("split") == side) for side in ("train", "validation", "test")}
        return pl.concat([sides["train"], sides["validation"]]), sides["test"], None
    frame, _ = split_with_test(train, test, method="random", seed=task["split_seed"], schema=schema)
    return tuple(frame.filter(pl.col("split") == side) for side in ("train", "validation", "test"))


def more_rows(train, held: list, variant: dict, task: dict):
    "The further rows that a variant asks for; nothing that resembles a held-out row."
    import numpy as np
    import polars as pl

    from tweetsent.core.settings import load_settings
    from tweetsent.data.duplicates import duplicate_groups
    from tweetsent.data.tables import read_tweets

    def apart(rows):
        groups = duplicate_groups(pl.concat([rows["text"], *(frame["text"] for frame in held)]))
        return rows.filter(~groups[: len(rows)].is_in(groups[len(rows) :].unique().implode()))

    train, folder = train.select("tweet_id", "text", "label"), Path(os.environ["TWEETSENT_EVAL_DATA"])
    if variant.get("pyfin"):
        source = next(path for path in (folder / "pyfin_tweets_10k" / "all.csv", folder / "pyfin.csv") if path.is_file())
        extra = read_tweets(source, load_settings().schema("sentiment3"), {"Uncertain": "neutral"}).labelled()
        train = pl.concat([train, apart(extra).select("tweet_id", "text", "label")])
    if variant.get("teacher"):
        texts = raw_tweets(folder, variant["unlabeled"], task["split_seed"])
        texts = apart(texts)
        teacher = np.mean([np.load(path)["unlabeled"] for path in task["teachers"]], axis=0)[texts["row"].to_numpy()]
        known = np.mean([np.load(path)["train"] for path in task["teachers"]], axis=0)
        mixed = (np.eye(3)[[NAMES.index(label) for label in train["label"]]] + known) / 2
        labels = [NAMES[i] for i in teacher.argmax(axis=1)]
        shares = pl.Series("label_shares", np.vstack([mixed, teacher]).tolist(), dtype=pl.List(pl.Float64))
        train = pl.concat([train, texts.select("tweet_id", "text").with_columns(label=pl.Series(labels, dtype=pl.String))]).with_columns(shares)
    return train


def raw_tweets(folder: Path, n: int, seed: int):
    "The first n distinct StockNet tweets of a fixed random order, with the row they have in it."
    from tweetsent.data.tables import read_tweets

    packed = folder / "stocknet.parquet"
    frame = read_tweets(packed if packed.is_file() else folder / "stocknet_raw_tweets").frame.unique("text", keep="first", maintain_order=True)
    return frame.select("tweet_id", "text").sort("tweet_id").sample(fraction=1.0, shuffle=True, seed=seed).head(n).with_row_index("row")


def adversarial(strength: float):
    """A SentimentTrainer whose steps also learn from word vectors moved towards a larger loss: by strength * g / |g| (L2 over all of the batch), where g is the
    gradient at the word vectors (fast gradient method: Miyato, Dai and Goodfellow 2017, "Adversarial training methods for semi-supervised text classification")."""
    from transformers import Trainer

    from tweetsent.modeling.loop import SentimentTrainer

    class Adversarial(SentimentTrainer):
        def training_step(self, model, inputs, num_items_in_batch=None):
            loss = super().training_step(model, dict(inputs), num_items_in_batch)
            words = next(weight for name, weight in model.named_parameters() if name.endswith("word_embeddings.weight"))
            move = strength * words.grad / words.grad.norm().clamp_min(1e-12)
            words.data.add_(move)
            Trainer.training_step(self, model, inputs, num_items_in_batch)  # adds its gradients to those of the rows as they are
            words.data.sub_(move)
            return loss

    return Adversarial


def run(task: dict) -> dict:
    "One training in a process of its own."
    import numpy as np
    import torch

    from tweetsent.core.settings import load_settings
    from tweetsent.evaluation.scores import evaluate_splits
    from tweetsent.modeling import loop, training
    from tweetsent.modeling.artifacts import save_model
    from tweetsent.pipeline.scoring import predictions_frame
    from tweetsent.pipeline.training_config import changed_preset

    torch.set_num_threads(task["threads"])
    os.environ["TWEETSENT_PROGRESS"] = os.devnull
    settings, variant = load_settings(), task["variant"]
    preset = changed_preset(settings.preset(task["model"]), {name: value for name, value in variant.items() if name not in OWN_KEYS})
    train, validation, test = split(task)
    train = more_rows(train, [frame for frame in (validation, test) if frame is not None], variant, task)
    arguments = training._arguments

    def only_weights(*args, **options):  # a search is not resumed: no optimiser on the disk
        made = arguments(*args, **options)
        made.save_only_model = True
        return made

    training._arguments = only_weights
    if variant.get("fgm"):
        loop.SentimentTrainer = adversarial(variant["fgm"])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=task["scratch"]) as work:
        recipe = training.TrainingConfig.from_preset(preset, seed=task["seed"])
        start = Path(variant["start"]) if variant.get("start") else None
        result = training.fine_tune(train, validation, preset, NAMES, recipe, Path(work), settings, checkpoint=start)
    row = {name: task[name] for name in ("mode", "model", "name", "seed", "split_seed")}
    row |= {"n_train": len(train), "n_held": len(validation), "best": result.best, "stopped_because": result.stopped_because}
    row |= {"seconds": round(time.monotonic() - began, 1), "examples_per_second": round(result.pace.examples_per_second, 1), "device": device()}
    if task["models"]:
        facts = {"run_id": f"{task['name']}-{task['seed']}", "preset": task["model"], "schema_name": "sentiment3", "dataset_fingerprint": "0" * 16}
        save_model(result.classifier, Path(task["models"]) / f"{task['name']}-{task['seed']}", **facts)
    if test is None:
        return row
    scored = predictions_frame(result.classifier, test, "test")
    metrics = evaluate_splits(scored, NAMES, 13, {}, train["label"].to_list())
    row["test"] = {split: {name: metrics[split][name] for name in ("n", "weighted_f1", "macro_f1", "accuracy")} for split in ("test", "test_without_leaks")}
    parts = {"test": scored.select([f"prob_{name}" for name in NAMES]).to_numpy(), "train": result.classifier.predict_proba(train["text"].to_list()[:20_000])}
    if task["raw"]:
        raw = raw_tweets(Path(os.environ["TWEETSENT_EVAL_DATA"]), task["raw"], task["split_seed"])
        parts["unlabeled"] = result.classifier.predict_proba(raw["text"].to_list())
    np.savez(task["probs"], **parts)
    return row


def device() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def summary(rows: list[dict]) -> None:
    "Mean and spread over the seeds of each variant."
    import numpy as np

    figures = {"search": lambda row: row["best"], "final": lambda row: {name: row["test"]["test"][name]["value"] for name in ("macro_f1", "weighted_f1")}}
    print(f"{'variant':30} {'n':>3} {'macro F1':>16} {'weighted F1':>16} {'seconds':>8}")
    for name in dict.fromkeys(row["name"] for row in rows):
        mine = [row for row in rows if row["name"] == name]
        values = {metric: np.array([figures[row["mode"]](row)[metric] for row in mine]) for metric in ("macro_f1", "weighted_f1")}
        told = [f"{value.mean():.4f} ± {value.std(ddof=1) if len(value) > 1 else float('nan'):.4f}" for value in values.values()]
        print(f"{name:30} {len(mine):>3} {told[0]:>16} {told[1]:>16} {np.mean([row['seconds'] for row in mine]):>8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("search", "final"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--variants", type=Path, default=Path(__file__).with_suffix(".json"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[13])
    parser.add_argument("--split-seed", type=int, default=13)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--raw", type=int, default=0, help="StockNet tweets that a finished final run labels, for students")
    parser.add_argument("--models", help="folder for the trained models; not kept otherwise")
    parser.add_argument("--out", type=Path, default=Path("recipes.jsonl"))
    parser.add_argument("--scratch", default=tempfile.gettempdir())
    options = parser.parse_args()
    variants = json.loads(options.variants.read_text())
    tasks = []
    for name, variant in variants.items():
        if options.only and name not in options.only:
            continue
        teachers = sorted(str(path) for path in options.out.parent.glob(f"probs-{variant['teacher']}-*.npz")) if variant.get("teacher") else []
        if variant.get("teacher") and not teachers:
            sys.exit(f"variant {name}: no probs-{variant['teacher']}-*.npz beside {options.out}; run `final --raw N` of the teacher first")
        for seed in options.seeds:
            facts = {"mode": options.mode, "model": options.model, "name": name, "variant": variant, "seed": seed, "split_seed": options.split_seed}
            threads = max(1, (os.cpu_count() or 1) // options.jobs)
            places = {"scratch": options.scratch, "probs": str(options.out.parent / f"probs-{name}-{seed}.npz"), "teachers": teachers}
            tasks.append(facts | places | {"threads": threads, "raw": options.raw, "models": options.models})
    rows = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.out.open("a") as file:
        for done in as_completed([pool.submit(run, task) for task in tasks]):
            row = done.result()
            rows.append(row)
            print(json.dumps(row), file=file, flush=True)
            print(json.dumps({key: row.get(key) for key in ("name", "seed", "best", "test", "seconds")}), flush=True)
    summary(sorted(rows, key=lambda row: (list(variants).index(row["name"]), row["seed"])))


if __name__ == "__main__":
    main()
