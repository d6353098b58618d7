"Labels' quality on real data: agreement with gold, consensus against the truth, planted label errors, choosing what to label."

import numpy as np
import polars as pl
import pytest

from tweetsent.core.settings import load_settings
from tweetsent.labeling.against_gold import against_gold
from tweetsent.labeling.agreement import agreement_summary
from tweetsent.labeling.consensus import DEFAULT_METHOD, METHODS, consensus, hidden_vote_score
from tweetsent.labeling.label_errors import out_of_fold_probs, suspect_labels
from tweetsent.labeling.resampling import bootstrap, share_estimate
from tweetsent.labeling.selection import next_batch
from tweetsent.modeling.tfidf import fit_tfidf

NAMES = ("bearish", "neutral", "bullish")
CROWDS = ("crowdflower_weather", "company_tweets_d_sentiment", "weather_cf", "weather_cf_amt", "movie_sp", "movie_sp_amt")


def crowd(folder, name):
    "Votes and truth of a set, as the package wants them."
    if name == "crowdflower_weather":
        paths = folder / name / "judgments.csv", folder / name / "items.csv"
    else:
        paths = tuple(folder / "crowd_label_aggregation" / f"{name}_{part}.csv" for part in ("judgments", "truth"))
    votes, truth = (pl.read_csv(path, infer_schema=False).rename({"task": "item"}) for path in paths)
    return votes.select("item", "annotator", "label"), truth.select("item", truth="label")


def hits(votes, truth, method):
    "Right or wrong for each item with a truth, in the order of the truth; an item without a label is wrong."
    found = truth.join(consensus(votes, method).items, on="item", how="left", maintain_order="left")
    return (found["label"] == found["truth"]).fill_null(False).to_numpy()


def paired(first, second):
    "Difference of two accuracies on the same items."
    difference = first.astype(float) - second
    return bootstrap(lambda weights: {"difference": difference @ weights / weights.sum(axis=0)}, len(difference))["difference"]


def tfns(folder, n):
    "Texts and label ids of n random training rows (the file is sorted by label in parts)."
    frame = pl.read_csv(folder / "tfns" / "train.csv", columns=["text", "label"]).sample(n, shuffle=True, seed=7)
    return frame["text"].to_list(), frame["label"].str.to_lowercase().replace_strict(list(NAMES), range(3), return_dtype=pl.Int64).to_numpy()


@pytest.fixture
def llm_pairs(eval_data):
    "Two annotators beside gold, labels in our words through the schema's aliases; four answers are missing."
    schema = load_settings().schema("sentiment3")
    pairs = pl.read_csv(eval_data / "llm_pairs_tfns_openai" / "pairs.csv", columns=["id", "label", "openai_label", "openai_rag_label"])
    words = {word: schema.resolve(word) for word in set(pairs["label"]) | set(pairs["openai_label"].drop_nulls()) | set(pairs["openai_rag_label"].drop_nulls())}
    long = pairs.drop("label").unpivot(index="id", variable_name="annotator", value_name="label")
    votes = long.select(item="id", annotator=pl.col("annotator").str.strip_suffix("_label"), label=pl.col("label").replace_strict(words, default=None))
    return votes, pairs.select(item="id", label=pl.col("label").replace_strict(words))


def test_llm_labels_against_gold_reproduce_the_known_figures(llm_pairs):
    records = against_gold(*llm_pairs, NAMES, ordinal=True)
    plain, rag = records["openai"], records["openai_rag"]
    for record in records.values():
        print(f"\n{record.annotator}: accuracy {record.accuracy}, kappa {record.cohen_kappa}, macro-F1 {record.macro_f1}; {record.error_shape.text}", end="")
    assert (round(plain.accuracy.value, 3), round(plain.cohen_kappa.value, 3), round(plain.macro_f1.value, 3)) == (0.788, 0.475, 0.652)
    assert (round(rag.accuracy.value, 3), round(rag.cohen_kappa.value, 3), round(rag.macro_f1.value, 3)) == (0.813, 0.547, 0.708)
    assert (plain.n, plain.n_unanswered) == (551, 4), "an answer that is missing is counted, not scored"
    assert plain.per_label["f1"].round(2).to_list() == [0.50, 0.86, 0.60]
    assert plain.cohen_kappa.low < 0.475 < plain.cohen_kappa.high


def test_the_dominating_error_is_found_without_help(llm_pairs):
    record = against_gold(*llm_pairs, NAMES)["openai"]
    assert record.error_shape.text == "90 of 117 errors: bearish or bullish called neutral"
    assert record.error_shape.share.low > 0.6


