#!/usr/bin/env python3
"""Checks how the program behaves as a command: arguments, files, signals, exit codes, JSON.

    run.py STALEMATE             all cases
    run.py STALEMATE WORD ...    those with one of these words in their name
"""
import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "tests"))
import slow  # noqa: E402

TIMEOUT_SECONDS = slow.seconds(120)

SAFE = """
model "One writer"
var x : bool;
property x_holds { invariant x || !x; }
thread writer on cpu 0 { x = true; }
check x_holds;
"""

VIOLATED = """
param limit : 0..3 = 1;
var n : 0..3;
property small { invariant n <= limit, "n is {n}"; }
thread writer on cpu 0 { repeat 3 { atomic { n = n + 1; } } }
check small;
variant tight { limit = 1 } expect violates small;
variant loose { limit = 3 } expect safe;
"""

# Far more states than any limit used here.
LONG = """
cpus 4;
var n[cpu] : 0..999;
step bump() { n[me] = n[me] == 999 ? 0 : n[me] + 1; }
thread runner on every cpu { loop { bump(); } }
variant slow { } expect safe;
"""

# One cache that saturates, and one that does not.
TLB = """
mem pte : 0..3;
cache tlb[c : cpu] of e : 0..3 when e == pte shows "TLB{0}";
single cache one[c : cpu] of e : 0..3 when e == pte;
var uses[cpu] : 0..9;
step look() -> 0..3 { let e = use tlb[me]; uses[me] = (uses[me] + 1) % 10; return e; }
step look_at_one() -> 0..3 { let e = use one[me]; return e; }
thread user on cpu 0 { loop { let e = look(); let o = look_at_one(); assert e < 3 || o > 0; } }
thread kernel on cpu 1 { repeat 3 { atomic { pte = pte + 1; } } }
"""

# A second or so, and a long way to the violation.
NEEDS = """\
model "Two flushes of which one is needed"
param flush : bool = true;
mem pte : 0..2 = 1;
var flushed : bool;
var idled : bool;
cache tlb[c : cpu] of e : 0..2 when e == pte && e > 0;
step access() -> 0..2 { let e = use tlb[me]; return e; }
step invalidate() { for c in all(cpu) { drop tlb[c]; } }
step idle() { idled = true; }
thread user on cpu 0 {
    let before = flushed;
    let e = access();
    assert !before || e == 2, "uses {e} after the flush";
}
thread kernel on cpu 1 {
    idle();
    pte = 2;
    if (flush) invalidate();
    flushed = true;
}
variant flushed { } expect safe, reaches access;
variant unflushed { flush = false; } expect violates assertions;
"""
WAITS = """
var go : bool;
var n[cpu] : 0..99;
step bump() { n[me] = n[me] == 99 ? 0 : n[me] + 1; }
thread early on cpu 0 { loop { bump(); await go or rest; } }
thread late on cpu 1 { loop { bump(); await go or rest; } }
allow unreached "await go or rest" : "nobody starts them";
check no_deadlock;
variant still { } expect safe;
"""
STEADY = """
cpus 3;
var n[cpu] : 0..41;
step bump() { n[me] = n[me] + 1; }
thread runner on every cpu { while (n[me] < 40) { bump(); } }
property never_all { never forall(c : cpu, n[c] == 40), "all are done"; }
check never_all;
variant steady { } expect violates never_all;
"""

VACUOUS = """
var x : bool;
step never_taken() { await x; }
thread t on cpu 0 { x = false; }
thread u on cpu 1 { await !x; if (x) { never_taken(); } }
goal happens on never_taken : true;
variant v { } expect safe, reaches happens;
"""

# Each parameter makes one thing happen that else does not.
POINTS = """
param takes_arm : bool;
param else_too : bool;
param tests : bool;
param interrupts : bool;
var x : 0..3;
var pending : bool;
var given : bool;
interrupt tick on cpu 1 when pending { pending = false; }
step choose_arm() {
    choose v : bool where v || else_too;
    if (v) { x = 1; } else { x = 2; }
}
thread a on cpu 0 {
    choose_arm();
    let other = x;
    if (other == (takes_arm ? 1 : 3)) fence full;
    given = tests;
    let told = given;
    assert !told || x > 0, "x is {x}";
}
thread b on cpu 1 {
    await x > 0;
    if (interrupts) pending = true;
    given = tests;
    if (!interrupts) pending = true;
}
variant whole { takes_arm = true; else_too = true; tests = true; interrupts = true } expect safe;
"""

DEADLOCK = """
param same_order : bool;
mem a : cpu?;
mem b : cpu?;
step lock(ref l : cpu?) shows "lock {l}" { await l == none as lock; l = me; }
step unlock(ref l : cpu?) shows "unlock {l}" { l = none; }
thread one on cpu 0 { lock(a); lock(b); unlock(b); unlock(a); }
thread two on cpu 1 {
    if (same_order) { lock(a); lock(b); } else { lock(b); lock(a); }
    unlock(a);
    unlock(b);
}
property dies { no stuck cycle with lock; }
variant opposite { } expect violates dies;
variant again { cpus = 3 } expect violates dies;
variant same { same_order = true } expect safe dies;
"""

COUNTED = """
param hang : bool;
var again : bool;
step ring(n : 0..3) { again = false; }
step ask() { choose a : bool; again = a; }
counter rings on ring(n);
counter high on ring(n) : n > 1;
thread t on cpu 0 {
    ring(1);
    loop { ask(); if (!again) break; ring(2); }
    if (hang) { ask(); await again; }
}
variant plain { } expect safe;
variant hangs { hang = true } expect safe;
"""

CASES = []


def case(function):
    CASES.append(function)
    return function


class Failure(Exception):
    pass


class Run:
    """One run of the program."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def expect(self, code, *, out=(), err=(), silent=False):
        problems = []
        if self.code != code:
            problems.append(f"exit code {self.code}, expected {code}")
        for name, text, wanted in (("stdout", self.out, out), ("stderr", self.err, err)):
            for piece in (wanted,) if isinstance(wanted, str) else wanted:
                if piece not in text:
                    problems.append(f"{name} lacks: {piece}")
        if silent and self.err:
            problems.append("stderr is not empty")
        for word in ("Traceback", "terminate called", "AddressSanitizer", "runtime error",
                     "internal error"):
            if word in self.err:
                problems.append(f"stderr says: {word}")
        if problems:
            raise Failure("\n".join([*problems, "--- stdout", self.out, "--- stderr", self.err]))
        return self


class Program:
    """The program under test, run in a folder of its own."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        self.environment = dict(os.environ, STALEMATE_PATH=str(SOURCE), LC_ALL="C.UTF-8",
                                TERM="xterm-256color")
        self.environment.pop("NO_COLOR", None)

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def start(self, *arguments, cwd=None, environment=None, stdout=subprocess.PIPE, program=None,
              stdin=subprocess.DEVNULL):
        return subprocess.Popen([str(program or self.path), *map(str, arguments)],
                                cwd=cwd or self.folder,
                                env=environment if environment is not None else self.environment,
                                stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                text=True, encoding="utf-8", errors="replace")

    @staticmethod
    def finish(process):
        try:
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure(f"no answer after {TIMEOUT_SECONDS} s") from None
        return Run(process.returncode, out or "", err or "")

    def run(self, *arguments, **options):
        return self.finish(self.start(*arguments, **options))

    def shell(self, redirection, *arguments):
        """With stdout redirected as a shell would."""
        command = ["sh", "-c", f'exec "$@" {redirection}', "sh", str(self.path)]
        done = subprocess.run([*command, *arguments], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT_SECONDS)
        return Run(done.returncode, done.stdout, done.stderr)


def need(condition, message):
    if not condition:
        raise Failure(message)


# Arguments.

@case
def no_arguments(p):
    p.run().expect(2, err=["no command given", "stalemate help"])


@case
def unknown_command(p):
    p.run("chek", "x.flush").expect(2, err=["unknown command 'chek'", "did you mean 'check'?"])


@case
def unknown_option(p):
    p.file("m.flush", SAFE)
    p.run("check", "m.flush", "--varient", "x").expect(
        2, err=["unknown option '--varient'", "did you mean '--variant'?"])
    p.run("check", "m.flush", "--utterly-unknown").expect(2, err="unknown option")
    p.run("check", "m.flush", "n.flush").expect(2, err="unexpected argument 'n.flush'")
    p.run("--fast").expect(2, err="unknown option '--fast'")


@case
def file_argument_missing(p):
    p.run("check").expect(2, err="FILE is required")
    p.run("show").expect(2, err="FILE is required")


