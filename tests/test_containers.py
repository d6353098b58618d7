"What the container files promise, read from them. What runs is tested where there is a docker engine (`make test-containers`)."

import importlib.util
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = {name: yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("docker-compose.yml", "docker-compose.grafana.yml")}
SERVICES = {name: service for file in reversed(COMPOSE.values()) for name, service in file["services"].items()}
ENDS = {"secrets"}  # runs once, before the others
SCRIPTS = [ROOT / ".ci" / "run", ROOT / ".githooks" / "pre-commit", *(path for folder in ("docker", "docs", "frontend/scripts") for path in sorted((ROOT / folder).rglob("*.sh")))]
DOCKERFILES = sorted((ROOT / "docker").rglob("Dockerfile"))


# ---- what is written ----


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened_limited_and_watched(name):
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"] and service["cpus"]
    health = service.get("healthcheck", {})
    assert name in ENDS or (health["interval"], health["timeout"], health["retries"]) == ("30s", "10s", 3)
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
    assert SERVICES["secrets"]["network_mode"] == "none"
    assert SERVICES["backend"]["networks"] == ["backend"] and "ports" not in SERVICES["backend"]
    assert SERVICES["postgres"]["networks"] == ["backend"] and "ports" not in SERVICES["postgres"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_images_run_as_somebody_else_than_root_from_pinned_bases(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not lines[0].startswith("# syntax"), "a front end would be pulled from a registry"
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users and users[-1].split(":")[0] not in ("root", "0")
    stages = {line.split(" AS ")[1] for line in lines if line.startswith("FROM ") and " AS " in line}
    bases = {line.split()[1] for line in lines if line.startswith("FROM ")} - stages
    assert bases and all(":" in base and not base.endswith(":latest") for base in bases)
    assert path.parent.name in ENDS or any(line.startswith("HEALTHCHECK ") for line in lines)


def test_the_api_image_has_no_training_stack():
    text = (ROOT / "docker" / "backend" / "Dockerfile").read_text(encoding="utf-8")
    assert "[serve,postgres]" in text and not re.search(r"\[(train|dev|notebooks)", text)


def test_secrets_are_written_once_and_never_committed(tmp_path):
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    subprocess.run(["sh", "docker/secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", "docker/secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    assert first == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(first) == {"tweetsent_secret", "jupyter_token", "postgres_password", "grafana_password"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values()) and len(set(first.values())) == len(first)
    assert not stat.S_IMODE((tmp_path / "secrets").stat().st_mode) & 0o044, "nobody else can list the folder"
    tracked = subprocess.run(["git", "ls-files", "secrets"], cwd=ROOT, capture_output=True, text=True)
    assert tracked.returncode or tracked.stdout.split() == ["secrets/.gitignore"]


def test_each_service_gets_the_secrets_it_reads_and_no_others(tmp_path):
    given, out = tmp_path / "given", tmp_path / "out"
    for folder in (given, *(out / name for name in ("backend", "postgres", "devtools", "grafana"))):
        folder.mkdir(parents=True)
    (given / "jupyter_token").write_text("brought by the operator")

    def drawn() -> dict[str, str]:
        subprocess.run(["sh", ROOT / "docker" / "secrets.sh", given, out], check=True, capture_output=True)
        return {str(path.relative_to(out)): path.read_text() for path in sorted(out.rglob("*")) if path.is_file()}

    first = drawn()
    assert first == drawn() and first["devtools/jupyter_token"] == "brought by the operator"
    assert set(first) == {"backend/postgres_password", "backend/tweetsent_secret", "devtools/jupyter_token", "grafana/grafana_password", "postgres/postgres_password"}
    assert first["backend/postgres_password"] == first["postgres/postgres_password"] and len(set(first.values())) == 4
    (given / "tweetsent_secret").write_text("another one")
    assert drawn() == first | {"backend/tweetsent_secret": "another one"}
    for name, service in SERVICES.items():
        mounted = {volume.split(":")[0] for volume in map(str, service.get("volumes", [])) if "secrets-" in volume} if name != "secrets" else set()
        assert mounted <= {f"secrets-{name.removesuffix('-dev').removesuffix('-gpu')}"}, name


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def test_every_alert_rule_has_a_test_that_fires_it():
    rules = yaml.safe_load((ROOT / "docker" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    cases = yaml.safe_load((ROOT / "docker" / "prometheus" / "alerts_test.yml").read_text())["tests"]
    fired = {test["alertname"] for case in cases for test in case["alert_rule_test"] if test["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules}
    assert all({"summary", "action"} <= rule["annotations"].keys() and rule["labels"]["severity"] in ("page", "ticket") for rule in rules)


def test_alert_rules_do_what_their_tests_say():
    promtool, folder = program("promtool"), ROOT / "docker" / "prometheus"
    for words in (["check", "rules", "alerts.yml"], ["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run([promtool, *words], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_docs_say_what_each_alert_means():
    rules = yaml.safe_load((ROOT / "docker" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    told = re.findall(r"^\| ([A-Z][a-z]+[A-Z]\w+) \|", (ROOT / "docs" / "operations.md").read_text(), re.M)
    assert told == [rule["alert"] for rule in rules]


def test_what_the_engine_tells_is_written_as_prometheus_reads_it():
    spec = importlib.util.spec_from_file_location("watch", ROOT / "docker" / "containers" / "watch.py")
    watch = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(watch)
    assert [watch.number_of_bytes(text) for text in ("0B", "12.5MiB", "1.2kB", "3GB", "--")] == [0, 12.5 * 2**20, 1200, 3e9, 0]
    rows = [("container_pids", {"service": "backend", "container": 'a"b'}, 7.0), ("containers_written_seconds", {}, 1764230000.4)]
    text = watch.text_of(rows)
    assert 'container_pids{service="backend",container="a\\"b"} 7\n' in text and text.endswith("containers_written_seconds 1764230000\n")
    asked = set(re.findall(r"\b(?:container|volume)s?_[a-z_]+", (ROOT / "docker" / "prometheus" / "alerts.yml").read_text()))
    assert asked <= set(watch.HELP) and {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == set(watch.HELP)


def test_rules_and_dashboard_ask_for_figures_that_the_server_has():
    from tweetsent.serving.metrics import Metrics

    known = {name for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE ") for name in [line.split()[2]]}
    texts = (ROOT / "docker" / "prometheus" / "alerts.yml").read_text() + (ROOT / "docker" / "grafana" / "dashboards" / "tweetsent.json").read_text()
    asked = set(re.findall(r"\btweetsent_[a-z_]+", texts))
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert bare <= known, bare - known


def test_shellcheck_finds_nothing():
    done = subprocess.run([program("shellcheck"), *map(str, SCRIPTS)], capture_output=True, text=True)
    assert done.returncode == 0 and len(SCRIPTS) > 4, done.stdout + done.stderr


def test_hadolint_finds_nothing():
    ignored = ["--ignore", "DL3008", "--ignore", "DL3013"]  # versions come from the base's release and from constraints.txt
    done = subprocess.run([program("hadolint"), *ignored, *map(str, DOCKERFILES)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("profile", [None, "dev", "gpu", "monitoring", "postgres", "*"])
def test_compose_understands_each_profile(profile, tmp_path):
    program("docker")
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    for files in ([], ["-f", "docker-compose.yml", "-f", "docker-compose.grafana.yml"]):
        words = ["docker", "compose", *files, *(["--profile", profile] if profile else []), "config", "--quiet"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr
