#!/usr/bin/env python3
"""Checks every shipped model with saturated and with explicit caches: both must come to the same verdicts.

    speculation.py STALEMATE [--seconds N] [WORD ...]

The same: verdict and words of each property, what was never taken, bounds, and the program steps of the
run.  An explicit search gets N seconds for each configuration (20 unless told); one that takes longer is
reported as slow.  With WORDs only the models with one of them in their path.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from shipped import models, report, results  # noqa: E402

SAME = ("fingerprint", "variant", "cpus", "verdict", "exit", "property", "complete", "stopped", "bounds",
        "unreached", "untested", "undelivered", "program_steps")


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
    common = ("-j", "1", "--reduce", "none")
    explicit = results(program, path, *common, "--speculation", "explicit", "--time-limit", f"{seconds}s")
    saturated = results(program, path, *common)
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


def comparisons(options):
    for path in models(options.words):
        wrong, count, late, states = compare(options.program.resolve(), path, options.seconds)
        yield path, wrong, (f"{count} configurations, {late} slow; {states[0]} states explicit, "
                            f"{states[1]} saturated")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--seconds", type=int, default=20)
    report(comparisons(parser.parse_args()))


if __name__ == "__main__":
    main()
