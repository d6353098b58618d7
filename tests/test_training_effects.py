"What each loss and option exists for: with it a network learns something that it does not learn without it."

import itertools
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tweetsent[train]")

import polars as pl  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from tweetsent.core.settings import ModelPreset  # noqa: E402
from tweetsent.modeling.layers import layer_depths  # noqa: E402
from tweetsent.modeling.training import TrainingConfig, fine_tune  # noqa: E402

NAMES = ("bearish", "neutral", "bullish")
FIVE = ("strongly_bearish", "bearish", "neutral", "bullish", "strongly_bullish")
SIGNS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SIGNS, "up", "down", "flat", "mixed", "maybe", "the", "stock", "is", "very", "today", "$", "aapl", "tsla", "|", "soars", "plunges", "while", "and"]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> dict[float, Path]:
    "Tiny BERTs, by the spread of their random weights, without a head and without dropout: what is seen below comes from the loss and the rows."
    from transformers import BertConfig, BertModel

    torch.set_num_threads(1)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64}
    drops, folders = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}, {}
    for spread in (0.1, 0.2):
        folders[spread] = tmp_path_factory.mktemp("tiny")
        (folders[spread] / "vocab.txt").write_text("\n".join(WORDS))
        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(WORDS), initializer_range=spread, **sizes, **drops)
        BertModel(config, add_pooling_layer=False).save_pretrained(folders[spread])
    return folders


@pytest.fixture
def learn(checkpoints, tmp_path):
    "Fine-tune a tiny network on a table; the same seed unless told otherwise."
    numbers = itertools.count()

    def call(rows: pl.DataFrame, names=NAMES, spread=0.1, last=False, **changes):
        preset = ModelPreset(name="tiny", method="full", checkpoint=str(checkpoints[spread]))
        usual = {"learning_rate": 3e-3, "num_train_epochs": 4, "evals_per_epoch": 1, "per_device_train_batch_size": 16, "early_stopping_patience": 99}
        usual |= {"bf16": False, "class_weights": False, "early_stopping_metrics": ("macro_f1",) if last else ("eval_loss",)}
        later = itertools.count()  # a figure that rises all the time keeps the last checkpoint: what the loss itself leads to
        score = (lambda probs, label_ids: {"macro_f1": float(next(later))}) if last else None
        return fine_tune(rows, rows.head(40), preset, names, TrainingConfig(**usual | changes), tmp_path / f"work-{next(numbers)}", score=score)

    return call


def noise(chance: random.Random, least: int = 1, most: int = 4) -> list[str]:
    return chance.choices(["the", "stock", "is", "very", "today"], k=chance.randint(least, most))


def said(word: str, chance: random.Random) -> str:
    words = noise(chance)
    words.insert(chance.randint(0, len(words)), word)
    return " ".join(words)


# ---- labels that annotators did not agree on ----


VOTES = {"up": (0.0, 0.2, 0.8), "down": (0.7, 0.3, 0.0), "mixed": (0.4, 0.2, 0.4), "flat": (0.1, 0.6, 0.3), "maybe": (0.1, 0.4, 0.5)}


def voted(n: int, seed: int) -> pl.DataFrame:
    "Ten votes a tweet, drawn from what its word is worth; the label is the majority's."
    chance, draws, rows = random.Random(seed), np.random.default_rng(seed), []
    for number in range(n):
        word = list(VOTES)[number % len(VOTES)]
        votes = draws.multinomial(10, VOTES[word])
        rows.append({"text": said(word, chance), "label": NAMES[votes.argmax()], "label_shares": (votes / 10).tolist()})
    return pl.DataFrame(rows)


def log_loss(result, rows: pl.DataFrame) -> float:  # against vote shares
    probs = result.classifier.predict_proba(rows["text"].to_list())
    return float(-(np.array(rows["label_shares"].to_list()) * np.log(np.clip(probs, 1e-9, 1))).sum(axis=1).mean())


def test_vote_shares_teach_how_unsure_people_are(learn):
    train, held_out = voted(160, seed=1), voted(100, seed=2)
    least = -np.mean([sum(share * np.log(share) for share in shares if share) for shares in VOTES.values()])
    for seed in (1, 2):
        soft, hard = (log_loss(learn(rows, seed=seed, spread=0.2), held_out) for rows in (train, train.drop("label_shares")))
        print(f"seed {seed}: log loss on held-out votes {soft:.3f} with shares, {hard:.3f} with majorities, {least:.3f} at best")
        assert soft < least + 0.1 and soft < hard - 0.05


