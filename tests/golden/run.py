#!/usr/bin/env python3
"""Checks that bad model text gets the exact message.

Every bad/NAME.flush is given to the program; bad/NAME.expected holds the exit code, the whole
standard error and, when there is any, the standard output.  The first comment lines of a model
may say how it is run:

    // args: check FILE --variant x

FILE stands for the path of the model; the default is `check FILE`.  Files in folders below bad/
are there to be imported.

    run.py STALEMATE             compare
    run.py --update STALEMATE    write the expectations anew; read the diff before you commit it
    run.py STALEMATE NAME ...    only these
"""
import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Relative to HERE, the working directory of every run, so that messages name no checkout.
LIBRARY = os.path.relpath(HERE.parent.parent, HERE)
TIMEOUT_SECONDS = 60
SECONDS = re.compile(r"\b\d+\.\d\d s\b")


def arguments(model):
    """The command line of a model."""
    words = "check FILE"
    for line in model.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("//"):
            break
        if line.startswith("// args:"):
            words = line[len("// args:"):]
    path = model.relative_to(HERE).as_posix()
    return [path if word == "FILE" else word for word in shlex.split(words)]


def run(program, model):
    """What the program makes of a model, in the form of an expectation."""
    environment = dict(os.environ, STALEMATE_PATH=LIBRARY, LC_ALL="C.UTF-8")
    try:
        done = subprocess.run([program, *arguments(model)], cwd=HERE, env=environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer after {TIMEOUT_SECONDS} s\n"
    text = f"exit {done.returncode}\n" + done.stderr.decode("utf-8", errors="replace")
    if done.stdout:
        text += "--- stdout\n" + done.stdout.decode("utf-8", errors="replace")
        text = SECONDS.sub("TIME s", text)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the expectations anew")
    parser.add_argument("program", type=Path, metavar="STALEMATE")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    program = options.program.resolve()

    models = sorted((HERE / "bad").glob("*.flush"))
    if options.names:
        models = [m for m in models if m.stem in options.names]
    if not models:
        print("no models found", file=sys.stderr)
        return 2
    passed = failed = 0
    for model in models:
        expected = model.with_suffix(".expected")
        got = run(program, model)
        if options.update:
            expected.write_text(got, encoding="utf-8")
        want = expected.read_text(encoding="utf-8") if expected.exists() else ""
        if got == want and got.startswith("exit 2\n"):
            passed += 1
            continue
        failed += 1
        print(f"FAILED {model.relative_to(HERE)}")
        if not got.startswith("exit 2\n"):
            print("  a bad model ends with exit code 2 and a message")
        sys.stdout.writelines(
            difflib.unified_diff(want.splitlines(True), got.splitlines(True), "expected", "got"))
    for orphan in sorted((HERE / "bad").glob("*.expected")):
        if not orphan.with_suffix(".flush").exists():
            print(f"FAILED {orphan.relative_to(HERE)}: there is no such model")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
