"""The shipped models, their results, and a line for each comparison: for the scripts of this folder."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent


def models(words):
    """Files relative to SOURCE; with words only those with one of them in their path."""
    root = SOURCE / "models"
    for path in sorted(root.rglob("*.flush")):
        if path.relative_to(root).parts[0] in ("machine", "lib"):
            continue
        path = path.relative_to(SOURCE)
        if not words or any(word in str(path) for word in words):
            yield path


def results(program, path, *arguments):
    """The results of all variants of a file."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([program, "check", str(path), "--json", out.name, *arguments], cwd=SOURCE,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return json.load(out)


def report(comparisons):
    """Prints (what was compared, what differs, a remark) of each and ends the program."""
    failed = passed = 0
    for what, wrong, remark in comparisons:
        for line in wrong[:20]:
            print("DIFFERS", line[:1000])
        print(f"{'FAILED' if wrong else 'ok':8}{what}  ({remark})", flush=True)
        failed += bool(wrong)
        passed += not wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
