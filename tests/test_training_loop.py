"When a training stops and which checkpoint it keeps, the same step in fewer or more pieces, a loss that is no number."

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

import polars as pl  # noqa: E402
import tiny_checkpoints as tiny  # noqa: E402
from tiny_checkpoints import NAMES, sentences  # noqa: E402

from tweetsent.core.errors import ParameterError, RunError  # noqa: E402
from tweetsent.core.settings import load_settings  # noqa: E402
from tweetsent.modeling.encoder import load_tokenizer, token_ids  # noqa: E402
from tweetsent.modeling.loop import LengthBatches  # noqa: E402
from tweetsent.modeling.losses import Loss  # noqa: E402
from tweetsent.modeling.training import TrainingConfig, fine_tune  # noqa: E402


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    "A project with FinBERT's and Gamma 3's tiny checkpoints, without dropout; the current folder of this file's tests."
    root = tmp_path_factory.mktemp("project")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tiny.project_with(root, finbert=lambda folder: tiny.write_finbert(folder, dropout=0.0), gamma3=tiny.write_gemma))
        yield root


def train(work: Path, name: str = "finbert", train=None, validation=None, score=None, checkpoint=None, **changes):
    "A preset by its name on separable sentences."
    preset = load_settings().preset(name).model_copy(update={"lora_dropout": 0.0})
    config = TrainingConfig.from_preset(preset, **{"bf16": False, "num_train_epochs": 2, "class_weights": False} | changes)
    train, validation = sentences(96, seed=1) if train is None else train, sentences(30, seed=2) if validation is None else validation
    return fine_tune(train, validation, preset, NAMES, config, work, score=score, checkpoint=checkpoint)


# ---- several figures ----


def told(figures):
    "A score that says what it is told, one evaluation after the other; eval_loss stays the network's own."
    said = iter(figures)
    return lambda probs, label_ids: {"macro_f1": next(said)}


def losses(result) -> list[float]:  # of the evaluations with a checkpoint
    return [entry["eval_loss"] for entry in result.history if "eval_loss" in entry and entry["step"]]


def test_a_figure_that_stands_still_does_not_stop_a_training_whose_loss_still_falls(home, tmp_path):
    options = {"learning_rate": 2e-3, "num_train_epochs": 3, "early_stopping_patience": 2}
    alone = train(tmp_path / "alone", score=told(itertools.repeat(0.5)), **options)
    both = train(tmp_path / "both", score=told(itertools.repeat(0.5)), early_stopping_metrics=("macro_f1", "eval_loss"), **options)
    print("eval_loss:", [round(loss, 3) for loss in losses(both)])
    # the first evaluation is the best so far, two more without a better one are the patience
    assert len(losses(alone)) == 3 and alone.stopped_because == "no better macro_f1 in 2 evaluations"
    assert len(losses(both)) == 6 and both.stopped_because == "all 3 epochs done"
    assert losses(both)[:3] == losses(alone), "the figures that are watched change nothing else"


def test_a_training_stops_when_neither_figure_improves(home, tmp_path):
    validation = sentences(30, seed=2).with_columns(label=pl.Series([NAMES[(i + 1) % 3] for i in range(30)]))  # each label said wrong: the better it learns, the worse
    figures = [0.1, 0.2, 0.3, 0.4, 0.3, 0.3, 0.9]  # the first is asked before the first step
    options = {"learning_rate": 5e-3, "num_train_epochs": 6, "early_stopping_patience": 2, "early_stopping_metrics": ("macro_f1", "eval_loss")}
    result = train(tmp_path / "w", validation=validation, score=told(figures), **options)
    found = losses(result)
    print("eval_loss:", [round(loss, 3) for loss in found])
    assert found[0] < min(found[2:]) and found[1] < min(found[3:]), "the loss rises"
    assert len(found) == 5 and result.stopped_because == "no better macro_f1 or eval_loss in 2 evaluations"
    assert result.best["macro_f1"] == 0.4 and result.best["step"] == 9, "the third evaluation: half an epoch is three steps"


def test_the_checkpoint_kept_is_the_best_by_the_first_figure_and_ties_go_to_the_second(home, tmp_path):
    figures = [0.1, 0.5, 0.7, 0.7, 0.6]
    validation = sentences(30, seed=2)
    options = {"learning_rate": 5e-3, "early_stopping_metrics": ("macro_f1", "eval_loss")}
    result = train(tmp_path / "w", validation=validation, score=told(figures), **options)
    second, third = losses(result)[1:3]
    assert third < second and result.best["step"] == 9, "of the two with .7 the one with the lower loss, which is the later"
    probs = result.classifier.predict_proba(validation["text"].to_list())
    by_hand = -np.log(probs[np.arange(30), [NAMES.index(label) for label in validation["label"]]]).mean()
    assert by_hand == pytest.approx(third, abs=1e-5), "and the classifier is that checkpoint's"


def test_a_figure_nobody_computes_is_refused_by_name():
    with pytest.raises(ParameterError, match=r"early_stopping_metrics: 'f1' is not one of \['macro_f1', 'weighted_f1'"):
        TrainingConfig(early_stopping_metrics=("f1",))


