#!/usr/bin/env bash
# Seeds a store with the embedded sample, starts API and page on loopback, prints address and key. Ctrl-C ends it.
# usage: demo.sh [PORT] [TWEETS] [PRICES]   environment: TWEETSENT_STORE_URL, TWEETSENT_MODELS_DIR, TWEETSENT_REPORTS_DIR, KEY_FILE (where to write the key)
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${1:-8000}
tweets=${2:-sample}
prices=${3:-}
bin=.venv/bin
url=http://127.0.0.1:$port

models=${TWEETSENT_MODELS_DIR:-models}
if ! ls "$models"/*/manifest.json >/dev/null 2>&1; then
  echo "no model yet: training the baseline on the embedded sample"
  $bin/tweetsent run train -p data sample -p model tfidf >/dev/null
fi

$bin/tweetsent serve --dev --port "$port" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 240); do
  curl -sf "$url/ready" >/dev/null && break
  kill -0 $server 2>/dev/null || exit 1
  sleep 0.5
done
curl -sf "$url/ready" >/dev/null || { echo "the server is not ready: $(curl -s "$url/ready")" >&2; exit 1; }

key=$($bin/tweetsent keys create --name demo --scope predict --scope review --scope admin --days 30 --json | tail -1 | $bin/python -c 'import json, sys; print(json.load(sys.stdin)["key"])')
TWEETSENT_API_KEY=$key $bin/tweetsent replay "$tweets" --speed 1000000000 --url "$url" >/dev/null
if [ -z "$prices" ] && [ "$tweets" = sample ]; then prices=sample; fi
if [ -n "$prices" ]; then $bin/tweetsent prices "$prices" >/dev/null; fi
if [ "$tweets" = sample ]; then
  $bin/tweetsent label sample --annotator vader,simulator >/dev/null || echo "nothing was labelled: the review page stays empty" >&2
fi
if [ -n "${KEY_FILE:-}" ]; then (umask 077; printf '%s' "$key" >"$KEY_FILE"); fi
echo
echo "  page     $url"
echo "  API key  $key   (enter it on the page)"
echo "  Ctrl-C ends it."
wait $server
