"Bad input files: each gives one sentence (where, found, allowed, remedy) or loses only its bad rows, all of them counted."

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tweetsent.core.errors import LabelError, TableError, UsageError
from tweetsent.core.settings import load_settings
from tweetsent.core.spreadsheet import spreadsheet_text
from tweetsent.data.coerce import MISSING_WORDS
from tweetsent.data.ledger import write_ledger
from tweetsent.data.streaming import tweet_chunks
from tweetsent.data.tables import read_tweets, write_tweets

SCHEMA = load_settings().schema("sentiment3")
DATA = Path(os.environ.get("TWEETSENT_EVAL_DATA", ""))
needs_data = pytest.mark.skipif(not os.environ.get("TWEETSENT_EVAL_DATA"), reason="TWEETSENT_EVAL_DATA is not set: the real data sets are not here")


def given_file(folder: Path, content: bytes | str, name: str = "tweets.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(source: object, kind: type = TableError, **options) -> str:
    "The sentence with which a source is refused; it is one line and names the source."
    with pytest.raises(kind) as error:
        read_tweets(source, SCHEMA, **options)
    sentence = str(error.value)
    assert "\n" not in sentence and "Traceback" not in sentence
    return sentence


def counts(path: Path, **options) -> dict[str, int]:
    tweets = read_tweets(path, SCHEMA, **options)
    ledger = tweets.ledger
    assert tweets.frame.height == ledger.n_kept == ledger.n_read - ledger.n_dropped
    assert tweets.frame["tweet_id"].is_unique().all() and tweets.frame["text"].null_count() == 0
    return ledger.counts()


# ---- the file as a whole ----


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tweets.xlsx", b"PK\x03\x04", r"file type '\.xlsx' is not one of \.csv, .*save the sheet as CSV"),
        ("tweets", b"text\nup\n", r"a file without an extension is not one of \.csv"),
        ("tweets.pkl", b"\x80\x04", r"file type '\.pkl'.*pickles can run code"),
        ("tweets.csv", b"PK\x03\x04" + b"\x00" * 50, r"is a zip archive or an Excel workbook, not a text file; unpack it, or .*save it as CSV"),
        ("tweets.csv", b"\x00\x01\x02PK", r"is a binary file, not text .*; give CSV"),
        ("tweets.csv", bytes(range(256)) * 300, r"is a binary file, not text"),
        ("tweets.csv", b"\x1f\x8b\x08\x00 not really", r"is a gzip archive, not a text file; add \.gz to its name"),
        ("tweets.jsonl", b"\x89PNG\r\n\x1a\n", r"is a PNG picture"),
        ("tweets.csv.gz", b"text,label\n", r"is not a \.gz archive although its name says so"),
        ("tweets.parquet", b"text,label\nup,bullish\n", r"is not a Parquet file although its name says so"),
    ],
)
def test_wrong_file_type_is_named(tmp_path, name, content, words):
    assert re.search(words, refusal(given_file(tmp_path, content, name)))