# ---- the same step in pieces ----


def test_a_step_in_two_pieces_has_the_same_rows():
    lengths = np.random.default_rng(0).integers(3, 40, size=101)
    whole, pieces = LengthBatches(lengths, 16, seed=3), LengthBatches(lengths, 8, seed=3, pieces=2)
    halves = list(pieces)
    assert whole.steps == pieces.steps == 7 and len(halves) == 13  # 101 = 6 * 16 + 5
    assert [sorted(halves[2 * i] + (halves[2 * i + 1] if 2 * i + 1 < 13 else [])) for i in range(7)] == [sorted(rows) for rows in whole]


@pytest.mark.parametrize("changes", [{}, {"r_drop": 1.0, "class_weights": True}], ids=["plain", "r_drop and class weights"])
@pytest.mark.parametrize("name", ["finbert", "gamma3"])
def test_two_batches_of_eight_are_one_batch_of_sixteen(home, tmp_path, name, changes):
    options = {"learning_rate": 1e-3, "num_train_epochs": 1, **changes}
    rows = sentences(85, seed=1)  # the last step is a ragged one of 5
    whole = train(tmp_path / "whole", name, rows, per_device_train_batch_size=16, **options)
    pieces = train(tmp_path / "pieces", name, rows, per_device_train_batch_size=8, gradient_accumulation_steps=2, **options)
    assert [entry["step"] for entry in whole.history] == [entry["step"] for entry in pieces.history] and whole.best["step"] == pieces.best["step"]
    before, after = (dict(result.classifier.network.named_parameters()) for result in (whole, pieces))
    # A key's bias shifts all scores of a query alike, so its true gradient is 0: what moves it is rounding, and Adam blows that up to full steps.
    moved = {key: float((before[key] - after[key]).detach().abs().max()) for key in before if not key.endswith("key.bias")}
    print(f"{name}: weights differ by up to {max(moved.values()):.1g}")
    assert max(moved.values()) <= 1e-6
    for one, other in zip(whole.history, pieces.history, strict=True):  # the share of the epoch is counted in batches, so a ragged end shows in it
        assert one.keys() == other.keys() and all(one[key] == pytest.approx(other[key], abs=1e-4) for key in one if key != "epoch")


def test_the_loss_of_pieces_adds_up_to_the_loss_of_the_step():
    chance = torch.Generator().manual_seed(0)
    first, second, shares = torch.randn(6, 3, generator=chance), torch.randn(6, 3, generator=chance), torch.eye(3)[[0, 1, 2, 0, 1, 2]]
    loss = Loss(torch.tensor([2.0, 1.0, 0.5]), focal_gamma=1.0, label_smoothing=0.1, r_drop=0.7)

    def of(rows: slice) -> torch.Tensor:
        return loss(torch.cat([first[rows], second[rows]]), torch.cat([shares[rows]] * 2), n_step=12)

    whole = loss(torch.cat([first, second]), torch.cat([shares] * 2))
    assert float(of(slice(0, 4)) + of(slice(4, 6))) == pytest.approx(float(whole), rel=1e-6)


# ---- no number ----


@pytest.fixture
def poisoned(home, tmp_path) -> Path:
    "FinBERT whose vector of one word is infinite."
    return tiny.poisoned(home / "models" / "presets" / "finbert", tmp_path / "poisoned")


@pytest.mark.parametrize("options", [{}, {"gradient_accumulation_steps": 2, "per_device_train_batch_size": 8}, {"r_drop": 1.0}], ids=["plain", "in pieces", "r_drop"])
def test_a_loss_that_is_no_number_names_its_step_and_its_tweets(poisoned, tmp_path, options):
    rows = tiny.with_a_rocket()
    size, pieces = options.get("per_device_train_batch_size", 16), options.get("gradient_accumulation_steps", 1)
    lengths = [len(row) for row in token_ids(rows["text"].to_list(), load_tokenizer(poisoned), 128)]
    number, piece = next((i, piece) for i, piece in enumerate(LengthBatches(lengths, size, 13, pieces)) if 37 in piece)
    assert number >= pieces, "some steps go well before"
    with pytest.raises(RunError) as caught:
        train(tmp_path / "w", train=rows, checkpoint=poisoned, num_train_epochs=1, **options)
    message = str(caught.value)
    print(message)
    assert message.startswith(f"the loss became nan in step {number // pieces + 1}, in the batch of the rows ")
    named = message.split("the rows ")[1].split(";")[0].split(", ")
    assert named == [f"t{row}" for row in piece] and "t37" in named
    assert message.endswith("look at these rows, or train with a smaller learning_rate or with dtype float32")


def test_no_checkpoint_of_a_broken_training_is_taken_for_a_result(poisoned, tmp_path):
    rows = tiny.with_a_rocket()
    for _ in range(2):
        with pytest.raises(RunError, match="the loss became nan"):
            train(tmp_path / "w", train=rows, checkpoint=poisoned, num_train_epochs=1)
    sealed = [json.loads(path.read_text()) for path in (tmp_path / "w").glob("checkpoint-*/seal.json")]
    assert not any(seal["finished"] for seal in sealed)
