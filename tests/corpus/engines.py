#!/usr/bin/env python3
"""Checks every shipped model with both explorers, and with one and two threads: all must say the same.

    engines.py STALEMATE [--seconds N] [--speculation HOW] [WORD ...]

The reference explorer gets N seconds for each configuration (20 unless told); one that takes longer is
reported as slow.  With WORDs only the models with one of them in their path.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
VARYING = ("seconds", "peak_rss_bytes")


def models():
    root = SOURCE / "models"
    found = sorted(root.rglob("*.flush"))
    return [p for p in found if p.relative_to(root).parts[0] not in ("machine", "lib")]


def results(program, path, *arguments):
    """The results of all variants of a file, without what differs from run to run."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([program, "check", str(path), "--json", out.name, *arguments], cwd=SOURCE,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        found = json.load(out)
    for result in found:
        for key in VARYING:
            del result[key]
    return found


def differences(name, one, other):
    """Where two results of one configuration do not agree."""
    return [f"{name}: {key}: {one[key]!r} and {other[key]!r}" for key in one if one[key] != other[key]]


def compare(program, path, seconds, speculation):
    """(what differs, configurations, how many were too slow for the reference explorer)"""
    how = ("--speculation", speculation)
    slow = results(program, path, *how, "--engine", "reference", "--time-limit", f"{seconds}s")
    fast = [results(program, path, *how, "-j", threads) for threads in ("1", "2")]
    wrong, late = [], 0
    for i, reference in enumerate(slow):
        name = f"{path} {reference['variant']} {reference['cpus']}"
        wrong += differences(name + " -j 1 and -j 2", fast[0][i], fast[1][i])
        if reference["stopped"]:
            late += 1
        else:
            wrong += differences(name + " reference and fast", reference, fast[0][i])
    if any(len(f) != len(slow) for f in fast):
        wrong.append(f"{path}: {len(slow)} and {[len(f) for f in fast]} configurations")
    return wrong, len(slow), late


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--speculation", default="saturated")
    options = parser.parse_args()
    failed = passed = 0
    for path in models():
        path = path.relative_to(SOURCE)
        if options.words and not any(word in str(path) for word in options.words):
            continue
        wrong, count, late = compare(options.program.resolve(), path, options.seconds,
                                     options.speculation)
        for line in wrong[:20]:
            print("DIFFERS", line[:1000])
        print(f"{'FAILED' if wrong else 'ok':8}{path}  ({count} configurations, {late} slow)",
              flush=True)
        failed += bool(wrong)
        passed += not wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
