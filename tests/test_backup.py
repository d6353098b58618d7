"""What was backed up comes back equal: on SQLite, on PostgreSQL, and from one into the other."""

import hashlib
import tarfile
import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tweetsent.store import metadata, open_store

MOMENT = datetime(2024, 5, 17, 9, 30, 15, 123456)
HOSTILE = "Ünï 🚀 \"'\n\t\\ $TSLA 'OR 1=1"


def value_of(column: sa.Column, number: int) -> object:
    "Something of the column's kind that differs from row to row."
    if column.foreign_keys:
        return number + 1
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.DateTime):
        return MOMENT + timedelta(microseconds=number)
    if isinstance(kind, sa.Date):
        return (MOMENT + timedelta(days=number)).date()
    if isinstance(kind, sa.Float):
        return 0.1 + number / 3
    if isinstance(kind, sa.Integer):
        return number + 1
    return {"status": "ok", "label": "bullish"}.get(column.name, f"{number} {HOSTILE}"[: kind.length or 200])


def fill(url: str, n: int = 3) -> None:
    "Rows in every table, an undefined value in the last one where that is allowed."
    engine = open_store(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            rows = [{column.name: value_of(column, number) for column in table.columns} for number in range(n)]
            optional = [column.name for column in table.columns if column.nullable and column.name != "label"]
            connection.execute(table.insert(), [row | (dict.fromkeys(optional) if number == n - 1 else {}) for number, row in enumerate(rows)])
            key = table.autoincrement_column
            if key is not None and engine.dialect.name == "postgresql":
                connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), {n})"))
    engine.dispose()


def rows_of(url: str) -> dict[str, list[tuple]]:
    engine = open_store(url)
    with engine.connect() as connection:
        found = {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str) for table in metadata.sorted_tables}
    engine.dispose()
    return found


def contents(path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        return {one.name: hashlib.sha256(archive.extractfile(one).read()).hexdigest() for one in archive if one.isfile() and one.name != "manifest.json"}


@pytest.fixture
def places(request, tmp_path):
    "Two empty stores of the kinds asked for."
    found = []
    for number, kind in enumerate(request.param):
        if kind == "sqlite":
            found.append(f"sqlite:///{tmp_path}/{number}.sqlite")
            continue
        server, name = request.getfixturevalue("postgres_server"), f"b{uuid.uuid4().hex}"
        with sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        found.append(f"{server}/{name}")
    return found


PAIRS = [("sqlite", "sqlite"), ("postgres", "postgres"), ("sqlite", "postgres"), ("postgres", "sqlite")]


@pytest.mark.parametrize("places", PAIRS, indirect=True, ids="-".join)
def test_every_row_and_file_comes_back_equal(tweetsent, project, places):
    first, second = places
    fill(first)
    for number in range(2):
        (project / f"models{number}" / "train-a").mkdir(parents=True)
    (project / "models0" / "train-a" / "weights.bin").write_bytes(bytes(range(256)) * 99)

    def run(number: int, *words: object):
        (project / "settings.ini").write_text(f"[project]\nstore_url = {places[number]}\nmodels_dir = models{number}\nreports_dir = reports{number}\ndata_dir = data{number}\n")
        return tweetsent(*words)

    assert run(0, "backup", "a.tar.gz").returncode == 0
    (project / "models1" / "train-a").rmdir()
    assert run(1, "restore", "a.tar.gz").returncode == 0 and rows_of(second) == rows_of(first)
    assert (project / "models1" / "train-a" / "weights.bin").read_bytes() == bytes(range(256)) * 99
    assert run(1, "backup", "b.tar.gz").returncode == 0 and contents(project / "a.tar.gz") == contents(project / "b.tar.gz")
    refused = run(1, "restore", "a.tar.gz")
    assert refused.returncode != 0 and "--replace" in refused.stderr and rows_of(second) == rows_of(first)

    engine = open_store(second)
    attempts = metadata.tables["label_attempts"]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(attempts.delete())
    with engine.begin() as connection:
        row = {column.name: value_of(column, 7) for column in attempts.columns if column.name != "id"}
        assert connection.execute(attempts.insert().returning(attempts.c.id), row).scalar() == 4, "the next row takes the next number"
    engine.dispose()
