#!/usr/bin/env bash
# Take the README's picture from a real report: docs/picture.sh RUN_ID (needs chromium; Debian's is fine).
set -euo pipefail
cd "$(dirname "$0")/.."
report=$PWD/reports/${1:?give the id of a run, see: tweetsent runs}/report.html
[ -f "$report" ] || { echo "no report at $report"; exit 1; }
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
  --disable-sync --hide-scrollbars --blink-settings=preferredColorScheme=1 --user-data-dir="$profile" --window-size=1280,1560 \
  --screenshot="$PWD/docs/report.png" "file://$report"
