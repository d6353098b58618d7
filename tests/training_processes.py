"Trainings in processes of their own, which can be killed: a server that has torch loaded already forks them, so that a start costs milliseconds."

import json
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tweetsent.modeling.training", "tweetsent.modeling.loop", "tweetsent.modeling.network", "tweetsent.modeling.adapters"])


def train(project: Path, name: str, preset_name: str, changes: dict, n_rows: int) -> None:
    "Fine-tune a preset of the project into work-<name>, then tell the outcome in <name>.json; the error in <name>.err."
    sys.stdout, sys.stderr = (project / f"{name}.out").open("w"), (project / f"{name}.err").open("w")
    os.chdir(project)
    import torch
    from tiny_checkpoints import NAMES, sentences

    from tweetsent.core.ids import file_sha256
    from tweetsent.core.settings import load_settings
    from tweetsent.modeling.training import TrainingConfig, fine_tune

    torch.set_num_threads(1)
    preset, validation, work = load_settings().preset(preset_name), sentences(45, seed=2), project / f"work-{name}"
    config = TrainingConfig.from_preset(preset, **{"bf16": False, "seed": 5} | changes)
    result = fine_tune(sentences(n_rows, seed=1), validation, preset, NAMES, config, work)
    weights = sorted((work / f"checkpoint-{result.best['step']}").glob("*.safetensors"))
    facts = {"history": result.history, "best": result.best, "version": result.classifier.version, "stopped_because": result.stopped_because}
    facts |= {"probs": result.classifier.predict_proba(validation["text"].to_list()).tolist(), "weights": {path.name: file_sha256(path) for path in weights}}
    (project / f"{name}.json").write_text(json.dumps(facts | {"resumed_from": result.resumed_from}))


def start(project: Path, name: str, preset_name: str, changes: dict, n_rows: int = 90):
    process = PROCESSES.Process(target=train, args=(project, name, preset_name, changes, n_rows))
    process.start()
    return process


def wait(process) -> int:
    process.join(120)
    assert process.exitcode is not None, "the training hangs"
    return process.exitcode


def finish(project: Path, name: str, preset_name: str, changes: dict, n_rows: int = 90) -> dict:
    code = wait(start(project, name, preset_name, changes, n_rows))
    assert code == 0, (project / f"{name}.err").read_text()[-2000:]
    return json.loads((project / f"{name}.json").read_text())


def kill_when(process, ready, delay: float = 0.0) -> bool:
    "kill -9 once `ready()` holds and `delay` seconds have passed; False when the training ended before."
    while process.is_alive() and not ready():
        time.sleep(0.001)
    time.sleep(delay)
    alive = process.is_alive()
    if alive:
        os.kill(process.pid, signal.SIGKILL)
    wait(process)
    return alive


def checkpoints(project: Path, name: str, part: str = "") -> set[str]:
    return {str(path) for path in (project / f"work-{name}").glob(f"checkpoint-*/{part}" if part else "checkpoint-*")}


def same(found: dict, expected: dict) -> None:
    keys = ("history", "best", "version", "weights", "probs", "stopped_because")
    assert {key: found[key] for key in keys} == {key: expected[key] for key in keys}
