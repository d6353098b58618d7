"What the container files promise, read from them; and, where there is a docker engine, the running system."

import json
import os
import re
import shutil
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tweetsent.store import metadata

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = {name: yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("docker-compose.yml", "docker-compose.grafana.yml")}
SERVICES = {name: service for file in COMPOSE.values() for name, service in file["services"].items()}
DOCKERFILES = sorted((ROOT / "docker").rglob("Dockerfile"))


# ---- what is written ----


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened_limited_and_watched(name):
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"] and service["cpus"]
    assert service["healthcheck"]["interval"] == "30s" and service["healthcheck"]["timeout"] == "10s" and service["healthcheck"]["retries"] == 3
    assert service["logging"]["options"]["max-size"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])) and not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_an_environment(name):
    for key, value in SERVICES[name].get("environment", {}).items():
        assert not re.search(r"(KEY|TOKEN|SECRET|PASSWORD)$", key), f"{key} belongs into a file under /run/secrets"
        assert not re.search(r"://[^/@\s]+:[^/@\s]+@", str(value)), f"{key} holds a password"


def test_the_api_has_no_way_out_and_publishes_nothing():
    assert COMPOSE["docker-compose.yml"]["networks"]["backend"]["internal"] is True
    assert SERVICES["backend"]["networks"] == ["backend"] and "ports" not in SERVICES["backend"]
    assert SERVICES["postgres"]["networks"] == ["backend"] and "ports" not in SERVICES["postgres"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_images_run_as_somebody_else_than_root_from_pinned_bases(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not lines[0].startswith("# syntax"), "a front end would be pulled from a registry"
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users and users[-1].split(":")[0] not in ("root", "0")
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases and all(":" in base and not base.endswith(":latest") for base in bases)
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


def test_the_api_image_has_no_training_stack():
    text = (ROOT / "docker" / "backend" / "Dockerfile").read_text(encoding="utf-8")
    assert "[serve,postgres]" in text and not re.search(r"\[(train|dev|notebooks)", text)


def test_secrets_are_written_once_and_never_committed(tmp_path):
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    subprocess.run(["sh", "docker/secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", "docker/secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    assert first == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(first) == {secret for file in COMPOSE.values() for secret in file["secrets"]}
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values()) and len(set(first.values())) == len(first)
    assert not stat.S_IMODE((tmp_path / "secrets").stat().st_mode) & 0o044, "nobody else can list the folder"
    tracked = subprocess.run(["git", "ls-files", "secrets"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert tracked == ["secrets/.gitignore"]


def test_every_alert_rule_has_a_test_that_fires_it():
    rules = yaml.safe_load((ROOT / "docker" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    cases = yaml.safe_load((ROOT / "docker" / "prometheus" / "alerts_test.yml").read_text())["tests"]
    fired = {test["alertname"] for case in cases for test in case["alert_rule_test"] if test["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules}
    assert all({"summary", "action"} <= rule["annotations"].keys() and rule["labels"]["severity"] in ("page", "ticket") for rule in rules)


def test_alert_rules_do_what_their_tests_say():
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (it comes with Prometheus)")
    folder = ROOT / "docker" / "prometheus"
    for words in (["check", "rules", "alerts.yml"], ["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_dashboard_ask_for_figures_that_the_server_has():
    from tweetsent.serving.metrics import Metrics

    known = {name for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE ") for name in [line.split()[2]]}
    texts = (ROOT / "docker" / "prometheus" / "alerts.yml").read_text() + (ROOT / "docker" / "grafana" / "dashboards" / "tweetsent.json").read_text()
    asked = set(re.findall(r"\btweetsent_[a-z_]+", texts))
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert bare <= known, bare - known


@pytest.mark.parametrize("tool", ["shellcheck", "hadolint"])
def test_linters_find_nothing(tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    files = sorted((ROOT / "docker").rglob("*.sh")) if tool == "shellcheck" else DOCKERFILES
    options = [] if tool == "shellcheck" else ["--ignore", "DL3008", "--ignore", "DL3013", "--ignore", "DL3042"]  # versions come from the base's release and from constraints.txt
    done = subprocess.run([tool, *options, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- what runs ----


def _docker() -> str | None:
    "Why there is no engine; None when there is one."
    if not shutil.which("docker"):
        return "docker is not installed"
    return None if subprocess.run(["docker", "info"], capture_output=True).returncode == 0 else "no docker engine answers"


def compose(*words: str, check: bool = True, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["docker", "compose", "-p", "tweetsent-test", *words], cwd=ROOT, capture_output=True, text=True, check=check, **options)


@pytest.fixture(scope="module")
def system():
    "The default profile, running."
    if reason := _docker():
        pytest.skip(reason)
    subprocess.run(["sh", "docker/secrets.sh"], cwd=ROOT, check=True, capture_output=True)
    os.environ["WEB_PORT"] = "18081"
    if not os.environ.get("TWEETSENT_IMAGES_ARE_BUILT"):
        done = compose("build", check=False, timeout=1500)
        assert done.returncode == 0, done.stderr[-3000:]
    done = compose("up", "-d", "--no-build", "--wait", check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:] + compose("logs", "--tail", "30", check=False).stdout
    yield "http://127.0.0.1:18081"
    compose("down", "--volumes", check=False)


def inside(service: str, *words: str) -> subprocess.CompletedProcess:
    return compose("exec", "-T", service, *words, check=False)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def wait_for(what, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come back in time"
        time.sleep(0.5)


@pytest.mark.containers
def test_page_and_api_answer_on_one_origin(system):
    assert status(system + "/") == 200
    assert status(system + "/api/v1/version") == 401, "the API asks for a key"


@pytest.mark.containers
def test_the_api_reaches_nobody_outside(system):
    asked = "import socket; socket.setdefaulttimeout(3); socket.create_connection(('1.1.1.1', 443))"
    assert inside("backend", "python", "-c", asked).returncode != 0


@pytest.mark.containers
def test_a_key_and_its_labels_survive_the_container(system):
    made = inside("backend", "tweetsent", "keys", "create", "--name", "test", "--scope", "predict", "--json")
    key = json.loads(made.stdout.strip().splitlines()[-1])["key"]

    def answers() -> bool:
        request = urllib.request.Request(system + "/api/v1/labels", headers={"X-API-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    assert answers()
    compose("up", "-d", "--no-build", "--force-recreate", "--wait", "backend")
    wait_for(answers)
    compose("kill", "-s", "KILL", "backend")
    compose("up", "-d", "--no-build", "--wait", "backend")
    wait_for(answers)


@pytest.mark.containers
def test_the_page_stays_up_without_the_api_and_says_so(system):
    compose("pause", "backend")
    try:
        assert status(system + "/") == 200
    finally:
        compose("unpause", "backend")
    compose("stop", "backend")
    try:
        assert status(system + "/") == 200 and status(system + "/api/v1/version") == 503
    finally:
        compose("start", "backend")
    wait_for(lambda: status(system + "/api/v1/version") == 401)


@pytest.mark.containers
def test_no_secret_is_in_a_log_an_inspection_or_an_image(system):
    values = [path.read_text().strip() for path in (ROOT / "secrets").iterdir() if path.name != ".gitignore"]
    ids = compose("ps", "-q").stdout.split()
    told = compose("logs").stdout + subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True).stdout
    for image in ("tweetsent-backend", "tweetsent-frontend"):
        told += subprocess.run(["docker", "history", "--no-trunc", image], capture_output=True, text=True).stdout
    assert len(values) == 4 and not [value for value in values if value in told]


@pytest.mark.containers
def test_backup_and_restore_give_the_same_system(system, tmp_path):
    words = ["docker", "compose", "-p", "tweetsent-test", "exec", "-T", "backend", "tweetsent"]
    first = subprocess.run([*words, "backup", "-"], cwd=ROOT, capture_output=True, check=True)
    back = subprocess.run([*words, "restore", "-", "--replace"], cwd=ROOT, input=first.stdout, capture_output=True)
    assert back.returncode == 0, back.stderr.decode()
    second = subprocess.run([*words, "backup", "-"], cwd=ROOT, capture_output=True, check=True)
    assert b"kept" in first.stderr and first.stderr == second.stderr
    assert len(metadata.sorted_tables) > 3
