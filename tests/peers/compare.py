#!/usr/bin/env python3
"""Counts of states and transitions against other checkers, hand-written graphs and the record.

    compare.py STALEMATE [--large]

Three tables: the models of models/bench/ against recorded counts (--large: big sizes, minutes);
small sizes against SPIN and Rumur, where installed; lowering/ against reference.py.
A transition is a step fired, self-loops included.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import peers  # noqa: E402
import reference  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BENCH = ROOT / "models" / "bench"

# model, variant, CPUs, settings, verdict, states, transitions
RECORD = [
    ("icache", "fixed", 2, (), "safe", 260, 936),
    ("icache", "fixed", 3, (), "safe", 2592, 13464),
    ("icache", "buggy", 2, (), "violated", 296, 1078),
    ("icache", "buggy", 3, (), "violated", 2916, 15180),
    ("icache_cache", "fixed", 2, (), "safe", 260, 936),
    ("icache_cache", "fixed", 3, (), "safe", 2592, 13464),
    ("icache_cache", "buggy", 3, (), "violated", 2916, 15180),
    ("ipilock", "fixed", 2, (), "safe", 24, 36),
    ("ipilock", "fixed", 3, (), "safe", 212, 492),
    ("ipilock", "buggy", 2, (), "violated", 43, 76),
    ("ipilock", "buggy", 3, (), "violated", 444, 1119),
    ("mtrr", "fixed", 2, (), "safe", 72, 104),
    ("mtrr", "fixed", 3, (), "safe", 644, 1380),
    ("mtrr", "buggy", 2, (), "violated", 92, 132),
    ("mtrr", "buggy", 3, (), "violated", 764, 1620),
    ("shootdown", "fixed", 2, (), "safe", 1572, 4620),
    ("shootdown", "buggy", 2, (), "violated", 3284, 9788),
    ("shootdown", "buggy_unlazy", 2, (), "violated", 6224, 19904),
    ("shootdown", "fixed", 3, (), "safe", 62178, 265737),
    ("shootdown_cache", "fixed", 2, (), "safe", 1572, 4620),
    ("shootdown_cache", "buggy", 2, (), "violated", 3284, 9788),
    ("shootdown_cache", "buggy_unlazy", 2, (), "violated", 6224, 19904),
    ("shootdown_cache", "fixed", 3, (), "safe", 62178, 265737),
]
LARGE = [
    ("icache", "fixed", 4, (), "safe", 31152, 220032),
    ("icache", "fixed", 5, (), "safe", 442816, 4045920),
    ("icache", "fixed", 6, (), "safe", 6827584, 76893696),
    ("icache_cache", "fixed", 5, (), "safe", 442816, 4045920),
    ("icache_cache", "fixed", 6, (), "safe", 6827584, 76893696),
    ("ipilock", "fixed", 4, (), "safe", 2096, 7088),
    ("ipilock", "fixed", 6, (), "safe", 196864, 1107168),
    ("ipilock", "fixed", 7, (), "safe", 1835584, 12389440),
    ("mtrr", "fixed", 4, (), "safe", 6288, 18912),
    ("mtrr", "fixed", 6, (), "safe", 703872, 3481920),
    ("mtrr", "fixed", 7, (), "safe", 7699008, 45822784),
    ("shootdown", "buggy", 3, (), "violated", 228518, 1029480),
    ("shootdown", "buggy_unlazy", 3, (), "violated", 407778, 1930278),
    ("shootdown", "fixed", 2, ("M=3", "D=2"), "safe", 317742, 1601986),
    ("shootdown", "fixed", 3, ("M=2",), "safe", 1661549, 9350940),
    ("shootdown", "fixed", 4, (), "safe", 3087080, 17115784),
    ("shootdown_cache", "fixed", 2, ("M=3", "D=2"), "safe", 317742, 1601986),
    ("shootdown_cache", "fixed", 3, ("M=2",), "safe", 1661549, 9350940),
]
VARIANTS = {"fixed": 0, "buggy": 1, "buggy_unlazy": 2}  # BUG of the peers
# model, variant, CPUs, settings
PEERS = [(m, v, n, {}) for m in ("icache", "ipilock", "mtrr") for n in (2, 3) for v in ("fixed", "buggy")]
PEERS += [("shootdown", v, 2, {"M": 1, "D": 1}) for v in VARIANTS]
PEERS += [("shootdown", "fixed", 2, {"M": 2, "D": 2}), ("shootdown", "fixed", 3, {"M": 1, "D": 1})]


def stalemate(exe, model, *options):
    """(verdict, states, transitions) of one run; the verdict is the complaint after an error.

    Explicit: nobody else knows what a cache could hold.  Unreduced: nobody else leaves out anything.
    """
    env = dict(os.environ)
    env.setdefault("STALEMATE_PATH", str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "result.json"
        command = [exe, "check", str(model), "--json", str(out), "--speculation", "explicit",
                   "--reduce", "none"]
        run = subprocess.run([*command, *options], capture_output=True, text=True, env=env)
        if run.returncode == 2 or not out.exists():
            return (run.stderr.strip().splitlines() or ["error"])[0], None, None
        result = json.loads(out.read_text())[0]
        return result["verdict"], result["states"], result["transitions"]


def spin(folder, model, size):
    """As stalemate(); None where the model could not be built."""
    pan = peers.build_spin(folder, model, size, ["-O1"])
    if pan is None:
        return None
    run = subprocess.run([pan, "-m1000000", "-c0"], capture_output=True, text=True, cwd=folder)
    return peers.read_spin(run.stdout)


def rumur(folder, model, size):
    """As spin()."""
    checker = peers.build_rumur(folder, model, size, ["-O1"])
    if checker is None:
        return None
    run = subprocess.run([checker, "--threads", "1"], capture_output=True, text=True, cwd=folder)
    return peers.read_rumur(run.stdout)


class Table:
    def __init__(self, title):
        self.failed = 0
        print(f"\n{title}")

    def row(self, name, source, ours, theirs):
        equal = all(b is None or a == b for a, b in zip(ours, theirs))
        self.failed += not equal
        shown = ["/".join("-" if x is None else str(x) for x in v) for v in (ours, theirs)]
        print(f"  {'equal    ' if equal else 'DIFFERENT'} {name:36} {shown[0]:28} {source} {shown[1]}")


def check_record(exe, record):
    table = Table("models/bench/ against the record (verdict/states/transitions)")
    for model, variant, cpus, sets, *expected in record:
        options = ["--variant", variant, "--cpus", str(cpus)]
        for s in sets:
            options += ["--set", s]
        ours = stalemate(exe, BENCH / f"{model}.flush", *options)
        name = " ".join([model, variant, f"N={cpus}", *sets])
        table.row(name, "record", ours, expected)
    return table.failed


def check_peers(exe):
    compiler = shutil.which("cc") is not None
    failed = 0
    for tool, run in (("spin", spin), ("rumur", rumur)):
        if shutil.which(tool) is None or not compiler:
            missing = tool if compiler else "a C compiler (cc)"
            print(f"\nskipped: comparison with {tool}: {missing} is not installed")
            continue
        table = Table(f"models/bench/ against {tool} (verdict/states/transitions)")
        for model, variant, cpus, sets in PEERS:
            options = ["--variant", variant, "--cpus", str(cpus)]
            for name, value in sets.items():
                options += ["--set", f"{name}={value}"]
            ours = stalemate(exe, BENCH / f"{model}.flush", *options)
            with tempfile.TemporaryDirectory() as folder:
                theirs = run(folder, model, {"N": cpus, "BUG": VARIANTS[variant], **sets})
            name = " ".join([model, variant, f"N={cpus}", *(f"{n}={v}" for n, v in sets.items())])
            table.row(name, tool, ours, theirs or ("cannot be built or run",))
        failed += table.failed
    return failed


def check_lowering(exe):
    table = Table("lowering/ against reference.py, and the comment in the model")
    models = sorted((HERE / "lowering").glob("*.flush"))
    for model in models:
        ours = stalemate(exe, model)
        comment = re.match(r"// states: (\d+) transitions: (\d+)\n", model.read_text())
        count = reference.COUNTS.get(model.stem)
        if comment is None or count is None:
            table.row(model.stem, "record", ours, ("no record",))
            continue
        expected = count()
        table.row(model.stem, "reference", ours, ("safe", *expected))
        if expected != tuple(int(x) for x in comment.groups()):
            table.row(model.stem, "comment", ("safe", *expected), ("safe", *comment.groups()))
    for name in set(reference.COUNTS) - {m.stem for m in models}:
        table.row(name, "model", ("missing",), ("safe",))
    return table.failed


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--large"]):
        sys.exit(__doc__)
    exe = os.path.abspath(sys.argv[1])
    failed = check_record(exe, RECORD + (LARGE if sys.argv[2:] else []))
    failed += check_peers(exe)
    failed += check_lowering(exe)
    print(f"\n{failed} different" if failed else "\nall equal")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
