#!/usr/bin/env python3
"""Does a test notice when what decides a verdict is wrong?

    run.py WORKTREE [--number N] [--seed N] [--table FILE] [--hours H] [--only TEXT]... [--jobs N]
                    [--quick SECONDS] [--times FILE]
    run.py --list [--number N] [--seed N] [--only TEXT]...
    run.py --report TABLE
    run.py --self-check

Makes one small defect at a time (defects.py) in the files that decide a verdict, builds what it
concerns and runs the tests, the cheap ones first, until one fails.  WORKTREE is a checkout of its
own with a build folder, `git worktree add` makes one: its sources are changed and put back.  Each defect becomes
a line of the table: what caught it, or that it survived.  The table is read first, so that a run that
was ended goes on.  --seed says which defects, the areas in turn.  All tests must pass without any; how long
they take then says when one does not end.
The exit code is 0 however many survive: they are read, not counted (docs/trust.md).
"""
import argparse
import collections
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import defects  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

# Per area: how many of nine defects, its files, and the tests that concern it, those first that notice
# most for their time.  The unit test of the file comes before all of them.
Area = collections.namedtuple("Area", "share files tests")
REDUCTIONS = [f"engine/{name}.cc" for name in (
    "dependence", "orbits", "preemption", "renamed_text", "renaming", "same_boxes", "sticky", "stubborn",
    "symmetry")]
AREAS = {
    "engine": Area(3, ["engine/*.cc", "judge/*.cc"],
                   ["judge", "regress", "engine_cube", "engine_general", "engine_successors",
                    "engine_layout", "engine_log", "engine_names", "engine_table", "engine_edges",
                    "engine_checkpoint", "engine_checkpoint_damage", "engine_bunches",
                    "engine_state_log", "engine_names_too_long", "engine_search", "engine_stubborn",
                    "engine_symmetry", "docs", "cli", "memory_limit", "engines", "verify"]),
    "reductions": Area(2, ["reduce/*.cc", *REDUCTIONS],
                       ["reduce", "engine_stubborn", "engine_symmetry", "engine_renaming", "judge",
                        "regress", "docs", "cli", "partial_order", "symmetry", "speculation"]),
    "interp": Area(2, ["interp/*.cc"],
                   ["interp", "judge", "regress", "reduce", "docs", "cli", "replay", "engines"]),
    "export": Area(1, ["export/*.cc"], ["export_unit", "export_random", "export", "docs"]),
    "verify": Area(1, ["verify/*.cc"], ["verify_random", "verify", "docs"]),
}
# Files that only say how far a search is, or print it.
SPARED = ["engine/memory.cc", "engine/pool.cc", "export/remark.cc", "verify/main.cc"]

FIELDS = "file line kind old new verdict seconds"
Row = collections.namedtuple("Row", FIELDS)
SURVIVED, NO_BUILD = "survived", "does not compile"
SO_FAR = "survived so far"  # the quick tests
TOO_LONG = " (does not end)"


def files_of(root):
    """Per area its files, as src/ has them; each is in one area."""
    source = root / "src"
    return {area: [str(path.relative_to(source)) for pattern in wanted.files
                   for path in sorted(source.glob(pattern))
                   if area == "reductions" or str(path.relative_to(source)) not in REDUCTIONS]
            for area, wanted in AREAS.items()}


def chosen(root, number, seed, only):
    """(area, file, defect), the areas in turn."""
    pools = {}
    for area, files in files_of(root).items():
        pool = {}
        for name in files:
            if name in SPARED or (only and not any(word in name for word in only)):
                continue
            text = (root / "src" / name).read_text("utf-8")
            lines = text.split("\n")
            for d in defects.all_of(text):
                # Not by its number: what is chosen stays so when other lines change.
                what = f"{seed} {name} {lines[d.line - 1]} {d.kind} {d.old} {d.new}"
                pool.setdefault(hashlib.sha256(what.encode()).digest(), (area, name, d))
        pools[area] = [pool[digest] for digest in sorted(pool)]
    out = []
    while len(out) < number and any(pools.values()):
        for area, pool in pools.items():
            for _ in range(min(AREAS[area].share, len(pool))):
                out.append(pool.pop())
    return out


