"JupyterLab inside the container: the token comes from a secret file, and nothing runs without one."

from pathlib import Path

TOKEN = Path("/run/secrets/jupyter_token")
token = TOKEN.read_text(encoding="utf-8").strip() if TOKEN.is_file() else ""
if len(token) < 32:
    raise SystemExit(f"{TOKEN} is missing or shorter than 32 characters; `make secrets` writes one")

c = get_config()  # noqa: F821
c.ServerApp.ip = "0.0.0.0"  # the port is published on the host's loopback only
c.ServerApp.port = 8888
c.ServerApp.root_dir = "/work"
c.ServerApp.allow_remote_access = True
c.IdentityProvider.token = token
c.ServerApp.custom_display_url = "http://127.0.0.1:8888/lab"
