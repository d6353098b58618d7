"""Writes what the docker engine knows of this project's containers where Prometheus can read it, so that no container needs the engine's socket.

    python3 docker/containers/watch.py [--once]      every 15 seconds until Ctrl-C; the standard library is enough
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURES = Path(__file__).resolve().parent / "figures"
EVERY_S, LOG_LINES = 15, 500
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
HELP = {
    "container_cpu_percent": "Of one core",
    "container_memory_bytes": "In use",
    "container_memory_limit_bytes": "Allowed",
    "container_network_receive_bytes": "Since the start",
    "container_network_transmit_bytes": "Since the start",
    "container_pids": "Processes and threads",
    "container_restarts": "By the engine, since the container was made",
    "container_healthy": "1: it runs and does not fail its health check",
    "volume_bytes": "Used on the disk",
    "containers_written_seconds": "When these figures were written, since 1970",
}


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"docker {' '.join(words[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def compose(*words: str) -> str:
    project = ["-p", os.environ["PROJECT"]] if os.environ.get("PROJECT") else []
    return docker("compose", *project, "--profile", "*", *words)


def number_of_bytes(
    text: str,  # "12.3MiB", "1.2kB"
) -> float:
    found = re.fullmatch(r"([0-9.]+)\s*([a-zA-Z]*?)B", text.strip())
    return float(found[1]) * UNITS[found[2].lower()] if found else 0.0


def container_rows(
    ids: list[str],
) -> list[tuple[str, dict[str, str], float]]:  # name, labels, value
    "The figures of running containers."
    known = {one["Id"]: one for one in json.loads(docker("inspect", *ids))} if ids else {}
    rows = []
    for line in docker("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *ids).splitlines() if ids else []:
        told = json.loads(line)
        facts = known[told["ID"]]
        state, labels = facts["State"], {"service": facts["Config"]["Labels"]["com.docker.compose.service"], "container": told["Name"]}
        used, allowed = told["MemUsage"].split("/")
        received, sent = told["NetIO"].split("/")
        healthy = state.get("Health", {}).get("Status") != "unhealthy" and state["Running"] and not state["Paused"]
        values = [float(told["CPUPerc"].rstrip("%") or 0), *map(number_of_bytes, (used, allowed, received, sent)), float(told["PIDs"] or 0)]
        values += [facts["RestartCount"], float(healthy)]
        rows += [(name, labels, value) for name, value in zip(HELP, values, strict=False)]
    return rows


def volume_rows(
    ids: list[str],
) -> list[tuple[str, dict[str, str], float]]:
    "The size of each volume that one of them has."
    mounts = {mount["Name"] for one in json.loads(docker("inspect", *ids)) for mount in one["Mounts"] if mount["Type"] == "volume"} if ids else set()
    found = json.loads(docker("system", "df", "-v", "--format", "{{json .}}"))["Volumes"] or []
    return [("volume_bytes", {"volume": one["Name"]}, number_of_bytes(one["Size"])) for one in found if one["Name"] in mounts]


def text_of(
    rows: list[tuple[str, dict[str, str], float]],
) -> str:
    "As Prometheus reads it."
    lines = []
    for name, told in HELP.items():
        lines += [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
        lines += [f"{name}{{{','.join(f'{key}={json.dumps(value)}' for key, value in labels.items())}}} {value:g}" for row, labels, value in rows if row == name and labels]
        lines += [f"{name} {value:.0f}" for row, labels, value in rows if row == name and not labels]
    return "\n".join(lines) + "\n"


def write(name: str, text: str) -> None:
    draft = FIGURES / f".{name}"
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o644)
    draft.replace(FIGURES / name)


def look() -> None:
    ids = compose("ps", "-q").split()
    write("containers.prom", text_of([*container_rows(ids), *volume_rows(ids), ("containers_written_seconds", {}, time.time())]))
    write("logs.txt", compose("logs", "--no-color", "--timestamps", "--tail", str(LOG_LINES)))


if __name__ == "__main__":
    try:
        look()
        while "--once" not in sys.argv:
            time.sleep(EVERY_S)
            try:
                look()
            except (RuntimeError, KeyError, ValueError) as error:  # a container that has just gone: look again
                print(f"watch: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        pass
    except RuntimeError as error:
        sys.exit(f"watch: {error}")