# ---- labels in an order ----


def graded(n: int, seed: int) -> pl.DataFrame:
    "Six words up or down a tweet; how many are up makes the label: 0-1, 2, 3, 4, 5-6."
    chance, rows = random.Random(seed), []
    for _ in range(n):
        ups = chance.randint(0, 6)
        words = ["up"] * ups + ["down"] * (6 - ups)
        chance.shuffle(words)
        rows.append({"text": " ".join(words), "label": FIVE[min(max(ups - 1, 0), 4)]})
    return pl.DataFrame(rows)


def steps_off(result, rows: pl.DataFrame) -> float:  # mean absolute error
    found = result.classifier.predict_proba(rows["text"].to_list()).argmax(axis=1)
    return float(np.abs(found - [FIVE.index(label) for label in rows["label"]]).mean())


def test_the_ordinal_head_is_less_far_off_with_few_rows(learn):
    test, errors = graded(200, seed=99), {"softmax": [], "cumulative": []}
    for seed in (1, 2, 3):
        rows = graded(20, seed)
        for head, found in errors.items():
            found.append(steps_off(learn(rows, names=FIVE, head=head, seed=seed, num_train_epochs=8, per_device_train_batch_size=4, learning_rate=1e-3), test))
    print(f"steps off, 20 rows, three seeds: {errors}")
    assert np.mean(errors["cumulative"]) < np.mean(errors["softmax"]) - 0.05


# ---- about whom ----


