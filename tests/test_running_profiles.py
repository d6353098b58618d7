"The profiles postgres, monitoring and dev on a docker engine: outages of the database, two replicas, alerts that fire, JupyterLab's rules."

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest
from compose_project import BACK_S, OUTAGES, ROOT, docker, has_image, no_engine, started, status, wait_for

pytestmark = pytest.mark.containers
POSTGRES = "postgresql+psycopg://tweetsent@postgres/tweetsent"


@pytest.fixture(scope="module")
def system():
    yield from started("tweetsent-test-more", "postgres", "monitoring", TWEETSENT_STORE_URL=POSTGRES)


@pytest.fixture(scope="module")
def key(system):
    return system.new_key("predict", "admin")


def query(system, path: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{system.env['PROMETHEUS_PORT']}/api/v1/{path}", timeout=20) as answer:
        return json.loads(answer.read())["data"]


def up(system, job: str) -> list[float]:
    return [float(one["value"][1]) for one in query(system, f"query?query=up%7Bjob%3D%22{job}%22%7D")["result"]]


def test_the_store_is_in_postgres_with_a_password_from_a_file(system, key):
    assert status(system.url + "/api/v1/labels", 20, **{"X-API-Key": key}) == 200
    assert not system.inside("backend", "ls", "/data").stdout.count("store.sqlite")
    refused = system.inside("postgres", "psql", "-h", "127.0.0.1", "-U", "tweetsent", "-w", "-c", "select 1")
    assert refused.returncode != 0 and "password" in refused.stderr, "not even inside without the password"


@pytest.mark.parametrize("how", OUTAGES)
def test_without_the_database_ready_names_it_and_the_others_stay_up(system, key, how):
    restarts = system.facts("backend")["RestartCount"]
    with system.outage(how, "postgres", "backend"):
        named = wait_for(lambda: any(missing.startswith("store:") for missing in system.ready() or []), 20)
        assert status(system.url + "/") == 200 and system.inside("backend", "curl", "-fs", "http://localhost:8000/health").returncode == 0
        assert status(system.url + "/api/v1/labels", 20, **{"X-API-Key": key}) == 503
        time.sleep(5)
    took = wait_for(lambda: system.ready() == [] and status(system.url + "/api/v1/labels", 5, **{"X-API-Key": key}) == 200, 60)
    print(f"postgres, {how}: named after {named:.1f} s, everything answers {took:.1f} s after the end")
    assert took < BACK_S and system.facts("backend")["RestartCount"] == restarts


@pytest.mark.parametrize("how", OUTAGES)
def test_without_prometheus_everything_is_answered(system, key, how):
    with system.outage(how, "prometheus", "backend"):
        assert system.ready() == [] and status(system.url + "/api/v1/labels", 20, **{"X-API-Key": key}) == 200
    wait_for(lambda: status(f"http://127.0.0.1:{system.env['PROMETHEUS_PORT']}/-/ready", 2) == 200, BACK_S)


def test_postgres_keeps_its_rows_when_its_container_is_made_anew(system, key):
    system.compose("up", "-d", "--no-build", "--wait", "--force-recreate", "postgres")
    wait_for(lambda: status(system.url + "/api/v1/labels", 5, **{"X-API-Key": key}) == 200, BACK_S)


def test_a_backup_of_postgres_restores_into_it(system, key):
    system.assert_backup_round_trip()
    assert status(system.url + "/api/v1/labels", 20, **{"X-API-Key": key}) == 200


def test_prometheus_sees_the_api_and_knows_the_rules(system):
    wait_for(lambda: up(system, "tweetsent") == [1.0] and up(system, "prometheus") == [1.0], 60)
    rules = [rule["name"] for group in query(system, "rules")["groups"] for rule in group["rules"]]
    assert "ApiDown" in rules and len(rules) >= 8
    assert system.inside("prometheus", "grep", "Uid", "/proc/1/status").stdout.split()[1] != "0"


def test_figures_of_every_container_and_the_newest_log_lines_are_in_the_monitoring(system):
    services = {"backend", "frontend", "postgres", "prometheus", "containers"}
    wait_for(lambda: all(system.facts(name)["State"]["Health"]["Status"] == "healthy" for name in services), 90)  # after a pause the engine asks again in half a minute
    began = time.time()
    done = subprocess.run([sys.executable, "docker/containers/watch.py", "--once"], cwd=ROOT, env=system.env | {"PROJECT": system.name}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    def figure(name: str, label: str) -> dict[str, float]:
        return {one["metric"][label]: float(one["value"][1]) for one in query(system, f"query?query={name}")["result"]}

    wait_for(lambda: any(float(one["value"][1]) >= int(began) for one in query(system, "query?query=containers_written_seconds")["result"]), 60)
    memory, allowed, healthy = (figure(f"container_{name}", "service") for name in ("memory_bytes", "memory_limit_bytes", "healthy"))
    assert set(memory) == services and all(0 < memory[name] < allowed[name] for name in services) and set(healthy.values()) == {1.0}
    assert figure("container_cpu_percent", "service").keys() == figure("container_network_receive_bytes", "service").keys() == services
    assert {f"{system.name}_{name}" for name in ("postgres", "store", "prometheus")} <= set(figure("volume_bytes", "volume"))
    with urllib.request.urlopen(f"http://127.0.0.1:{system.env['CONTAINERS_PORT']}/logs", timeout=20) as answer:
        assert "model loaded" in answer.read().decode()


def test_two_replicas_share_the_requests_and_both_are_scraped(system, key):
    system.compose("up", "-d", "--no-build", "--wait", "--scale", "backend=2", "backend")
    try:
        ids = system.compose("ps", "-q", "backend").stdout.split()
        assert len(ids) == 2
        time.sleep(6)  # nginx asks again for the names every five seconds

        def asked() -> list[float]:
            code = "import urllib.request; print(urllib.request.urlopen('http://localhost:8000/metrics').read().decode())"
            texts = [docker("exec", one, "python", "-c", code).stdout for one in ids]
            return [sum(map(float, re.findall(r'tweetsent_requests_total{method="GET",route="/api/v1/labels",status="200"} (\S+)', text))) for text in texts]

        before = asked()
        assert {status(system.url + "/api/v1/labels", 20, **{"X-API-Key": key}) for _ in range(40)} == {200}
        shares = [after - then for after, then in zip(asked(), before, strict=True)]
        assert sum(shares) == 40 and min(shares) >= 5, shares
        wait_for(lambda: up(system, "tweetsent") == [1.0, 1.0], 60)
    finally:
        system.compose("up", "-d", "--no-build", "--wait", "--scale", "backend=1", "backend")


def test_an_alert_fires_when_the_api_is_away_and_ends_with_it(system):
    def firing() -> list[str]:
        return [one["labels"]["alertname"] for one in query(system, "alerts")["alerts"] if one["state"] == "firing"]

    wait_for(lambda: up(system, "tweetsent") == [1.0] and "ApiDown" not in firing(), 120)
    system.compose("stop", "backend")
    try:
        took = wait_for(lambda: "ApiDown" in firing(), 150)
        print(f"ApiDown fires {took:.0f} s after the stop")
    finally:
        system.compose("start", "backend")
    wait_for(lambda: "ApiDown" not in firing(), 90)


# ---- JupyterLab ----


@pytest.fixture(scope="module")
def lab():
    if reason := no_engine():
        pytest.skip(reason)
    if not has_image("tweetsent-devtools"):
        pytest.skip("the image tweetsent-devtools is not built (docker compose --profile dev build; several gigabytes)")
    owner = ROOT.stat()
    if owner.st_uid == 0:
        pytest.skip("the checkout belongs to root, and JupyterLab does not run as root")
    apart = {"BACKEND_SUBNET": "172.30.10.0/24", "WEB_PORT": "18082"}
    yield from started("tweetsent-test-lab", "dev", HOST_UID=str(owner.st_uid), HOST_GID=str(owner.st_gid), **apart)


def test_jupyter_wants_its_token_and_tells_it_nobody(lab):
    address = f"http://127.0.0.1:{lab.env['JUPYTER_PORT']}"
    token = lab.inside("devtools", "cat", "/run/secrets/jupyter_token").stdout
    assert re.fullmatch("[0-9a-f]{64}", token)
    assert status(address + "/api/contents") == 403 and status(address + "/api/contents", 20, Authorization=f"token {'0' * 64}") == 403
    assert status(address + "/api/contents", 20, Authorization=f"token {token}") == 200
    assert token not in lab.compose("logs", "devtools").stdout + docker("inspect", lab.id_of("devtools")).stdout
    ports = lab.facts("devtools")["HostConfig"]["PortBindings"]
    assert [one["HostIp"] for binding in ports.values() for one in binding] == ["127.0.0.1"]
    assert lab.inside("devtools", "id", "-u").stdout.strip() != "0" and "8888" not in lab.facts("backend")["Config"].get("ExposedPorts", {})


def test_devtools_has_the_whole_training_stack(lab):
    code = "import accelerate, bitsandbytes, google.generativeai, jupyterlab, papermill, peft, ray, torch, transformers; print(torch.__version__)"
    done = lab.python("devtools", code)
    assert done.returncode == 0, done.stderr


def test_the_reloading_api_runs_from_the_checkout(lab):
    assert status(f"http://127.0.0.1:{lab.env['API_PORT']}/health") == 200
    assert lab.python("backend-dev", "import tweetsent; print('site-packages' in tweetsent.__file__)").stdout.strip() == "False", "not the checkout's code"


def test_the_reloading_page_is_served_and_asks_that_api(lab):
    page = f"http://127.0.0.1:{lab.env['DEV_WEB_PORT']}"
    wait_for(lambda: status(page + "/", 60) == 200, 120)
    assert status(page + "/api/v1/version", 60) == 401


def test_an_experiment_inside_leaves_its_report_outside(lab):
    done = lab.inside("devtools", "tweetsent", "run", "train", "-p", "data", "sample", "-p", "model", "tfidf", "--json", timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(done.stdout.strip().splitlines()[-1])["run_id"]
    try:
        report = ROOT / "reports" / run / "report.html"
        assert report.is_file() and report.stat().st_uid == ROOT.stat().st_uid
    finally:
        for folder in ("reports", "models"):
            shutil.rmtree(ROOT / folder / run, ignore_errors=True)


def test_a_notebook_runs_from_top_to_end_inside(lab):
    words = ["jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout", "--log-level=ERROR", "nbs/core/schema.ipynb"]
    done = lab.inside("devtools", *words, timeout=300)
    assert done.returncode == 0 and '"nbformat"' in done.stdout, done.stderr[-2000:]