@case
def option_without_value(p):
    p.file("m.flush", SAFE)
    p.run("check", "m.flush", "--variant").expect(2, err="--variant")


@case
def set_needs_name_and_value(p):
    p.file("m.flush", VIOLATED)
    for word in ("limit", "limit=", "=1", ""):
        p.run("check", "m.flush", "--set", word).expect(2, err="expected NAME=VALUE")


@case
def set_unknown_parameter(p):
    p.file("m.flush", VIOLATED)
    p.run("check", "m.flush", "--set", "limt=1").expect(
        2, err=["unknown parameter 'limt'", "did you mean 'limit'?"])
    p.run("check", "m.flush", "--set", "other=1").expect(2, err="the model has limit")
    p.file("none.flush", SAFE)
    p.run("check", "none.flush", "--set", "limit=1").expect(2, err="the model has no parameters")


@case
def set_out_of_range(p):
    p.file("m.flush", VIOLATED)
    p.run("check", "m.flush", "--set", "limit=9").expect(2, err="9 is outside 0..3")
    p.run("check", "m.flush", "--set", "limit=true").expect(2, err="must be 0..3")
    p.run("check", "m.flush", "--set", "limit=1+").expect(2, err="expected an expression")
    p.run("check", "m.flush", "--set", "limit=n").expect(2, err="must be constant")
    p.run("check", "m.flush", "--set", "limit=many").expect(2, err="unknown name 'many'")


@case
def cpus_out_of_range(p):
    p.file("m.flush", SAFE)
    for word in ("0", "65", "-1", "abc", "", "1.5", "99999999999999999999"):
        p.run("check", "m.flush", "--cpus", word).expect(
            2, err=["--cpus", "the number of CPUs must be in 1..64"])
        p.run("show", "m.flush", "--cpus", word).expect(2, err="must be in 1..64")


@case
def cpus_that_the_model_refuses(p):
    p.file("m.flush", "cpus 2..3;\n" + SAFE)
    p.run("check", "m.flush", "--cpus", "4").expect(
        2, err=["made for 2..3 CPUs, not 4", "m.flush:1:1"])


@case
def names_on_the_command_line(p):
    p.file("m.flush", VIOLATED)
    p.run("check", "m.flush", "--machine", "armv77").expect(
        2, err=["unknown machine 'armv77'", "did you mean 'armv7'?"])
    p.run("check", "m.flush", "--machine", "../../secret").expect(2, err="machines are ")
    p.run("check", "m.flush", "--prop", "no_deadlok").expect(
        2, err=["unknown property 'no_deadlok'", "did you mean 'no_deadlock'?"])
    p.run("check", "m.flush", "--prop", "../x").expect(2, err="properties are ")
    p.run("check", "m.flush", "--variant", "tigt").expect(
        2, err=["has no variant 'tigt'", "did you mean 'tight'?"])
    p.run("check", "m.flush", "--variant", "zzz").expect(2, err="its variants are tight, loose")


@case
def limits_that_are_none(p):
    p.file("m.flush", SAFE)
    for word in ("soon", "0", "-5", "10 minutes", "99999999999999999999"):
        p.run("check", "m.flush", "--time-limit", word).expect(2, err="as in 90s, 15m, 2h")
    for word in ("lots", "0", "-5", "4X", "99999999999999999999G"):
        p.run("check", "m.flush", "--mem-limit", word).expect(2, err="as in 512M, 4G")
    for word in ("0", "-1", "many", "1e3"):
        p.run("check", "m.flush", "--max-states", word).expect(
            2, err="must be a number from 1 on")


# Files.

@case
def missing_file(p):
    for command in ("check", "show"):
        p.run(command, "nowhere.flush").expect(2, err="nowhere.flush: no such file")


@case
def directory(p):
    p.run("check", ".").expect(2, err="is a directory")


@case
def empty_file(p):
    p.file("m.flush", "")
    p.run("check", "m.flush").expect(2, err="the model has no thread")


@case
def comments_only(p):
    p.file("m.flush", "// nothing\n/* here\n   either */\n/// nor here\n")
    p.run("check", "m.flush").expect(2, err="the model has no thread")


@case
def binary_file(p):
    p.file("zeros.flush", bytes(1000))
    p.run("check", "zeros.flush").expect(2, err="is not text")
    p.file("bytes.flush", bytes(range(1, 256)) * 100)
    run = p.run("check", "bytes.flush").expect(2, err="the language has no ")
    need(len(run.err) < 100_000, "the messages flood the terminal")
    p.file("utf16.flush", SAFE.encode("utf-16"))
    p.run("check", "utf16.flush").expect(2, err="is not text")


@case
def escape_codes_stay_out_of_messages(p):
    p.file("m.flush", "var x : bool;\n\x1b[31mred\x1b[0m\n")
    run = p.run("check", "m.flush").expect(2)
    need("\x1b" not in run.err, "an escape code of the model reaches the terminal")


