"""An exported model in SPIN, in Rumur and in tla.py: the checker built, and what it found.

Nothing is reduced.  A verdict is "safe" or "violated": the other checkers do not tell a violated
property from a model error.
"""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import peers  # noqa: E402
import tla  # noqa: E402

# An assertion or an invariant stands on a line that ends like this.
PROPERTY = re.compile(r"^.*(/\* property .* \*/|-- property .*)\n", re.M)
LANGUAGES = {"spin": "promela", "rumur": "murphi", "tla": "tla"}


class Failed(Exception):
    """A tool did not take what was exported."""


def without_properties(text):
    """The same transitions, and nothing that ends the search before its time."""
    return PROPERTY.sub("", text)


def must(command, folder):
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode != 0:
        raise Failed(f"{' '.join(command)[:200]}: {(run.stdout + run.stderr).strip()[-600:]}")
    return run.stdout


def spin(text, folder, states):
    (pathlib.Path(folder) / "model.pml").write_text(text)
    must(["spin", "-o2", "-a", "model.pml"], folder)
    size = re.search(r"-DVECTORSZ=\d+", text).group(0)
    must(["cc", "-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOFAIR", size, "-o", "pan", "pan.c"], folder)
    # A path is no longer than there are states; the table is as large as SPIN needs it.
    width = max(10, states.bit_length() + 1)
    run = subprocess.run(["./pan", f"-m{states + 1000}", f"-w{width}"], cwd=folder, capture_output=True,
                         text=True, errors="replace", check=False)
    return peers.read_spin(run.stdout) or fail(run)


def rumur(text, folder, states):
    del states
    (pathlib.Path(folder) / "model.m").write_text(text)
    must(["rumur", "--deadlock-detection", "off", "--symmetry-reduction", "off", "--color", "off",
          "--output", "model.c", "model.m"], folder)
    must(["cc", "-std=c11", "-O0", "-w", "-mcx16", "-o", "model", "model.c", "-lpthread", "-latomic"], folder)
    run = subprocess.run(["./model", "--threads", "1"], cwd=folder, capture_output=True, text=True,
                         errors="replace", check=False)
    return peers.read_rumur(run.stdout) or fail(run)


def fail(run):
    raise Failed((run.stdout + run.stderr).strip()[-600:])


def evaluated(text, folder, states):
    del folder, states
    return tla.explore(text)


TOOLS = {"spin": spin, "rumur": rumur, "tla": evaluated}


def available():
    """The tools that can be used here; says which cannot."""
    tools = [tool for tool in TOOLS if tool == "tla" or (shutil.which(tool) and shutil.which("cc"))]
    for tool in sorted(set(TOOLS) - set(tools)):
        print(f"skipped: {tool}: not installed, or no C compiler (script/bootstrap --peers)")
    return tools


def differences(tool, text, folder, ours):
    """What the tool says otherwise; ours: (verdict, states, transitions), after an error the verdict only.

    SPIN and Rumur stop at a violation and count too little.  Then they run twice: for the verdict,
    and without the properties for the counts.
    """
    verdict, states, transitions = ours
    found = TOOLS[tool](text, folder, states)
    wrong = []
    if (found[0] == "safe") != (verdict == "safe"):
        wrong.append(f"verdict {verdict}, {tool} says {found[0]}")
    if verdict == "violated" and tool != "tla":
        found = TOOLS[tool](without_properties(text), folder, states)
    if verdict != "error" and found[1:] != (states, transitions):
        wrong.append(f"{states} states and {transitions} transitions, {tool} has {found[1]} and {found[2]}"
                     + ("" if found[0] == "safe" else " and an error"))
    return wrong
