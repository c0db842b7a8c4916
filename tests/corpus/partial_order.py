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
from speculation import SOURCE, differences, models, results, verdicts  # noqa: E402

WAYS = (((), ("-j", "2")), (("--speculation", "explicit", "--max-states", "30000"), ("-j", "1")))


def compare(program, path, common, others):
    """(what differs, configurations, states of each)"""
    full = results(program, path, *common)
    reduced = results(program, path, *common, *others, "--reduce", "all", "--check-por")
    wrong, states, count = [], [0, 0], 0
    if len(full) != len(reduced):
        wrong.append(f"{path}: {len(full)} and {len(reduced)} configurations")
    for one, other in zip(full, reduced):
        if one["stopped"]:
            continue
        count += 1
        name = f"{path} {one['variant']} {one['cpus']}"
        wrong += differences(name, one, other)
        if one["verdict"] == "violated" and one.get("trace") != other.get("trace"):
            wrong.append(f"{name}: another run")
        if verdicts(one) != verdicts(other):
            wrong.append(f"{name}: other verdicts")
        states = [states[0] + one["states"], states[1] + other["states"]]
    return wrong, count, states


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, words = Path(sys.argv[1]).resolve(), sys.argv[2:]
    failed = passed = 0
    for path in models():
        path = path.relative_to(SOURCE)
        if words and not any(word in str(path) for word in words):
            continue
        for common, others in WAYS:
            wrong, count, states = compare(program, path, common, others)
            for line in wrong[:20]:
                print("DIFFERS", line[:1000])
            print(f"{'FAILED' if wrong else 'ok':8}{path} {' '.join(common)}  ({count} configurations; "
                  f"{states[0]} states, {states[1]} reduced)", flush=True)
            failed += bool(wrong)
            passed += not wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
