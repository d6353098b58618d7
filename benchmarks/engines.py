"""Do all engines of a model give the same answers? On a labelled file, with speed beside it.

    TWEETSENT_EVAL_DATA=... python benchmarks/engines.py [RUN] [--data FILE.csv] [--rows 2388] [--recipes]

For each engine that is exported (and torch): the share of rows with the same label as the model in float32, the largest and the mean difference of a
probability, weighted F1, expected calibration error and texts/s, repeats included. `--recipes` also quantises anew by every recipe, exported or not,
and by onnxruntime's own dynamic quantisation (whose answers depend on the batch). Nothing is chosen by these rows: they are the test set.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from tweetsent.core.settings import load_settings
from tweetsent.evaluation.metrics import score
from tweetsent.inference.cores import usable_cores
from tweetsent.inference.engine import available_engines, load_engine
from tweetsent.inference.onnx_engine import OnnxClassifier, open_session
from tweetsent.inference.tokens import FileTokenizer
from tweetsent.modeling.artifacts import load_model, read_manifest
from tweetsent.modeling.encoder import token_ids
from tweetsent.pipeline.catalog import find_model


def recipes(folder: Path, calibration: list[str], threads: int):
    "Every recipe as a classifier, under its name."
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from tweetsent.inference.conversion import calibrate, fuse_graph, quantize_graph, trace_network
    from tweetsent.inference.export import RECIPES, Recipe

    model, manifest, tokenizer = load_model(folder), read_manifest(folder), FileTokenizer(folder / "tokenizer.json")
    config, pad_id = model.network.config, model.tokenizer.pad_token_id or 0
    graph = fuse_graph(trace_network(model), config.num_attention_heads, config.hidden_size)
    ranges = calibrate(graph, token_ids(calibration, tokenizer, manifest.max_length), pad_id)

    def opened(content: bytes) -> OnnxClassifier:
        facts = {"max_length": manifest.max_length, "temperature": manifest.temperature, "reads_targets": manifest.reads_targets, "pad_id": pad_id}
        return OnnxClassifier(open_session(content, folder, threads), tokenizer, manifest.label_names, "recipe", **facts)

    yield "float32 graph", opened(graph.SerializeToString())
    with tempfile.TemporaryDirectory() as name:
        plain, small = f"{name}/plain.onnx", f"{name}/small.onnx"
        onnx.save(trace_network(load_model(folder)), plain)
        quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
        yield "onnxruntime dynamic, a scale a batch", opened(Path(small).read_bytes())
    for recipe in (Recipe("one scale a token, 8-bit weights", 8), Recipe("one scale a token"), *RECIPES):
        yield recipe.name, opened(quantize_graph(graph, ranges, recipe.weight_bits, recipe.n_outliers, recipe.keep).SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="best")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TWEETSENT_EVAL_DATA", "data")) / "tfns" / "valid.csv")
    parser.add_argument("--rows", type=int, default=2388)
    parser.add_argument("--recipes", action="store_true")
    parser.add_argument("--threads", type=int, default=usable_cores())
    options = parser.parse_args()
    folder = find_model(options.run, load_settings())
    names = read_manifest(folder).label_names
    frame = pl.read_csv(options.data, columns=["text", "label"]).head(options.rows)
    texts, ids = frame["text"].to_list(), np.array([names.index(label.lower()) for label in frame["label"]])
    engines = [("float32 graph" if name == "onnx" else name, load_engine(folder, name, options.threads)) for name in available_engines(folder) if name != "torch"]
    if options.recipes:
        from tweetsent.data.sample import sample_tweets

        engines = recipes(folder, sample_tweets(n=200)["text"].to_list(), options.threads)
    wanted = None
    print(f"{folder.name}, {options.data.name}, {len(texts)} rows, {options.threads} threads, load {os.getloadavg()[0]:.1f}")
    for name, model in engines if options.recipes else reversed(engines):
        started = time.perf_counter()
        probs = model.predict_proba(texts)
        seconds, metrics = time.perf_counter() - started, score(probs, ids, names)
        wanted = probs if wanted is None else wanted
        gap, same = np.abs(probs - wanted), (probs.argmax(axis=1) == wanted.argmax(axis=1)).mean()
        line = f"{name:75} {len(texts) / seconds:6.0f}/s  same label {same:.4f}  probability {gap.max():.4f} at most {gap.mean():.5f} in the mean"
        print(f"{line}  weighted F1 {metrics['weighted_f1']:.4f}  ECE {metrics['expected_calibration_error']:.4f}", flush=True)


if __name__ == "__main__":
    main()
