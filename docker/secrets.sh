#!/bin/sh
# Writes the secrets that are missing into secrets/; what is there stays.
set -eu
folder=$(dirname "$0")/../secrets
mkdir -p "$folder"
for name in tweetsent_secret jupyter_token postgres_password grafana_password; do
  [ -s "$folder/$name" ] && continue
  od -An -vtx1 -N32 /dev/urandom | tr -d ' \n' > "$folder/$name"
  chmod 644 "$folder/$name" # the containers' users are not yours; the folder is closed instead
  echo "secrets/$name: written"
done
chmod 711 "$folder"
