"""Train a few steps for real and print what they took: `python planned_step.py KIND ROWS LENGTH BF16(0|1) CHECKPOINTING(0|1)` -> one JSON line."""

import gc
import json
import sys
import threading
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForSequenceClassification

from tweetsent.core.settings import load_settings
from tweetsent.modeling.network import MeanPoolingClassifier
from tweetsent.modeling.planning import matmul_rate

PAGE = 4096
LORA = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "target_modules": ["q_proj", "v_proj"]}


def configs(kind: str):
    "The architecture, and a tiny one of the same kind that warms the libraries up."
    if kind == "minilm":
        config = AutoConfig.for_model("bert", vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, num_labels=3)
        return config, AutoConfig.for_model("bert", vocab_size=100, hidden_size=24, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=3)
    shared = {"architectures": ["Gemma3ForCausalLM"], "head_dim": 64, "pad_token_id": 0, "num_labels": 3, "num_key_value_heads": 1}
    config = AutoConfig.for_model("gemma3_text", vocab_size=40_000, hidden_size=512, num_hidden_layers=12, num_attention_heads=4, intermediate_size=2048, **shared)
    return config, AutoConfig.for_model("gemma3_text", vocab_size=100, hidden_size=32, num_hidden_layers=1, num_attention_heads=1, intermediate_size=32, **shared)


def build(config, checkpointing: bool):
    "The network as training starts from it."
    if config.model_type == "bert":
        network = MeanPoolingClassifier(config)
    else:
        from peft import LoraConfig, get_peft_model

        network = get_peft_model(AutoModelForSequenceClassification.from_config(config, dtype=torch.float32), LoraConfig(task_type="SEQ_CLS", **LORA))
    if checkpointing:
        network.config.use_cache = False
        network.enable_input_require_grads()
        network.activation_checkpointing_enable({"use_reentrant": False})
    return network.train()


def train(network, rows: int, length: int, bf16: bool, steps: int) -> list[float]:
    "Processor seconds of each step: other work on the machine does not count."
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], fused=True)
    ids, labels, seconds = torch.randint(1, 99, (rows, length)), torch.zeros(rows, dtype=torch.long), []
    for _ in range(steps):
        started = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.process_time() - started)
    return seconds


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


class Peak(threading.Thread):
    "The highest resident size while it runs, looked at every 2 ms."

    def __init__(self):
        super().__init__(daemon=True)
        self.bytes, self.done = 0, threading.Event()

    def run(self):
        while not self.done.wait(0.002):
            self.bytes = max(self.bytes, resident())


def main() -> None:
    kind, rows, length, bf16, checkpointing = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1", sys.argv[5] == "1"
    load_settings()
    config, tiny = configs(kind)
    train(build(tiny, checkpointing), 2, 8, bf16, 2)
    gc.collect()
    before, peak = resident(), Peak()
    peak.start()
    seconds = train(build(config, checkpointing), rows, length, bf16, 4)
    peak.done.set()
    peak.join()
    dtype = torch.bfloat16 if bf16 else torch.float32
    rate = matmul_rate(rows * length, config.hidden_size, config.intermediate_size, dtype)
    print(json.dumps({"bytes": peak.bytes - before, "seconds": sorted(seconds[1:])[1], "rate": rate}))


if __name__ == "__main__":
    main()
