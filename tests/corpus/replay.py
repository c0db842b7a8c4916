#!/usr/bin/env python3
"""Runs of violated variants, as --json has them, are repeated by `stalemate replay`.

usage: replay.py STALEMATE [WORD ...]     with words: models with one of them in their path
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import shipped


def comparisons(program, words):
    with tempfile.TemporaryDirectory() as folder:
        one = pathlib.Path(folder) / "run.json"
        for path in shipped.models(words):
            for run in shipped.results(program, path):
                if run["verdict"] != "violated":
                    continue
                one.write_text(json.dumps(run))
                replay = subprocess.run([program, "replay", str(one), str(path)], cwd=shipped.SOURCE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        encoding="utf-8", check=False)
                good = replay.returncode == 0 and f"violates {run['property']}" in replay.stdout
                yield (f"{path} {run['variant']}", [] if good else replay.stdout.splitlines(),
                       f"{len(run['run'])} steps")


shipped.report(comparisons(str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]))