@case
def large_file(p):
    limit = 1 << 20
    line = b"// filler\n"
    p.file("fits.flush", (line * (limit // len(line) + 1))[:limit - len(SAFE) - 1] + b"\n"
           + SAFE.encode())
    p.run("check", "fits.flush").expect(0)
    p.file("large.flush", line * (limit // len(line) + 1))
    p.run("check", "large.flush").expect(2, err="larger than 1 MiB")
    p.run("check", "/dev/zero").expect(2, err="larger than 1 MiB")


@case
def deep_nesting(p):
    for name, deep in (("parentheses", "(" * 50_000), ("negations", "!" * 50_000),
                       ("minus", "- " * 50_000), ("index", "x[" * 50_000),
                       ("struct", "s{a:" * 50_000), ("ternary", "true?" * 50_000),
                       ("set", "{" * 50_000), ("call", "f(" * 50_000)):
        p.file(f"{name}.flush", f"var x : bool;\nthread t on cpu 0 {{ x = {deep}; }}\n")
        p.run("check", f"{name}.flush").expect(2, err="nested deeper than 100 levels")
    p.file("blocks.flush", "thread t on cpu 0 " + "{" * 50_000)
    p.run("check", "blocks.flush").expect(2, err="nested deeper than 100 levels")
    p.file("types.flush", "var x : " + "set of " * 50_000 + "bool;\n")
    p.run("check", "types.flush").expect(2, err="nested deeper than 100 levels")
    p.file("text.flush", 'thread t on cpu 0 { assert true, "' + "{" * 50_000 + '"; }\n')
    p.run("check", "text.flush").expect(2)
    p.file("else.flush", "var x : bool;\nthread t on cpu 0 { "
           + "if (x) x = x; else " * 50_000 + "x = x; }\n")
    p.run("check", "else.flush").expect(2, err="nested deeper than 100 levels")


@case
def long_chains(p):
    """Trees that are deep without brackets."""
    for name, long in (("or", "x || " * 50_000 + "x"), ("sum", "1 + " * 50_000 + "1"),
                       ("index", "x" + "[0]" * 50_000), ("field", "x" + ".a" * 50_000)):
        p.file(f"{name}.flush", f"var x : bool;\nthread t on cpu 0 {{ x = {long}; }}\n")
        p.run("check", f"{name}.flush").expect(2, err="an expression of more than 2000 parts")
    p.file("indices.flush", "var x" + "[bool]" * 50_000 + " : bool;\n")
    p.run("check", "indices.flush").expect(2, err="expected at most 8 indices")
    chain = range(20_000)
    end = "var x : bool;\nthread t on cpu 0 { x = true; }\n"
    for name, line, last in (("type", "type t{} = t{};\n", "type t20000 = bool;\n"),
                             ("param", "param t{} : bool = t{};\n", "param t20000 : bool;\n"),
                             ("struct", "struct t{} {{ a : t{}; }}\n",
                              "struct t20000 { a : bool; }\n")):
        p.file(f"{name}.flush", "".join(line.format(i, i + 1) for i in chain) + last + end)
        p.run("check", f"{name}.flush").expect(2, err="more than 500 other names")
    # Twice as many fields in each.
    p.file("wide.flush", "".join(f"struct s{i} {{ a : s{i + 1}; b : s{i + 1}; }}\n"
                                 for i in range(60)) + "struct s60 { a : bool; }\n" + end)
    p.run("check", "wide.flush").expect(2, err="more than 1024 fields")


@case
def import_cycle(p):
    p.file("a.flush", "import b;\n" + SAFE)
    p.file("b.flush", "import a2;\n")
    p.file("a2.flush", "import b;\n")
    p.run("check", "a.flush").expect(2, err="imports itself, directly or through others")


@case
def unreadable_file(p):
    if os.geteuid() == 0:
        return "skipped: root can read everything"
    p.file("m.flush", SAFE)
    (p.folder / "m.flush").chmod(0)
    p.run("check", "m.flush").expect(2, err="cannot be read")
    return None


@case
def line_ends_of_other_systems(p):
    p.file("crlf.flush", SAFE.replace("\n", "\r\n"))
    p.run("check", "crlf.flush").expect(0, silent=True)
    p.file("bad.flush", "var x : bool;\r\nvar y : bolo;\r\n")
    run = p.run("check", "bad.flush").expect(2, err="bad.flush:2:9: error: unknown type 'bolo'")
    need("\r" not in run.err, "a carriage return reaches the terminal")


@case
def byte_order_mark(p):
    p.file("m.flush", b"\xef\xbb\xbf" + SAFE.encode())
    p.run("check", "m.flush").expect(0, silent=True)
    p.file("bad.flush", b"\xef\xbb\xbfvar x : bolo;\n")
    p.run("check", "bad.flush").expect(2, err="bad.flush:1:9: error: unknown type 'bolo'")


@case
def no_newline_at_the_end(p):
    p.file("m.flush", SAFE.rstrip("\n"))
    p.run("check", "m.flush").expect(0, silent=True)


# Output.

@case
def full_stdout(p):
    if not os.path.exists("/dev/full"):
        return "skipped: no /dev/full"
    p.file("m.flush", VIOLATED)
    for arguments in (("check", "m.flush"), ("check", "m.flush", "--variant", "loose"),
                      ("show", "m.flush"), ("list",), ("help",), ("--version",), ("--help",)):
        p.shell(">/dev/full", *arguments).expect(2, err="cannot write to standard output")
    return None


@case
def closed_stdout(p):
    p.file("m.flush", VIOLATED)
    for arguments in (("check", "m.flush"), ("show", "m.flush"), ("list",), ("--version",)):
        p.shell(">&-", *arguments).expect(2, err="cannot write to standard output")


@case
def reader_that_goes_away(p):
    p.file("m.flush", VIOLATED)
    process = p.start("show", "m.flush")
    process.stdout.close()
    process.stdout = None
    need(p.finish(process).code == 2, "a closed pipe is no error")


@case
def export_to_files(p):
    p.file("m.flush", VIOLATED)
    for target, name, text in (("promela", "m.pml", "active proctype"), ("murphi", "m.m", "startstate"),
                               ("tla", "Some_name2.tla", "MODULE Some_name2 ")):
        p.run("export", "m.flush", "--variant", "tight", "--to", target).expect(0, out=text.split()[0], silent=True)
        for _ in range(2):  # the second time over the first
            p.run("export", "m.flush", "--variant", "tight", "--to", target, "-o", name).expect(0, silent=True)
        need(text in (p.folder / name).read_text(), f"{name} lacks {text}")
    need("INVARIANT Invariant" in (p.folder / "Some_name2.cfg").read_text(), "no invariant is configured")
    need(not list(p.folder.glob("*.part")), "a part of a file is left")


@case
def export_errors(p):
    p.file("m.flush", SAFE)
    p.run("export", "m.flush").expect(2, err="--to is required")
    p.run("export", "m.flush", "--to", "promla").expect(2, err="did you mean 'promela'?")
    p.run("export", "m.flush", "--to", "tla", "-o", "1.tla").expect(2, err="-o NAME.tla")
    p.run("export", "m.flush", "--to", "tla", "-o", "name.txt").expect(2, err="-o NAME.tla")
    p.run("export", "m.flush", "--to", "murphi", "-o", ".").expect(2, err="-o .: cannot be written")
    p.run("export", "m.flush", "--to", "murphi", "-o", "no/such/x.m").expect(2, err="No such file or directory")
    p.run("export", "m.flush", "--variant", "x", "--to", "murphi").expect(2, err="no variant 'x'")
    p.file("fair.flush", "var x : bool;\nthread t on cpu 0 { x = true; }\nproperty comes { true leads to x; }\n")
    for target in ("promela", "murphi", "tla"):
        fair = ("export", "fair.flush", "--to", target, "--prop")
        p.run(*fair, "comes").expect(2, err=f"to {target}: property comes is about fair runs; choose others with --prop")
        p.run(*fair, "assertions").expect(0, silent=True)
    p.run("check", "fair.flush", "--prop", "comes", "--certificate", "c").expect(
        2, err=["comes is about fair runs", "--prop"])
    need(not (p.folder / "c").exists(), "there is a certificate")
    # The module is not written when its configuration cannot be.
    (p.folder / "M.cfg").mkdir()
    p.run("export", "m.flush", "--to", "tla", "-o", "M.tla").expect(2, err="M.cfg: cannot be written")
    need(not (p.folder / "M.tla").exists(), "half of an export is left")
    need(not list(p.folder.glob("*.part")), "a part of a file is left")
    if os.path.exists("/dev/full"):
        p.run("export", "m.flush", "--to", "murphi", "-o", "/dev/full").expect(2, err="No space left")
        p.shell(">/dev/full", "export", "m.flush", "--to", "murphi").expect(2, err="cannot write to standard output")


@case
def unwritable_json(p):
    p.file("m.flush", SAFE)
    p.run("check", "m.flush", "--json", ".").expect(2, err="--json .: cannot be written")
    p.run("check", "m.flush", "--json", "no/such/folder/x.json").expect(
        2, err="cannot be written: No such file or directory")
    if os.path.exists("/dev/full"):
        p.run("check", "m.flush", "--json", "/dev/full").expect(
            2, err="could not be written completely")


@case
def dot_of_deadlocks(p):
    p.file("m.flush", DEADLOCK)
    p.run("check", "m.flush", "--variant", "opposite", "--dot", "one.dot").expect(1)
    one = (p.folder / "one.dot").read_text(encoding="utf-8")
    need(one.startswith('digraph waits {\n  label="m.flush: dies violated, ') and
         one.endswith("}\n") and one.count("shape=box") == 2 and one.count("color=red") == 2, one)
    need('[label="waits (lock) at \\"lock ' in one, one)

    p.run("check", "m.flush", "--dot", "all.dot").expect(0)
    graphs = (p.folder / "all.dot").read_text(encoding="utf-8")
    need(graphs.count("digraph waits {") == 2 and graphs.startswith(one), graphs)

    # Nobody is stuck: an empty file, whatever was in it.
    p.run("check", "m.flush", "--variant", "same", "--dot", "all.dot").expect(0)
    need((p.folder / "all.dot").read_text() == "", "the file is not empty")


@case
def unwritable_dot(p):
    p.file("m.flush", DEADLOCK)
    p.run("check", "m.flush", "--dot", ".").expect(2, err="--dot .: cannot be written")
    if os.path.exists("/dev/full"):
        p.run("check", "m.flush", "--dot", "/dev/full").expect(
            2, err="could not be written completely")


@case
def plain_text_when_piped(p):
    p.file("m.flush", VIOLATED)
    run = p.run("check", "m.flush", "--variant", "tight").expect(1, silent=True)
    need("\x1b" not in run.out, "coloured output in a pipe")
    p.file("bad.flush", "var x : bolo;")
    run = p.run("check", "bad.flush").expect(2)
    need("\x1b" not in run.err, "coloured errors in a pipe")


# Verdicts.

@case
def exit_codes(p):
    p.file("safe.flush", SAFE)
    p.run("check", "safe.flush").expect(0, out="x_holds safe", silent=True)
    p.file("violated.flush", VIOLATED)
    p.run("check", "violated.flush", "--variant", "tight").expect(
        1, out=["small VIOLATED", "n is 2", "replayed by the reference interpreter"], silent=True)
    p.run("check", "violated.flush", "--set", "limit=3").expect(0, out="limit=3", silent=True)
    p.run("check", "violated.flush", "--prop", "no_deadlock").expect(0, out="no_deadlock safe")
    p.file("long.flush", LONG)
    p.run("check", "long.flush", "--max-states", "10", "--variant", "slow").expect(
        3, out=["INCONCLUSIVE", "--max-states 10"], silent=True)
    p.file("vacuous.flush", VACUOUS)
    p.run("check", "vacuous.flush", "--variant", "v").expect(
        4, out=["VACUOUS", "happens"], silent=True)


@case
def variants_of_a_file(p):
    p.file("m.flush", VIOLATED)
    run = p.run("check", "m.flush").expect(0, silent=True)
    lines = run.out.splitlines()
    need(len(lines) == 2 and all(line.startswith("ok ") for line in lines), run.out)
    need("tight" in lines[0] and "violates small" in lines[0], run.out)
    need("loose" in lines[1] and "safe" in lines[1], run.out)
    p.file("wrong.flush", VIOLATED.replace("expect violates small", "expect safe"))
    p.run("check", "wrong.flush").expect(
        1, out=["MISMATCH", "small is violated, expected safe", "ok "], silent=True)
    p.file("long.flush", LONG)
    p.run("check", "long.flush", "--max-states", "10").expect(
        3, out=["slow", "inconclusive: reached --max-states 10"], silent=True)
    p.file("bad.flush", VIOLATED + "variant odd { limit = 9 } expect safe;\n")
    p.run("check", "bad.flush").expect(2, out="ok ", err="9 is outside 0..3")
    p.file("vacuous.flush", VACUOUS)
    p.run("check", "vacuous.flush").expect(1, out=["MISMATCH", "vacuous"])


@case
def what_must_happen(p):
    ways = [("--engine", "reference")]
    ways += [("--reduce", reduce) for reduce in ("none", "por", "symmetry", "all")]
    p.file("m.flush", POINTS)
    p.run("check", "m.flush").expect(0, out="ok ", silent=True)
    missing = {
        "takes_arm=false": "never taken: if (other == (takes_arm ? 1 : 3)) (m.flush:",
        "else_too=false": "never taken: else of if (v) (m.flush:",
        "tests=false": "never tested: assert !told || x > 0 (m.flush:",
        "interrupts=false": "never delivered between two steps: tick (m.flush:",
    }
    for setting, told in missing.items():
        for way in ways:
            run = p.run("check", "m.flush", "--variant", "whole", "--set", setting, *way)
            run.expect(4, out=["assertions VACUOUS", told], silent=True)
            need(run.out.count("never ") == 1, run.out)
    p.file("m.flush", POINTS + 'allow unreached "else of if (v)", "assert !told", tick : "why";\n')
    for setting in ("else_too=false", "tests=false", "interrupts=false"):
        p.run("check", "m.flush", "--variant", "whole", "--set", setting).expect(
            0, out="never ", silent=True)
    # A property is about states or events in which it could fail.
    for text, told in (
            ("invariant !(x == 3) || pending;", "a state in which its condition could fail"),
            ("never x == 3 && pending;", "a state in which its condition could fail"),
            ("invariant takes_arm || x < 3;", "a state in which its condition could fail"),
            ("on choose_arm() : assert x != 3 || given;", "p: on choose_arm, where an assertion"),
            ("on choose_arm() { if (x == 3) assert given; }", "p: on choose_arm, where an"),
            ("on choose_arm() : assert takes_arm || given;", "p: on choose_arm, where an")):
        p.file("m.flush", POINTS + "property p { " + text + " }\ncheck p;\n")
        for way in ways:
            p.run("check", "m.flush", "--variant", "whole", "--prop", "p", *way).expect(
                4, out=["p VACUOUS", told], silent=True)


@case
def coverage(p):
    p.file("m.flush", POINTS)
    p.run("check", "m.flush", "--variant", "whole", "--coverage", "c").expect(0, silent=True)
    lines = {}
    for line in (p.folder / "c").read_text(encoding="utf-8").splitlines():
        m = re.match(r" *(\d+|-|####): *(\d+):(.*)", line)
        if m:
            lines[m[3].strip()] = m[1]
    need(int(lines["choose_arm();"]) > 0, lines)
    need(lines["model"] == "-" if "model" in lines else True, lines)
    need(lines["if (v) { x = 1; } else { x = 2; }"] == lines["choose_arm();"], lines)
    p.run("check", "m.flush", "--variant", "whole", "--set", "else_too=false", "--coverage",
          "c").expect(4, silent=True)
    # All variants of a file are counted together.
    p.run("check", "m.flush", "--coverage", "c").expect(0, silent=True)
    need((p.folder / "c").read_text(encoding="utf-8").startswith(
        "1 configuration, all "), "head")
    p.run("check", "m.flush", "--coverage", "c", "--max-states", "3").expect(3, silent=True)
    need("; not all, since" in (p.folder / "c").read_text(encoding="utf-8").split("\n")[0], "head")
    for option in (("--engine", "fast"), ("--reduce", "symmetry"), ("--check-por",), ("--lossy",),
                   ("--checkpoint", "d")):
        p.run("check", "m.flush", "--variant", "whole", "--coverage", "c", *option).expect(
            2, err="--coverage counts every transition, with the reference interpreter\n  leave out "
            + option[0])
    p.run("check", "m.flush", "--coverage", "no/such").expect(2, err="--coverage")


# Checkpoints.

def facts(p, name):
    """What must not depend on whether and how often a check was stopped."""
    result = json.loads((p.folder / name).read_text(encoding="utf-8"))[0]
    return [result[k] for k in ("fingerprint", "verdict", "states", "transitions", "depth", "trace")]


@case
def resume_after_kills(p):
    p.file("m.flush", STEADY)
    p.run("check", "m.flush", "--variant", "steady", "--json", "whole.json").expect(1)
    process = p.start("check", "m.flush", "--variant", "steady", "--checkpoint", "c",
                      "--checkpoint-every", "20ms")
    for delay in (0.3, 0.05, 0.1, 0.02, 0.2, 0.15, 0.08, 0.03, 0.25, 0.12):
        time.sleep(delay)
        process.kill()
        p.finish(process)
        if not (p.folder / "c" / "manifest.json").exists():
            process = p.start("check", "m.flush", "--variant", "steady", "--checkpoint", "c2",
                              "--checkpoint-every", "20ms")
            time.sleep(2)
            process.kill()
            p.finish(process)
            shutil.rmtree(p.folder / "c", ignore_errors=True)
            os.rename(p.folder / "c2", p.folder / "c")
        process = p.start("resume", "c", "--checkpoint-every", "20ms")
    process.kill()
    p.finish(process)
    p.run("resume", "c", "--json", "resumed.json").expect(1)
    need(facts(p, "whole.json") == facts(p, "resumed.json"), "another result after kills")


@case
def resume_after_limits(p):
    p.file("m.flush", STEADY)
    p.run("check", "m.flush", "--variant", "steady", "--json", "whole.json").expect(1)
    p.run("check", "m.flush", "--variant", "steady", "--max-states", "3000", "--checkpoint", "c").expect(
        3, out=["--max-states 3000", "'stalemate resume c' goes on from there"], silent=True)
    # One search to a folder, and nothing lost by a mistake.
    p.run("check", "m.flush", "--variant", "steady", "--checkpoint", "c").expect(
        2, err="holds a checkpoint already")
    p.run("resume", "c", "--max-states", "20000").expect(3, out="--max-states 20000")
    p.run("resume", "c", "-j", "2", "--json", "resumed.json").expect(1)
    need(facts(p, "whole.json") == facts(p, "resumed.json"), "another result after limits")


@case
def speculation_is_part_of_a_checkpoint(p):
    p.file("m.flush", TLB)
    for how in ("saturated", "explicit"):
        p.run("check", "m.flush", "--cpus", "2", "--speculation", how, "--json", "whole.json").expect(1)
        p.run("check", "m.flush", "--cpus", "2", "--speculation", how, "--checkpoint", how,
              "--max-states", "100").expect(3)
        p.run("resume", how, "--json", "resumed.json").expect(1)
        need(facts(p, "whole.json") == facts(p, "resumed.json"), "another result after a limit")
        result = json.loads((p.folder / "resumed.json").read_text(encoding="utf-8"))[0]
        need(result["speculation"] == how, result["speculation"])
    # The folder of one is not that of the other.
    for name in ("saturated", "explicit"):
        manifest = p.folder / name / "manifest.json"
        shutil.copy(manifest, p.folder / (name + ".json"))
    shutil.copy(p.folder / "saturated.json", p.folder / "explicit" / "manifest.json")
    p.run("resume", "explicit").expect(2, err="explicit")


@case
def what_was_reduced(p):
    p.file("m.flush", TLB)
    p.run("check", "m.flush", "--cpus", "2", "--explain").expect(
        1, out=["; saturated copies", "saturated copies, tlb: yes",
                "saturated copies, one: no: a single cache"])
    p.run("check", "m.flush", "--explain").expect(1, out="saturated copies, tlb: yes")
    p.run("check", "m.flush", "--cpus", "2", "--explain", "--speculation", "explicit").expect(
        1, out="saturated copies, tlb: no: --speculation explicit")
    p.run("check", "m.flush", "--speculation", "some").expect(2, err="expected saturated, explicit")
    p.file("plain.flush", STEADY)
    p.run("check", "plain.flush", "--explain").expect(0, out="symmetry, cpu: yes: 3 interchangeable")
    p.run("check", "plain.flush", "--explain", "--reduce", "none").expect(0, out="nothing to reduce")


@case
def partial_order(p):
    p.file("m.flush", TLB)
    p.run("check", "m.flush", "--cpus", "2", "--check-por", "--explain").expect(
        1, out="partial order, steps: no: not all is safe")
    p.run("check", "m.flush", "--reduce", "all", "--engine", "reference").expect(2, err="fast engine")
    p.run("check", "m.flush", "--reduce", "symmetry", "--check-por").expect(
        2, err="add --reduce por")
    for wrong in ("most", "por,most", "por,", ""):
        p.run("check", "m.flush", "--reduce", wrong).expect(2, err="expected all, none, por, symmetry")
    model = str(SOURCE / "models" / "bench" / "mtrr.flush")
    check = ("check", model, "--variant", "fixed", "--cpus", "4", "--reduce", "por")
    p.run(*check, "--check-por", "--explain", "--json", "whole.json").expect(
        0, out=["; partial order", "partial order, steps: yes"])
    # What is left of a search that reaches its worth late only.
    p.run("check", str(SOURCE / "models" / "bench" / "ipilock.flush"), "--variant", "fixed", "--cpus", "10").expect(
        0, out=["3,256 states", "; partial order, symmetry"])
    # A search that left steps out goes on leaving them out, and one for a run goes on with all.
    p.run(*check, "--checkpoint", "safe", "--max-states", "500").expect(3)
    p.run("resume", "safe", "--json", "resumed.json").expect(0)
    need(facts(p, "whole.json") == facts(p, "resumed.json"), "another result after a limit")
    check = ("check", "m.flush", "--cpus", "2", "--reduce", "all")
    p.run(*check, "--json", "whole.json").expect(1)
    p.run(*check, "--checkpoint", "bad", "--max-states", "20").expect(3)
    p.run("resume", "bad", "--json", "resumed.json").expect(1)
    need(facts(p, "whole.json") == facts(p, "resumed.json"), "another run after a limit")


@case
def what_a_model_needs(p):
    p.file("m.flush", NEEDS)
    p.run("mutate", "m.flush").expect(
        0, out=["invalidate();   (in kernel): assertions in", "not needed: all that is checked",
                "idle();   (in kernel)", "1 not needed"])
    p.run("mutate", "m.flush", "--variant", "flushed", "--no-swaps").expect(0, out="1 not needed")
    p.run("mutate", "m.flush", "--variant", "unflushed").expect(2, err="is violated, not safe")
    p.run("mutate", "m.flush", "--show", "1").expect(2, err="name it with --variant")
    p.run("mutate", "m.flush", "--variant", "flushed", "--show", "99").expect(2, err="changes")
    p.run("mutate", "m.flush", "--variant", "flushed", "--max-states", "3").expect(2, err="inconclusive")
    p.run("mutate", "m.flush", "--variant", "flushed", "--show", "0").expect(2, err="--show")
    p.run("mutate", "m.flush", "--variant", "flushed", "--show", "1").expect(0, out="assertions VIOLATED")
    p.run("mutate", "m.flush", "--json", "m.json").expect(0)
    (of_variant,) = read_json(p, "m.json")
    need(of_variant["variant"] == "flushed" and of_variant["checked"] == ["assertions"], of_variant)
    needed = [c for c in of_variant["changes"] if c["fate"] == "needed"]
    wanted = {"statement": "invalidate();", "change": "left out", "line": 18, "owner": "kernel"}
    need(any(wanted.items() <= c.items() and "assertions in" in c["why"] for c in needed), needed)
    p.run("mutate", "m.flush", "--variant", "flushed", "--show", "1", "--json", "m.json").expect(
        2, err="leave out one")
    # A change that leaves more states than the model has.
    p.file("waits.flush", WAITS)
    p.run("mutate", "waits.flush", "--max-states", "50").expect(3, out="not known: a limit")
    p.file("bare.flush", "var x : bool; thread t on cpu 0 { x = true; }")
    p.run("mutate", "bare.flush").expect(2, err="no statement to leave out")


SECTIONS = """
import machine.irq;
import lib.spinlock;
mem l : spinlock;
var pending : bool; var crit : bool; var z : 0..3;
interrupt tick on cpu 0 when pending { pending = false; assert !crit, "in the section"; }
thread t on cpu 0 {
    local_irq_disable();
    z = 1;
    local_irq_enable();
    local_irq_disable();
    crit = true;
    crit = false;
    local_irq_enable();
    spin_lock(l);
    z = 2;
    spin_unlock(l);
    z = 0;
    spin_lock(l);
    z = 3;
    assert z == 3, "z is {z}";
    spin_unlock(l);
}
thread u on cpu 1 { pending = true; spin_lock(l); if (z == 3) z = 2; spin_unlock(l); }
check no_deadlock;
variant v { } expect safe;
"""


@case
def one_section_of_several(p):
    p.file("m.flush", SECTIONS)
    p.run("mutate", "m.flush", "--no-swaps", "--json", "m.json").expect(0, out=[
        "m.flush:8,10  local_irq_disable(); and local_irq_enable();   (in t)\n",
        "m.flush:11,14  local_irq_disable(); and local_irq_enable();   (in t): assertions in",
        "m.flush:15,17  spin_lock(l); and spin_unlock(l);   (in t)\n",
        "m.flush:19,22  spin_lock(l); and spin_unlock(l);   (in t): assertions in"])
    (of_variant,) = read_json(p, "m.json")
    need([(c["line"], c["fate"], [w["line"] for w in c["with"]], c["alone"])
          for c in of_variant["changes"] if c["owner"] == "t"] ==
         [(8, "not needed", [10], False), (11, "needed", [14], False), (15, "not needed", [17], False),
          (19, "needed", [22], False)], of_variant["changes"])
    p.file("m.flush", SECTIONS.replace("local_irq_enable();\n    local_irq_disable();\n    crit", "local_irq_disable();\n    crit"))
    p.run("mutate", "m.flush", "--no-swaps").expect(
        0, out="m.flush:8  local_irq_disable(); alone: it is not clear what ends it   (in t)")


@case
def what_of_variants_that_are_not_safe(p):
    expected = "variant flushed { } expect safe, reaches access;"
    need(expected in NEEDS, NEEDS)

    def mutate(code, variants, out, *words):
        p.file("m.flush", NEEDS.replace(expected, variants))
        run = p.run("mutate", "m.flush", "--no-swaps", "--json", "m.json", *words).expect(code, out=out)
        need("no variant" not in run.err, run.err)
        return [(r["variant"], r["verdict"], bool(r["why"]), bool(r["changes"])) for r in read_json(p, "m.json")]

    # A limit.
    need(mutate(3, expected, ["flushed inconclusive: reached --max-states 3", "expected to be safe"],
                "--max-states", "3") == [("flushed", "inconclusive", True, False)], "a limit")
    # The others are asked all the same.
    wrong = "variant wrong { flush = false } expect safe;\n" + expected
    need(mutate(1, wrong, ["wrong violated: assertions in ", "flushed safe"]) ==
         [("wrong", "violated", True, False), ("flushed", "safe", False, True)], "one that is violated")
    vacuous = 'variant idle { } expect safe, reaches nothing_at_all;\nstep nothing_at_all() { }\n' + expected
    need(mutate(1, vacuous, ["idle vacuous: ", "flushed safe"])[0] == ("idle", "vacuous", True, False), "vacuous")
    bad = ("cpus 3;\nparam big : bool = false;\nvar small : 0..1;\n"
           "thread other on cpu 2 { if (big) small = 2 - (flushed ? 1 : 0); }\n"
           "variant bad { big = true } expect safe;\n" + expected)
    need(mutate(2, bad, ["bad error: ", "flushed safe"])[0] == ("bad", "error", True, False), "meaningless")
    p.file("m.flush", NEEDS.replace(expected, "variant bad { } expect violates assertions;"))
    p.run("mutate", "m.flush").expect(2, err="has no variant that is expected to be safe")


@case
def runs_are_repeated(p):
    p.file("m.flush", TLB)
    p.run("check", "m.flush", "--cpus", "2", "--json", "t.json").expect(1)
    p.run("replay", "t.json", "m.flush").expect(0, out=["replayed: ", "violates"])
    step = p.start("replay", "t.json", "m.flush", "--step", stdin=subprocess.PIPE)
    out, _ = step.communicate("\n\nb\ns\nwhat\n" + "\n" * 50, timeout=60)
    need(step.returncode == 0, f"--step ends with {step.returncode}")
    for words in ("0 of ", "2 of ", "q: quit", "replayed: "):
        need(words in out, f"--step does not print {words}\n{out}")
    said = json.loads((p.folder / "t.json").read_text())
    for change, code, words in (
            (lambda r: r.pop(), 1, "not as told"),
            (lambda r: r.append({"step": 100000, "choices": []}), 1, "there is no step 100000"),
            (lambda r: r[0]["choices"].append(1), 1, "has no such choice"),
            (lambda r: r[0].pop("step"), 2, "is damaged"),
            (lambda r: r[0].update(step=1.5), 2, "no number"),
            (lambda r: r[0]["set"].update(x="1"), 1, "run 1, set, x: the file says \"1\", the run null"),
            (lambda r: r.insert(0, r[-1]), 1, "not as told: ")):
        other = json.loads(json.dumps(said))
        change(other[0]["properties"][0]["run"])
        p.file("other.json", json.dumps(other))
        run = p.run("replay", "other.json", "m.flush")
        run.expect(code, **({"out": words} if code == 1 else {"err": words}))
    def safe(objects):
        objects[0].update(verdict="safe", exit=0, property=None)
        objects[0]["properties"][0]["verdict"] = "safe"
    for change, words in (
            (lambda o: o[0].update(exit=0), "its verdict is not that of its properties"),
            (lambda o: o[0].update(verdict="safe"), "its verdict is not that of its properties"),
            (lambda o: o[0].update(verdict="error", exit=2), "its verdict is not that of its properties"),
            (lambda o: o[0].update(property=None), "its trace is of no property"),
            (lambda o: o.append({**o[0], "property": None}), "its trace is of no property"),
            (safe, "it has a trace, but nothing has a run"),
            (lambda o: o[0].update(speculation=5), "is damaged: a part of what check --json writes")):
        other = json.loads(json.dumps(said))
        change(other)
        p.file("other.json", json.dumps(other))
        p.run("replay", "other.json", "m.flush").expect(2, err=words)
    p.file("half.json", (p.folder / "t.json").read_text()[:400])
    p.run("replay", "half.json", "m.flush").expect(2, err="is no JSON")
    p.file("safe.json", "[]")
    p.run("replay", "safe.json", "m.flush").expect(2, err="has no run")
    p.file("spin.json", '[{"tool": "spin"}]')
    p.run("replay", "spin.json", "m.flush").expect(2, err="is no result of stalemate")
    p.file("cost.json", '{"tool": "stalemate"}')
    p.run("replay", "cost.json", "m.flush").expect(2, err="of another command than check")
    p.run("replay", "nothing.json", "m.flush").expect(2, err="cannot be read")
    p.file("changed.flush", TLB.replace("repeat 3", "repeat 2"))
    p.run("replay", "t.json", "changed.flush").expect(2, err="a run of another model")


@case
def results_do_not_replace_a_model(p):
    p.file("m.flush", TLB)
    for option in ("--json", "--dot", "--certificate", "--coverage"):
        p.run("check", "m.flush", "--cpus", "2", option, "m.flush").expect(2, err="is the name of a model")
    p.run("export", "m.flush", "--to", "promela", "-o", "m.flush").expect(2, err="is the name of a model")
    p.run("mutate", "m.flush", "--json", "m.flush").expect(2, err="is the name of a model")
    need((p.folder / "m.flush").read_text() == TLB, "the model is as it was")


@case
def results_do_not_replace_a_link(p):
    p.file("m.flush", SAFE)
    (p.folder / "real").write_text("old")
    os.symlink("real", p.folder / "link")
    p.run("check", "m.flush", "--cpus", "2", "--certificate", "link").expect(2, err="link: is a link")
    p.run("export", "m.flush", "--to", "murphi", "-o", "link").expect(0)
    need((p.folder / "link").is_symlink(), "the link is gone")
    need("one writer" in (p.folder / "real").read_text().lower(), "nothing was written through the link")


@case
def results_have_names_of_their_own(p):
    p.file("m.flush", SAFE)
    for option in ("--variant", "--json", "--dot", "--certificate", "--coverage", "--checkpoint", "--machine"):
        p.run("check", "m.flush", "--cpus", "2", option, "").expect(2, err="is empty")
    p.run("export", "m.flush", "--to", "murphi", "-o", "").expect(2, err="is empty")
    p.run("mutate", "m.flush", "--json", "").expect(2, err="is empty")
    p.run("sweep", "s.toml", "--db", "").expect(2, err="is empty")
    p.run("report", "--db", "").expect(2, err="is empty")
    p.run("check", "m.flush", "--cpus", "2", "--json", "x", "--dot", "./x").expect(
        2, err="two results would go into one file")
    p.run("check", "m.flush", "--cpus", "2", "--json", "/dev/null", "--dot", "/dev/null").expect(0)


@case
def replay_of_no_file(p):
    p.file("m.flush", SAFE)
    p.file("deep.json", "[" * 100000 + "]" * 100000)
    p.run("replay", ".", "m.flush").expect(2, err="is a directory")
    p.run("replay", "deep.json", "m.flush").expect(2, err="is nested too deeply")


@case
def a_parameter_has_one_value(p):
    p.file("m.flush", "param p : bool; var x : bool; thread t on cpu 0 { x = p; assert !x, \"no\"; }")
    p.run("check", "m.flush", "--set", "p=true", "--set", "p=false").expect(2, err="p is given twice")


@case
def lossy(p):
    p.file("m.flush", STEADY)
    p.run("check", "m.flush", "--lossy", "--engine", "reference").expect(2, err="fast engine")
    p.run("check", "m.flush", "--lossy").expect(3, out="--lossy proves nothing")
    model = str(SOURCE / "models" / "bench" / "mtrr.flush")
    check = ("check", model, "--variant", "fixed", "--cpus", "4", "--lossy", "--reduce", "none")
    p.run(*check, "--checkpoint", "part", "--max-states", "500").expect(3, out="resume part")
    resumed = p.run("resume", "part").expect(3, out=["6,288 states", "--lossy proves nothing"])
    need("resume part" not in resumed.out, "there is nothing to resume")


@case
def symmetry(p):
    p.file("m.flush", STEADY)
    model = str(SOURCE / "models" / "bench" / "mtrr.flush")
    check = ("check", model, "--variant", "fixed", "--cpus", "4")
    p.run(*check, "--explain", "--json", "whole.json").expect(
        0, out=["; partial order, symmetry",
                "symmetry, cpu: yes: 4 interchangeable, cpu0, cpu1, cpu2 and cpu3"])
    p.run(*check, "--reduce", "symmetry").expect(0, out="390 states")
    p.run(*check, "--reduce", "none").expect(0, out="6,288 states")
    p.run(*check, "--reduce", "por").expect(0, out="; partial order\n")
    p.run(*check, "--reduce", "por,symmetry").expect(0, out="; partial order, symmetry")
    p.run(*check, "--reduce", "all").expect(0, out="; partial order, symmetry")
    p.run(*check, "--engine", "reference").expect(0, out="6,288 states")
    p.run(*check, "--engine", "reference", "--reduce", "symmetry").expect(2, err="fast engine")
    # What one state stands for is part of what a checkpoint is of.
    for reduce in ("symmetry", "all"):
        folder = reduce
        p.run(*check, "--reduce", reduce, "--json", "whole.json").expect(0)
        p.run(*check, "--reduce", reduce, "--checkpoint", folder, "--max-states", "50").expect(3)
        manifest = (p.folder / folder / "manifest.json").read_text()
        need("symmetry 1 cpu 0 1 2 3" in manifest, manifest[:400])
        p.run("resume", folder, "--json", "resumed.json").expect(0)
        need(facts(p, "whole.json") == facts(p, "resumed.json"), "another result after a limit")
    p.run("check", str(SOURCE / "models" / "litmus" / "ipi.flush"), "--variant", "waiter_3", "--explain").expect(
        0, out=["2 interchangeable, cpu1 and cpu2", "only one of them runs"])


@case
def checkpoints_that_do_not_fit(p):
    p.file("m.flush", STEADY)
    p.run("resume", "nothing").expect(2, err="error: ")
    p.run("check", "m.flush", "--checkpoint", "c").expect(2, err="--checkpoint is for one configuration")
    p.run("check", "m.flush", "--variant", "steady", "--engine", "reference", "--checkpoint",
          "c").expect(2, err="--checkpoint takes the fast engine")
    p.run("check", "m.flush", "--variant", "steady", "--checkpoint", "c", "--checkpoint-every",
          "soon").expect(2, err="--checkpoint-every soon")
    p.run("check", "m.flush", "--variant", "steady", "--max-states", "3000", "--checkpoint",
          "c").expect(3)
    p.file("m.flush", STEADY.replace("< 40", "< 41"))
    p.run("resume", "c").expect(2, err="is of another model than")
    (p.folder / "m.flush").unlink()
    p.run("resume", "c").expect(2, err="m.flush")
    manifest = p.folder / "c" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-10])
    p.run("resume", "c").expect(2, err="it is damaged")


@case
def found_before_a_limit(p):
    p.file("m.flush", LONG.replace("variant slow { } expect safe;", """
property small { never n[cpu 0] == 3, "it is 3"; }
check small;
variant slow { } expect violates small;
"""))
    for engine in ("fast", "reference"):
        p.run("check", "m.flush", "--variant", "slow", "--time-limit", slow.limit(1), "--engine", engine).expect(
            1, out=["small VIOLATED", "it is 3", "--time-limit"])


@case
def threads_change_nothing(p):
    p.file("m.flush", STEADY)
    for threads in ("1", "2", "3"):
        p.run("check", "m.flush", "--variant", "steady", "-j", threads, "--json",
              threads + ".json").expect(1)
    for other in ("2", "3"):
        need(facts(p, "1.json") == facts(p, other + ".json"), other)
    check = ("check", "m.flush", "--variant", "steady")
    p.run(*check, "--reduce", "none", "--json", "none.json").expect(1)
    p.run(*check, "--engine", "reference", "--json", "reference.json").expect(1)
    need(facts(p, "none.json") == facts(p, "reference.json"), "reference")
    p.run("check", "m.flush", "--variant", "steady", "--stats").expect(1, out=["visited set", "bytes"])
    p.run("check", "m.flush", "-j", "0").expect(2, err="the number of threads")
    p.run("check", "m.flush", "--engine", "slow").expect(2, err="expected fast, reference")


@case
def each_mistake_of_all_variants_once(p):
    p.file("m.flush", VIOLATED.replace("var n : 0..3;", "var n : 0..3 = 7;"))
    run = p.run("check", "m.flush").expect(2)
    need(run.err.count("7 is outside 0..3") == 1, run.err)


@case
def model_that_fails_while_it_runs(p):
    p.file("m.flush", "cpus 1;\nvar n : 0..3;\n"
           "thread t on cpu 0 { repeat 5 { atomic { n = n + 1; } } }\n")
    p.run("check", "m.flush", "--json", "t.json").expect(2, out=["ERROR", "m.flush:3:"])
    p.run("replay", "t.json", "m.flush").expect(0, out="ends in the model error: ")
    said = read_json(p, "t.json")
    for change in (lambda o: o["model_error"].update(message="another"), lambda o: o["run"].pop()):
        other = json.loads(json.dumps(said))
        change(other[0])
        p.file("other.json", json.dumps(other))
        p.run("replay", "other.json", "m.flush").expect(1, out="not as told: ")


@case
def time_limit(p):
    p.file("m.flush", LONG)
    began = time.monotonic()
    p.run("check", "m.flush", "--time-limit", slow.limit(1), "--variant", "slow").expect(
        3, out=["INCONCLUSIVE", "--time-limit"], silent=True)
    need(time.monotonic() - began < slow.seconds(30), "the time limit came late")


@case
def memory_limit(p):
    p.file("m.flush", LONG)
    p.run("check", "m.flush", "--mem-limit", "64M", "--variant", "slow").expect(
        3, out=["INCONCLUSIVE", "--mem-limit"], silent=True)


@case
def progress_on_a_terminal(p):
    p.file("m.flush", LONG)
    for engine in ("fast", "reference"):
        terminal, theirs = pty.openpty()
        process = subprocess.Popen(
            [str(p.path), "check", "m.flush", "--variant", "slow", "--time-limit", slow.limit(2), "--engine", engine],
            cwd=p.folder, env=p.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=theirs)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):  # that is how a terminal ends
            while piece := os.read(terminal, 4096):
                text += piece
        os.close(terminal)
        need(process.wait(TIMEOUT_SECONDS) == 3, f"{engine}: exit code {process.returncode}")
        lines = re.findall(rb"(\d+) states, \d+/s, \d+ program steps deep, (\d+) waiting "
                           rb"\(\d+ s at this rate\)", text)
        need(lines, f"{engine}: no progress in {text[-300:]}")
        need(all(0 < int(waiting) < int(states) for states, waiting in lines), f"{engine}: {lines}")
        need(text.endswith(b"\r\x1b[K"), f"{engine}: the last line stays")


@case
def interrupted(p):
    p.file("m.flush", LONG)
    for arguments, shown in ((("--variant", "slow"), "INCONCLUSIVE"), ((), "interrupted")):
        process = p.start("check", "m.flush", *arguments)
        time.sleep(slow.seconds(1))
        process.send_signal(signal.SIGINT)
        p.finish(process).expect(3, out=[shown, "states"])


@case
def interrupted_twice(p):
    p.file("m.flush", LONG)
    process = p.start("check", "m.flush", "--variant", "slow")
    time.sleep(slow.seconds(0.5))
    for _ in range(2):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    need(p.finish(process).code in (3, -signal.SIGTERM), "the second signal does not end it")


# JSON.

KEYS = ("tool", "version", "model", "variant", "machine", "cpus", "params", "verdict", "exit",
        "identity", "property", "states", "transitions", "depth", "seconds", "peak_rss_bytes", "bounds",
        "unreached", "untested", "undelivered", "trace")


def read_json(p, name):
    return json.loads((p.folder / name).read_text(encoding="utf-8"))


@case
def json_of_one_run(p):
    p.file("m.flush", VIOLATED)
    p.run("check", "m.flush", "--variant", "tight", "--machine", "armv7", "--json",
          "r.json").expect(1, out="memory: sc (armv7 is weaker)")
    results = read_json(p, "r.json")
    need(isinstance(results, list) and len(results) == 1, f"not one object: {results}")
    r = results[0]
    need(all(key in r for key in KEYS), f"keys missing: {set(KEYS) - set(r)}")
    wanted = {"tool": "stalemate", "model": "m.flush", "variant": "tight", "machine": "armv7",
              "cpus": 2, "params": {"limit": "1"}, "verdict": "violated", "exit": 1,
              "property": "small"}
    need({k: r[k] for k in wanted} == wanted, json.dumps(r, indent=1))
    need("memory: sc (armv7 is weaker)" in r["bounds"], f"bounds: {r['bounds']}")
    need(len(r["trace"]) > 0 and all(s["kind"] and s["action"] for s in r["trace"]),
         f"trace: {r['trace']}")
    for key in ("states", "transitions", "depth", "peak_rss_bytes"):
        need(isinstance(r[key], int) and r[key] >= 0, f"{key}: {r[key]}")
    need(isinstance(r["seconds"], (int, float)) and isinstance(r["unreached"], list), "types")


@case
def json_of_a_safe_run(p):
    p.file("m.flush", SAFE)
    p.run("check", "m.flush", "--json", "r.json").expect(0, out="memory: sc")
    r = read_json(p, "r.json")[0]
    need(r["verdict"] == "safe" and r["exit"] == 0 and not r["trace"], json.dumps(r))
    need("memory: sc" in r["bounds"], f"bounds: {r['bounds']}")
    need(r["machine"] == "generic" and r["variant"] is None and r["params"] == {}, json.dumps(r))


@case
def json_of_all_variants(p):
    p.file("m.flush", VIOLATED)
    p.run("check", "m.flush", "--json", "r.json").expect(0)
    results = read_json(p, "r.json")
    need([(r["variant"], r["verdict"]) for r in results] == [("tight", "violated"),
                                                             ("loose", "safe")],
         json.dumps(results))


@case
def json_of_other_verdicts(p):
    p.file("long.flush", LONG)
    p.run("check", "long.flush", "--variant", "slow", "--max-states", "10", "--json",
          "r.json").expect(3)
    r = read_json(p, "r.json")[0]
    need(r["verdict"] == "inconclusive" and r["exit"] == 3, json.dumps(r))
    p.file("vacuous.flush", VACUOUS)
    p.run("check", "vacuous.flush", "--variant", "v", "--json", "r.json").expect(4)
    r = read_json(p, "r.json")[0]
    need(r["verdict"] == "vacuous" and r["exit"] == 4, json.dumps(r))


@case
def json_without_results(p):
    p.file("m.flush", VIOLATED.replace("var n : 0..3;", "var n : 0..3 = 7;"))
    p.run("check", "m.flush", "--json", "r.json").expect(2)
    need(read_json(p, "r.json") == [], "the file is not an empty array")


# Other commands.

@case
def show(p):
    p.file("m.flush", VIOLATED)
    p.run("show", "m.flush").expect(0, out=["machine generic, 2 CPUs", "writer on cpu 0"],
                                    silent=True)
    p.run("show", "m.flush", "--ir").expect(0, out="(step ", silent=True)
    p.run("show", "m.flush", "--variant", "loose", "--cpus", "3", "--machine", "x86_64").expect(
        0, out="machine x86_64, 3 CPUs", silent=True)
    p.file("bad.flush", "var x : bolo;")
    p.run("show", "bad.flush").expect(2, err="unknown type 'bolo'")


@case
def costs(p):
    p.file("m.flush", COUNTED)
    done = p.run("cost", "m.flush").expect(0, silent=True)
    lines = done.out.splitlines()
    need(len(lines) == 3 and lines[0].split() == ["rings", "high"], done.out)
    need(lines[1].startswith("plain  1..unbounded  0..unbounded  (generic, 2 CPUs; memory: sc;")
         and "never" not in lines[1], done.out)
    need("; some executions never complete)" in lines[2], done.out)
    one = p.run("cost", "m.flush", "--variant", "hangs", "--counter", "high").expect(
        0, silent=True, out=["cost of complete executions   generic, 2 CPUs, hang=true   memory: sc\n",
                             " high   0..unbounded\n", "some executions never complete"])
    need("rings" not in one.out, one.out)
    p.run("cost", "m.flush", "--cpus", "3").expect(0, silent=True, out="3 CPUs")
    p.run("help", "cost").expect(0, silent=True, out="--counter")


@case
def costs_of_what_is_not_there(p):
    p.file("m.flush", COUNTED)
    p.file("none.flush", SAFE)
    p.run("cost", "m.flush", "--counter", "ring").expect(2, err=["no counter 'ring'", "'rings'"])
    p.run("cost", "m.flush", "--counter", "z").expect(2, err=["no counter 'z'", "rings, high"])
    p.run("cost", "m.flush", "--prop", "x").expect(2, err="unknown option '--prop'")
    p.run("cost", "m.flush", "--variant", "plan").expect(2, err="did you mean 'plain'?")
    p.run("cost", "none.flush").expect(2, err=["none.flush has no counter", "counter ipis on"])
    p.run("cost", "missing.flush").expect(2, err="no such file")
    p.run("cost", "m.flush", "--json", "/").expect(2, err="--json")
    # Told once, though both variants lack it.
    done = p.run("cost", "m.flush", "--counter", "z")
    need(done.err.count("no counter") == 1 and done.out == "", done.err)


@case
def costs_that_are_not_known(p):
    p.file("m.flush", COUNTED)
    p.run("cost", "m.flush", "--max-states", "2").expect(
        3, silent=True, out=["plain  inconclusive: reached --max-states 2"])
    limited = p.run("cost", "m.flush", "--variant", "plain", "--max-states", "2", "--json", "j").expect(
        3, silent=True, out="inconclusive: reached --max-states 2")
    need("unbounded" not in limited.out and "rings" not in limited.out, limited.out)
    result = read_json(p, "j")[0]
    need(result["counters"] == [] and result["completes"] is None and
         "--max-states" in result["stopped"], result)
    p.file("bad.flush", "var x : 0..1; step s() { x = x + 1; } counter n on s;"
                        "thread t on cpu 0 { repeat 3 { s(); } } variant v { } expect safe;")
    p.run("cost", "bad.flush").expect(2, out="the model did something meaningless")
    p.run("cost", "bad.flush", "--variant", "v").expect(2, out=["bad.flush:1:", "value 2 is outside"])
    p.file("long.flush", LONG + "counter bumps on bump;")
    p.run("cost", "long.flush", "--time-limit", slow.limit(1)).expect(
        3, out=f"reached --time-limit {slow.seconds(1):g}")
    process = p.start("cost", "long.flush", "--variant", "slow")
    time.sleep(slow.seconds(1.5))
    process.send_signal(signal.SIGINT)
    p.finish(process).expect(3, out="interrupted")


@case
def json_of_costs(p):
    p.file("m.flush", COUNTED)
    p.run("cost", "m.flush", "--json", "j").expect(0, silent=True)
    plain, hangs = read_json(p, "j")
    need(plain["completes"] and not plain["may_hang"] and hangs["may_hang"], plain)
    need(plain["counters"] == [{"name": "rings", "least": 1, "most": None},
                               {"name": "high", "least": 0, "most": None}], plain)
    need(hangs["params"] == {"hang": "true"} and hangs["variant"] == "hangs", hangs)
    need(plain["bounds"] == ["memory: sc"] and plain["stopped"] is None, plain)


@case
def list_library(p):
    p.run("list").expect(0, out=["models:", "props:", "machines:", "armv7", "no_deadlock"],
                         silent=True)
    p.run("list", "machines").expect(0, out="armv7", silent=True)
    p.run("list", "props").expect(0, out="no_deadlock", silent=True)
    p.run("list", "models").expect(0, out="arm_set_pte_at", silent=True)
    p.run("list", "modelz").expect(2, err="did you mean 'models'?")


@case
def help_texts(p):
    for arguments in (("help",), ("--help",), ("-h",)):
        p.run(*arguments).expect(0, out=["check", "show", "list", "Exit codes"], silent=True)
    for arguments in (("help", "check"), ("check", "--help")):
        p.run(*arguments).expect(0, out=["FILE", "--variant", "--json", "--time-limit"],
                                 silent=True)
    p.run("help", "chek").expect(2, err="did you mean 'check'?")


@case
def version(p):
    run = p.run("--version").expect(0, silent=True)
    need(run.out.startswith("stalemate ") and run.out[10].isdigit(), run.out)


# Where the library is.

LIBRARY_USER = """
import lib.spinlock;
mem l : spinlock;
thread t on every cpu { spin_lock(l); spin_unlock(l); }
check no_deadlock;
"""


@case
def library_from_the_environment(p):
    p.file("m.flush", LIBRARY_USER)
    p.run("check", "m.flush").expect(0, silent=True)
    p.run("check", p.folder / "m.flush", cwd="/").expect(0, silent=True)
    several = dict(p.environment, STALEMATE_PATH=f"/nonexistent::{SOURCE}:")
    p.run("check", "m.flush", environment=several).expect(0, silent=True)


def without_path(p):
    environment = dict(p.environment)
    del environment["STALEMATE_PATH"]
    return environment


@case
def library_of_the_source_tree(p):
    if SOURCE not in p.path.parents:
        return "skipped: built outside of the source tree"
    p.file("m.flush", LIBRARY_USER)
    p.run("check", p.folder / "m.flush", cwd="/", environment=without_path(p)).expect(
        0, silent=True)
    return None


@case
def library_of_an_installation(p):
    """As `meson install` lays it out: PREFIX/bin and PREFIX/share/stalemate."""
    prefix = p.folder / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(p.path, prefix / "bin" / "stalemate")
    for folder in ("models", "props"):
        shutil.copytree(SOURCE / folder, prefix / "share" / "stalemate" / folder)
    p.file("m.flush", LIBRARY_USER)
    p.run("check", "m.flush", environment=without_path(p),
          program=prefix / "bin" / "stalemate").expect(0, silent=True)


@case
def library_not_found(p):
    (p.folder / "bin").mkdir()
    alone = p.folder / "bin" / "stalemate"
    shutil.copy2(p.path, alone)
    found = p.run("list", "machines", environment=without_path(p), program=alone)
    if found.code == 0:
        return "skipped: stalemate is installed on this system"
    found.expect(2, err="set STALEMATE_PATH")
    p.file("m.flush", LIBRARY_USER)
    p.run("check", "m.flush", environment=without_path(p), program=alone).expect(
        2, err=["there is no file lib/spinlock.flush to import", "set STALEMATE_PATH"])
    p.file("alone.flush", SAFE)
    p.run("check", "alone.flush", environment=without_path(p), program=alone).expect(
        2, err="set STALEMATE_PATH")
    return None


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    path = Path(sys.argv[1]).resolve()
    words = sys.argv[2:]
    passed = failed = 0
    for function in CASES:
        if words and not any(word in function.__name__ for word in words):
            continue
        with tempfile.TemporaryDirectory(prefix="stalemate-cli-") as folder:
            try:
                note = function(Program(path, Path(folder)))
            except (Failure, AssertionError) as failure:
                failed += 1
                print(f"FAILED {function.__name__}\n{failure}")
            else:
                passed += 1
                if note:
                    print(f"{function.__name__}: {note}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
