"""Texts per second of scoring real tweets: our engines against transformers' pipeline and OpenVINO, repeats switched off, then on.

    TWEETSENT_EVAL_DATA=... python benchmarks/scoring.py [RUN] [--small RUN] [--texts 256] [--rounds 5] [--threads N]

RUN is a model of BERT-base size (`mpnet`), --small one of `minilm`. All contestants score the same StockNet tweets (distinct ones) on the same cores and
take turns, so that a busy moment of the machine meets all; printed are medians of the rounds and ratios of medians.

- `pipeline, batch 1` and `32`: as transformers documents it (`pipeline("text-classification", model=…, batch_size=…)(texts)`), float32, in file order.
- OpenVINO: the same traced graph, compiled with the throughput hint, in float32 and (where the CPU has it) bfloat16; texts sorted as ours are.
- The 8-bit ceiling: products of the model's own shapes, as onnxruntime computes them (`MatMulIntegerToFloat`), in the same rounds; the share says how much
  of that rate the whole engine reaches, from the model's multiplications a token.
- With repeats: a stretch of the archive as it is, each distinct question computed once.
"""

import argparse
import os
import platform
import statistics
import time
from pathlib import Path

import numpy as np
import polars as pl

from tweetsent.core.settings import load_settings
from tweetsent.inference.cores import usable_cores
from tweetsent.inference.engine import load_engine
from tweetsent.inference.repeats import predict_distinct
from tweetsent.modeling.artifacts import load_model, read_manifest
from tweetsent.modeling.encoder import batches_by_length, pad_batch, token_ids
from tweetsent.pipeline.catalog import find_model


def tweets() -> list[str]:
    parts = sorted((Path(os.environ["TWEETSENT_EVAL_DATA"]) / "stocknet_raw_tweets").glob("part-*.csv"))
    return pl.concat([pl.read_csv(part, columns=["text"]) for part in parts])["text"].drop_nulls().to_list()


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    flags = next((line for line in lines if line.startswith("flags")), "")
    return f"{name} ({', '.join(flag for flag in ('avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'avx512_bf16', 'amx_int8') if f' {flag}' in flags) or 'no vector flags'})"


def pipeline_of(folder: Path, batch_size: int):
    "transformers' own way, with our network behind its interface."
    from transformers import pipeline
    from transformers.modeling_outputs import SequenceClassifierOutput

    from tweetsent.modeling.network import is_library_classifier, quiet_transformers

    model = load_model(folder)
    if not is_library_classifier(model.network.config):
        forward = model.network.forward
        model.network.forward = lambda input_ids, attention_mask, **_: SequenceClassifierOutput(logits=forward(input_ids, attention_mask).logits)
    with quiet_transformers():  # it would list all classes that it knows, since ours is none of them
        made = pipeline("text-classification", model=model.network, tokenizer=model.tokenizer, device="cpu")
    return lambda texts: made(texts, batch_size=batch_size, truncation=True, max_length=model.max_length)


def openvino_of(folder: Path, threads: int, precision: str):
    "The traced graph in OpenVINO, or None where it is not installed."
    try:
        import openvino
    except ImportError:
        return None
    from tweetsent.inference.conversion import trace_network

    model, core = load_model(folder), openvino.Core()
    graph = core.read_model(trace_network(model).SerializeToString())
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads}
    compiled = core.compile_model(graph, "CPU", hints)

    def score(texts: list[str]) -> None:
        rows = token_ids(texts, model.tokenizer, model.max_length)
        for batch in batches_by_length(rows, 64, 4096):
            input_ids, mask = pad_batch([rows[i] for i in batch], model.tokenizer.pad_token_id)
            compiled({"input_ids": input_ids, "attention_mask": mask})

    return score


