#!/usr/bin/env python3
"""Checks every shipped model with both explorers, and with one and two threads: all must say the same.

    engines.py STALEMATE [--seconds N] [--speculation HOW] [WORD ...]

The reference explorer gets N seconds for each configuration (20 unless told); one that takes longer is
reported as slow.  With WORDs only the models with one of them in their path.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from shipped import models, report, results  # noqa: E402

VARYING = ("seconds", "peak_rss_bytes")


def stable(program, path, *arguments):
    """The results of all variants of a file, without what differs from run to run."""
    found = results(program, path, *arguments)
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
    slow = stable(program, path, *how, "--engine", "reference", "--time-limit", f"{seconds}s")
    fast = [stable(program, path, *how, "--reduce", "none", "-j", threads) for threads in ("1", "2")]
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


def comparisons(options):
    for path in models(options.words):
        wrong, count, late = compare(options.program.resolve(), path, options.seconds,
                                     options.speculation)
        yield path, wrong, f"{count} configurations, {late} slow"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--speculation", default="saturated")
    report(comparisons(parser.parse_args()))


if __name__ == "__main__":
    main()
