"""Is the plan of a large decoder right? Random weights of its true size, trained for a few steps on the GPU, beside what `-p plan True` prints.

    TWEETSENT_EVAL_DATA=... python benchmarks/large_decoder.py [--model gemma3-12b] [--rows 240] [--layers N] [--scratch /dev/shm]

The checkpoint (architecture as published, bfloat16, weights drawn at random) is written to --scratch: 24 GB for the 12B, and as much main memory. The tokenizer is
that of the preset gemma3-270m, or of --tokenizer. Rows are TFNS tweets strung together until each fills max_length, which is what a plan reckons with.
Random weights learn nothing: this shows that the preset trains, saves and loads at its true size, what it needs, and how fast it is; not how good it is.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import polars as pl
import torch

from tweetsent.core.settings import load_settings
from tweetsent.modeling.artifacts import save_model
from tweetsent.modeling.planning import architecture, gb, plan_training
from tweetsent.modeling.training import TrainingConfig, fine_tune
from tweetsent.modeling.zoo import resolve_weights

NAMES = ("bearish", "neutral", "bullish")


def write_checkpoint(folder: Path, preset, settings, layers: int | None, tokenizer: Path) -> None:
    from transformers import AutoModelForCausalLM

    config, _ = architecture(preset, settings)
    if layers:
        config.num_hidden_layers, config.layer_types = layers, config.layer_types[:layers]
    torch.manual_seed(13)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        network = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    network.save_pretrained(folder, max_shard_size="5GB")
    for file in tokenizer.glob("*token*"):
        shutil.copy(file, folder / file.name)


def long_rows(n: int, max_length: int) -> pl.DataFrame:
    "Rows of more than max_length tokens each."
    tweets = pl.read_csv(Path(os.environ["TWEETSENT_EVAL_DATA"]) / "tfns" / "train.csv", columns=["text", "label"]).sample(n, shuffle=True, seed=13)
    texts = tweets["text"].to_list()
    strung = [" ".join(texts[(i + k) % n] for k in range(max_length // 8)) for i in range(n)]
    return tweets.with_columns(text=pl.Series(strung), label=pl.col("label").str.to_lowercase(), tweet_id=pl.int_range(pl.len()).cast(pl.String))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="gemma3-12b")
    parser.add_argument("--rows", type=int, default=240)
    parser.add_argument("--layers", type=int, help="fewer than the architecture has: to try this script")
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    settings = load_settings()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        folder, began = Path(scratch) / "checkpoint", time.monotonic()

        def said(what: str) -> None:
            print(f"[{time.monotonic() - began:4.0f} s] {what}", flush=True)

        preset = settings.preset(options.model)
        tokenizer = options.tokenizer or resolve_weights(settings.preset("gemma3-270m"), settings.models_dir)
        write_checkpoint(folder, preset, settings, options.layers, tokenizer)
        torch.cuda.empty_cache()
        preset = preset.model_copy(update={"checkpoint": str(folder)})
        os.environ["TWEETSENT_MODELS_DIR"] = f"{scratch}/models"  # where the preset's own weights are not
        settings = load_settings()
        said(f"checkpoint written, {gb(sum(file.stat().st_size for file in folder.iterdir()))}")
        rows = long_rows(options.rows, preset.max_length)
        plan = plan_training(preset, settings, len(rows), preset.max_length, len(NAMES), epochs=1)
        print("\n".join(plan.lines()), flush=True)
        recipe = TrainingConfig.from_preset(preset, num_train_epochs=1, evals_per_epoch=1)
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        result = fine_tune(rows, rows.head(16), preset, NAMES, recipe, Path(scratch) / "work", settings)
        said(f"trained {len(rows)} rows: {result.stopped_because}")
        if torch.cuda.is_available():
            peak, kept = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
            print(f"{torch.cuda.get_device_name()}: peak {gb(peak)} allocated ({gb(kept)} with what the allocator kept), {peak / plan.peak_bytes:.2f} of the plan")
        pace = result.pace
        print(f"training {pace.seconds:.0f} s with one evaluation of 16 rows and one checkpoint; {pace.examples_per_second:.1f} rows/s, {pace.tokens_per_second:,.0f} tokens/s, "
              f"{pace.seconds / plan.seconds:.2f} of the plan's {plan.seconds:.0f} s; {result.trainable_parameters:,} of {result.all_parameters:,} parameters trained")  # fmt: skip
        facts = {"run_id": "large-decoder", "preset": preset.name, "schema_name": "sentiment3", "dataset_fingerprint": "0" * 16}
        save_model(result.classifier, Path(scratch) / "models" / "large-decoder", **facts)
        size = sum(file.stat().st_size for file in (Path(scratch) / "models" / "large-decoder").rglob("*") if file.is_file())
        said(f"saved ({gb(size)}) and loaded again: the same answers")


if __name__ == "__main__":
    main()
