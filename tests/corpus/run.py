#!/usr/bin/env python3
"""Checks every shipped model: each variant gives the verdict that its file expects.

Models are found when this runs: models/**/*.flush without the libraries in machine/ and lib/.
`stalemate check` must end with 0 for each of them, and `stalemate show` with each variant.

    run.py STALEMATE [--budget SECONDS] [WORD ...]

With WORDs only the models with one of them in their path.  With --budget, a model that takes
longer is stopped and reported, not counted as failed: for slow builds.
"""
import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
VARIANT = re.compile(r"^\s*variant\s+(\w+)", re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def models():
    root = SOURCE / "models"
    found = sorted(root.rglob("*.flush"))
    return [path for path in found if path.relative_to(root).parts[0] not in ("machine", "lib")]


class Runner:
    def __init__(self, program, budget):
        self.program, self.budget = program, budget
        self.environment = dict(os.environ, STALEMATE_PATH=".", LC_ALL="C.UTF-8")

    def run(self, *arguments):
        """(exit code or None when it took too long, output)"""
        try:
            done = subprocess.run([self.program, *map(str, arguments)], cwd=SOURCE,
                                  env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  text=True, encoding="utf-8", errors="replace",
                                  timeout=self.budget)
        except subprocess.TimeoutExpired as late:
            return None, (late.stdout or b"").decode("utf-8", errors="replace")
        return done.returncode, done.stdout

    def check(self, path):
        """What is wrong with one model; "slow" when it took too long."""
        code, output = self.run("check", path)
        if code is None:
            return "slow"
        if code != 0:
            return f"check ends with {code}\n{output}"
        for variant in VARIANT.findall(COMMENT.sub("", (SOURCE / path).read_text("utf-8"))):
            for arguments in (("show",), ("show", "--ir")):
                code, output = self.run(*arguments, path, "--variant", variant)
                if code != 0:
                    return f"{' '.join(arguments)} --variant {variant} ends with {code}\n{output}"
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--budget", type=float, metavar="SECONDS")
    options = parser.parse_args()
    runner = Runner(options.program.resolve(), options.budget)
    passed = failed = 0
    for path in models():
        path = path.relative_to(SOURCE)
        if options.words and not any(word in str(path) for word in options.words):
            continue
        began = time.monotonic()
        wrong = runner.check(path)
        seconds = time.monotonic() - began
        if wrong == "slow":
            print(f"slow    {path}  ({seconds:.1f} s)", flush=True)
            continue
        passed += not wrong
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok':7} {path}  ({seconds:.1f} s)", flush=True)
        if wrong:
            print(wrong, flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
