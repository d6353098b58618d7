"""Examples per second of fine-tuning on Twitter Financial News: our trainer against transformers' Trainer with its defaults.

    TWEETSENT_EVAL_DATA=... python benchmarks/train_speed.py [--model mpnet] [--steps 8] [--stretches 5] [--valid 600]

The peer is a `Trainer` as its documentation starts one: float32, random order, batches of 16 padded to their longest row. Ours is the trainer behind
`fine_tune`: bfloat16 where the hardware has it, rows of like length together, the same batch size. Both get the same token ids, rows, learning rate
and number of optimiser steps, and take turns in short stretches in this process, so that a busy moment of the machine meets both; a stretch is timed
without loading, evaluation and checkpoints. Printed: examples/s, tokens/s and padding of each, the ratio in each pair of stretches with median and
spread, and macro-F1 on the validation file after equal steps with the paired difference and its bootstrap interval. Few steps leave macro-F1 far
below what a whole training reaches: it is there to show that speed is not bought with it. Stretches of less than 8 steps leave too few rows to group.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from tweetsent.core.settings import load_settings
from tweetsent.labeling.resampling import bootstrap
from tweetsent.modeling.encoder import TransformerClassifier, load_tokenizer
from tweetsent.modeling.rows import label_shares, training_rows
from tweetsent.modeling.training import TrainingConfig, _arguments
from tweetsent.modeling.zoo import resolve_weights

NAMES = ("bearish", "neutral", "bullish")
SEED = 13


def tfns(part: str) -> pl.DataFrame:
    "Columns text and label."
    frame = pl.read_csv(Path(os.environ["TWEETSENT_EVAL_DATA"]) / "tfns" / f"{part}.csv", columns=["text", "label"])
    return frame.with_columns(pl.col("label").str.to_lowercase()).sample(fraction=1.0, shuffle=True, seed=SEED)


class Ours:
    "The trainer behind fine_tune, without its evaluations and checkpoints."

    def __init__(self, checkpoint: Path, tokenizer, config: TrainingConfig, weights):
        from tweetsent.modeling.network import start_network

        self.network, self.pad_id, self.config, self.weights = start_network(checkpoint, NAMES), tokenizer.pad_token_id, config, weights

    def train(self, rows: list[dict], folder: Path, stretch: int) -> tuple[float, float]:
        "Seconds, and the padded share of all cells."
        from tweetsent.modeling.loop import LengthBatches, SentimentTrainer
        from tweetsent.modeling.losses import Loss
        from tweetsent.modeling.training import simple_score

        arguments = _arguments(self.config, folder, resuming=True)
        arguments.lr_scheduler_type, arguments.warmup_steps = "constant", 0
        batches = LengthBatches([len(row["input_ids"]) for row in rows], self.config.per_device_train_batch_size, SEED + stretch)
        trainer = SentimentTrainer(self.network, arguments, rows, rows[:1], batches, Loss(self.weights), simple_score, self.pad_id, [])
        started = time.perf_counter()
        trainer.train()
        return time.perf_counter() - started, batches.padding_share()


class Default:
    "transformers' Trainer as it comes."

    def __init__(self, checkpoint: Path, tokenizer, config: TrainingConfig):
        import torch
        from transformers import AutoModelForSequenceClassification, DataCollatorWithPadding

        self.network = AutoModelForSequenceClassification.from_pretrained(checkpoint, num_labels=len(NAMES), dtype=torch.float32)
        self.collate, self.config = DataCollatorWithPadding(tokenizer), config

    def train(self, rows: list[dict], folder: Path, stretch: int) -> tuple[float, float]:
        "Seconds, and the padded share of all cells."
        import torch
        from transformers import PrinterCallback, Trainer, TrainingArguments

        cells = []

        def collate(items: list[dict]) -> dict:
            batch = self.collate(items)
            cells.append((int(batch["attention_mask"].sum()), batch["attention_mask"].numel()))
            return batch

        plain = [{"input_ids": row["input_ids"], "attention_mask": [1] * len(row["input_ids"]), "labels": int(row["labels"].argmax())} for row in rows]
        arguments = TrainingArguments(
            output_dir=str(folder),
            learning_rate=self.config.learning_rate,
            lr_scheduler_type="constant",
            per_device_train_batch_size=self.config.per_device_train_batch_size,
            num_train_epochs=1,
            seed=SEED + stretch,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            dataloader_pin_memory=torch.cuda.is_available(),
        )
        trainer = Trainer(self.network, arguments, train_dataset=plain, data_collator=collate)
        trainer.remove_callback(PrinterCallback)
        started = time.perf_counter()
        trainer.train()
        return time.perf_counter() - started, 1 - sum(real for real, _ in cells) / sum(size for _, size in cells)


def macro_f1(truth: np.ndarray, said: np.ndarray, weights: np.ndarray) -> np.ndarray:
    "(r,) for weights (n, r)."
    scores = []
    for label in range(len(NAMES)):
        gold, given = (truth == label).astype(float), (said == label).astype(float)
        scores.append(2 * ((gold * given) @ weights) / (gold @ weights + given @ weights))
    return np.mean(scores, axis=0)


def compare_quality(sides: dict[str, object], tokenizer, valid: pl.DataFrame, max_length: int) -> None:
    "Macro-F1 of both networks on the same rows."
    truth = label_shares(valid, NAMES, "validation").argmax(axis=1)
    said = {name: TransformerClassifier(side.network, tokenizer, NAMES, max_length).predict_proba(valid["text"].to_list()).argmax(axis=1) for name, side in sides.items()}

    def figures(weights: np.ndarray) -> dict[str, np.ndarray]:
        scores = {name: macro_f1(truth, found, weights) for name, found in said.items()}
        return scores | {"ours - default": scores["ours"] - scores["default"]}

    for name, estimate in bootstrap(figures, len(truth)).items():
        print(f"macro-F1 {name:15} {estimate}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mpnet", help="a preset that is fine-tuned in full")
    parser.add_argument("--steps", type=int, default=8, help="optimiser steps a stretch")
    parser.add_argument("--stretches", type=int, default=5, help="pairs of stretches, after one that warms up")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--valid", type=int, default=600, help="validation rows to score at the end; 0: none")
    given = parser.parse_args()

    from transformers import set_seed

    from tweetsent.modeling.losses import root_balanced_weights
    from tweetsent.modeling.network import quiet_transformers

    settings = load_settings()
    preset = settings.preset(given.model)
    config = TrainingConfig.from_preset(preset, num_train_epochs=1, per_device_train_batch_size=given.batch, r_drop=0.0, seed=SEED)
    checkpoint = resolve_weights(preset, settings.models_dir)
    tokenizer, train = load_tokenizer(checkpoint), tfns("train")
    rows = training_rows(train, label_shares(train, NAMES, "train"), tokenizer, config.max_length, False)
    with quiet_transformers(), tempfile.TemporaryDirectory() as folder:
        set_seed(SEED)
        sides = {"ours": Ours(checkpoint, tokenizer, config, root_balanced_weights(np.stack([row["labels"] for row in rows]))), "default": Default(checkpoint, tokenizer, config)}
        size, rates = given.steps * given.batch, {"ours": [], "default": []}
        padding, tokens = {"ours": [], "default": []}, []
        for stretch in range(given.stretches + 1):
            part = rows[stretch * size : (stretch + 1) * size]
            for name, side in sides.items():
                seconds, padded = side.train(part, Path(folder), stretch)
                if stretch:
                    rates[name].append(len(part) / seconds)
                    padding[name].append(padded)
            tokens.append(float(np.mean([len(row["input_ids"]) for row in part])))
            if stretch:
                ours, default = rates["ours"][-1], rates["default"][-1]
                print(f"stretch {stretch}: ours {ours:.2f}, default {default:.2f} examples/s, ratio {ours / default:.2f}", flush=True)
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:8} {rate:7.2f} examples/s (of {min(found):.2f} to {max(found):.2f}), {rate * np.mean(tokens):,.0f} tokens/s, padding {np.mean(padding[name]):.1%}")
    ratios = sorted(a / b for a, b in zip(rates["ours"], rates["default"], strict=True))
    print(f"ratio {statistics.median(ratios):.2f} (of {ratios[0]:.2f} to {ratios[-1]:.2f}), {given.stretches} pairs of {given.steps} steps of {given.batch}, {preset.name}")
    if given.valid:
        compare_quality(sides, tokenizer, tfns("valid").head(given.valid), config.max_length)


if __name__ == "__main__":
    main()
