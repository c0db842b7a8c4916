#!/usr/bin/env python3
"""Exports the shipped models and those of this folder, and compares with SPIN, Rumur and tla.py.

    run.py STALEMATE              one variant of each model, those that are small
    run.py STALEMATE --all        all variants of all models; hours
    run.py STALEMATE --self-check a broken export is noticed
    run.py STALEMATE WORD...      only models with one of the words in their path

A tool that is not installed is skipped: script/bootstrap --peers.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))
import peer  # noqa: E402
import shipped  # noqa: E402

Case = collections.namedtuple("Case", "path arguments")

# What one comparison may take: states, and bytes of text, which is what building a checker costs.
Limits = collections.namedtuple("Limits", "states text")
SHORT = Limits({"spin": 20_000, "rumur": 20_000, "tla": 500}, {"spin": 120_000, "rumur": 40_000, "tla": 60_000})
LONG = Limits({"spin": 3_000_000, "rumur": 3_000_000, "tla": 20_000},
              {"spin": 10_000_000, "rumur": 3_000_000, "tla": 500_000})


def configurations(program, path, limits, all_variants):
    """Results of the variants, one after the other or all."""
    options = ["--speculation", "explicit", "--reduce", "none", "--max-states", str(max(limits.states.values()))]
    if all_variants:
        yield from shipped.results(program, path, *options)
    for variant in [] if all_variants else re.findall(r"^variant\s+(\w+)", (shipped.SOURCE / path).read_text(), re.M):
        yield from shipped.results(program, path, *options, "--variant", variant)


def cases(program, words, limits, all_variants):
    """Of each model all variants, or the first one within the limits; None where there is none."""
    own = [path.relative_to(shipped.SOURCE) for path in sorted(Path(__file__).resolve().parent.glob("*.flush"))]
    for path in [*shipped.models(words), *(p for p in own if not words or any(word in str(p) for word in words))]:
        found = 0
        for result in configurations(program, path, limits, all_variants):
            if result["verdict"] == "inconclusive":
                continue
            found += 1
            variant = ["--variant", result["variant"]] if result["variant"] else []
            yield Case(path, [*variant, "--cpus", str(result["cpus"])])
            if not all_variants:
                break
        if not found:
            yield Case(path, None)


def ours(program, case):
    """(verdict, states, transitions); a violation is one that the exports can show."""
    result = shipped.results(program, case.path, *case.arguments, "--speculation", "explicit", "--reduce", "none")[0]
    if result["verdict"] == "error":
        return "error", None, None
    ir = subprocess.run([program, "show", str(case.path), *case.arguments, "--ir"], cwd=shipped.SOURCE,
                        capture_output=True, text=True, check=True).stdout
    stuck = set(re.findall(r'^\(property ("[^"]*"|\S+) no_stuck', ir, re.M))
    violated = any(p["verdict"] == "violated" for p in result["properties"]
                   if p["name"] not in {name.strip('"') for name in stuck})
    return ("violated" if violated else "safe"), result["states"], result["transitions"]


def exported(program, case, language):
    run = subprocess.run([program, "export", str(case.path), *case.arguments, "--to", language],
                         cwd=shipped.SOURCE, capture_output=True, text=True, check=False)
    if "is about fair runs" in run.stderr:
        return None
    if run.returncode:
        raise peer.Failed(run.stderr.strip())
    return run.stdout


def compare(program, case, tool, limits):
    """(what was compared, what differs, a remark), or None in place of the differences when skipped."""
    name = f"{tool:6} {case.path} {' '.join(case.arguments or [])}"
    if case.arguments is None:
        return name, None, "too many states"
    try:
        text = exported(program, case, peer.LANGUAGES[tool])
        if text is None:
            return name, None, "fair runs"
        if len(text) > limits.text[tool]:
            return name, None, f"a text of {len(text)} bytes"
        expected = ours(program, case)
        if expected[1] is not None and expected[1] > limits.states[tool]:
            return name, None, f"{expected[1]} states"
        with tempfile.TemporaryDirectory() as folder:
            return name, peer.differences(tool, text, folder, expected), f"{expected[0]}, {expected[1]} states"
    except peer.Failed as e:
        return name, [str(e)], "failed"


# Where the steps begin.
STEPS = {"spin": r"active proctype", "rumur": r'\n  rule "', "tla": r"(?s)\nInit ==.*?\n\n"}
# Model, variant, and the lines of the export that are left out.
BROKEN = [("mtrr", "fixed", r"(/\\ )?user_0'? :?= "), ("mtrr", "fixed", r"(/\\ )?gate'? :?= "),
          ("mtrr", "fixed", r"(/\\ )?calls('|\[\w+\]) :?= "), ("mtrr", "fixed", r"(/\\ )?left_to_come'? :?= "),
          ("icache", "buggy", r"(assert|/\\ Assert).*property"), ("mtrr", "fixed", r"no such line")]


def self_check(program, tools):
    """What is left out of an export must be noticed; where nothing is left out, there is nothing to notice."""
    failed = 0
    for model, variant, pattern in BROKEN:
        case = Case(Path(f"models/bench/{model}.flush"), ["--variant", variant, "--cpus", "2"])
        expected = ours(program, case)
        for tool in tools:
            text = exported(program, case, peer.LANGUAGES[tool])
            start = re.search(STEPS[tool], text).end()
            steps, dropped = re.subn(rf"^ +{pattern}.*\n", "", text[start:], flags=re.M)
            with tempfile.TemporaryDirectory() as folder:
                wrong = peer.differences(tool, text[:start] + steps, folder, expected)
            right = bool(wrong) == bool(dropped)
            failed += not right
            print(f"{'ok' if right else 'MISSED':8}{tool:6} {model} without {dropped} of /{pattern}/: {wrong}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--self-check", action="store_true")
    options = parser.parse_intermixed_args()
    program = os.path.abspath(options.program)

    tools = peer.available()
    if options.self_check:
        return 1 if self_check(program, tools) else 0

    limits = LONG if options.all else SHORT
    jobs = [(case, tool) for case in cases(program, options.words, limits, options.all) for tool in tools]
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda job: compare(program, *job, limits), jobs)
        for name, wrong, remark in done:
            word = "skipped" if wrong is None else "FAILED" if wrong else "ok"
            count[word] += 1
            for line in wrong or []:
                print("DIFFERS", line)
            print(f"{word:8}{name}  ({remark})", flush=True)
    print(f"{count['ok']} equal, {count['FAILED']} different, {count['skipped']} not for this run")
    return 1 if count["FAILED"] or not count["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