@pytest.mark.parametrize("name", ["tweets.csv", "tweets.tsv", "tweets.jsonl", "tweets.json", "tweets.parquet"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file(tmp_path, name, content):
    sentence = refusal(given_file(tmp_path, content, name))
    assert f"{name} is empty: it has no rows; give a file" in sentence or (
        name.endswith("parquet") and content and "is not a Parquet file" in sentence
    )


def test_header_only(tmp_path):
    assert "tweets.csv has no rows: only a header or nothing was found. Give a file" in refusal(given_file(tmp_path, "text,label\n"))


def test_parquet_without_rows(tmp_path):
    path = tmp_path / "tweets.parquet"
    pl.DataFrame(schema={"text": pl.String}).write_parquet(path)
    assert "tweets.parquet has no rows" in refusal(path)


def test_missing_column_names_those_found(tmp_path):
    assert re.search(
        r"tweets.csv: no text column among the columns \['a', 'b'\]\. Allowed names are text, tweet, .* -p text_column NAME \(with ingest and score: --text-column\)",
        refusal(given_file(tmp_path, "a,b\n1,2\n")),
    )


def test_missing_named_column(tmp_path):
    path = given_file(tmp_path, "text,mood\nup,bullish\n")
    assert "label_column 'mod' is not one of ['text', 'mood']; did you mean 'mood'?" in refusal(path, label_column="mod")
    assert "text_column 'tweet' is not one of ['text', 'mood']" in refusal(path, text_column="tweet")
    assert read_tweets(path, SCHEMA, label_column="mood").frame["label"].to_list() == ["bullish"]


def test_named_columns_of_other_roles(tmp_path):
    path = given_file(tmp_path, "ref,Posted on,Who,msg,ticker,likes\n7,03/11/2025 14:05,ann,up,x,1\n8,25/12/2024 09:00,bob,down,y,2\n")
    columns = {"created_at": "posted on", "author": "Who", "tweet_id": "ref", "tickers": None}
    tweets = read_tweets(path, text_column="msg", columns=columns, date_format="%d/%m/%Y %H:%M")
    assert tweets.frame.columns == ["tweet_id", "text", "created_at", "author", "label"], "tickers was refused"
    assert tweets.frame["created_at"].dt.strftime("%Y-%m-%d %H:%M").to_list() == ["2025-11-03 14:05", "2024-12-25 09:00"]
    assert tweets.frame["tweet_id"].to_list() == ["7", "8"] and tweets.guesses["author"] == "author column: 'Who' (as named)"
    assert any("columns not used: 'likes'" in note for note in tweets.ledger.notes), tweets.ledger.notes
    assert "the column for author, 'whom' is not one of" in refusal(path, text_column="msg", columns={"author": "whom"})
    assert "'when' is not one of" in refusal(path, text_column="msg", columns={"when": "Posted on"})


def test_a_date_that_could_be_two_names_its_remedy(tmp_path):
    path = given_file(tmp_path, "text,date\nup,03/11/2025 14:05\ndown,2025-11-03\n")
    ledger = read_tweets(path).ledger
    assert any("03/11/2025" in line and "--date-format '%d/%m/%Y %H:%M'" in line for line in ledger.summary()), ledger.summary()
    assert "write it like '%d/%m/%Y %H:%M'" in refusal(path, UsageError, date_format="dd/mm/yyyy")


def test_missing_file_offers_the_nearest_name(tmp_path):
    given_file(tmp_path, "text\nup\n", "tweets_2020.csv")
    assert "tweet_2020.csv: file not found; did you mean 'tweets_2020.csv'?" in refusal(tmp_path / "tweet_2020.csv")
    assert "file not found, nor its folder" in refusal(tmp_path / "no" / "tweets.csv")


def test_folder_and_pattern_without_files(tmp_path):
    given_file(tmp_path, "hello", "README.md")
    assert "the folder holds no file of the types .csv" in refusal(tmp_path)
    assert "no file matches this pattern" in refusal(tmp_path / "*.csv")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(tmp_path):
    path = given_file(tmp_path, "text\nup\n")
    path.chmod(0)
    assert "cannot be read: permission denied; allow reading it (chmod +r" in refusal(path)


@pytest.mark.parametrize("source", ["/dev/null", "", "x" * 5000, "a\0b.csv", "hf://nonsense", "hf://datasets/one"])
def test_sources_that_are_no_files(source):
    refusal(source)


def test_torn_parquet(tmp_path):
    path = tmp_path / "tweets.parquet"
    pl.DataFrame({"text": [f"tweet {n}" for n in range(1000)]}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert "tweets.parquet is a torn Parquet file: its end is missing; write or download it again" in refusal(path)
    for start in range(4, len(whole) - 8, max(1, len(whole) // 40)):
        path.write_bytes(whole[:start] + b"\xff" * 8 + whole[start + 8 :])
        try:
            read_tweets(path, SCHEMA)
        except TableError as error:
            assert str(error).startswith(str(path)), error


def test_torn_gzip(tmp_path):
    packed = gzip.compress(b"text,label\n" + b"up,bullish\n" * 1000)
    assert read_tweets(given_file(tmp_path, packed, "a.csv.gz"), SCHEMA).ledger.n_kept == 1000
    assert "is a torn archive" in refusal(given_file(tmp_path, packed[:-10], "b.csv.gz"))


def test_torn_zstd(tmp_path):
    zstandard = pytest.importorskip("zstandard", reason="zstandard is not installed: .zst files cannot be made here")
    packed = zstandard.ZstdCompressor().compress(b"text,label\n" + b"up,bullish\n" * 1000)
    assert read_tweets(given_file(tmp_path, packed, "a.csv.zst"), SCHEMA).ledger.n_kept == 1000
    two = packed + zstandard.ZstdCompressor().compress(b"more,neutral\n")
    assert read_tweets(given_file(tmp_path, two, "two.csv.zst"), SCHEMA).ledger.n_kept == 1001
    assert "is a torn archive" in refusal(given_file(tmp_path, packed[:-3], "b.csv.zst"))


# ---- bytes ----


def test_mixed_encodings_lose_no_row(tmp_path):
    content = b"text,label\n" + "déjà vu 📈,bullish\n".encode() + "déjà vu,neutral\n".encode("cp1252") + b"it\x92s \xf0\x9f\x93\x89,bearish\n"
    path = given_file(tmp_path, content)
    assert counts(path) == {"repaired: not UTF-8, read as cp1252": 2}
    assert read_tweets(path, SCHEMA).frame["text"].to_list() == ["déjà vu 📈", "déjà vu", "it’s 📉"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_unicode_in_other_clothes(tmp_path, codec):
    path = given_file(tmp_path, "text,label\nsoaring 📈 today,bullish\n".encode(codec))
    assert read_tweets(path, SCHEMA).frame["text"].to_list() == ["soaring 📈 today"]


def test_other_alphabets_in_old_encodings_are_refused(tmp_path):
    path = given_file(tmp_path, "text\n" + "акции растут сегодня\n" * 5, "a.csv")
    path.write_bytes(path.read_text().encode("cp1251"))
    assert "the encoding is neither UTF-8 nor cp1252; convert it (iconv" in refusal(path)


def test_nul_bytes_are_removed_and_counted(tmp_path):
    path = given_file(tmp_path, b"text,label\nup\x00 we go,bullish\ndown,bearish\n")
    assert counts(path) == {"repaired: NUL bytes removed": 1}
    assert read_tweets(path, SCHEMA).frame["text"][0] == "up we go"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, newline):
    path = given_file(tmp_path, newline.join(["text,label", "up,bullish", "down,bearish", ""]))
    assert read_tweets(path, SCHEMA).frame["label"].to_list() == ["bullish", "bearish"]


HUGE = """
import resource, sys
from tweetsent.core.errors import TableError
from tweetsent.data.tables import read_tweets
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    print(sorted(read_tweets(path).ledger.counts().items()))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_huge_line_costs_a_row_and_no_memory(tmp_path):
    "What is above the limit (1 MiB in delimited files, 16 MiB in JSON lines) is never held: 64 MB behave as 1 GB does."
    table, lines = tmp_path / "huge.csv", tmp_path / "huge.jsonl"
    with table.open("wb") as file:
        file.write(b"text,label\nup,bullish\n")
        for _ in range(64):
            file.write(b"x" * 1_000_000)
        file.write(b",neutral\ndown,bearish\n")
    with lines.open("wb") as file:
        file.write(b'{"text": "up"}\n{"text": "')
        for _ in range(64):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "down"}\n')
    done = subprocess.run([sys.executable, "-c", HUGE, str(table), str(lines)], capture_output=True, text=True, timeout=60)
    first, second, mebibytes = done.stdout.splitlines()
    assert "('dropped: line longer than 1 MiB', 1)" in first and "('dropped: line longer than 16 MiB', 1)" in second
    assert int(mebibytes) < 120, f"reading took {mebibytes} MiB"


def test_a_huge_header_is_refused(tmp_path):
    assert "line 1: the header is longer than 1 MiB" in refusal(given_file(tmp_path, b"x" * 3_000_000))


# ---- rows ----


def test_ragged_rows_cost_themselves(tmp_path):
    path = given_file(tmp_path, "text,label\nup,bullish\none,two,three\nshort\ndown,bearish,,\n")
    assert counts(path) == {"dropped: wrong number of fields": 2, "repaired: empty extra fields cut off": 1}
    entries = read_tweets(path, SCHEMA).ledger.to_frame().filter(action="dropped")
    assert entries["row"].to_list() == [2, 3] and entries["detail"][0] == "line 3: 3 fields, the header has 2"


def test_a_lost_quote_costs_one_row(tmp_path):
    path = given_file(
        tmp_path, 'text,label\n"lost,bullish\nup,bullish\n"fine, really",neutral\n"quoted\nnewline",bearish\n"never closed,bearish\nlast,bearish\n'
    )
    assert counts(path) == {"dropped: quote without its partner": 2}
    assert read_tweets(path, SCHEMA).frame["text"].to_list() == ["up", "fine, really", "quoted\nnewline", "last"]


def test_no_good_row_left_says_why(tmp_path):
    sentence = refusal(given_file(tmp_path, "text,label\nup, up and away,bullish\n,bearish\n"))
    assert "no good row is left, all 2 were dropped" in sentence and "wrong number of fields: 1 row" in sentence and "blank text: 1 row" in sentence


@pytest.mark.parametrize(("separator", "name"), [(";", "tweets.csv"), ("\t", "tweets.csv"), ("|", "tweets.csv"), (",", "tweets.tsv")])
def test_separator_is_found_and_said(tmp_path, separator, name):
    tweets = read_tweets(given_file(tmp_path, f"id{separator}text{separator}label\n1{separator}up{separator}bullish\n", name), SCHEMA)
    assert tweets.frame.row(0) == ("1", "up", "bullish") and "columns separated by" in tweets.ledger.notes[0]


def test_a_header_of_many_columns_is_no_trap(tmp_path):
    names = ",".join(["text"] * 5000 + [f"c{n}" for n in range(20_000)])
    tweets = read_tweets(given_file(tmp_path, f"{names}\nup{',' * 24_999}\n"))
    assert tweets.frame["text"].to_list() == ["up"]


def test_repeated_and_empty_column_names(tmp_path):
    tweets = read_tweets(given_file(tmp_path, ",text,text,label\n0,first,second,bullish\n"), SCHEMA)
    assert tweets.frame["text"].to_list() == ["first"]


def test_ids_as_floats(tmp_path):
    path = given_file(tmp_path, "id,text\n1.2e18,up\n1.2e18,down\n12345.0,flat\n1443001546640289795,same\n")
    assert counts(path) == {
        "repaired: id written as a float, digits lost: replaced by a made one": 2,
        "repaired: id written as a float, no digit lost": 1,
    }
    assert read_tweets(path).frame["tweet_id"].to_list()[2:] == ["12345", "1443001546640289795"]
    table = tmp_path / "a.parquet"
    pl.DataFrame({"id": [1.2e18, 5.0], "text": ["up", "down"]}).write_parquet(table)
    assert sum(counts(table).values()) == 2
    assert sum(counts(given_file(tmp_path, '{"id": 1.2e18, "text": "up"}\n', "a.jsonl")).values()) == 1


def test_duplicate_ids(tmp_path):
    path = given_file(tmp_path, "id,text,label\n1,up,bullish\n1,up,bullish\n1,down,bearish\n")
    assert counts(path) == {"dropped: duplicate id, same text": 1, "repaired: duplicate id, another text or target: kept under a new id": 1}
    assert read_tweets(path, SCHEMA).frame["tweet_id"].to_list() == ["1", "1-2"]


def test_two_labels_for_one_text(tmp_path):
    path = given_file(tmp_path, "id,text,label\n1,$TSLA up,bullish\n2,$TSLA up,bearish\n3,flat,neutral\n")
    assert counts(path) == {"repaired: two labels for one text: label removed": 2}
    tweets = read_tweets(path, SCHEMA)
    assert tweets.frame["label"].to_list() == [None, None, "neutral"] and tweets.labelled().height == 1
    assert "was 'bullish', the text has bearish and bullish" in tweets.ledger.entries[0].detail


def test_two_labels_for_two_targets_are_no_conflict(tmp_path):
    path = given_file(tmp_path, "text,label,target\nbuy A sell B,bullish,A\nbuy A sell B,bearish,B\n")
    assert counts(path) == {}


def test_same_id_text_and_another_label_is_a_conflict(tmp_path):
    path = given_file(tmp_path, "id,text,label\n1,up,bullish\n1,up,bearish\n")
    assert read_tweets(path, SCHEMA).frame.select("tweet_id", "label").rows() == [("1", None)]


def test_label_outside_the_schema(tmp_path):
    path = given_file(tmp_path, "text,label\nup,thumbsup\nflat,neutral\nmore,thumbsup\nyet more,thumbsup\n")
    assert refusal(path, LabelError) == (
        f"{path} row 1: label 'thumbsup' is not one of ['bearish', 'neutral', 'bullish'] (3 rows affected). "
        "Map it: -p label_map '{\"thumbsup\": \"neutral\"}' (with ingest and score: --label-map); or add an alias in settings.ini."
    )
    assert read_tweets(path, SCHEMA, {"ThumbsUp": "bullish"}).frame["label"].to_list() == ["bullish", "neutral", "bullish", "bullish"]
    assert read_tweets(path, SCHEMA, {"thumbsup": None}).ledger.counts() == {"dropped: label dropped by label_map": 3}


def test_row_numbers_count_dropped_rows(tmp_path):
    assert "row 3: label 'sideways'" in refusal(given_file(tmp_path, "text,label\nup,bullish\n\x00,x,y\ndown,sideways\n"), LabelError)


def test_numbers_are_never_mapped_by_position(tmp_path):
    path = given_file(tmp_path, "text,label\nup,1\ndown,0\n")
    assert "row 1: label '1' is a number" in refusal(path, LabelError) and "never mapped by position" in refusal(path, LabelError)
    assert read_tweets(path, SCHEMA, {"1": "bullish", "0": "bearish"}).frame["label"].to_list() == ["bullish", "bearish"]


def test_label_map_to_a_label_outside_the_schema(tmp_path):
    path = given_file(tmp_path, "text,label\nup,yes\n")
    assert "label_map: 'yes' is mapped to 'happy', which is not one of ['bearish', 'neutral', 'bullish']" in refusal(
        path, LabelError, label_map={"yes": "happy"}
    )
    assert "a label_map was given, but there is no label column" in refusal(given_file(tmp_path, "text\nup\n"), label_map={"yes": "bullish"})


def test_labels_needed_but_absent(tmp_path):
    with pytest.raises(TableError, match=r"no row has a label \(label column: none found\)\. Name the column, -p label_column NAME"):
        read_tweets(given_file(tmp_path, "text\nup\n"), SCHEMA).labelled()


# ---- JSON ----


def test_broken_jsonl_loses_its_broken_lines(tmp_path):
    path = given_file(tmp_path, '{"text": "up", "label": "bullish"}\n{"text": \n[1, 2]\n{"text": "half \\ud83d"}\n{"text": "torn', "a.jsonl")
    assert counts(path) == {"dropped: not valid JSON": 2, "dropped: not a JSON object": 1, "repaired: half an emoji (lone surrogate) replaced": 1}


@pytest.mark.parametrize("content", ['{"text": "x"', "hello\nworld\n", "[" * 100_000, '"text"\n', "text,label\nup,bullish\n"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_no_json_at_all(tmp_path, content, name):
    assert re.search(
        rf"{name}: no row is valid JSON; the first is row 1 \(.*\)\. Give one JSON object a line", refusal(given_file(tmp_path, content, name))
    )


def test_json_without_text(tmp_path):
    assert "no text column among the columns ['a']" in refusal(given_file(tmp_path, '{"a": 1}\n', "a.jsonl"))
    assert "has no rows" in refusal(given_file(tmp_path, "[]", "a.json"))
    assert "has no rows" in refusal(given_file(tmp_path, '{"meta": {"result_count": 0}}', "a.json"))


def test_x_api_responses(tmp_path):
    response = {
        "data": [
            {
                "id": "1443001546640289795", "text": "RT @b: $tsla", "author_id": "7", "lang": "en", "created_at": "2021-09-28T23:55:53.000Z",
                "entities": {"cashtags": [{"tag": "tsla"}]}, "referenced_tweets": [{"type": "retweeted", "id": "1"}],
            },
            {"id": "2", "text": "plain", "author_id": "8"},
            "no tweet",
        ],
        "includes": {"users": [{"id": "7", "username": "ann"}]},
        "meta": {"result_count": 2},
    }  # fmt: skip
    for content, name in ((json.dumps(response), "a.json"), (json.dumps(response) + "\n", "a.jsonl"), (json.dumps([response], indent=2), "a.json")):
        tweets = read_tweets(given_file(tmp_path, content, name))
        first, second = tweets.frame.to_dicts()
        assert (first["tweet_id"], first["author"], first["cashtags"], first["is_retweet"]) == ("1443001546640289795", "ann", ["TSLA"], True)
        assert first["created_at"].isoformat() == "2021-09-28T23:55:53+00:00" and second["is_retweet"] is False
        assert tweets.ledger.counts() == {"dropped: not a JSON object": 1}


# ---- several files, and writing ----


def test_folder_passes_over_other_tables_and_says_so(tmp_path):
    given_file(tmp_path, "id,text\n1,up\n2,\n", "b.csv")
    given_file(tmp_path, '{"id": 3, "text": "down"}\nbroken\n', "a.jsonl")
    given_file(tmp_path, "ticker,price\nA,1\n", "prices.csv")
    given_file(tmp_path, "", "c.csv"), given_file(tmp_path, "\n\n", "d.jsonl")
    tweets = read_tweets(tmp_path)
    told = ["c.csv was passed over: it is empty", "d.jsonl was passed over: it is empty", "prices.csv was passed over: it has no text column"]
    assert tweets.frame["tweet_id"].to_list() == ["3", "1"] and tweets.ledger.notes == told
    assert sum(len(chunk) for chunk in tweet_chunks(tmp_path)) == 4, "two good rows, two bad ones"
    assert [(entry.file, entry.row) for entry in tweets.ledger.entries] == [("a.jsonl", 2), ("b.csv", 2)]
    assert "no text column" in refusal(tmp_path / "[bp]*.csv") and "c.csv is empty" in refusal(tmp_path / "*.csv")


def test_errors_leave_no_output(tmp_path):
    out = tmp_path / "out.xlsx"
    tweets = read_tweets(given_file(tmp_path, "text\nup\n"))
    with pytest.raises(TableError, match=r"cannot be written as '\.xlsx'; allowed are \['\.parquet', '\.csv', '\.jsonl'\]"):
        write_tweets(tweets.frame, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tweets.csv"]
    write_tweets(tweets.frame, tmp_path / "out.parquet")
    assert write_ledger(tweets.ledger, tmp_path / "out.parquet").name == "out.ledger.csv"


# ---- any content at all ----

CELLS = st.text(st.sampled_from(list('ab,;"\n\r\t|0 é📈\x00\ud7ff')) | st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=200), st.lists(CELLS, max_size=12).map(lambda cells: ",".join(cells).encode())),
    name=st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "a.csv.gz"]),
    head=st.booleans(),
)
def test_any_bytes_give_a_table_or_one_sentence(tmp_path, content, name, head):
    path = given_file(tmp_path, (b"id,text,label,created_at\n" if head else b"") + content, name)
    try:
        counts(path)
    except (TableError, LabelError) as error:
        assert str(path) in str(error) and "\n" not in str(error)


ROWS = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=20),
        st.sampled_from(["bullish", "Bearish", "neg", "", "nan"]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, broken=st.booleans())
@example(rows=[("0", ""), ("NONE", "")], broken=False)
def test_the_fast_and_the_careful_reader_agree(tmp_path, rows, broken):
    "A broken row at the end sends the whole file to the careful reader; the other rows must not notice."
    written = io.StringIO()
    csv.writer(written).writerows([("text", "label"), *rows])
    visible = [text for text, _ in rows if re.sub(r"[\s\W]", "", text) and text.strip().lower() not in MISSING_WORDS]
    path = given_file(tmp_path, written.getvalue() + ("a,b,c\r\n" if broken else ""))
    if not visible:
        return
    tweets = read_tweets(path, SCHEMA)
    assert [text for text in tweets.frame["text"] if text in visible] == visible
    assert tweets.ledger.n_read == len(rows) + broken


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, suffix=st.sampled_from([".parquet", ".csv", ".jsonl"]))
def test_written_tables_read_the_same(tmp_path, rows, suffix):
    source = given_file(
        tmp_path, "".join(json.dumps({"id": str(n), "text": text, "label": label}) + "\n" for n, (text, label) in enumerate(rows)), "in.jsonl"
    )
    try:
        tweets = read_tweets(source, SCHEMA)
    except TableError:
        return
    write_tweets(tweets.frame, tmp_path / f"out{suffix}")
    again = read_tweets(tmp_path / f"out{suffix}", SCHEMA)
    texts = tweets.frame["text"].to_list()
    if suffix != ".csv" or texts == [spreadsheet_text(text) for text in texts]:
        assert again.frame.equals(tweets.frame) and again.fingerprint == tweets.fingerprint
    else:  # a text that a spreadsheet would run has an apostrophe in front; all else is as it was
        assert again.frame.drop("text").equals(tweets.frame.drop("text")) and again.frame["text"].to_list() == [spreadsheet_text(text) for text in texts]


# ---- real data ----


@needs_data
@pytest.mark.parametrize(
    ("source", "label_map", "n_rows", "n_labelled"),
    [
        ("tfns/train.csv", None, 9543, 9539),
        ("tfns/valid.csv", None, 2388, 2388),
        ("pyfin_tweets_10k/all.csv", {"Uncertain": "neutral"}, 10_000, 10_000),
        ("financial_phrasebank/all.csv", None, 4846, 4842),
        ("fiqa_sa/all.csv", None, 1173, 1173),
    ],
)
def test_real_data_sets_have_the_rows_of_their_readme(source, label_map, n_rows, n_labelled):
    tweets = read_tweets(DATA / source, SCHEMA, label_map)
    assert (tweets.ledger.n_read, tweets.frame.height, tweets.labelled().height) == (n_rows, n_rows, n_labelled)


@needs_data
@pytest.mark.parametrize("source", ["stocknet_raw_tweets/part-*.csv", "stocknet_raw_tweets"])
def test_stocknet_parts_are_one_table(source):
    tweets = read_tweets(DATA / source)
    assert (tweets.frame.height, tweets.ledger.n_dropped) == (96_826, 0)
    assert int(tweets.frame["is_retweet"].sum()) == 24_352 and tweets.frame["tickers"].explode().n_unique() == 87
    assert tweets.frame["created_at"].null_count() == 0
