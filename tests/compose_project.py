"""A compose project of this checkout, started for tests on whatever docker engine there is, under a name and on ports of its own."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OUTAGES = ("stop", "pause", "cut off")


def no_engine() -> str | None:
    "Why there is none; None when one answers."
    if not shutil.which("docker"):
        return "docker is not installed"
    return None if docker("info", check=False).returncode == 0 else "no docker engine answers"


def docker(*words: str, check: bool = True, **options) -> subprocess.CompletedProcess:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, **options)
    assert done.returncode == 0 or not check, f"docker {' '.join(words)}: {done.stderr[-2000:]}"
    return done


def has_image(name: str) -> bool:
    return docker("image", "inspect", name, check=False).returncode == 0


def status(url: str, seconds: float = 20, **headers: str) -> int:
    "The status; 0 when nobody answers."
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=seconds) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


BACK_S = 10 * float(os.environ.get("TWEETSENT_SLACK", 1))  # an outage may last that long after its cause is gone; more beside other work


def wait_for(what, seconds: float = 60) -> float:
    "How long it took; fails when it took too long."
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s"
        time.sleep(0.25)
    return time.monotonic() - began


class Project:
    "The services of some profiles."

    def __init__(self, name: str, *profiles: str, **environment: str):
        self.name, self.profiles = name, profiles
        ports = {"WEB_PORT": "18081", "PROMETHEUS_PORT": "19091", "CONTAINERS_PORT": "19101", "JUPYTER_PORT": "18889", "API_PORT": "18001", "DEV_WEB_PORT": "13001"}
        self.env = {**os.environ, "BACKEND_SUBNET": "172.30.9.0/24", **ports, **environment}
        self.url = f"http://127.0.0.1:{self.env['WEB_PORT']}"

    def compose(self, *words: str, check: bool = True, **options) -> subprocess.CompletedProcess:
        flags = [word for profile in self.profiles for word in ("--profile", profile)]
        return docker("compose", "-p", self.name, *flags, *words, check=check, cwd=ROOT, env=self.env, **options)

    def build(self) -> None:
        "Unless TWEETSENT_IMAGES_ARE_BUILT says that somebody else has done so."
        if not os.environ.get("TWEETSENT_IMAGES_ARE_BUILT"):
            self.compose("build", timeout=1800)

    def up(self, *services: str) -> None:
        done = self.compose("up", "-d", "--no-build", "--wait", *services, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:] + self.compose("logs", "--tail", "30", check=False).stdout

    def down(self, *more: str) -> None:
        self.compose("--profile", "*", "down", "--remove-orphans", *more, check=False)

    def id_of(self, service: str) -> str:
        return self.compose("ps", "-aq", service).stdout.split()[0]

    def facts(self, service: str) -> dict:
        return json.loads(docker("inspect", self.id_of(service)).stdout)[0]

    def running(self) -> list[str]:
        return sorted(self.compose("ps", "--services", "--status", "running").stdout.split())

    def inside(self, service: str, *words: str, **options) -> subprocess.CompletedProcess:
        return self.compose("exec", "-T", service, *words, check=False, **options)

    def python(self, service: str, code: str) -> subprocess.CompletedProcess:
        return self.inside(service, "python", "-c", code)

    def assert_backup_round_trip(self) -> None:
        "A backup, restored over the system and taken again, is the same; fails where it is not."
        words = ["docker", "compose", "-p", self.name, "exec", "-T", "backend", "tweetsent"]
        first = subprocess.run([*words, "backup", "-"], cwd=ROOT, env=self.env, capture_output=True, check=True)
        back = subprocess.run([*words, "restore", "-", "--replace"], cwd=ROOT, env=self.env, input=first.stdout, capture_output=True)
        assert back.returncode == 0, back.stderr.decode()
        second = subprocess.run([*words, "backup", "-"], cwd=ROOT, env=self.env, capture_output=True, check=True)
        assert b"kept" in first.stderr and first.stderr == second.stderr

    def new_key(self, *scopes: str) -> str:
        words = [word for scope in scopes for word in ("--scope", scope)]
        made = self.inside("backend", "tweetsent", "keys", "create", "--name", "test", *words, "--json")
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout.strip().splitlines()[-1])["key"]

    def ready(self) -> list[str] | None:
        "What /ready misses; None when the API does not answer."
        done = self.inside("backend", "curl", "-s", "-m", "5", "http://localhost:8000/ready")
        return json.loads(done.stdout)["missing"] if done.returncode == 0 and done.stdout else None

    def answers(self) -> bool:
        "The API asks for a key, through the page's address."
        return status(self.url + "/api/v1/version", 5) == 401

    @contextmanager
    def outage(self, how: str, service: str, network: str) -> Iterator[None]:
        "For the block: stop, pause, or cut off from the network."
        wire = f"{self.name}_{network}", self.id_of(service)
        begin = {"stop": ["compose", "stop"], "pause": ["compose", "pause"], "cut off": ["network", "disconnect", "-f", *wire]}[how]
        end = {"stop": ["compose", "start"], "pause": ["compose", "unpause"], "cut off": ["network", "connect", "--alias", service, *wire]}[how]
        self._either(begin, service)
        try:
            yield
        finally:
            self._either(end, service)

    def _either(self, words: list[str], service: str) -> None:
        self.compose(words[1], service) if words[0] == "compose" else docker(*words)


def started(name: str, *profiles: str, **environment: str):
    "For fixtures: the project, until the tests of the file are over. Skips without an engine."
    if reason := no_engine():
        pytest.skip(reason)
    project = Project(name, *profiles, **environment)
    project.down("--volumes")
    project.build()
    try:
        project.up()
        wait_for(lambda: project.ready() == [], 60)  # healthy means alive, the model comes a moment later
        yield project
    finally:
        project.down("--volumes")
