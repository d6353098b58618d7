#!/bin/sh
# Writes nginx's Content-Security-Policy: inline scripts are allowed by their hash alone.
# Usage: policy.sh FOLDER_WITH_HTML FILE_TO_WRITE
set -eu
folder=$1 target=$2
hashes=$(find "$folder" -name '*.html' -exec perl -MDigest::SHA=sha256_base64 -0777 -ne '
  while (/<script(?![^>]*\bsrc=)[^>]*>(.*?)<\/script>/gs) { next unless length $1; my $h = sha256_base64($1); $h .= "=" while length($h) % 4; print "\x27sha256-$h\x27\n" }' {} + | sort -u | tr '\n' ' ')
[ -n "$hashes" ] || { echo "policy.sh: no inline script in $folder; is it a Next.js export?" >&2; exit 1; }
printf "add_header Content-Security-Policy \"default-src 'self'; script-src 'self' %s; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'\" always;\n" "$hashes" > "$target"
