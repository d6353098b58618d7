#!/bin/sh
# Writes the secrets that are missing; what is there stays.
#   secrets.sh              on the host, into secrets/ (`make secrets`)
#   secrets.sh GIVEN OUT    in the container `secrets`: what lies in GIVEN, else what was drawn before, else a new one, into OUT/SERVICE/
set -eu

draw() { od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'; }

# NAME SERVICE...: each service that is there gets the secret of that name.
hand_out() {
  name=$1 value=
  shift
  [ ! -s "$given/$name" ] || value=$(cat "$given/$name")
  for service; do
    [ -n "$value" ] || [ ! -s "$out/$service/$name" ] || value=$(cat "$out/$service/$name")
  done
  [ -n "$value" ] || value=$(draw)
  for service; do
    [ -w "$out/$service" ] || continue
    [ "$(cat "$out/$service/$name" 2>/dev/null || true)" != "$value" ] || continue
    printf %s "$value" > "$out/$service/.$name"
    chmod 444 "$out/$service/.$name" # the volume is mounted into that service alone
    mv "$out/$service/.$name" "$out/$service/$name"
    echo "$service/$name: written"
  done
}

if [ $# = 2 ]; then
  given=$1 out=$2
  hand_out tweetsent_secret backend
  hand_out postgres_password backend postgres
  hand_out jupyter_token devtools
  hand_out grafana_password grafana
  exit 0
fi

folder=$(dirname "$0")/../secrets
mkdir -p "$folder"
for name in tweetsent_secret jupyter_token postgres_password grafana_password; do
  [ -s "$folder/$name" ] && continue
  draw > "$folder/$name"
  chmod 644 "$folder/$name" # the containers' users are not yours; the folder is closed instead
  echo "secrets/$name: written"
done
chmod 711 "$folder"