class Bench:
    """A checkout in which defects are made."""

    def __init__(self, root, jobs, quick):
        self.root, self.jobs, self.quick = root, jobs, quick
        text = (root / "build/meson-info/intro-tests.json").read_text("utf-8")
        self.known = {test["name"]: test for test in json.loads(text)}
        self.seconds = {}  # of each test, without defects

    def targets(self, test):
        """The programs that a test runs, in the build folder."""
        build = self.root / "build"
        paths = [os.path.relpath(build / word, build) for word in self.known[test]["cmd"]]
        return [p for p in paths if not p.startswith("..") and os.access(build / p, os.X_OK)]

    def run(self, command, seconds, environment=None):
        """The exit code; None when it took too long."""
        process = subprocess.Popen(command, cwd=self.root / "build", stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def build(self, targets):
        return self.run(["ninja", f"-j{self.jobs}", *targets], 3600) == 0

    def test(self, name, seconds):
        """Its exit code; None when it took too long."""
        test = self.known[name]
        return self.run(test["cmd"], seconds, dict(os.environ, **test["env"]))

    def measure(self, times):
        """Runs all tests once: without defects they pass.  Their times are read from a file that is there."""
        if times and times.exists():
            self.seconds = json.loads(times.read_text("utf-8"))
        for name in dict.fromkeys(name for area in AREAS.values() for name in area.tests):
            if name in self.seconds:
                continue
            if not self.build(self.targets(name)):
                sys.exit(f"run.py: {name} does not build without any defect")
            began = time.monotonic()
            if self.test(name, 3 * self.known[name]["timeout"]) != 0:
                sys.exit(f"run.py: {name} fails without any defect")
            self.seconds[name] = time.monotonic() - began
            print(f"{name}: {self.seconds[name]:.1f} s", flush=True)
            if times:
                times.write_text(json.dumps(self.seconds), "utf-8")

    def caught_by(self, area, file, judged):
        """The first test that fails, NO_BUILD, or the name of having survived; `judged` by the quick tests."""
        own = file.removesuffix(".cc").replace("/", "_")
        left_out = False
        for name in sorted(AREAS[area].tests, key=lambda test: test != own):
            slow = self.seconds[name] > self.quick
            left_out = left_out or slow
            if slow or (judged and self.seconds[name] <= judged):
                continue
            if not self.build(self.targets(name)):
                return NO_BUILD
            code = self.test(name, 60 + 8 * self.seconds[name])
            if code is None:
                return name + TOO_LONG
            if code != 0:
                return name
        return f"{SO_FAR}, {self.quick:g} s" if left_out else SURVIVED

    def judge(self, area, name, defect, before):
        judged = float(before.verdict.split()[-2]) if before else 0
        path = self.root / "src" / name
        text = path.read_text("utf-8")
        began = time.monotonic()
        try:
            path.write_text(defects.applied(text, defect), "utf-8")
            caught = self.caught_by(area, name, judged)
        finally:
            path.write_text(text, "utf-8")
        old, new = (" ".join(x.split()) for x in (defect.old, defect.new))
        seconds = time.monotonic() - began + (float(before.seconds) if before else 0)
        return Row(name, str(defect.line), defect.kind, old, new, caught, str(round(seconds)))


def read_table(path):
    if not path or not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    last = {}  # of each defect: one that survived the quick tests may have another row
    for line in lines[1:]:
        row = Row(*line.split("\t"))
        last[row[:5]] = row
    return list(last.values())


def key(name, defect):
    return (name, str(defect.line), defect.kind, " ".join(defect.old.split()),
            " ".join(defect.new.split()))


def report(rows):
    """The counts, and the survivors one by one."""
    made = [r for r in rows if r.verdict != NO_BUILD]
    print(f"{len(made)} defects, {len(rows) - len(made)} more that do not compile")
    for area, files in files_of(ROOT).items():
        here = [r for r in made if r.file in files]
        if not here:
            continue
        by = collections.Counter(r.verdict for r in here if not r.verdict.startswith(SURVIVED))
        caught = sum(by.values())
        names = ", ".join(f"{name} {n}" for name, n in by.most_common())
        print(f"{area}: {caught} of {len(here)} caught: {names}")
    for r in made:
        if r.verdict.startswith(SURVIVED):
            print(f"{r.verdict}: src/{r.file}:{r.line} {r.kind}: '{r.old}' becomes '{r.new}'")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("worktree", nargs="?", type=Path)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--only", action="append")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", type=float, default=float("inf"))
    parser.add_argument("--times", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--self-check", action="store_true")
    options = parser.parse_args()
    if options.self_check:
        defects.self_check()
        return
    if options.report:
        report(read_table(options.report))
        return
    if options.list:
        for _, name, d in chosen(ROOT, options.number, options.seed, options.only):
            print(f"src/{name}:{d.line} {d.kind}: '{' '.join(d.old.split())}' becomes '{d.new}'")
        return
    if not options.worktree or options.worktree.resolve() == ROOT:
        sys.exit("run.py: name a checkout of its own: its sources are changed\n"
                 "  git worktree add --detach FOLDER && FOLDER/script/bootstrap")
    changed = subprocess.run(["git", "status", "--porcelain", "src"], cwd=options.worktree, check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    if changed:
        sys.exit(f"run.py: {options.worktree}/src is not as committed, maybe since a run was killed:\n"
                 f"{changed}  put it back: git checkout src")
    bench = Bench(options.worktree.resolve(), options.jobs, options.quick)
    bench.measure(options.times)
    rows = {row[:5]: row for row in read_table(options.table)}
    until = time.monotonic() + options.hours * 3600
    if options.table and not rows:
        options.table.write_text(FIELDS.replace(" ", "\t") + "\n", "utf-8")
    # Those that do not compile are made up for.
    made = 0
    for area, name, d in chosen(bench.root, 2 * options.number, options.seed, options.only):
        if made >= options.number or time.monotonic() > until:
            break
        before = rows.get(key(name, d))
        if before is None or (before.verdict.startswith(SO_FAR) and options.quick == float("inf")):
            row = rows[key(name, d)] = bench.judge(area, name, d, before)
            print("  ".join(row), flush=True)
            if options.table:
                with options.table.open("a", encoding="utf-8") as out:
                    out.write("\t".join(row) + "\n")
        made += rows[key(name, d)].verdict != NO_BUILD
    report(list(rows.values()))


if __name__ == "__main__":
    main()
