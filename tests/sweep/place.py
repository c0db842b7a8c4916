"""A folder with models, in which stalemate sweep is run; for the tests beside this file."""
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
QUICK = SOURCE / 'sweeps' / 'quick.toml'
TIMEOUT_SECONDS = 120

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
