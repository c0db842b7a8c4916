#!/usr/bin/env python3
"""All runs of violated variants, as --json has them, are repeated by `stalemate replay`; and files that
lie about them are not.

usage: replay.py STALEMATE [WORD ...]     with words: models with one of them in their path
"""
import copy
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import shipped

RANDOM = random.Random(1)


def replay(program, objects, model):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(objects if isinstance(objects, str) else json.dumps(objects))
        file.flush()
        return subprocess.run([program, "replay", file.name, str(model)], cwd=shipped.SOURCE, capture_output=True,
                              encoding="utf-8", check=False)


def violated(run):
    return [p for p in run["properties"] if p["verdict"] == "violated"]


def drop(about, o, _):
    about["run"].pop()
    o["trace"].pop()


def repeat(about, o, _):
    about["run"].append(about["run"][-1])
    o["trace"].append(o["trace"][-1])


def no_step(about, _, i):
    about["run"][i]["step"] = RANDOM.choice([-1, 10**6])


def swap(about, _, i):
    i = max(i, 1)
    about["run"][i - 1], about["run"][i] = about["run"][i], about["run"][i - 1]


def value(about, _, i):
    about["run"][i]["set"]["nothing"] = "false"


# What a file may say that is not so: of one property, in an object, of step number i; and the codes.
LIES = {
    "a shorter run": (drop, 1), "a longer run": (repeat, 1), "no such step": (no_step, 1), "another order": (swap, 1),
    "another state": (value, 1),
    "another circle": (lambda about, o, i: about.update(loop=i if about["loop"] != i else i + 1), 1),
    "a choice more": (lambda about, o, i: about["run"][i]["choices"].append(0), 1),
    "a message": (lambda about, o, i: about.update(message=about["message"] + "!"), 1),
    "an action": (lambda about, o, i: o["trace"][i].update(action="nothing"), 1),
    "a CPU": (lambda about, o, i: o["trace"][i].update(cpu=63), 1),
    "a change": (lambda about, o, i: o["trace"][i]["changes"].append("x=1"), 1),
    "an ending": (lambda about, o, i: o["ending"].append("and worse"), 1),
    "a count": (lambda about, o, i: o.update(program_steps=o["program_steps"] + 1), 1),
    "the run of the trace": (lambda about, o, i: o["run"].pop(), 1),
    "no such property": (lambda about, o, i: about.update(name="nobody"), 2),
    "another model": (lambda about, o, i: o.update(fingerprint="0" * 32), 2),
    "no such parameter": (lambda about, o, i: o["params"].update(no_such="true"), 2),
    "a number that is none": (lambda about, o, i: about["run"][i].update(step="first"), 2),
    "a part less": (lambda about, o, i: about.pop("message"), 2),
}


def lies(program, run, model):
    """Two for each run, since there are many runs."""
    if len(run["run"]) < 2:
        return []
    wrong = []
    for lie in RANDOM.sample(sorted(LIES), 2):
        tell, code = LIES[lie]
        o = copy.deepcopy(run)
        about = next(p for p in o["properties"] if p["name"] == o["property"])
        tell(about, o, RANDOM.randrange(len(about["run"])))
        if o == run:
            continue
        got = replay(program, o, model)
        # Steps that accord may come in any order.
        if got.returncode != code and not (lie == "another order" and got.returncode == 0):
            wrong.append(f"{lie} gives {got.returncode}: {got.stdout[:300]} {got.stderr[:300]}")
    return wrong


def other_property(program, run, model):
    """A run of one property proves nothing of one that is safe."""
    o = copy.deepcopy(run)
    about = next(p for p in o["properties"] if p["name"] == o["property"])
    for p in o["properties"]:
        if p["verdict"] == "safe":
            p.update(verdict="violated", run=about["run"], message=about["message"])
            got = replay(program, o, model)
            return [] if got.returncode == 1 else [f"{p['name']} was safe: {got.stdout[:300]} {got.stderr[:300]}"]
    return []


def comparisons(program, words):
    for path in shipped.models(words):
        for run in shipped.results(program, path):
            if run["verdict"] != "violated":
                continue
            got = replay(program, run, path)
            said = re.findall(r"^replayed: (\d+) steps, violates (.*)$", got.stdout, re.MULTILINE)
            good = got.returncode == 0 and said == [(str(len(p["run"])), p["name"]) for p in violated(run)]
            wrong = [] if good else (got.stdout + got.stderr).splitlines()
            wrong += lies(program, run, path) + other_property(program, run, path)
            yield f"{path} {run['variant']}", wrong, f"{len(violated(run))} runs, {len(run['run'])} steps"


shipped.report(comparisons(str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]))
