#!/bin/sh
# Makes the database at the first start, with the password from the secret file, then runs it.
set -eu
password=/run/secrets/postgres_password
[ -s "$password" ] || { echo "$password is missing; 'make secrets' writes one" >&2; exit 1; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=tweetsent --pwfile="$password" --auth=scram-sha-256 --encoding=UTF8 --data-checksums
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  postgres --single -D "$PGDATA" postgres <<SQL
CREATE DATABASE tweetsent
SQL
else
  # The secret may have been drawn anew since; the file is right, and the API reads the same one.
  printf "ALTER ROLE tweetsent PASSWORD '%s'\n" "$(sed "s/'/''/g" "$password")" | postgres --single -D "$PGDATA" postgres > /dev/null
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
