"The default profile on a docker engine: who reaches whom, what survives, what is cut off and comes back, and where no secret lies."

import json
import re
import subprocess
import time
import urllib.request

import pytest
from compose_project import BACK_S, OUTAGES, ROOT, docker, started, status, wait_for

pytestmark = pytest.mark.containers
SERVERS = """
import os, signal
def command(name): return open(f'/proc/{name}/cmdline', 'rb').read().split(bytes(1))
servers = [name for name in os.listdir('/proc') if name.isdigit() and name != '1' and b'serve' in command(name)]
"""
KILL = SERVERS + "[os.kill(int(name), signal.SIGKILL) for name in servers]"
# Fills the container's memory; the kernel is told to end the server first.
FILL = SERVERS + """
for name in servers: open(f'/proc/{name}/oom_score_adj', 'w').write('1000')
held = []
while True: held.append(b'x' * 2**24)
"""


@pytest.fixture(scope="module")
def system():
    yield from started("tweetsent-test")


@pytest.fixture(scope="module")
def key(system):
    return system.new_key("predict", "admin")


def ask(system, key: str, path: str, body: dict | None = None) -> dict:
    data = json.dumps(body).encode() if body is not None else None
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{system.url}/api/v1/{path}", data, headers), timeout=30) as answer:
        return json.loads(answer.read())


def test_page_and_api_answer_on_one_origin(system, key):
    with urllib.request.urlopen(system.url + "/", timeout=20) as page:
        policy = page.headers["Content-Security-Policy"]
        scripts = re.search("script-src ([^;]+)", policy)[1]
        assert page.status == 200 and "unsafe" not in scripts and "'sha256-" in scripts
    assert status(system.url + "/api/v1/version") == 401, "the API asks for a key"
    assert ask(system, key, "predict", {"texts": ["$TSLA beats"]})["predictions"][0]["label"]


def test_events_pass_the_proxy_when_they_are_sent(system, key):
    with urllib.request.urlopen(urllib.request.Request(system.url + "/api/v1/live", headers={"X-API-Key": key}), timeout=20) as stream:
        ask(system, key, "tweets", {"tweets": [{"tweet_id": "sse", "text": "$TSLA up", "created_at": "2024-01-05T10:00:00Z"}]})
        lines = iter(stream.readline, b"")
        assert any(b"sse" in line for line in lines if line.startswith(b"data: "))


@pytest.mark.parametrize("service", ["backend", "frontend"])
def test_a_running_container_has_no_more_rights_than_it_needs(system, service):
    facts = system.facts(service)
    host, state = facts["HostConfig"], system.inside(service, "cat", "/proc/1/status").stdout
    assert facts["State"]["Health"]["Status"] == "healthy"
    assert re.search(r"^Uid:\s+[1-9]", state, re.M) and re.search(r"^NoNewPrivs:\s+1$", state, re.M)
    assert re.search(r"^CapEff:\s+0+$", state, re.M) and re.search(r"^CapBnd:\s+0+$", state, re.M), state
    assert host["ReadonlyRootfs"] and host["Memory"] > 0 and host["PidsLimit"] > 0 and host["NanoCpus"] > 0 and not host["Privileged"]
    assert not any("docker.sock" in (mount.get("Source") or "") for mount in facts["Mounts"])
    assert all(one["HostIp"] == "127.0.0.1" for binding in (host["PortBindings"] or {}).values() for one in binding)
    assert system.inside(service, "sh", "-c", "echo x > /usr/x").returncode != 0, "nothing can be written beside volumes and /tmp"


def test_the_api_reaches_nobody_outside(system):
    asked = "import socket; socket.setdefaulttimeout(3); socket.create_connection(('1.1.1.1', 443))"
    assert system.python("backend", asked).returncode != 0
    routes = system.inside("backend", "cat", "/proc/net/route").stdout.splitlines()[1:]
    assert routes and not any(line.split()[1] == "00000000" for line in routes), "no way to anywhere but its own network"


def test_names_are_resolved_inside_and_not_outside(system):
    resolve = "import socket, sys; print(socket.gethostbyname('{}'))"
    assert system.python("backend", resolve.format("frontend")).returncode == 0
    outside = system.python("backend", resolve.format("example.com"))
    assert outside.returncode != 0 and "gaierror" in outside.stderr
    assert system.inside("frontend", "getent", "hosts", "backend").returncode == 0
    assert system.facts("secrets")["HostConfig"]["NetworkMode"] == "none"


def test_a_key_and_its_tweets_survive_the_containers(system, key):
    ask(system, key, "tweets", {"tweets": [{"tweet_id": "kept", "text": "$GM up", "created_at": "2024-01-05T10:00:00Z"}]})
    before = system.id_of("backend")
    system.down()
    system.up()
    assert system.id_of("backend") != before
    assert "kept" in [one["tweet_id"] for one in ask(system, key, "tweets?ticker=GM")["tweets"]]


