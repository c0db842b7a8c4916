#!/usr/bin/env python3
"""Certificates of shipped models are accepted, damaged ones are not, and each file has an answer.

usage: run.py STALEMATE STALEMATE_VERIFY         one safe variant of each model
       run.py STALEMATE STALEMATE_VERIFY --all   all of them, up to 200000 states

--sanitized: the sanitizers take more memory than a limit leaves.
"""
import concurrent.futures
import ctypes
import os
import pathlib
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "corpus"))
import shipped  # noqa: E402  in tests/corpus

# With assertions, invariants, and properties about stuck processes.
DAMAGED = [("litmus/unmap_reuse", "full"), ("litmus/spinlock", "exclusive"), ("bench/ipilock", "fixed")]


class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


XXHASH = ctypes.CDLL("libxxhash.so.0")
XXHASH.XXH3_128bits.restype = Hash
XXHASH.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def sealed(data):
    h = XXHASH.XXH3_128bits(data, len(data))
    return data + b"%016x%016x" % (h.high, h.low)


def need(holds, *what):
    if not holds:
        sys.exit("FAILED: " + " ".join(map(str, what))[:3000])


class Tests:
    def __init__(self, stalemate, verify, folder, sanitized):
        self.sanitized = sanitized
        self.stalemate, self.verify = (str(pathlib.Path(p).resolve()) for p in (stalemate, verify))
        self.folder = folder
        self.random = random.Random(1)

    def run(self, *command, **options):
        return subprocess.run([str(c) for c in command], cwd=shipped.SOURCE, capture_output=True, text=True,
                              errors="replace", check=False, timeout=600, **options)

    def check(self, model, *arguments, **options):
        return self.run(self.stalemate, "check", model, *arguments, **options)

    def certificate(self, stem, model, *arguments):
        """Paths of a certificate and of its IR text; and what check said."""
        cert, ir = stem.with_suffix(".cert"), stem.with_suffix(".ir")
        told = self.check(model, "--certificate", cert, *arguments)
        if told.returncode:
            return None, None, told
        command = re.search(r"^certificate .* of the IR text of: stalemate (.*)$", told.stdout, re.MULTILINE)
        ir.write_text(self.run(self.stalemate, *shlex.split(command.group(1))).stdout)
        return cert, ir, told

    # --- shipped models ------------------------------------------------------------------------

    def accepted(self, everything):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = list(pool.map(lambda m: self.accepted_of(m, everything), shipped.models([])))
        accepted, larger = (sum(c) for c in zip(*counts))
        need(accepted > (400 if everything else 30), "only", accepted, "certificates")
        return f"{accepted} certificates of shipped models accepted, {larger} have too many states"

    def accepted_of(self, model, everything):
        accepted = larger = 0
        stem = self.folder / f"{model.parent.name}_{model.stem}"
        # All variants, and not one of them searched.
        for cell in shipped.results(self.stalemate, model, "--max-states", "1"):
            arguments = ["--cpus", cell["cpus"], *(["--variant", cell["variant"]] if cell["variant"] else [])]
            limit = "200000" if everything else "5000"
            cert, ir, told = self.certificate(stem, model, *arguments, "--max-states", limit, "-j", 1)
            if told.returncode == 2 and " is about fair runs, " in told.stderr:
                break
            need(told.returncode in (0, 1, 3, 4), model, arguments, told.stderr)
            larger += told.returncode == 3
            if cert is None:
                continue
            self.accept(cert, ir, told, f"{model} {arguments}")
            accepted += 1
            if not everything:
                break
        return accepted, larger

    def accept(self, cert, ir, told, what):
        got = self.run(self.verify, cert, ir)
        counts = re.search(r"^([\d,]+) states?, ([\d,]+) transitions?,", told.stdout, re.MULTILINE)
        wanted = "verified: {} states, {} transitions\n".format(*(n.replace(",", "") for n in counts.groups()))
        need(got.returncode == 0 and wanted in got.stdout, what, wanted, got.stdout, got.stderr)

    def engines(self, _):
        """Both find the same states, explicit ones too; symmetry is off by itself."""
        for model, variant in (("bench/ipilock", "fixed"), ("litmus/unmap_reuse", "full")):
            for more in ((), ("--speculation", "explicit")):
                certs = []
                for engine in (("--engine", "reference"), (), ("-j", "2"), ("--reduce", "none")):
                    arguments = ("--variant", variant, *more, *engine)
                    cert, ir, told = self.certificate(self.folder / "e", f"models/{model}.flush", *arguments)
                    self.accept(cert, ir, told, f"{model} {arguments}")
                    certs.append(re.sub(rb"(?m)^;.*\n", b"", cert.read_bytes())[:-32])
                need(len(set(certs)) == 1, model, more)
        return "both engines write the same"

    # --- what is no proof ------------------------------------------------------------------------

    def answer(self, cert, ir, code, reason, what, **options):
        paths = self.folder / "d.cert", self.folder / "d.ir"
        for path, data in zip(paths, (cert, ir)):
            path.write_bytes(data)
        got = self.run(self.verify, *paths, **options)
        need(got.returncode == code and re.search(reason, got.stdout + got.stderr), what, "gives", got.returncode,
             got.stdout[:500], got.stderr)

    def damaged(self, _):
        files = []
        for model, variant in DAMAGED:
            cert, ir, told = self.certificate(self.folder / variant, f"models/{model}.flush", "--variant", variant)
            need(cert, told.stderr)
            files.append((cert.read_bytes(), ir.read_bytes()))
        count = 0
        for i, (cert, ir) in enumerate(files):
            for _ in range(20):
                at, bit = self.random.randrange(len(cert)), self.random.randrange(8)
                flipped = cert[:at] + bytes([cert[at] ^ 1 << bit]) + cert[at + 1:]
                self.answer(flipped, ir, 2, r"error: .*d\.cert: ", f"byte {at} flipped")
                self.answer(cert[:at], ir, 2, r"error: .*d\.cert: ", f"cut at {at}")
            head, rest = cert[:-32].split(b"\n", 1)
            fields = head.split(b" ")
            for what, data, code, reason in [
                    ("more behind the end", cert + b"x", 2, "damaged"),
                    ("more behind the states", sealed(cert[:-32] + b"x"), 2, "does not hold"),
                    ("a wrong checksum", sealed(cert[:-36] + b"0000"), 2, "does not hold"),
                    ("another model", files[i - 1][0], 2, "of another IR text"),
                    ("a certificate for a model", cert, 2, "damaged|another|no certificate"),
                    ("no property", sealed(head + b" nothing\n" + rest), 2, "no property nothing"),
                    ("too many states", self.with_field(fields, 3, b"4000000000", rest), 2, "cannot hold"),
                    ("too few states", self.with_field(fields, 3, b"3", rest), 2, "does not hold"),
                    ("no states", sealed(head + b"\n\n"), 2, "does not hold|cannot hold"),
                    ("words over words", sealed(head + b"\n;\x1b[2K\rholds: nothing\n" + rest), 2, "moves the cursor"),
                    ("version 2", self.with_field(fields, 1, b"2", rest), 2, "no certificate")]:
                self.answer(data, files[i - 2][1] if what.endswith("for a model") else ir, code, reason, what)
                count += 1
            self.answer(cert, ir + b"\n", 2, "of another IR text", "a longer text")
            self.answer(cert, ir.replace(b"true", b"false", 1), 2, "of another IR text", "an edited text")
            count += 42
        return f"{count} damaged files refused"

    @staticmethod
    def with_field(fields, at, value, rest):
        return sealed(b" ".join([*fields[:at], value, *fields[at + 1:]]) + b"\n" + rest)

    def forged(self, _):
        """A true set of states proves nothing of what check calls vacuous."""
        model = self.folder / "waits.flush"
        model.write_text('var go : bool;\nproperty p { no stuck cycle with lock; }\ncheck p;\n'
                         'thread waits on cpu 0 { await go as lock; }\nthread passes on cpu 1 { go = true; }\n'
                         'variant v { } expect safe;\n')
        cert, ir, told = self.certificate(self.folder / "f", model, "--variant", "v")
        self.accept(cert, ir, told, "waits.flush")
        head, rest = cert.read_bytes()[:-32].split(b"\n", 1)
        text = ir.read_bytes().replace(b"(cycle lock)", b"(cycle lock ack)")
        need(text != ir.read_bytes(), "the text has no cycle")
        data = self.with_field(head.split(b" "), 2, sealed(text)[-32:], rest)
        self.answer(data, text, 1, "means nothing: none waits as ack", "a cycle of nobody")
        return "1 file that means nothing refused"

    def hostile(self, _):
        """Texts that take too much, or make no sense: all have an answer in words."""
        begin = b"(ir 1)(sort cpu (a b))"
        limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))}
        cases = [(b"(" * 300, "nested"), (b"(" * 5, "parenthesis"), (b")", "parenthesis"), (b'"a', "string"),
                 (b"(ir 2)", "ir 1"), (b"(ir 1)", "no CPUs"), (b"\x80", "byte"), (begin + b"(nothing x)", "unknown form"),
                 (begin + b"(var x bool many)", "unknown part"), (begin + b"(var x (range 0 99999))", "range"),
                 (begin + b"(var x ((range 0 32767) (range 0 32767)) bool)", "1048576"),
                 (begin + b"(var x ((range 0 999999999999)) bool)", "not a value"),
                 (begin + b"(process p a (control c) (locations l))", "no variable c"),
                 (begin + b"(process p c)", "not a value"), (begin + b"(process p 7)", "no such CPU"),
                 (begin + b"(process p a (control c) (locations l))(var c (range 0 3) control)", "cannot hold"),
                 (begin + b"(property p invariant)", "holds"), (begin + b"(step s)", "have a process"),
                 (begin + b"(step s eventual (choose (x (range 0 9999)) (y (range 0 9999))))", "combinations"),
                 (begin + b"(var x bool)(step s eventual (when (and x (set x x))))", "an expression"),
                 (begin + b"(var x bool)(step s eventual (do (and x)))", "a statement"),
                 (begin + b"(var x bool)(step s eventual (do (set 1 x)))", "a place"),
                 (begin + b"(var x bool)(step s eventual (do (set (x 1) x)))", "indices"),
                 (begin + b"(var x bool)(step s eventual (do (if x x)))", "word|statement")]
        for text, reason in cases:
            self.answer(b"stalemate-certificate 1 ", text, 2, r"error: .*d\.ir: .*(" + reason + ")", text[:60])
        self.answer(b"", begin, 2, "cannot be read, or is empty", "an empty file")
        if not self.sanitized:
            many = begin + b"(var x bool)" * 2000000
            self.answer(b"", many, 2, "more memory than it may", "much text", **limit)
        need(self.run(self.verify, self.folder, self.folder).returncode == 2, "folders")
        need(self.run(self.verify).returncode == 2, "no arguments")
        return f"{len(cases)} texts that are none refused"

    # --- check --certificate -----------------------------------------------------------------------

    def command_line(self, _):
        model, path = "models/bench/ipilock.flush", self.folder / "c.cert"

        def refused(code, reason, *arguments, **options):
            got = self.check(model, "--certificate", path, *arguments, **options)
            need(got.returncode == code and reason in got.stderr, arguments, got.returncode, got.stdout, got.stderr)
            need(code != 2 or reason.startswith("could not") or not got.stdout, "it was searched:", arguments)
            need(not list(self.folder.glob("c.cert*")), arguments, "leaves a file")

        safe = ("--variant", "fixed")
        refused(1, "no certificate: the verdict is violated", "--variant", "buggy")
        refused(3, "no certificate: the verdict is inconclusive", *safe, "--max-states", "3")
        refused(2, "is for one configuration")
        for option in ("por", "symmetry", "all", "none,symmetry"):
            refused(2, "--certificate with --reduce", *safe, "--reduce", option)
        refused(2, "--certificate with --lossy", *safe, "--lossy")
        refused(2, "--certificate with --checkpoint", *safe, "--checkpoint", self.folder / "checkpoint")
        # A verdict that is safe, and that a certificate cannot say all about.
        cycle = self.folder / "cycle.flush"
        cycle.write_text('var go : bool;\nproperty cycle { no stuck cycle with lock; }\ncheck cycle;\n'
                         'thread waits on cpu 0 { await go as ack; }\nthread passes on cpu 1 { await !go as lock; }\n'
                         'allow unreached "await go" : "nobody sets it";\nvariant v { } expect safe;\n')
        for engine in ("fast", "reference"):
            got = self.check(cycle, "--variant", "v", "--prop", "cycle", "--certificate", path, "--engine", engine)
            need(got.returncode == 2 and "cycle safe" in got.stdout and "some are stuck for good" in got.stderr and
                 not list(self.folder.glob("c.cert*")), "cycle", got.stdout, got.stderr)
        # As with a full disk; the program must not die of the signal.
        def full():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        refused(2, "could not be written completely", *safe, preexec_fn=full)
        for where, reason in ((self.folder, "no file"), (self.folder / "none/c", "cannot be written"),
                              ("/dev/null", "no file")):
            got = self.check(model, *safe, "--certificate", where)
            need(got.returncode == 2 and reason in got.stderr and not got.stdout, where, got.stdout, got.stderr)
        # What is there stays when there is nothing to take its place.
        path.write_text("old")
        self.check(model, "--variant", "buggy", "--certificate", path)
        need(path.read_text() == "old", "the old file is gone")
        self.check(model, *safe, "--certificate", path)
        need(path.read_bytes().startswith(b"stalemate-certificate 1 "), "the old file is there")
        need(list(self.folder.glob("c.cert*")) == [path], "a part is left")
        return "no file without a proof"


def main():
    if len(sys.argv) < 3 or not set(sys.argv[3:]) <= {"--all", "--sanitized"}:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(sys.argv[1], sys.argv[2], pathlib.Path(folder), "--sanitized" in sys.argv)
        for test in (tests.command_line, tests.damaged, tests.forged, tests.hostile, tests.engines, tests.accepted):
            print(f"ok {test.__name__}: {test('--all' in sys.argv)}", flush=True)


main()
