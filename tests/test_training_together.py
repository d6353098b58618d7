"Two processes share each step and give what one gives; killed and resumed, they end alike; an error reaches the user as a sentence."

import multiprocessing
import os
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

import tiny_checkpoints as tiny  # noqa: E402
from tiny_checkpoints import NAMES, sentences  # noqa: E402

from tweetsent.core.errors import ParameterError, RunError  # noqa: E402
from tweetsent.core.settings import load_settings  # noqa: E402
from tweetsent.evaluation.metrics import score  # noqa: E402
from tweetsent.modeling.training import CURVES, TrainingConfig, fine_tune  # noqa: E402
from tweetsent.pipeline.together import fine_tune_together  # noqa: E402

VALIDATION = sentences(31, seed=2)  # an odd number: one process has a row more than the other
TRAIN = sentences(99, seed=1)  # six whole steps of 16 an epoch and one of 3


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    "A project with FinBERT's tiny checkpoint, without dropout, which two processes draw differently."
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tiny.project_with(root, finbert=lambda folder: tiny.write_finbert(folder, dropout=0.0)))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield root


def recipe(**changes):
    settings = load_settings()
    preset = settings.preset("finbert")
    return preset, TrainingConfig.from_preset(preset, **{"bf16": False, "learning_rate": 5e-3, "num_train_epochs": 4, "evals_per_epoch": 1, "seed": 5} | changes), settings


def together(work: Path, **changes):
    preset, config, settings = recipe(**changes)
    return fine_tune_together(TRAIN, VALIDATION, preset, NAMES, config, work, settings, processes=2)


def curve(result) -> np.ndarray:
    return np.array([[entry["step"], entry["eval_loss"], entry["macro_f1"]] for entry in result.history if "eval_loss" in entry])


def answers(result) -> np.ndarray:
    return result.classifier.predict_proba(VALIDATION["text"].to_list())


def test_two_processes_give_the_numbers_of_one(home, tmp_path):
    preset, config, settings = recipe()
    one = fine_tune(TRAIN, VALIDATION, preset, NAMES, config, tmp_path / "one", settings, partial(score, label_names=NAMES))
    two = together(tmp_path / "two")
    curves, probs = np.abs(curve(one) - curve(two)).max(), np.abs(answers(one) - answers(two)).max()
    print(f"two processes against one: figures differ by {curves:.1e}, answers by {probs:.1e}, best step {two.best['step']}")
    assert curve(one)[-1, 1] < 0.75 * curve(one)[0, 1], f"something was learnt: {curve(one)}"
    assert curves < 1e-4 and probs < 1e-4
    assert two.best["step"] == one.best["step"] and two.stopped_because == one.stopped_because
    assert two.pace.examples_per_second > 0 and two.pace.utilization > 0
    assert list((tmp_path / "two" / CURVES).glob("events.*")), "curves for TensorBoard"


def test_a_batch_that_cannot_be_divided_is_refused_before_anything_starts(home, tmp_path):
    preset, config, settings = recipe()
    with pytest.raises(ParameterError, match="processes is 3, which does not divide per_device_train_batch_size 16"):
        fine_tune_together(TRAIN, VALIDATION, preset, NAMES, config, tmp_path / "odd", settings, processes=3)
    assert not (tmp_path / "odd").exists()


@pytest.mark.long
def test_processes_whose_starter_is_killed_end_and_the_same_call_resumes(home, tmp_path):
    changes, work = {"num_train_epochs": 6}, tmp_path / "killed"
    whole = together(tmp_path / "whole", **changes)
    process = multiprocessing.get_context("spawn").Process(target=together, args=(work,), kwargs=changes)
    process.start()
    while process.is_alive() and not list(work.glob("checkpoint-*/seal.json")):
        time.sleep(0.01)
    assert process.is_alive(), "killed on the way"
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _processes_on(work):
        time.sleep(0.2)
    assert not _processes_on(work), "nobody writes into the folder any more"
    again = together(work, **changes)
    assert again.resumed_from
    assert np.array_equal(curve(again), curve(whole)) and np.abs(answers(again) - answers(whole)).max() < 1e-6


def _processes_on(work: Path) -> list[str]:
    "Processes that were started for this folder."
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # ended while we looked
            continue
    return [line for line in lines if str(work) in line and "together" in line and "spawn" not in line]


@pytest.mark.long
def test_what_breaks_in_a_process_is_told_in_its_own_words(home, tmp_path):
    poisoned = tiny.poisoned(home / "models" / "presets" / "finbert", tmp_path / "poisoned")
    preset, config, settings = recipe()
    with pytest.raises(RunError, match=r"the loss became nan in step \d+, in the batch of the rows .*t37"):
        fine_tune_together(tiny.with_a_rocket(), VALIDATION, preset, NAMES, config, tmp_path / "broken", settings, poisoned, processes=2)
