#!/usr/bin/env python3
"""Checks every shipped model with saturated and with explicit caches: both must come to the same verdicts.

    speculation.py STALEMATE [--seconds N] [WORD ...]

The same: verdict and words of each property, what was never taken, bounds, and the program steps of the
run.  An explicit search gets N seconds for each configuration (20 unless told); one that takes longer is
reported as slow.  With WORDs only the models with one of them in their path.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
SAME = ("fingerprint", "variant", "cpus", "verdict", "exit", "property", "complete", "stopped", "bounds",
        "unreached", "program_steps")


def models():
    root = SOURCE / "models"
    found = sorted(root.rglob("*.flush"))
    return [p for p in found if p.relative_to(root).parts[0] not in ("machine", "lib")]


def results(program, path, *arguments):
    """The results of all variants of a file."""
    threads = () if "-j" in arguments else ("-j", "1")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([program, "check", str(path), "--json", out.name, *threads, *arguments],
                       cwd=SOURCE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return json.load(out)


def verdicts(result):
    """Per property: a message of a violation names values, and runs of one length may differ in them."""
    return [(p["name"], p["verdict"], p["message"] if p["verdict"] == "vacuous" else "")
            for p in result["properties"]]


def differences(name, one, other):
    """Where two results of one configuration do not agree."""
    wrong = [f"{name}: {key}: {one[key]!r} and {other[key]!r}" for key in SAME if one[key] != other[key]]
    if verdicts(one) != verdicts(other):
        wrong.append(f"{name}: {verdicts(one)} and {verdicts(other)}")
    error = [bool(r["model_error"]) for r in (one, other)]
    if error[0] != error[1]:
        wrong.append(f"{name}: {one['model_error']} and {other['model_error']}")
    if one["states"] < other["states"]:
        wrong.append(f"{name}: {one['states']} states become {other['states']}")
    return wrong


def compare(program, path, seconds):
    """(what differs, configurations, how many were too slow, states of each)"""
    explicit = results(program, path, "--speculation", "explicit", "--time-limit", f"{seconds}s")
    saturated = results(program, path)
    wrong, late, states = [], 0, [0, 0]
    if len(explicit) != len(saturated):
        wrong.append(f"{path}: {len(explicit)} and {len(saturated)} configurations")
    for one, other in zip(explicit, saturated):
        if one["stopped"]:
            late += 1
            continue
        wrong += differences(f"{path} {one['variant']} {one['cpus']}", one, other)
        states = [states[0] + one["states"], states[1] + other["states"]]
    return wrong, len(saturated), late, states


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    failed = passed = 0
    for path in models():
        path = path.relative_to(SOURCE)
        if options.words and not any(word in str(path) for word in options.words):
            continue
        wrong, count, late, states = compare(options.program.resolve(), path, options.seconds)
        for line in wrong[:20]:
            print("DIFFERS", line[:1000])
        print(f"{'FAILED' if wrong else 'ok':8}{path}  ({count} configurations, {late} slow; "
              f"{states[0]} states explicit, {states[1]} saturated)", flush=True)
        failed += bool(wrong)
        passed += not wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
