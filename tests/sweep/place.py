"""What the tests of sweeps share: a folder with models in which stalemate is run, what its database holds,
and how a file of cases is run:

    FILE STALEMATE             all cases
    FILE STALEMATE WORD ...    those with one of these words in their name
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / 'tests'))
import slow  # noqa: E402
from slow import limit, seconds  # noqa: E402,F401  for those who use this module
QUICK = SOURCE / 'sweeps' / 'quick.toml'
# Its cells: a variant each, as its models come without axes.
QUICK_CELLS = sum(len(re.findall(r'^ *variant ', (SOURCE / model).read_text(), re.MULTILINE))
                  for model in re.findall(r'models/[\w/]+\.flush', QUICK.read_text()))
TIMEOUT_SECONDS = slow.seconds(120)

MODEL = """
param limit : 0..3 = 1;
var n : 0..3;
property small { invariant n <= limit, "n is {n}"; }
thread writer on cpu 0 { repeat 3 { atomic { n = n + 1; } } }
check small;
variant tight { limit = 1 } expect violates small;
variant loose { limit = 3; cpus = 2 } expect safe;
"""
WRONG = MODEL.replace('limit = 3; cpus = 2', 'limit = 2')
# Far more states than any limit used here.
LONG = """
cpus 4;
var n[cpu] : 0..999;
step bump() { n[me] = n[me] == 999 ? 0 : n[me] + 1; }
thread runner on every cpu { loop { bump(); } }
variant slow { } expect safe;
"""

program = ''  # the executable; who uses this module sets it
CASES = []


class Place:
    """A folder with models and a sweep file."""

    def __init__(self, folder, sweep='models = ["models/*.flush"]\n', **models):
        self.root = Path(folder)
        (self.root / 'models').mkdir(exist_ok=True)
        self.db = self.root / 'r.sqlite'
        self.file = self.root / 'sweep.toml'
        self.file.write_text(sweep)
        for name, text in models.items():
            (self.root / 'models' / f'{name}.flush').write_text(text)

    def sweep(self, *words, code=0, file=None, **how):
        return run('sweep', file or self.file, '-j', '2', *words, code=code, **how)

    def start(self, *words):
        return subprocess.Popen([program, 'sweep', str(self.file), '-j', '1', *map(str, words)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(*words, code=0, binary=None, **how):
    """Both outputs together; the exit code must be `code`."""
    done = subprocess.run([str(binary or program), *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_SECONDS, **how)
    assert done.returncode == code, f'exit code {done.returncode}, expected {code}\n{done.stdout}'
    return done.stdout


def has(text, *parts):
    for part in parts:
        assert part in text, f'there is no {part!r} in\n{text}'


def case(function):
    CASES.append(function)
    return function


def rows(db, night=None):
    """What is the same whenever it runs: all but times, memory and which night it is."""
    with sqlite3.connect(db) as connection:
        connection.row_factory = sqlite3.Row
        night = night or connection.execute('SELECT max(id) FROM nights').fetchone()[0]
        found = [dict(r) for r in connection.execute(
            'SELECT * FROM runs WHERE night = ? ORDER BY cell', (night,))]
    for r in found:
        for column in ('night', 'seconds', 'peak_memory', 'checked', 'reused'):
            del r[column]
        r['trace'] = re.sub(r'\d+\.\d\d s', 'T', r['trace'])
    return found


def count(db, what='runs'):
    with sqlite3.connect(db) as connection:
        return connection.execute(f'SELECT count(*) FROM {what}').fetchone()[0]


def integrity(db):
    with sqlite3.connect(db) as connection:
        answer, = connection.execute('PRAGMA integrity_check').fetchone()
    assert answer == 'ok', answer


def main(doc):
    global program
    if len(sys.argv) < 2:
        sys.exit(doc)
    program = os.path.realpath(sys.argv[1])
    chosen = [c for c in CASES if len(sys.argv) == 2 or any(w in c.__name__ for w in sys.argv[2:])]
    failed = 0
    for c in chosen:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix='sweep-') as folder:
            try:
                c(folder)
                word = 'ok'
            except (AssertionError, subprocess.TimeoutExpired, sqlite3.Error, OSError) as e:
                word = 'FAILED'
                failed += 1
                print(f'{c.__name__}: {type(e).__name__}: {e}')
        print(f'{word:7}{c.__name__}  {time.monotonic() - begin:.1f} s')
    print(f'{len(chosen)} cases, {failed} failed')
    sys.exit(1 if failed or not chosen else 0)
