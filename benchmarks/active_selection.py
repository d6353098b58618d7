"""How many labels does choosing save? Twitter Financial News: the curve of macro-F1 over labels, chosen by uncertainty against drawn at random.

    TWEETSENT_EVAL_DATA=... python benchmarks/active_selection.py [--model tfidf probe] [--measures margin entropy] [--seeds 0 1 2]

Each seed starts from the same 400 random training rows and buys batches of 200. `tfidf` is the project's baseline; `probe` is logistic regression on frozen mean-pooled
minilm vectors (needs the `train` extra; one minute of embedding). Scored on the validation file, which takes no part in any choice. Printed: the curve (mean of the seeds), the
number of labels at which the mean curve reaches the mean of 4,000 random labels (linear between points), and the paired difference of 2,400 chosen against 4,000 random labels
with a bootstrap interval over validation rows.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from tweetsent.labeling.resampling import bootstrap  # noqa: E402
from tweetsent.labeling.selection import next_batch, should_stop  # noqa: E402
from tweetsent.modeling.tfidf import fit_tfidf  # noqa: E402

NAMES = ("bearish", "neutral", "bullish")
START, BATCH, CHOSEN, RANDOM = 400, 200, 2_400, 4_000
RANDOM_STEPS = (1_000, 1_600, 2_400, 3_200, RANDOM)
Scorer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # training rows -> probabilities of all training rows, of the validation rows


def tfns(part: str) -> tuple[list[str], np.ndarray]:
    "Texts and label ids of a file."
    frame = pl.read_csv(Path(os.environ["TWEETSENT_EVAL_DATA"]) / "tfns" / f"{part}.csv", columns=["text", "label"])
    return frame["text"].to_list(), frame["label"].str.to_lowercase().replace_strict(list(NAMES), range(3), return_dtype=pl.Int64).to_numpy()


def embedded(texts: list[str]) -> np.ndarray:
    "Unit vectors: the mean of minilm's token vectors."
    import torch
    from transformers import AutoModel

    from tweetsent.core.settings import load_settings
    from tweetsent.modeling.encoder import batches_by_length, load_tokenizer, pad_batch, token_ids
    from tweetsent.modeling.network import quiet_transformers
    from tweetsent.modeling.zoo import resolve_weights

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    settings = load_settings()
    checkpoint = resolve_weights(settings.preset("minilm"), settings.models_dir)
    with quiet_transformers():
        tokenizer, network = load_tokenizer(checkpoint), AutoModel.from_pretrained(checkpoint).eval()
    rows = token_ids(texts, tokenizer, 128)
    vectors = np.zeros((len(rows), network.config.hidden_size), np.float32)
    with torch.no_grad():
        for places in batches_by_length(rows, 64):
            input_ids, mask = map(torch.from_numpy, pad_batch([rows[i] for i in places], tokenizer.pad_token_id or 0))
            states = network(input_ids=input_ids, attention_mask=mask).last_hidden_state
            vectors[places] = ((states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)).numpy()
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def scorer(model: str, texts: list[str], labels: np.ndarray, valid_texts: list[str]) -> Scorer:
    "Training of one model, as a function of the rows it may see."
    if model == "tfidf":

        def fit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            classifier = fit_tfidf([texts[i] for i in rows], labels[rows], NAMES)
            return classifier.predict_proba(texts), classifier.predict_proba(valid_texts)

        return fit
    from sklearn.linear_model import LogisticRegression

    train, valid = 3 * embedded(texts), 3 * embedded(valid_texts)

    def probe(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        regression = LogisticRegression(C=30, class_weight="balanced", max_iter=300).fit(train[rows], labels[rows])
        return regression.predict_proba(train), regression.predict_proba(valid)

    return probe


def curve(fit: Scorer, n_pool: int, measure: str, seed: int, last: int) -> dict[int, np.ndarray]:
    "Number of labels -> label ids on the validation rows."
    order, said, rounds = np.random.default_rng(seed).permutation(n_pool), {}, []
    labeled = order[:START]
    while True:
        pool_probs, valid_probs = fit(labeled)
        said[len(labeled)] = valid_probs.argmax(axis=1)
        rounds.append(pool_probs.argmax(axis=1))
        if len(labeled) >= last:
            break
        if measure == "random":
            labeled = order[: next(n for n in RANDOM_STEPS if n > len(labeled))]
            continue
        pool = np.setdiff1d(np.arange(n_pool), labeled)
        labeled = np.concatenate([labeled, pool[next_batch(pool_probs[pool], BATCH, measure=measure, random_share=0)["row"].to_numpy()]])
    if measure != "random":
        stopped, kappas = should_stop(rounds)
        verdict = "stop" if stopped else "go on"
        print(f"  {measure}, seed {seed}: stop rule at {last}: {verdict}, kappas of the last rounds {[round(kappa, 3) for kappa in kappas[-3:]]}", flush=True)
    return said


def macro_f1(truth: np.ndarray, said: np.ndarray, weights: np.ndarray) -> np.ndarray:
    "(r,) for weights (n, r)."
    scores = []
    for label in range(3):
        gold, given = (truth == label).astype(float), (said == label).astype(float)
        scores.append(2 * ((gold * given) @ weights) / (gold @ weights + given @ weights))
    return np.mean(scores, axis=0)


def report(truth: np.ndarray, curves: dict[str, list[dict[int, np.ndarray]]]) -> None:
    "The mean curves and what they say."
    one = np.ones((len(truth), 1))
    means = {name: {n: float(np.mean([macro_f1(truth, said[n], one)[0] for said in runs])) for n in runs[0]} for name, runs in curves.items()}
    goal = means["random"][RANDOM]
    for name, points in means.items():
        print(f"  {name:8}" + "  ".join(f"{n}: {value:.3f}" for n, value in points.items()))
    for name in set(means) - {"random"}:
        steps = list(means[name].items())
        reached = next((b[0] - (b[1] - goal) / (b[1] - a[1]) * (b[0] - a[0]) for a, b in zip(steps, steps[1:], strict=False) if b[1] >= goal > a[1]), None)

        def gain(weights: np.ndarray, runs: list = curves[name]) -> dict[str, np.ndarray]:
            chosen = np.mean([macro_f1(truth, said[CHOSEN], weights) for said in runs], axis=0)
            return {"gain": chosen - np.mean([macro_f1(truth, said[RANDOM], weights) for said in curves["random"]], axis=0)}

        where = f"reaches the {goal:.3f} of {RANDOM} random labels with {reached:.0f}" if reached else f"does not reach the {goal:.3f} of {RANDOM} random labels"
        print(f"  {name}: {where}; {CHOSEN} chosen - {RANDOM} random: {bootstrap(gain, len(truth))['gain']}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=["tfidf", "probe"], choices=["tfidf", "probe"])
    parser.add_argument("--measures", nargs="+", default=["margin", "entropy"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    given = parser.parse_args()
    (texts, labels), (valid_texts, valid) = tfns("train"), tfns("valid")
    for model in given.model:
        print(f"{model}: macro-F1 on {len(valid)} validation rows, mean of {len(given.seeds)} seeds", flush=True)
        fit = scorer(model, texts, labels, valid_texts)
        curves = {"random": [curve(fit, len(texts), "random", seed, RANDOM) for seed in given.seeds]}
        for measure in given.measures:
            curves[measure] = [curve(fit, len(texts), measure, seed, CHOSEN) for seed in given.seeds]
        report(valid, curves)


if __name__ == "__main__":
    main()
