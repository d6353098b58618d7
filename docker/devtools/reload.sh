#!/bin/sh
# Exports a notebook when it is saved, and starts the API anew when a module has changed.
set -eu
mkdir -p data
(cd /work && exec watchfiles --filter all "nbdev-export" nbs) &
exec watchfiles --filter python "tweetsent serve" tweetsent
