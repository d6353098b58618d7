"kill -9 in training: the same command resumes and ends with the same weights, history and metrics."

import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "up", "down", "flat", "stock", "the", "is", "very", "not"]
# 197 rows in batches of 8 are 25 steps: 3 epochs make 6 evaluations, each with a checkpoint.
RECIPE = {"learning_rate": 2e-3, "num_train_epochs": 3, "per_device_train_batch_size": 8, "early_stopping_patience": 9, "bf16": False, "seed": 5}


def train(folder: Path, name: str, changes: dict, file_limit: int | None) -> None:
    "Runs in a process of its own: fine-tune into work-<name>, then tell the outcome in <name>.json; the error in <name>.err."
    import polars as pl

    from tweetsent.core.settings import ModelPreset
    from tweetsent.modeling.training import TrainingConfig, fine_tune

    sys.stdout, sys.stderr = (folder / f"{name}.out").open("w"), (folder / f"{name}.err").open("w")
    torch.set_num_threads(1)
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    preset = ModelPreset(name="tiny", method="full", checkpoint=str(folder / "tiny"))
    frames = [pl.read_ndjson(folder / f"{part}.jsonl") for part in ("train", "validation")]
    result = fine_tune(*frames, preset, ("bearish", "neutral", "bullish"), TrainingConfig(**RECIPE | changes), folder / f"work-{name}")
    probs = result.classifier.predict_proba(frames[1]["text"].to_list()).tolist()
    facts = {"history": result.history, "best": result.best, "version": result.classifier.version, "probs": probs}
    facts |= {"resumed_from": result.resumed_from, "stopped_because": result.stopped_because}
    (folder / f"{name}.json").write_text(json.dumps(facts))


def write_rows(path: Path, n: int, seed: int) -> None:
    rows = random.Random(seed)
    labels = {"down": "bearish", "flat": "neutral", "up": "bullish"}
    with path.open("w") as file:
        for _ in range(n):
            word = rows.choice(list(labels))
            noise = rows.choices(["stock", "the", "is", "very", "not", *labels], k=rows.randint(1, 9))
            file.write(json.dumps({"text": " ".join([*noise, word]), "label": labels[word]}) + "\n")


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("job")
    (folder / "tiny").mkdir()
    (folder / "tiny" / "vocab.txt").write_text("\n".join(WORDS))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(WORDS), **sizes)).save_pretrained(folder / "tiny")
    BertTokenizerFast.from_pretrained(folder / "tiny").save_pretrained(folder / "tiny")
    write_rows(folder / "train.jsonl", 197, seed=1)
    write_rows(folder / "validation.jsonl", 60, seed=2)
    return folder


# Each training is a process that can be killed; a server that has torch loaded already forks them, so that a start costs milliseconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tweetsent.modeling.training", "tweetsent.modeling.loop", "tweetsent.modeling.network"])


def start(job: Path, name: str, changes: dict | None = None, file_limit: int | None = None):
    process = PROCESSES.Process(target=train, args=(job, name, changes or {}, file_limit))
    process.start()
    return process


def wait(process) -> int:
    process.join(120)
    assert process.exitcode is not None, "the training hangs"
    return process.exitcode


