#!/usr/bin/env python3
"""Half of the memory that a check needs ends it as inconclusive, and resumed with more it says the same.

    memory_limit.py STALEMATE [--sanitized] [WORD ...]

What a check needs is found by halving: the least --mem-limit with which it ends.  20 checks then get half
of that and a folder for a checkpoint: each must end with exit code 3 and within its memory.  'stalemate
resume' with more memory must then give the result of the check that nothing disturbed: verdicts, counts,
depth, runs.  With WORDS only the models with one of them in their name; --sanitized: a sanitizer takes
memory of its own, so how much the process has is not looked at.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent.parent / "models"
VARYING = ("seconds", "peak_rss_bytes")
KIB = 1024
# Bytes that malloc keeps for itself, and stacks of threads.
SLACK = 4 * KIB * KIB

# model, options; each with one thread and with two
CHECKS = [
    ("bench/icache", "--variant fixed --cpus 4 --prop assertions"),
    ("bench/icache_cache", "--variant fixed --cpus 4"),
    ("bench/ipilock", "--variant fixed --cpus 5 --prop assertions"),
    ("bench/ipilock", "--variant fixed --cpus 4 --prop no_deadlock"),
    ("bench/mtrr", "--variant fixed --cpus 5 --prop assertions"),
    ("bench/mtrr", "--variant fixed --cpus 3 --prop no_deadlock"),
    ("bench/shootdown", "--variant fixed --cpus 3"),
    ("bench/shootdown_cache", "--variant fixed --cpus 2 --set M=2"),
    ("seeds/arm_set_pte_at", "--variant flush_before_publish"),
    ("bench/mtrr", "--variant fixed --cpus 4"),
]


class Wrong(Exception):
    """What a check did that it must not do."""


class Tool:
    def __init__(self, program):
        self.program = program

    def run(self, *arguments):
        """(exit code, result without what varies, bytes of memory); no result is none."""
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            run = subprocess.run([self.program, *arguments, "--json", out.name], capture_output=True,
                                 text=True, check=False)
            text = out.read()
        if run.returncode not in (0, 1, 3):
            raise Wrong(f"exit code {run.returncode}\n{run.stderr}")
        result = json.loads(text)[0]
        peak = result["peak_rss_bytes"]
        for key in VARYING:
            del result[key]
        return run.returncode, result, peak

    def needed(self, arguments):
        """The least --mem-limit, in bytes and to some percent, with which a check ends."""
        low, high = KIB, 2 * KIB
        while not self.ends(arguments, high):
            low, high = high, 2 * high
        while high - low > high // 16:
            middle = (low + high) // 2
            if self.ends(arguments, middle):
                high = middle
            else:
                low = middle
        return high

    def ends(self, arguments, limit):
        return self.run(*arguments, "--mem-limit", str(limit))[1]["complete"]


def judge(tool, arguments, needed, sanitized):
    """One check with half of the memory, and its continuation.  States: then, and in the end."""
    code, expected, _ = tool.run(*arguments)
    without = tool.run(*arguments, "--max-states", "1")[2]  # what is held besides the search
    with tempfile.TemporaryDirectory() as folder:
        half, stopped, peak = tool.run(*arguments, "--mem-limit", str(needed // 2), "--checkpoint",
                                       folder + "/c")
        if half != 3 or "--mem-limit" not in (stopped["stopped"] or ""):
            raise Wrong(f"with half of the memory: exit code {half}, {stopped['stopped']}")
        if not sanitized and peak > without + needed // 2 + SLACK:
            raise Wrong(f"{peak} bytes with --mem-limit {needed // 2}; {without} without a search")
        again, result, _ = tool.run("resume", folder + "/c", "--mem-limit", str(4 * needed))
    if again != code or result != expected:
        raise Wrong(f"resumed: exit code {again} instead of {code}" + "".join(
            f"\n{key}: {result[key]!r} instead of {expected[key]!r}"
            for key in expected if result[key] != expected[key]))
    return stopped["states"], expected["states"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tool = Tool(Path(sys.argv[1]).resolve())
    sanitized = "--sanitized" in sys.argv
    words = [word for word in sys.argv[2:] if word != "--sanitized"]
    passed = failed = 0
    for model, options in CHECKS:
        if words and not any(word in model for word in words):
            continue
        base = ["check", str(MODELS / f"{model}.flush"), "--reduce", "none", *options.split()]
        for threads in ("1", "2"):
            arguments = [*base, "-j", threads]
            name = f"{model} {options} -j {threads}"
            try:
                needed = tool.needed(arguments)
                before, all_of_them = judge(tool, arguments, needed, sanitized)
            except Wrong as e:
                failed += 1
                print(f"FAILED {name}: {e}", flush=True)
                continue
            passed += 1
            print(f"ok     {name}: needs {needed // KIB} KiB; {before} of {all_of_them} states with half",
                  flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
