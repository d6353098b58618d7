"A plan is held against what happens: parameters by hand, memory and time by training a few steps in a process of its own."

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="plans are made by tweetsent[train]")

import torch

from tweetsent.core.settings import ModelPreset, load_settings
from tweetsent.modeling.dry_run import Step, count_parameters, meta_network, step_bytes, step_flops
from tweetsent.modeling.planning import GRADIENT_BYTES, OPTIMIZER_BYTES, TIME_FACTOR, UTILIZATION, architecture, weight_bytes
from tweetsent.modeling.preflight import has_bf16

sys.path.insert(0, str(Path(__file__).parent))
from planned_step import configs

STEP = Path(__file__).parent / "planned_step.py"
FULL, LORA = ModelPreset(name="full", method="full"), ModelPreset(name="lora", method="lora")


@pytest.mark.parametrize(
    ("checkpoint", "body", "hidden", "lora"),
    [
        ("google/gemma-3-270m", 268_098_176, 640, 368_640),
        ("google/gemma-3-1b-pt", 999_885_952, 1152, 745_472),
        ("google/gemma-3-4b-pt", 3_880_099_328, 2560, 2_228_224),
        ("google/gemma-3-12b-pt", 11_765_788_416, 3840, 5_308_416),
    ],
)
def test_gemma_has_the_parameters_counted_by_hand(checkpoint, body, hidden, lora, tmp_path):
    settings = load_settings()
    preset = ModelPreset(name="elsewhere", method="lora", checkpoint=checkpoint)
    config, where = architecture(preset, settings)
    counts = count_parameters(meta_network(config, preset, 3))
    assert (counts.parameters, counts.lora, counts.trainable) == (body + 3 * hidden, lora, lora + 3 * hidden)
    assert where.startswith("built-in facts")


@pytest.mark.parametrize(
    ("checkpoint", "parameters"),
    [("ProsusAI/finbert", 109_482_240 + 3 * 769), ("sentence-transformers/all-mpnet-base-v2", 109_486_464 - 768 * 769 + 3 * 769)],
)
def test_encoders_have_their_known_size(checkpoint, parameters):
    preset = ModelPreset(name="elsewhere", method="full", checkpoint=checkpoint)
    counts = count_parameters(meta_network(architecture(preset, load_settings())[0], preset, 3))
    assert counts.parameters == counts.trainable == parameters and counts.lora == 0


def test_the_plan_of_12_billion_parameters_is_quick_and_takes_no_memory():
    program = """
import resource, sys, time
import peft, torch, transformers.models.gemma3.modeling_gemma3
from tweetsent.core.settings import load_settings
from tweetsent.modeling.dry_run import Step
from tweetsent.modeling.preflight import has_bf16
from tweetsent.modeling.planning import plan_training
settings = load_settings()
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
plan = plan_training(settings.preset("gemma3-12b"), settings, 9543, 28.4, 3)
print(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, plan.lora_parameters, plan.weight_bytes)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    seconds, kilobytes, lora, weights = map(float, done.stdout.split())
    print(f"12B: {seconds:.1f} s of processor time, {kilobytes / 1e3:.0f} MB")
    scale = {"darwin": 1e-3}.get(sys.platform, 1)  # bytes there, kilobytes elsewhere
    assert seconds < 20 and kilobytes * scale < 400_000
    assert lora == 5_308_416 and weights == pytest.approx(14.8e9, rel=0.01)


# ---- against a training that happens ----


def expected(kind: str, rows: int, length: int, bf16: bool, checkpointing: bool) -> tuple[int, int, object]:
    "Bytes, operations and the step."
    config, preset = configs(kind)[0], FULL if kind == "minilm" else LORA
    step = Step(config, preset, 3, rows, length, torch.bfloat16 if bf16 else torch.float32, gradient_checkpointing=checkpointing)
    counts = count_parameters(meta_network(config, preset, 3))
    peak = weight_bytes(counts, "none") + counts.trainable * OPTIMIZER_BYTES + max(step_bytes(step)[1], counts.trainable * GRADIENT_BYTES)
    return peak, step_flops(step), step


def measured(*words: object, **environment: str) -> dict:
    command = [sys.executable, "-W", "ignore", str(STEP), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
@pytest.mark.parametrize(("kind", "rows", "length", "bf16", "checkpointing"), [("minilm", 16, 64, 0, 0), ("gemma", 8, 64, 0, 0), ("gemma", 8, 64, 0, 1), ("gemma", 8, 64, 1, 0)])
def test_the_expected_memory_is_within_a_tenth_of_what_a_training_takes(kind, rows, length, bf16, checkpointing):
    if bf16 and not has_bf16():
        pytest.skip("this processor has no bfloat16; emulated it takes a quarter of an hour")
    # The allocator gives freed blocks back at once, so that the resident size is what lives; by default glibc keeps some (see planning.HEAP_SLACK).
    took = measured(kind, rows, length, bf16, checkpointing, MALLOC_MMAP_THRESHOLD_="65536")["bytes"]
    peak = expected(kind, rows, length, bool(bf16), bool(checkpointing))[0]
    print(f"{kind} {rows} x {length} bf16={bf16} checkpointing={checkpointing}: expected {peak / 1e6:.0f} MB, took {took / 1e6:.0f} MB, ratio {took / peak:.3f}")
    assert took == pytest.approx(peak, rel=0.1)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "rows", "length", "bf16"), [("minilm", 16, 32, 0), ("gemma", 4, 32, 0)])
def test_the_expected_time_is_within_its_stated_factor(kind, rows, length, bf16):
    found = measured(kind, rows, length, bf16, 0)
    seconds = expected(kind, rows, length, bool(bf16), False)[1] / (found["rate"] * UTILIZATION)
    print(f"{kind}: expected {seconds:.2f} s a step, took {found['seconds']:.2f} s of processor time, ratio {found['seconds'] / seconds:.2f}")
    assert seconds / TIME_FACTOR <= found["seconds"] <= seconds * TIME_FACTOR