def products(hidden: int, inner: int, threads: int):
    "A layer's products in 8 bits for 1,024 tokens; gives operations a second."
    from onnx import TensorProto, helper, numpy_helper

    from tweetsent.inference.onnx_engine import open_session

    chance, sessions = np.random.default_rng(0), []
    for k, n in ((hidden, hidden), (hidden, inner), (inner, hidden)):
        made = {"w": chance.integers(-63, 64, (k, n)).astype(np.int8), "s": np.full(n, 0.01, np.float32), "z": np.zeros(n, np.int8), "one": np.float32(1), "m": np.uint8(128)}
        node = helper.make_node("MatMulIntegerToFloat", ["a", "w", "one", "s", "m", "z"], ["y"], domain="com.microsoft")
        value = helper.make_tensor_value_info
        constants = [numpy_helper.from_array(array, name) for name, array in made.items()]
        graph = helper.make_graph([node], "p", [value("a", TensorProto.UINT8, ["t", k])], [value("y", TensorProto.FLOAT, ["t", n])], constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        sessions.append((open_session(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString(), Path("p"), threads), k, n))

    def rate() -> float:
        total, seconds = 0, 0.0
        for session, k, n in sessions:
            a = chance.integers(0, 256, (1024, k)).astype(np.uint8)
            session.run(None, {"a": a})
            started = time.perf_counter()
            session.run(None, {"a": a})
            seconds += (time.perf_counter() - started) * (4 if k == n else 1)
            total += 2 * 1024 * k * n * (4 if k == n else 1)
        return total / seconds

    return rate


def timed(call, texts: list[str]) -> float:
    started = time.perf_counter()
    call(texts)
    return len(texts) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="best")
    parser.add_argument("--small")
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    settings = load_settings()
    folder, everything = find_model(options.run, settings), tweets()
    distinct = list(dict.fromkeys(everything))
    texts = [distinct[i] for i in np.random.default_rng(13).choice(len(distinct), options.texts, replace=False)]
    config = load_model(folder).network.config
    calls = {name: load_engine(folder, name, options.threads).predict_proba for name in ("onnx-int8", "onnx")}
    calls |= {"pipeline, batch 1": pipeline_of(folder, 1), "pipeline, batch 32": pipeline_of(folder, 32)}
    calls |= {f"OpenVINO {name}": call for name, precision in (("float32", "f32"), ("bfloat16", "bf16")) if (call := openvino_of(folder, options.threads, precision))}
    if options.small:
        calls["small model, onnx-int8"] = load_engine(find_model(options.small, settings), "onnx-int8", options.threads).predict_proba
    ceiling, seen = products(config.hidden_size, config.intermediate_size, options.threads), {name: [] for name in (*calls, "8-bit products")}
    for _ in range(options.rounds):
        for name, call in calls.items():
            few = texts[: max(8, options.texts // 8)] if name == "pipeline, batch 1" else texts
            seen[name].append(timed(call, few))
        seen["8-bit products"].append(ceiling())
    median = {name: statistics.median(values) for name, values in seen.items()}
    rows = token_ids(texts, load_model(folder).tokenizer, read_manifest(folder).max_length or 128)
    operations = 2 * config.num_hidden_layers * (4 * config.hidden_size**2 + 2 * config.hidden_size * config.intermediate_size) * sum(map(len, rows)) / len(rows)
    print(f"{processor()}, {options.threads} threads, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}; {folder.name}: {options.texts} distinct tweets, "
          f"{sum(map(len, rows)) / len(rows):.0f} tokens in the mean; medians of {options.rounds} alternating rounds")  # fmt: skip
    for name in calls:
        spread = f"{min(seen[name]):.1f} to {max(seen[name]):.1f}"
        print(f"{name:24} {median[name]:8.1f} texts/s ({spread}), onnx-int8 is {median['onnx-int8'] / median[name]:.2f}x")
    reached, ceiling_rate = median["onnx-int8"] * operations, median["8-bit products"]
    print(f"8-bit products alone: {ceiling_rate / 1e9:.0f} Gop/s; onnx-int8 does {reached / 1e9:.0f} Gop/s of products, {reached / ceiling_rate:.0%} of that rate")
    stretch, engine = everything[: 4 * options.texts], load_engine(folder, "onnx-int8", options.threads)
    started = time.perf_counter()
    _, computed = predict_distinct(engine, stretch)
    print(f"as the archive is, repeats once: {len(stretch) / (time.perf_counter() - started):.1f} texts/s, {1 - computed / len(stretch):.1%} of {len(stretch)} rows were repeats")


if __name__ == "__main__":
    main()