def finish(job: Path, name: str, changes: dict | None = None) -> dict:
    code = wait(start(job, name, changes))
    assert code == 0, (job / f"{name}.err").read_text()[-2000:]
    assert (job / f"{name}.out").read_text() == "", "training prints nothing on standard output"
    return json.loads((job / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def whole(job) -> dict:
    return finish(job, "whole")


def end_when(process, ready, delay: float = 0.0, number: int = signal.SIGKILL) -> bool:
    "Send a signal once `ready()` holds and `delay` seconds have passed; False when the training ended before."
    while process.is_alive() and not ready():
        time.sleep(0.001)
    time.sleep(delay)
    alive = process.is_alive()
    if alive:
        os.kill(process.pid, number)
    wait(process)
    return alive


def same(found: dict, expected: dict) -> None:
    keys = ("history", "best", "version", "probs", "stopped_because")
    assert {key: found[key] for key in keys} == {key: expected[key] for key in keys}


def checkpoints(job: Path, name: str, part: str = "") -> set[str]:
    return {str(path) for path in (job / f"work-{name}").glob(f"checkpoint-*/{part}" if part else "checkpoint-*")}


def test_five_kills_in_a_row_end_with_the_same_weights_history_and_metrics(job, whole):
    chance, kills = random.Random(3), 0
    for _ in range(5):  # a checkpoint begins to be written: kill somewhere in or after the writing
        seen = checkpoints(job, "killed")
        process = start(job, "killed")
        kills += end_when(process, lambda seen=seen: checkpoints(job, "killed") - seen, chance.uniform(0, 0.05))
    resumed = finish(job, "killed")
    assert kills >= 4, "the trainings were killed, not finished"
    assert resumed["resumed_from"], "it went on instead of starting again"
    same(resumed, whole)


def test_a_kill_before_the_first_checkpoint_starts_again(job, whole):
    process = start(job, "early")
    assert end_when(process, (job / "work-early" / "job.json").exists)
    same(finish(job, "early"), whole)


def test_a_torn_newest_checkpoint_is_passed_over(job, whole):
    shutil.copytree(job / "work-whole", job / "work-torn")
    newest = max((job / "work-torn").glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    state = (newest / "optimizer.pt").read_bytes()
    (newest / "optimizer.pt").write_bytes(state[:-100])
    torn = finish(job, "torn")
    assert torn["resumed_from"] != newest.name
    same(torn, whole)


def test_early_stopping_survives_a_kill_with_its_patience(job):
    changes = {"early_stopping_patience": 2, "num_train_epochs": 8, "learning_rate": 0.02, "evals_per_epoch": 3}
    expected = finish(job, "patient", changes)
    assert expected["stopped_because"] == "no better macro_f1 in 2 evaluations"
    process = start(job, "hasty", changes)
    end_when(process, lambda: len(checkpoints(job, "hasty", "seal.json")) >= 2, 0.01)
    same(finish(job, "hasty", changes), expected)
    again = finish(job, "hasty", changes)
    same(again, expected)
    assert again["resumed_from"], "asked again, it hands out the result without training"


def test_another_seed_is_refused_in_the_same_folder(job, whole):
    assert wait(start(job, "whole", {"seed": 6})) != 0
    error = (job / "whole.err").read_text()
    assert "RunError" in error and "holds an interrupted training with other settings: seed (was 5, now 6)" in error


def test_another_seed_gives_another_result(job, whole):
    assert finish(job, "seed6", {"seed": 6})["history"] != whole["history"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(job):
    assert wait(start(job, "full", file_limit=60_000)) != 0  # bytes a file: the tiny weights are larger
    error = (job / "full.err").read_text().strip().splitlines()[-1]
    assert error.startswith("tweetsent.core.errors.StorageError: ") and error.endswith("then run the same command again")
    assert not checkpoints(job, "full", "seal.json")


def test_ctrl_c_leaves_a_state_that_resumes(job, whole):
    process = start(job, "interrupted")
    if end_when(process, lambda: checkpoints(job, "interrupted", "seal.json"), number=signal.SIGINT):
        assert "KeyboardInterrupt" in (job / "interrupted.err").read_text()
    same(finish(job, "interrupted"), whole)


def test_fresh_leaves_a_running_training_of_the_same_job_alone(tmp_path, monkeypatch):
    from tweetsent.core.errors import RunError
    from tweetsent.core.files import folder_lock
    from tweetsent.core.settings import read_settings
    from tweetsent.modeling import training
    from tweetsent.pipeline import training_run
    from tweetsent.pipeline.training_config import TrainConfig
    from tweetsent.pipeline.training_data import load_training_data

    settings, config = read_settings(tmp_path), TrainConfig(data="sample", model="minilm", fresh=True, max_train_examples=50)
    data = load_training_data(config, settings)
    work = training_run.job_folder(config, data, settings)
    (work / "checkpoint-1").mkdir(parents=True)
    monkeypatch.setattr(training_run, "folder_lock", lambda folder: folder_lock(folder, patience=0.2))
    with folder_lock(work):
        with pytest.raises(RunError, match="is in use by process"):
            training_run.train_once(config, data, settings)
        assert (work / "checkpoint-1").is_dir()

    def found(*given, **named):
        raise RunError(f"{sorted(path.name for path in work.iterdir())}")

    monkeypatch.setattr(training, "fine_tune", found)
    with pytest.raises(RunError, match=r"^\['\.lock'\]$"):
        training_run.train_once(config, data, settings)
