"""The models of this folder in SPIN and Rumur: building a checker, and what it found.

A size is a dict: N (CPUs), BUG, and what else a model takes.  Nothing is reduced unless `reduced`: then
SPIN has its partial order, and Rumur its symmetry, with CPUs and pages as scalarsets.  A transition is a
step fired, self-loops included.
"""

import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def runs(commands, folder):
    """Do all of the commands succeed?"""
    return all(subprocess.run(c, capture_output=True, cwd=folder).returncode == 0 for c in commands)


def build_spin(folder, model, size, flags, reduced=False):
    """The program in `folder` that checks a model; None when it cannot be built."""
    reductions = [] if reduced else ["-DNOREDUCE"]
    defines = [f"-D{name}={value}" for name, value in size.items()]
    built = runs([["spin", "-o2", *defines, "-a", str(HERE / f"{model}.pml")],
                  ["cc", *flags, "-w", "-DSAFETY", *reductions, "-DNOFAIR", "-o", "pan", "pan.c"]],
                 folder)
    return str(pathlib.Path(folder) / "pan") if built else None


def read_spin(printed):
    """(verdict, states, transitions); None when the search was cut short.

    SPIN counts the initial state as a transition."""
    found = [re.search(p, printed) for p in
             (r"errors: (\d+)", r"(\d+) states, stored", r"(\d+) transitions")]
    if not all(found) or "max search depth too small" in printed or "out of memory" in printed:
        return None
    errors, states, transitions = (int(f.group(1)) for f in found)
    return ("violated" if errors else "safe"), states, transitions - 1


def build_rumur(folder, model, size, flags, reduced=False):
    """As build_spin()."""
    text = (HERE / f"{model}.m").read_text()
    for name, value in size.items():
        text = text.replace(f"@{name}@", str(value))
    if reduced:
        text = re.sub(r"^(type cpu): 0 \.\. CPUS - 1;", r"\1: scalarset(CPUS);", text, flags=re.I | re.M)
        text = re.sub(r"^type (CPU|PAGE): 0\.\.(N|M)-1;", r"type \1: scalarset(\2);", text, flags=re.M)
    (pathlib.Path(folder) / "model.m").write_text(text)
    built = runs([["rumur", "--deadlock-detection", "stuck", "--symmetry-reduction",
                   "heuristic" if reduced else "off", "--color",
                   "off", "--output", "model.c", "model.m"],
                  ["cc", "-std=c11", *flags, "-w", "-mcx16", "-o", "model", "model.c", "-lpthread",
                   "-latomic"]], folder)
    return str(pathlib.Path(folder) / "model") if built else None


def read_rumur(printed):
    """As read_spin(); Rumur stops at the first error, so there are no counts then."""
    if "No error found" not in printed:
        return ("violated", None, None) if "error(s) found" in printed else None
    found = re.search(r"(\d+) states, (\d+) rules fired", printed)
    return "safe", int(found.group(1)), int(found.group(2))