def test_unanswered_items_do_not_change_the_agreement(llm_pairs):
    votes, _ = llm_pairs
    found, answered = agreement_summary(votes, NAMES, ordinal=True), agreement_summary(votes.drop_nulls("label"), NAMES, ordinal=True)
    assert found["n_unanswered"] > 0 and found["krippendorff_alpha"] == answered["krippendorff_alpha"] and found["fleiss_kappa"] == answered["fleiss_kappa"]


def test_the_default_consensus_is_nowhere_worse_than_the_majority_and_better_on_most(eval_data):
    better = 0
    for name in CROWDS:
        votes, truth = crowd(eval_data, name)
        first, majority = hits(votes, truth, DEFAULT_METHOD), hits(votes, truth, "majority")
        difference = paired(first, majority)
        print(f"\n{name}: {DEFAULT_METHOD} {share_estimate(int(first.sum()), len(first))}, - majority {difference}", end="")
        assert difference.high >= 0, f"{name}: clearly worse than the majority"
        better += difference.value > 0
    assert better > len(CROWDS) / 2


@pytest.mark.long
def test_consensus_of_all_methods_on_all_crowds(eval_data):
    for name in CROWDS:
        votes, truth = crowd(eval_data, name)
        majority = hits(votes, truth, "majority")
        print(f"\n{name}: {len(votes)} votes on {votes['item'].n_unique()} items by {votes['annotator'].n_unique()} annotators")
        for method in METHODS:
            found = hits(votes, truth, method)
            print(f"  {method:17} {share_estimate(int(found.sum()), len(found))}, - majority {paired(found, majority)}")
            assert found.mean() > majority.mean() - 0.1
        print(f"  hidden votes: {', '.join(f'{method} {score:.3f}' for method, score, _ in hidden_vote_score(votes, ('majority', 'one_coin', 'dawid_skene')).rows())}")


def planted(truth, seed=0, share=0.1):
    "Labels with a share flipped to any other label."
    rng, labels = np.random.default_rng(seed), truth.copy()
    rows = rng.choice(len(truth), round(share * len(truth)), replace=False)
    labels[rows] = (truth[rows] + rng.integers(1, 3, len(rows))) % 3
    return labels


def test_planted_label_errors_come_first(eval_data):
    texts, truth = tfns(eval_data, 3000)
    labels = planted(truth)
    probs = out_of_fold_probs(texts, labels, lambda rows, ids: fit_tfidf(rows, ids, NAMES), 3, n_folds=3)
    top = suspect_labels(labels, probs, NAMES, ordinal=True)["row"].to_numpy()[:150]
    found = share_estimate(int((labels != truth)[top].sum()), 150)
    print(f"\nprecision of the top 5 %, tf-idf on 3,000 rows: {found}", end="")
    assert found.low > 0.4, "a tenth of the rows is wrong: guessing finds .10"


def test_a_small_gold_set_finds_errors_of_one_direction(eval_data):
    texts, truth = tfns(eval_data, 3000)
    rng, labels = np.random.default_rng(1), truth.copy()
    labels[rng.choice(np.flatnonzero(truth != 1), 300, replace=False)] = 1
    probs = out_of_fold_probs(texts, labels, lambda rows, ids: fit_tfidf(rows, ids, NAMES), 3, n_folds=3)
    gold, rest = np.arange(200), np.arange(200, 3000)
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (truth[gold], labels[gold]), 1)
    wrong = (labels != truth)[rest]
    shares = {}
    for name, confusion in (("blind", None), ("with 200 gold rows", counts)):
        top = suspect_labels(labels[rest], probs[rest], NAMES, ordinal=True, confusion=confusion)["row"].to_numpy()[:140]
        shares[name] = share_estimate(int(wrong[top].sum()), len(top))
    print(f"\nto neutral only: {', '.join(f'{name} {value}' for name, value in shares.items())}", end="")
    assert shares["with 200 gold rows"].low > shares["blind"].value


def test_a_chosen_batch_holds_more_of_the_rare_labels(eval_data):
    texts, truth = tfns(eval_data, 2400)
    labeled, pool = np.arange(400), np.arange(400, 2400)
    model = fit_tfidf([texts[i] for i in labeled], truth[labeled], NAMES)
    batch = next_batch(model.predict_proba([texts[i] for i in pool]), 300)
    chosen = truth[pool[batch.filter(why="uncertain")["row"].to_numpy()]]
    print(f"\npolar tweets: {(chosen != 1).mean():.2f} of the chosen, {(truth[pool] != 1).mean():.2f} of the pool", end="")
    assert (chosen != 1).mean() > (truth[pool] != 1).mean() + 0.05
