#!/usr/bin/env python3
"""Checks every shipped model with all steps and with those that are enough: the results must be the same.

    partial_order.py STALEMATE [WORD ...]

With --check-por, so that every pair of steps that is taken to be independent is tried in both orders.  What
is violated is shown by a search with all steps, so everything but the counts and the time must be equal
then; what is safe must have no more states.  With and without saturated copies, with one thread and with
two.  With WORDs only the models with one of them in their path.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from shipped import models, report, results  # noqa: E402
from speculation import differences  # noqa: E402

WAYS = (((), ("-j", "2")), (("--speculation", "explicit", "--max-states", "30000"), ("-j", "1")))


def compare(program, path, common, others):
    """(what differs, configurations, states of each)"""
    full = results(program, path, "-j", "1", *common, "--reduce", "none")
    reduced = results(program, path, *common, *others, "--reduce", "por", "--check-por")
    wrong, states, count = [], [0, 0], 0
    if len(full) != len(reduced):
        wrong.append(f"{path}: {len(full)} and {len(reduced)} configurations")
    for one, other in zip(full, reduced):
        if one["stopped"]:
            continue
        count += 1
        name = f"{path} {one['variant']} {one['cpus']}"
        wrong += differences(name, one, other)
        if one["verdict"] == "violated" and one["trace"] != other["trace"]:
            wrong.append(f"{name}: another run")
        states = [states[0] + one["states"], states[1] + other["states"]]
    return wrong, count, states


def comparisons(program, words):
    for path in models(words):
        for common, others in WAYS:
            wrong, count, states = compare(program, path, common, others)
            yield (" ".join((str(path), *common)), wrong,
                   f"{count} configurations; {states[0]} states, {states[1]} reduced")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    report(comparisons(Path(sys.argv[1]).resolve(), sys.argv[2:]))


if __name__ == "__main__":
    main()
