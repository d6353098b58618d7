"""People in the ledger, on both databases: decisions, second thoughts, two reviewers at once, the last word, and pages that hostile tweets cannot break."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tweetsent.core.errors import LabelError
from tweetsent.core.settings import load_settings
from tweetsent.labeling.agreement import pairwise_agreement
from tweetsent.labeling.export import export_table
from tweetsent.labeling.ledger import Job, LedgerWriter, add_items, attempts, reply_rows, votes
from tweetsent.labeling.protocol import Item, Reply, Verdict
from tweetsent.labeling.review import (
    ReviewConflict,
    ReviewItem,
    adjudicate,
    decide,
    decisions,
    low_agreement_queue,
    next_item,
    open_items,
    review_item,
    ruling,
    standing,
    undo,
)
from tweetsent.labeling.review_outcome import disputed_queue, final_labels, machine_votes, review_stats
from tweetsent.labeling.reviewer import Reviewer, item_html, open_reviewer
from tweetsent.store import open_store

SCHEMA = load_settings().schema("sentiment3")
TEXTS = [Item("$TSLA beat"), Item("$F missed?", "F"), Item("nul \x00, half a surrogate \ud800, صعود 🚀"), Item("$GM <script>alert(1)</script>"), Item("$AAPL flat")]
HASHES = [item.item_hash for item in TEXTS]
SAID = {
    "gemini": ("bullish", "neutral", "neutral", "bearish", "neutral"),
    "vader": ("bearish", "bearish", "bullish", "neutral", "neutral"),
    "model": ("bullish", "neutral", "neutral", "bearish", "neutral"),
}


@pytest.fixture
def engine(store_url):
    "A store with five tweets and what three machines say of them: two to one on the first four."
    found = open_store(store_url)
    add_items(found, TEXTS)
    with LedgerWriter(found) as writer:
        for name, labels in SAID.items():
            verdicts = tuple(Verdict("ok", label, 0.9, f"{name} says so") for label in labels)
            writer.add(reply_rows(Job(name, "m", "p", SCHEMA.name), name, TEXTS, 0, Reply(verdicts), None)).result()
    yield found
    found.dispose()


@pytest.fixture
def queue(engine):
    return low_agreement_queue(machine_votes(engine, SCHEMA), SCHEMA)


def say(engine, who, item, label, **more):
    return decide(engine, SCHEMA, who, HASHES[item], label, "g1", **more)


def test_queue_holds_what_the_machines_differ_on_and_shrinks_for_one_person_only(engine, queue):
    assert set(queue["item"]) == set(HASHES[:4])
    for left in (3, 2, 1, 0):
        decide(engine, SCHEMA, "ada", next_item(engine, SCHEMA, "ada", queue).item, "neutral", "g1")
        assert len(open_items(engine, SCHEMA, "ada", queue)) == left
    assert next_item(engine, SCHEMA, "ada", queue) is None and len(open_items(engine, SCHEMA, "bo", queue)) == 4
    assert set(low_agreement_queue(machine_votes(engine, SCHEMA), SCHEMA)["item"]) == set(HASHES[:4]), "people do not change what machines said"


def test_a_decision_is_an_ordinary_ledger_row_that_agreement_understands(engine):
    for item, label in enumerate(SAID["gemini"]):
        say(engine, "ada", item, label)
    rows = votes(attempts(engine, SCHEMA.name)).filter(pl.col("annotator") == "human:ada")
    assert rows.select("model", "prompt_hash", "status", "vote", "cost_usd").unique().rows() == [("-", "g1", "ok", 0, 0.0)]
    pairs = pairwise_agreement(votes(attempts(engine, SCHEMA.name)), SCHEMA.labels).filter(pl.col("annotator") == "gemini", pl.col("other") == "human:ada")
    assert pairs["agreement"].to_list() == [1.0] and pairs["n"].to_list() == [5]


def test_undo_is_a_row_and_leaves_no_label(engine, queue):
    annotation = say(engine, "ada", 0, "bullish")
    assert undo(engine, SCHEMA, "ada", annotation) == HASHES[0]
    assert decisions(engine, SCHEMA).select("status", "label", "error").rows() == [("ok", "bullish", None), ("refused", None, "undone")]
    mine = votes(attempts(engine, SCHEMA.name)).filter(pl.col("annotator") == "human:ada")
    assert mine.select("label", "error").rows() == [(None, "undone")] and standing(decisions(engine, SCHEMA)).is_empty()
    assert HASHES[0] in open_items(engine, SCHEMA, "ada", queue)["item"]
    with pytest.raises(ReviewConflict, match="does not stand any more"):
        undo(engine, SCHEMA, "ada", annotation)
    say(engine, "ada", 0, "bearish")
    assert standing(decisions(engine, SCHEMA))["label"].to_list() == ["bearish"]


def test_undo_survives_a_new_wording_of_the_guideline(engine):
    old = decide(engine, SCHEMA, "ada", HASHES[0], "neutral", "g1")
    new = decide(engine, SCHEMA, "ada", HASHES[0], "bullish", "g2", replaces=old)
    undo(engine, SCHEMA, "ada", new)
    mine = votes(attempts(engine, SCHEMA.name)).filter(pl.col("annotator") == "human:ada")
    assert len(mine) == 2 and mine["label"].null_count() == 2, "the label of the older wording does not come back"


def test_nobody_undoes_what_another_decided(engine):
    annotation = say(engine, "ada", 0, "bullish")
    with pytest.raises(LabelError, match="one can undo one's own only"):
        undo(engine, SCHEMA, "bo", annotation)
    assert standing(decisions(engine, SCHEMA))["annotator"].to_list() == ["human:ada"]


def test_reviewers_at_the_same_time_lose_no_decision(engine, queue):
    people = ["ada", "bo", "cy", "dan"]

    def work(who):
        while (item := next_item(engine, SCHEMA, who, queue)) is not None:
            decide(engine, SCHEMA, who, item.item, "neutral", "g1")

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(work, people))
    kept = standing(decisions(engine, SCHEMA))
    assert sorted(kept.select("annotator", "item").rows()) == sorted((f"human:{who}", item) for who in people for item in queue["item"])


def test_of_two_windows_of_one_person_one_decision_is_kept_and_the_other_told(engine):
    def answer(label):
        try:
            return say(engine, "ada", 0, label)
        except ReviewConflict:
            return None

    with ThreadPoolExecutor(3) as pool:
        kept = [found for found in pool.map(answer, SCHEMA.labels) if found]
    rows = decisions(engine, SCHEMA)
    assert len(kept) == 1 and rows["annotation"].to_list() == kept


def test_a_request_that_comes_twice_is_one_decision(engine):
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: say(engine, "ada", 0, "bullish", comment="beat"), range(4)))
    assert len(found) == 1 and len(decisions(engine, SCHEMA)) == 1


def test_two_adjudicators_do_not_overrule_each_other_unseen(engine):
    first = adjudicate(engine, SCHEMA, "zoe", HASHES[0], "neutral", "g1")
    with pytest.raises(ReviewConflict, match="adjudicator:zoe has said neutral"):
        adjudicate(engine, SCHEMA, "yan", HASHES[0], "bullish", "g1")
    second = adjudicate(engine, SCHEMA, "yan", HASHES[0], "bullish", "g1", replaces=first)
    assert ruling(engine, SCHEMA, HASHES[0])["annotator"] == "adjudicator:yan"
    undo(engine, SCHEMA, "yan", second)
    assert ruling(engine, SCHEMA, HASHES[0])["annotator"] == "adjudicator:zoe"


def test_final_labels_come_from_ruling_then_majority_then_consensus(engine, tmp_path):
    for who, item, label in (("ada", 0, "neutral"), ("bo", 0, "neutral"), ("ada", 1, "bullish"), ("bo", 1, "neutral"), ("ada", 3, "bullish"), ("bo", 3, "neutral")):
        say(engine, who, item, label)
    assert set(disputed_queue(engine, SCHEMA)["item"]) == {HASHES[1], HASHES[3]}
    adjudicate(engine, SCHEMA, "zoe", HASHES[3], "bearish", "g1", "a test tweet")
    final = final_labels(engine, SCHEMA)
    assert final["item"].to_list() == HASHES
    assert final["label"].to_list() == ["neutral", "neutral", "neutral", "bearish", "neutral"]
    assert final["source"].to_list() == ["human", "consensus", "consensus", "adjudicated", "consensus"]
    assert final["decided_by"][0] == "human:ada, human:bo" and final["disputed"].to_list() == [False, True, False, False, False]
    assert final["text"][2] == "nul \ufffd, half a surrogate ?, صعود 🚀"
    export_table(final, tmp_path / "final.csv")
    assert pl.read_csv(tmp_path / "final.csv")["label"].to_list() == final["label"].to_list()


def test_stats_count_the_queue_and_give_agreement_with_its_interval(engine, queue):
    for who, item, label in (("ada", 0, "bullish"), ("bo", 0, "bullish"), ("ada", 1, "bearish"), ("bo", 1, "bullish")):
        say(engine, who, item, label)
    undo(engine, SCHEMA, "bo", say(engine, "bo", 2, "neutral"))
    stats = review_stats(engine, SCHEMA, queue)
    assert (stats.n_items, stats.n_decided, stats.n_remaining, stats.n_disputed, stats.n_adjudicated) == (4, 2, 2, 1, 0)
    agreement = stats.with_consensus
    assert (agreement.value, agreement.n) == (0.5, 4) and agreement.low < 0.5 < agreement.high
    assert stats.between_reviewers.n == 2 and stats.pairs["n"].to_list() == [2]
    assert stats.reviewers.select("reviewer", "decided", "undone").rows() == [("ada", 2, 0), ("bo", 2, 1)]
    assert all(0 <= seconds < 60 for seconds in stats.reviewers["seconds_per_item"])


def test_others_stay_hidden_until_one_has_decided(engine, queue):
    say(engine, "ada", 0, "bullish", comment="ada's reason")
    shown = review_item(engine, SCHEMA, "bo", HASHES[0])
    assert shown.hidden and not shown.voices and shown.label is None
    page = Reviewer(engine, SCHEMA, "bo", queue).page.value
    assert not any(name in page for name in ("gemini", "vader", "ada", "says so"))
    say(engine, "bo", 0, "neutral")
    after = review_item(engine, SCHEMA, "bo", HASHES[0])
    assert not after.hidden and {voice["annotator"] for voice in after.voices} == {"gemini", "vader", "model", "human:ada"}
    assert len(review_item(engine, SCHEMA, "cy", HASHES[0], blind=False).voices) == 5


def test_reviewer_writes_a_row_a_key(engine, queue):
    now = [0.0]
    window = Reviewer(engine, SCHEMA, "ada", queue, clock=lambda: now[0])
    for key in "31u2s":
        now[0] += 1
        window.field.value += key
    rows = decisions(engine, SCHEMA)
    order = queue["item"].to_list()
    assert rows.select("item", "label").rows() == [(order[0], "bullish"), (order[1], "bearish"), (order[1], None), (order[1], "neutral")]
    assert window.item.item == order[3] and "2 of 4 done, 2 to go" in window.progress.value
    again = Reviewer(engine, SCHEMA, "ada", queue)
    assert again.item.item == order[2], "a new session goes on; what was skipped comes again"


def test_reviewer_says_what_failed_and_keeps_the_tweet(engine, queue):
    window = Reviewer(engine, SCHEMA, "ada", queue, min_seconds=0)
    before = window.item
    window.comment.value = "x" * 3000
    window.press("1")
    assert "not kept" in window.message.value and "3,000 characters" in window.message.value and window.item == before
    assert decisions(engine, SCHEMA).is_empty()


def test_open_reviewer_takes_the_projects_store(store_url, project, monkeypatch):
    monkeypatch.setenv("TWEETSENT_STORE_URL", store_url)
    with pytest.raises(LabelError, match="nothing to review in schema sentiment3: .* run `tweetsent label`"):
        open_reviewer("ada")


class _Page(HTMLParser):
    "What a browser would make of it: elements with their attributes, and the text."

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


PIECES = st.sampled_from(["<script>", "<img onerror=x>", "&lt;", "-->", "\u202e", "</div>", '"', "'", "<", "&", "javascript:"])
MARKUP = st.lists(st.text(st.characters(exclude_categories=["Cs"])) | PIECES).map("".join)


@given(MARKUP, MARKUP, MARKUP)
def test_no_text_adds_an_element_to_the_page(text, target, rationale):
    def page(text, target, rationale):
        voice = {"annotator": rationale, "label": "bullish", "confidence": None, "rationale": rationale or "-"}
        return _Page(item_html(ReviewItem("h", text, target or "-", "why", None, None, (voice,), False)))

    plain, hostile = page("plain", "T", "r"), page(text, target, rationale)
    extra = [("div", ("role",))] if "cannot be seen" in hostile.text else []
    assert sorted(hostile.elements) == sorted(plain.elements + extra)
    assert text in hostile.text.replace("\r\n", "\n") or "\r" in text


def test_hostile_tweets_stay_text_in_the_window(engine, queue):
    window = Reviewer(engine, SCHEMA, "ada", queue, min_seconds=0)
    seen = []
    while window.item is not None:
        seen.append(window.page.value)
        window.press("2")
    assert any("&lt;script&gt;" in page for page in seen) and not any("<script" in page for page in seen)
    window.press("<")
    assert "&lt;: no such key" in window.message.value
