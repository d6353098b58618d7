"""What all tests share: no hub, no network surprises, and a project folder of their own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from xdist.scheduler import LoadScopeScheduling

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
if "PYTEST_XDIST_WORKER" in os.environ:  # one process a core: two threads each would only take turns
    os.environ["OMP_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent


APART = ("test_run_training.py", "test_notebooks.py")  # files whose tests share nothing: any core may take any of them


class WholeFiles(LoadScopeScheduling):
    "A file's tests go to one core, for the fixtures they share."

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return nodeid if Path(file).name in APART else file


def pytest_xdist_make_scheduler(config, log):
    return WholeFiles(config, log)


def pytest_collection_modifyitems(items):
    "Files that start commands come first: one that began last would leave the other cores idle."
    commands = {item.path for item in items if {"tweetsent", "demo"} & set(item.fixturenames)}
    items.sort(key=lambda item: (item.path.name != APART[0], item.path not in commands, item.path.name == APART[1]))


@pytest.fixture
def root() -> Path:
    "The checkout."
    return ROOT


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    "An empty project folder that is the current one: runs, models and data of the checkout stay untouched."
    (tmp_path / "settings.ini").write_text("[project]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tweetsent(project):
    "Call the command line as a user does: a process of its own, in the project folder."

    def call(*words: object, timeout: float = 300, **options) -> subprocess.CompletedProcess:
        command = [str(Path(sys.executable).parent / "tweetsent"), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=project, stdin=subprocess.DEVNULL, **options)

    return call


@pytest.fixture
def eval_data() -> Path:
    "The folder of real data sets."
    folder = os.environ.get("TWEETSENT_EVAL_DATA")
    if not folder:
        pytest.skip("TWEETSENT_EVAL_DATA names no folder with the real data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres_server():
    "A PostgreSQL server of our own on loopback: its address without a database; stopped at the end."
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [path for path in [shutil.which("initdb")] if path]
    if not found:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    tools, folder = Path(found[-1]).parent, Path(tempfile.mkdtemp(prefix="tweetsent-pg-"))
    user = []
    if os.geteuid() == 0:  # initdb refuses root
        shutil.chown(folder, "postgres", "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = [*user, tools / "initdb", "-D", folder / "data", "-U", "tweetsent", "--auth=trust", "--no-instructions", "--encoding=UTF8", "--locale=C"]
    subprocess.run(made, check=True, capture_output=True)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    started = [*user, tools / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start"]
    subprocess.run(started, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"postgresql+psycopg://tweetsent@127.0.0.1:{port}"
    subprocess.run([*user, tools / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request, tmp_path) -> str:
    "An empty store, once of each kind."
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    server, name = request.getfixturevalue("postgres_server"), f"t{uuid.uuid4().hex}"
    with sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


@pytest.fixture
def small_disk(tmp_path):
    "A file system of 3 MiB."
    mount = tmp_path / "small"
    mount.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root and CAP_SYS_ADMIN")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)