def test_a_killed_server_comes_back_by_itself(system, key):
    before = system.facts("backend")["RestartCount"]
    assert system.python("backend", KILL).returncode in (0, 137)
    took = wait_for(lambda: system.facts("backend")["RestartCount"] > before and system.ready() == [], 30)
    assert ask(system, key, "labels")["labels"] and took < BACK_S
    print(f"kill -9: ready again after {took:.1f} s")


def test_a_server_that_ran_out_of_memory_comes_back_by_itself(system, key):
    before, began = system.facts("backend")["RestartCount"], int(time.time())
    docker("update", "--memory", "512m", "--memory-swap", "512m", system.id_of("backend"))
    assert system.python("backend", FILL).returncode != 0
    took = wait_for(lambda: system.facts("backend")["RestartCount"] > before and system.ready() == [], 60)
    told = docker("events", "--since", str(began), "--until", str(int(time.time()) + 1), "--filter", "event=oom").stdout
    docker("update", "--memory", "2g", "--memory-swap", "2g", system.id_of("backend"))
    print(f"out of memory: ready again after {took:.1f} s")
    assert "oom" in told and ask(system, key, "labels")["labels"] and took < BACK_S


@pytest.mark.parametrize("how", OUTAGES)
def test_the_page_stays_up_without_the_api_and_says_so(system, how):
    with system.outage(how, "backend", "backend"):
        assert status(system.url + "/") == 200 and status(system.url + "/nginx-health") == 200
        if how != "pause":  # a paused server takes the connection and is silent: the page has its own patience
            wait_for(lambda: status(system.url + "/api/v1/version") == 503, 10)
    took = wait_for(system.answers, 30)
    print(f"backend, {how}: answers {took:.1f} s after the end of the outage")
    assert took < BACK_S


@pytest.mark.parametrize("how", OUTAGES)
def test_the_api_stays_up_without_the_page(system, how):
    with system.outage(how, "frontend", "edge"):
        assert status(system.url + "/", 2) == 0 and system.ready() == []
    assert wait_for(lambda: status(system.url + "/", 2) == 200 and system.answers(), 30) < BACK_S


def secret_values(system) -> dict[str, str]:
    "As the services have them."
    names = system.inside("backend", "ls", "/run/secrets").stdout.split()
    return {name: system.inside("backend", "cat", f"/run/secrets/{name}").stdout for name in names}


def test_each_service_has_its_own_secrets_as_files_and_no_others(system):
    values = secret_values(system)
    assert set(values) == {"tweetsent_secret", "postgres_password"} and all(re.fullmatch("[0-9a-f]{64}", value) for value in values.values())
    assert system.inside("frontend", "ls", "/run/secrets").returncode != 0
    assert system.inside("backend", "sh", "-c", "echo x > /run/secrets/x").returncode != 0


def test_no_secret_is_in_a_log_an_inspection_or_an_image(system):
    values = [value.encode() for value in secret_values(system).values()]
    ids = system.compose("ps", "-aq").stdout.split()
    told = system.compose("logs").stdout + docker("inspect", *ids).stdout
    images = ("tweetsent-backend", "tweetsent-frontend", "tweetsent-secrets")
    told += "".join(docker("history", "--no-trunc", image).stdout + docker("image", "inspect", image).stdout for image in images)
    assert len(values) == 2 and not [value for value in values if value in told.encode()]
    for image in images:
        saving, tail, read = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE), b"", 0
        while block := saving.stdout.read(2**22):
            assert not any(value in tail + block for value in values), f"a secret is in a layer of {image}"
            tail, read = block[-64:], read + len(block)
        assert saving.wait() == 0 and read > 2**20


@pytest.mark.parametrize(("image", "most"), [("backend", 700), ("frontend", 60)])
def test_an_image_adds_little_to_its_base(system, image, most):
    base = [line.split()[1] for line in (ROOT / "docker" / image / "Dockerfile").read_text().splitlines() if line.startswith("FROM ")][-1]
    if docker("image", "inspect", base, check=False).returncode:
        docker("pull", "--quiet", base)
    ours, theirs = (json.loads(docker("image", "inspect", name).stdout)[0] for name in (f"tweetsent-{image}", base))
    layers = theirs["RootFS"]["Layers"]
    assert ours["RootFS"]["Layers"][: len(layers)] == layers, "built from another edition of the base; build again"
    added = (ours["Size"] - theirs["Size"]) / 1e6
    print(f"{image}: {added:.0f} MB on top of {base} ({theirs['Size'] / 1e6:.0f} MB)")
    assert 0 < added < most


def test_backup_and_restore_give_the_same_system(system, key):
    system.assert_backup_round_trip()
    assert wait_for(system.answers, 30) < BACK_S and ask(system, key, "labels")["labels"]
