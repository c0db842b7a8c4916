#!/usr/bin/env python3
"""Checks every shipped model with and without symmetry: the results must be the same.

    symmetry.py STALEMATE [WORD ...]

Everything but the counts of states and transitions and the time must be equal: verdicts, messages, the
number of steps of each run, depth, what was never taken.  There must be no more states.  With and without
saturated copies, with one thread and with two, and once together with partial order.  With WORDs only the
models with one of them in their path.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from shipped import models, report, results  # noqa: E402
from speculation import differences  # noqa: E402

WAYS = (
    ((), ("-j", "1"), ("symmetry",)),
    ((), ("-j", "2"), ("por", "symmetry")),
    (("--speculation", "explicit", "--max-states", "30000"), ("-j", "2"), ("symmetry",)),
)


def compare(program, path, common, others, reduce):
    """(what differs, configurations, those that are symmetric, those with other runs, states of each)"""
    full = results(program, path, "-j", "1", *common, "--reduce", "none")
    reduced = results(program, path, *common, *others, "--reduce", ",".join(reduce))
    wrong, states, count, symmetric, renamed = [], [0, 0], 0, 0, 0
    if len(full) != len(reduced):
        wrong.append(f"{path}: {len(full)} and {len(reduced)} configurations")
    for one, other in zip(full, reduced):
        if one["stopped"]:
            continue
        count += 1
        name = f"{path} {one['variant']} {one['cpus']}"
        wrong += differences(name, one, other)
        if other["states"] > one["states"]:
            wrong.append(f"{name}: {other['states']} states instead of {one['states']}")
        if "por" not in reduce and one["depth"] != other["depth"]:
            wrong.append(f"{name}: depth {other['depth']} instead of {one['depth']}")
        symmetric += any(r["applied"] for r in other["reductions"] if r["name"] == "symmetry")
        # Who waits for whom, which is read off the text of guards, may choose another of the nearest ends.
        renamed += one["trace"] != other["trace"] and "por" not in reduce
        states = [states[0] + one["states"], states[1] + other["states"]]
    return wrong, count, symmetric, renamed, states


def comparisons(program, words):
    for path in models(words):
        for common, others, reduce in WAYS:
            wrong, count, symmetric, renamed, states = compare(program, path, common, others, reduce)
            yield (" ".join((str(path), *common, *reduce)), wrong,
                   f"{count} configurations, {symmetric} symmetric, {renamed} other runs; {states[0]} states, "
                   f"{states[1]} reduced")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    report(comparisons(Path(sys.argv[1]).resolve(), sys.argv[2:]))


if __name__ == "__main__":
    main()
