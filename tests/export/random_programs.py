#!/usr/bin/env python3
"""Random programs in SPIN, Rumur and tla.py: verdict, states and transitions.

    random_programs.py RANDOM_EXPORT FIRST_SEED COUNT

Most of them are strange: they divide by what may be zero, leave domains, assign twice at once.
"""
import collections
import concurrent.futures
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import peer  # noqa: E402

FILES = {"spin": "random.pml", "rumur": "random.m", "tla": "random.tla"}


def compare(program, seed, tools):
    """The verdict of the reference, and what the tools say otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run([program, str(seed), folder], capture_output=True, text=True, check=True).stdout.split()
        expected = (found[0], *(int(n) for n in found[1:])) if len(found) == 3 else (found[0], 1000, None)
        wrong = []
        for tool in tools:
            text = (Path(folder) / FILES[tool]).read_text()
            try:
                wrong += peer.differences(tool, text, folder, expected)
            except peer.Failed as e:
                wrong.append(f"{tool}: {e}")
    return seed, found[0], wrong


def main():
    program, first, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    tools = peer.available()
    verdicts, failed = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for seed, verdict, wrong in pool.map(lambda s: compare(program, s, tools), range(first, first + count)):
            verdicts[verdict] += 1
            failed += bool(wrong)
            for line in wrong:
                print(f"DIFFERS seed {seed}: {line}", flush=True)
    print(f"{count - failed} equal, {failed} different, in {' and '.join(tools)}: "
          + ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items())))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
