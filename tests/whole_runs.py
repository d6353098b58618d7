"""Running the command line to its end, for tests that look at what it leaves."""

import json


def trained(tweetsent, *words, **options) -> dict:
    "Train by the command line; the last line of stdout as an object."
    done = tweetsent("run", "train", "--json", *words, **options)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])