def about_two(n: int, seed: int) -> pl.DataFrame:
    "Two tickers in a text, each of which soars or plunges; a row a target, with the label that is true of it."
    chance, rows = random.Random(seed), []
    for _ in range(n // 2):
        ways = [chance.choice(["soars", "plunges"]) for _ in range(2)]
        text = " ".join([*noise(chance, 0, 2), f"AAPL {ways[0]} while TSLA {ways[1]}"])
        rows += [{"text": text, "target": who, "label": "bullish" if way == "soars" else "bearish"} for who, way in zip(("AAPL", "TSLA"), ways, strict=True)]
    return pl.DataFrame(rows)


def test_with_targets_a_model_answers_about_the_ticker_asked_for(learn):
    train, held_out = about_two(240, seed=1), about_two(160, seed=2)
    held_out = held_out.filter(pl.col("label").n_unique().over(pl.int_range(pl.len()) // 2) == 2)  # the texts with opposite labels
    assert len(held_out) >= 60
    truth = np.array([NAMES.index(label) for label in held_out["label"]])
    accuracy = {}
    for way, rows in (("with targets", train), ("without", train.drop("target"))):
        model = learn(rows, spread=0.2, num_train_epochs=14 if way == "with targets" else 2).classifier
        assert model.reads_targets == (way == "with targets")
        accuracy[way] = (model.predict_proba(held_out["text"].to_list(), held_out["target"].to_list()).argmax(axis=1) == truth).mean()
    print(f"accuracy on opposite labels in one text: {accuracy}")
    assert accuracy["with targets"] > 0.9
    assert accuracy["without"] <= 0.5, "the same text gets the same answer, and that is right for one of its two targets at most"


# ---- what a wrong answer costs ----


def mixture(seed: int, bearish: int, of: int) -> pl.DataFrame:
    "120 rows that say 'up' and are bullish, and some 'maybe' of which a share is bearish and the rest bullish: nothing else to tell them apart by."
    rows = [{"text": "the stock is up", "label": "bullish"}] * 120
    rows += [{"text": "the stock is maybe", "label": "bearish" if i < bearish else "bullish"} for i in range(of)]
    random.Random(seed).shuffle(rows)
    return pl.DataFrame(rows)


def maybe(result) -> float:  # probability of bearish when the text says maybe
    return float(result.classifier.predict_proba(["the stock is maybe"])[0, 0])


# Bearish is 24 of 60 'maybe' and 24 of all 180 rows: weights 1/sqrt(24) against 1/sqrt(156), so .4 becomes
# .4 w / (.4 w + .6) with w = sqrt(156 / 24) = 2.55, which is .63.
def test_class_weights_lift_the_rare_label_as_far_as_computed_by_hand(learn):
    rows = mixture(1, 24, 60)
    plain, weighted = (maybe(learn(rows, class_weights=weights, num_train_epochs=8, last=True)) for weights in (False, True))
    print(f"p(bearish | maybe): {plain:.2f} plain (.40 by hand), {weighted:.2f} weighted (.63 by hand)")
    assert plain == pytest.approx(0.40, abs=0.09) and weighted == pytest.approx(0.63, abs=0.09)
    assert plain < 0.5 < weighted, "the answer changes"


def test_focal_loss_is_less_sure_of_what_is_mostly_right(learn):
    rows, share = mixture(1, 15, 60), 0.25
    p = np.linspace(0.001, 0.999, 999)  # of bearish; what minimises the focal loss of a label that is bearish with this share
    by_hand = p[np.argmin(-share * (1 - p) ** 2 * np.log(p) - (1 - share) * p**2 * np.log(1 - p))]
    plain, focal = (maybe(learn(rows, focal_gamma=gamma, num_train_epochs=8, last=True)) for gamma in (0.0, 2.0))
    print(f"p(bearish | maybe): {plain:.2f} plain (.25 by hand), {focal:.2f} focal ({by_hand:.2f} by hand)")
    assert plain == pytest.approx(0.25, abs=0.08) and focal == pytest.approx(by_hand, abs=0.08) and focal > plain + 0.08


def test_label_smoothing_keeps_a_model_from_being_certain(learn):
    rows = pl.DataFrame([{"text": f"the stock is {word}", "label": label} for word, label in (("up", "bullish"), ("down", "bearish")) for _ in range(60)])
    plain, smooth = (float(learn(rows, label_smoothing=share, num_train_epochs=8, last=True).classifier.predict_proba(["the stock is up"])[0, 2]) for share in (0.0, 0.3))
    print(f"p(bullish | up): {plain:.3f} plain, {smooth:.3f} smoothed (1 - .3 + .3 / 3 = .8 by hand)")
    assert plain > 0.95 and smooth == pytest.approx(0.8, abs=0.05)


# ---- how fast each layer may move ----


def moves(result, checkpoint: Path) -> tuple[dict[str, float], dict[str, int]]:
    "How far each pretrained tensor has moved (mean absolute change), and how high it stands."
    before = {f"encoder.{name}": tensor for name, tensor in load_file(checkpoint / "model.safetensors").items()}
    after = result.classifier.network.state_dict()
    return {name: float((after[name] - tensor).abs().mean()) for name, tensor in before.items()}, layer_depths(list(after))


def test_with_layer_decay_lower_layers_move_less(learn, checkpoints):
    rows = mixture(1, 30, 60)
    options = {"num_train_epochs": 1, "weight_decay": 0.0, "learning_rate": 1e-3}
    far = {}
    for decay in (1.0, 0.5):
        moved, depths = moves(learn(rows, layer_decay=decay, **options), checkpoints[0.1])
        matrices = [name for name in moved if ".layer." in name and name.endswith("weight") and "LayerNorm" not in name]
        far[decay] = [np.mean([moved[name] for name in matrices if depths[name] == depth]) for depth in (1, 2)]
    print(f"mean move of layers 1 and 2: {far}")
    # the head stands at depth 3, so layer 2 learns at half and layer 1 at a quarter of its rate; Adam's steps are as long as the rate
    assert far[0.5][0] == pytest.approx(far[1.0][0] / 4, rel=0.3) and far[0.5][1] == pytest.approx(far[1.0][1] / 2, rel=0.3)


def test_frozen_word_vectors_stay_bit_for_bit(learn, checkpoints):
    rows = mixture(1, 30, 60)
    for frozen in (True, False):
        moved, _ = moves(learn(rows, freeze_embeddings=frozen, num_train_epochs=1), checkpoints[0.1])
        assert (moved["encoder.embeddings.word_embeddings.weight"] == 0) == frozen
        assert moved["encoder.encoder.layer.0.output.dense.weight"] > 0 and moved["encoder.embeddings.position_embeddings.weight"] > 0


def test_frozen_layers_and_all_below_them_stay_bit_for_bit(learn, checkpoints):
    moved, depths = moves(learn(mixture(1, 30, 60), freeze_layers=1, num_train_epochs=1), checkpoints[0.1])
    assert {depths[name] for name, far in moved.items() if far == 0} >= {0, 1} and all(far == 0 for name, far in moved.items() if depths[name] <= 1)
    assert moved["encoder.encoder.layer.1.output.dense.weight"] > 0
