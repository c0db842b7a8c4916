#!/usr/bin/env python3
"""Checks stalemate sweep, report and merge as commands: exit codes, what is kept, what is refused.

    run.py STALEMATE             all cases
    run.py STALEMATE WORD ...    those with one of these words in their name
"""
import json
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree
from html.parser import HTMLParser
from pathlib import Path

sys.dont_write_bytecode = True
import place  # noqa: E402  beside this file
from place import LONG, MODEL, QUICK, SOURCE, TIMEOUT_SECONDS, WRONG, Place, has, run  # noqa: E402

CASES = []


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


def child_of(process):
    """The number of the first process that it starts."""
    for _ in range(500):
        found = Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
        if found and b'check' in Path(f'/proc/{found[0]}/cmdline').read_bytes():
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError('no check was started')


def gone(pid):
    for _ in range(250):
        try:
            if Path(f'/proc/{pid}/stat').read_text().split()[2] == 'Z':
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.02)
    raise AssertionError('the check outlives its sweep')


@case
def all_as_expected(folder):
    p = Place(folder, a=MODEL)
    out = p.sweep('--db', p.db)
    has(out, 'ok           models/a.flush:tight  violated', '2 cells: 2 as expected; night 1')
    tight = [r for r in rows(p.db) if r['variant'] == 'tight'][0]
    has(tight['trace'], 'small VIOLATED', 'n is 2')
    assert tight['exit'] == 1 and tight['expected'] == 'violates small', tight
    with sqlite3.connect(p.db) as connection:
        assert connection.execute('PRAGMA journal_mode').fetchone()[0] == 'wal'


@case
def without_a_database(folder):
    has(Place(folder, a=MODEL).sweep(), '2 cells: 2 as expected\n')


@case
def not_as_expected(folder):
    p = Place(folder, a=MODEL, b=WRONG)
    out = p.sweep(code=1)
    has(out, 'MISMATCH     models/b.flush:loose  small is violated, expected safe',
        '4 cells: 3 as expected, 1 not as expected')


@case
def inconclusive(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ntime_limit = "500ms"\n', a=MODEL, slow=LONG)
    out = p.sweep(code=3)
    has(out, 'inconclusive models/slow.flush:slow  reached --time-limit 0.5', '2 as expected, 1 inconclusive')


@case
def memory_limit(folder):
    p = Place(folder, 'models = ["models/*.flush"]\nmem_limit = "32M"\n', slow=LONG)
    has(p.sweep(code=3), 'inconclusive models/slow.flush:slow  reached --mem-limit 33554432')


@case
def a_crash_is_a_result(folder):
    p = Place(folder, a=MODEL, slow=LONG)
    sweep = p.start('--db', p.db, '--filter', 'slow')
    os.kill(child_of(sweep), signal.SIGSEGV)
    out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
    assert sweep.returncode == 1, out
    has(out, 'crashed      models/slow.flush:slow  ', '1 cells: 0 as expected, 1 crashed')
    row, = rows(p.db)
    assert row['status'] == row['verdict'] == 'crashed', row
    if row['exit'] != -signal.SIGSEGV:  # a sanitizer may end it in its own way
        assert row['exit'] > 0, row


@case
def one_that_hangs_is_killed(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ntime_limit = "1s"\n', slow=LONG)
    sweep = p.start()
    os.kill(child_of(sweep), signal.SIGSTOP)
    out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
    assert sweep.returncode == 1, out
    has(out, 'crashed      models/slow.flush:slow  still there after 2 s, killed')


@case
def a_model_with_mistakes_is_a_result(folder):
    p = Place(folder, a=MODEL, broken='var x : ;\n')
    has(p.sweep(code=1), 'crashed      models/broken.flush:  does not compile: ',
        '3 cells: 2 as expected, 1 crashed')


@case
def axes(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ncpus = [2, 3]\n[set]\nlimit = [3, "0"]\n'
              'fast = [true]\n', a=MODEL + 'param fast : bool;\n')
    out = p.sweep('--db', p.db, '--filter', 'loose')
    has(out, 'loose cpus=3 fast=true limit=0  violated, nothing expected', '4 cells: 4 as expected')
    # `fast` changes nothing in the program, but its value may be in it: no cell has to be the
    # variant's own, and none but this one can.
    for r in rows(p.db):
        assert r['expected'] in ('', 'safe'), r
        assert not r['expected'] or 'cpus=2 fast=true limit=3' in r['cell'], r


@case
def axes_and_expectations(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ncpus = [2, 3]\n', a=MODEL)
    p.sweep('--db', p.db, '--filter', 'loose')
    assert [(r['cpus'], r['expected']) for r in rows(p.db)] == [(2, 'safe'), (3, '')]


@case
def groups(folder):
    p = Place(folder, 'exclude = ["*:tight"]\n[[group]]\nmodels = ["models/a.flush"]\n'
              '[[group]]\nmodels = ["models/[ab].flush"]\nmachine = ["armv7"]\n', a=MODEL, b=MODEL)
    out = p.sweep()
    has(out, 'a.flush:loose cpus=2  safe', 'a.flush:loose cpus=2 machine=armv7  safe',
        'b.flush:loose cpus=2 machine=armv7  safe', '3 cells:')
    assert 'tight' not in out, out


@case
def excludes_of_a_model_with_mistakes(folder):
    p = Place(folder, 'models = ["models/*.flush"]\nexclude = ["models/bad.flush:no_*"]\n',
              a=MODEL, bad='variant no_good {')
    out = p.sweep(code=1)
    has(out, 'crashed      models/bad.flush', 'a.flush:loose', '3 cells:')


# Many cells of some milliseconds.
TINY = MODEL + 'param tag : 0..999;\n'
TINY_SWEEP = 'models = ["models/*.flush"]\n[set]\ntag = [%s]\n'
KILLS = 20


def integrity(db):
    with sqlite3.connect(db) as connection:
        answer, = connection.execute('PRAGMA integrity_check').fetchone()
    assert answer == 'ok', answer


@case
def killed_at_any_moment(folder):
    p = Place(folder, TINY_SWEEP % ', '.join(map(str, range(150))), a=TINY)
    whole = p.root / 'whole.sqlite'
    p.sweep('--db', whole)
    expected = {r['cell']: r for r in rows(whole)}
    random.seed(os.getpid())
    kills = 0
    while kills < KILLS:
        begun = p.db.exists() and count(p.db, 'sqlite_master') and count(p.db, 'nights')
        sweep = p.start('--db', p.db, *(['--resume'] if begun else []))
        time.sleep(random.uniform(0.01, 0.12))
        if sweep.poll() is None:
            sweep.kill()
            kills += 1
        else:  # it was faster: from the start again
            for file in p.root.glob('r.sqlite*'):
                file.unlink()
        out, _ = sweep.communicate()
        if p.db.exists() and count(p.db, 'sqlite_master') and count(p.db, 'nights'):
            integrity(p.db)
            found = rows(p.db)
            assert all(r == expected[r['cell']] for r in found), found
            # What was told to be done is there.
            told = len(re.findall(r'^ok .*\n', out, re.M))
            assert told <= len(found), f'{told} lines, {len(found)} cells'
    begun = count(p.db, 'sqlite_master') and count(p.db, 'nights')
    done = count(p.db) if begun else 0
    out = p.sweep('--db', p.db, *(['--resume'] if begun else []))
    assert not done or f'; {done} were done before' in out, out
    assert rows(p.db) == list(expected.values())


@case
def several_on_one_database(folder):
    p = Place(folder, TINY_SWEEP % ', '.join(map(str, range(40))), a=TINY)
    sweeps = [p.start('--db', p.db) for _ in range(4)]  # which are all about to make it
    while any(s.poll() is None for s in sweeps):
        if p.db.exists() and count(p.db, 'sqlite_master') and count(p.db, 'nights'):
            run('report', '--db', p.db, '--format', 'html')
        time.sleep(0.02)
    for s in sweeps:
        out, _ = s.communicate()
        assert s.returncode == 0, out
    integrity(p.db)
    assert count(p.db, 'nights WHERE finished IS NOT NULL') == 4
    assert all(rows(p.db, night) == rows(p.db, 1) and len(rows(p.db, night)) == 80 for night in (1, 2, 3, 4))


@case
def checks_end_with_their_sweep(folder):
    p = Place(folder, slow=LONG)
    sweep = p.start()
    child = child_of(sweep)
    sweep.kill()
    sweep.communicate()
    gone(child)


@case
def interrupted(folder):
    p = Place(folder, a=MODEL, slow=LONG)
    for number in (signal.SIGINT, signal.SIGTERM):
        p.db = p.root / f'{number}.sqlite'
        sweep = p.start('--db', p.db)
        while child_of(sweep) and not (p.db.exists() and count(p.db, 'sqlite_master')
                                       and count(p.db) == 2):
            time.sleep(0.02)
        child = child_of(sweep)
        sweep.send_signal(number)
        out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
        assert sweep.returncode == 3, out
        has(out, '1 not done', '--resume goes on from here')
        gone(child)
        assert count(p.db) == 2
    # Another model is in place before it goes on: that one is checked, and what has changed again.
    (p.root / 'models' / 'slow.flush').write_text(MODEL)
    has(p.sweep('--db', p.db, '--resume', code=0), '4 cells: 4 as expected; 2 were done before')
    has(p.sweep('--db', p.db, '--resume', code=2), 'night 1 is finished')


@case
def shards(folder):
    p = Place(folder)
    whole = p.root / 'whole.sqlite'
    p.sweep('--db', whole, file=QUICK)
    parts = [p.root / f'{k}.sqlite' for k in (1, 2, 3)]
    for k, part in enumerate(parts, 1):
        p.sweep('--db', part, '--shard', f'{k}/3', file=QUICK)
    has(run('merge', p.db, *parts), 'of 3 shards; night 1')
    assert rows(p.db) == rows(whole)
    has(run('merge', p.root / 'x', *parts[:2], code=2), 'shard 3/3 is missing')
    has(run('merge', p.root / 'x', parts[0], *parts, code=2), 'both hold shard 1/3')
    has(run('merge', p.root / 'x', whole, code=2), 'is no shard')
    p.sweep('--db', parts[2], '--shard', '3/4', file=QUICK)
    has(run('merge', p.root / 'x', *parts, code=2), 'a shard of another sweep')
    assert not (p.root / 'x').exists()


@case
def only_changed(folder):
    p = Place(folder, a=MODEL, b=MODEL)
    p.sweep('--db', p.db, '--only-changed')
    has(p.sweep('--db', p.db, '--only-changed'), '(reused, ', '4 reused')
    # A comment changes nothing, another limit does, another expectation is compared anew.
    (p.root / 'models' / 'a.flush').write_text('// new\n' + MODEL)
    (p.root / 'models' / 'b.flush').write_text(
        WRONG.replace('expect violates small', 'expect safe'))
    out = p.sweep('--db', p.db, '--only-changed', code=1)
    has(out, '3 reused', 'MISMATCH     models/b.flush:tight  small is violated, expected safe',
        'MISMATCH     models/b.flush:loose', 'night 3')
    assert count(p.db, 'runs WHERE reused') == 7
    # A property that was not checked before, and a clause about reaching something.
    more = MODEL.replace('check small;', 'property three { invariant n <= 3; }\ncheck small;')
    for text, changed in [(more, 0), (more.replace('violates small', 'violates small, safe three'), 1),
                          (more.replace('expect safe', 'expect safe, reaches stop')
                           .replace('thread', 'step stop() { n = 0; }\nthread'), 1)]:
        (p.root / 'models' / 'a.flush').write_text(text)
        out = subprocess.run([place.program, 'sweep', p.file, '--db', p.db, '--only-changed', '--filter',
                              'a.flush'], stdout=subprocess.PIPE, text=True).stdout
        assert out.count('(reused, ') == 2 - changed, (out, text)


BUILD_ID = b'\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0'  # the head of the note


def build_like(path, change):
    """A copy of the program with other bytes."""
    content = bytearray(Path(place.program).read_bytes())
    change(content)
    path.write_bytes(content)
    path.chmod(0o755)


@case
def only_changed_is_for_one_build(folder):
    p = Place(folder, a=MODEL)
    p.sweep('--db', p.db)
    out = p.sweep('--db', p.db, '--only-changed')
    has(out, 'a.flush:tight  violated  (reused, checked 20', '2 reused, of the same program by the same build')
    at = Path(place.program).read_bytes().find(BUILD_ID)
    assert at > 0, 'the linker wrote no build-id'

    def other_id(content):
        content[at + len(BUILD_ID)] ^= 1

    def no_id(content):
        content[at + len(BUILD_ID) - 4:at + len(BUILD_ID)] = b'none'

    def no_id_and_longer(content):
        no_id(content)
        content += b'.'

    for number, change in enumerate((other_id, no_id, no_id_and_longer)):
        build = p.root / f'build{number}'
        build_like(build, change)
        for reused in (False, True):
            out = run('sweep', p.file, '--db', p.db, '--only-changed', binary=build,
                      env=dict(os.environ, STALEMATE_PATH=str(SOURCE)))
            assert ('2 reused' in out) == reused, (change, out)
    # What an older build did is not kept, either; and other counts are told with it.
    with sqlite3.connect(p.db) as connection:
        connection.execute('UPDATE nights SET finished = NULL WHERE id = 8')
        connection.execute("UPDATE runs SET states = 1 WHERE night = 7 AND cell LIKE '%tight%'")
    assert 'done before' not in p.sweep('--db', p.db, '--resume')
    has(run('report', '--db', p.db, '--against', 7), 'of the same program, by another build of stalemate')


@case
def only_changed_tries_again_what_was_not_finished(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ntime_limit = "300ms"\n', slow=LONG)
    for _ in range(2):
        assert 'reused' not in p.sweep('--db', p.db, '--only-changed', code=3)


@case
def longest_first(folder):
    p = Place(folder, a=MODEL, b=MODEL)
    p.sweep('--db', p.db)
    with sqlite3.connect(p.db) as connection:
        connection.execute("UPDATE runs SET seconds = 9 WHERE cell LIKE '%b.flush:tight%'")
    out = run('sweep', p.file, '-j', '1', '--db', p.db)
    assert out.startswith('ok           models/b.flush:tight'), out


@case
def bad_sweep_files(folder):
    p = Place(folder, a=MODEL)
    for text, *parts in [
            ('models = ["x"', ':1:'),
            ('\nmodles = ["x"]', ":2:1: error: unknown key 'modles'", "did you mean 'models'?"),
            ('models = ["models/z*.flush"]', ":1:11: error: no model matches 'models/z*.flush'"),
            ('models = ["models/*.flush"]\nexclude = ["a"]', ":2:12: error: 'a' excludes nothing"),
            ('models = []', ":1:10: error: 'models' is empty"),
            ('models = ["models/*.flush"]\ncpus = []', ":2:8: error: 'cpus' is empty"),
            ('models = ["models/*.flush"]\ncpus = [65]', ':2:9: error: a number of CPUs must be in 1'),
            ('models = ["models/*.flush"]\n[set]\na = []', ":3:5: error: 'set.a' is empty"),
            ('models = ["models/*.flush"]\n[set]\na = [1.5]', ':3:6: error: a parameter takes'),
            ('models = "models/*.flush"', ":1:10: error: 'models' must be a list"),
            ('models = ["models/*.flush"]\ntime_limit = "soon"', ":2:14: error: 'time_limit' must"),
            ('models = ["models/*.flush"]\nmem_limit = 4', ":2:13: error: 'mem_limit' must"),
            ('cpus = [2]\n[[group]]\nmodels = ["models/*.flush"]', 'axes at the top'),
            ('[[group]]\ncpus = [2]', ":1:1: error: a group without 'models'"),
            ('[group]\ncpus = [2]', "'group' must be tables"),
            ('', 'error: no models'),
            ('models = ["models/*.flush"]\nexclude = ["*"]', 'all cells are excluded')]:
        p.file.write_text(text)
        has(p.sweep(code=2), *parts)
    has(run('sweep', p.root / 'none.toml', code=2), 'none.toml: cannot be read: No such file')
    has(run('sweep', p.root, code=2), 'cannot be read: Is a directory')


@case
def bad_options(folder):
    p = Place(folder, a=MODEL)
    for shard in ('0/2', '3/2', '1', '1/', '/2', 'a/b', '1/2x', '-1/2', '1/0'):
        has(p.sweep(f'--shard={shard}', code=2), 'expected K/N with K in 1..N')
    has(p.sweep('--resume', code=2), '--resume without --db')
    has(p.sweep('--only-changed', code=2), '--only-changed without --db')
    has(p.sweep('--filter', 'zz', code=2), 'no cell has this in its name')
    has(p.sweep('--db', p.db, '--resume', code=2), 'there is no such file')
    p.sweep('--db', p.db)
    has(p.sweep('--db', p.db, '--resume', '--shard', '1/2', code=2), 'there is no night of this')
    has(run('report', code=2), '--db')
    has(run('report', '--db', p.db, '--night', 7, code=2), 'there is no night 7')
    has(run('report', '--db', p.db, '--against', 7, code=2), 'there is no night 7')


@case
def bad_databases(folder):
    p = Place(folder, a=MODEL)

    def refused(path, words):
        before = path.read_bytes() if path.is_file() else None
        has(p.sweep('--db', path, code=2), words)
        has(run('report', '--db', path, code=2), words)
        assert before is None or path.read_bytes() == before, f'{path} was changed'

    text = p.root / 'text'
    text.write_text('a text that is long enough to be no database\n' * 50)
    refused(text, 'not a database')
    foreign = p.root / 'foreign'
    with sqlite3.connect(foreign) as connection:
        connection.execute('CREATE TABLE nights (x)')
    connection.close()
    refused(foreign, 'a database of another program')
    p.sweep('--db', p.db)
    with sqlite3.connect(p.db) as connection:
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        version, = connection.execute('PRAGMA user_version').fetchone()
        connection.execute('PRAGMA user_version = 99')
    connection.close()
    refused(p.db, 'its tables have version 99')
    with sqlite3.connect(p.db) as connection:
        connection.execute(f'PRAGMA user_version = {version}')
    connection.close()
    damaged = p.root / 'damaged'
    content = bytearray(p.db.read_bytes())
    content[4096:] = b'\xa5' * (len(content) - 4096)
    damaged.write_bytes(content)
    refused(damaged, 'is damaged')
    refused(p.root / 'no' / 'folder', 'folder: ')
    has(run('report', '--db', p.root / 'none', code=2), 'there is no such file')
    assert not (p.root / 'none').exists()


@case
def a_full_disk(folder):
    p = Place(folder)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (120000, 120000))

    out = p.sweep('--db', p.db, file=QUICK, code=2, preexec_fn=limit)
    has(out, 'r.sqlite: ', '--resume')
    done = count(p.db)
    assert 0 < done < 49, done
    has(p.sweep('--db', p.db, '--resume', file=QUICK), f'; {done} were done before')


@case
def a_full_file_system(folder):
    p = Place(folder)
    disk = p.root / 'disk'
    disk.mkdir()
    # A file system of its own, which only this process and what it starts can see.
    script = """
        mount -t tmpfs -o size=200k none "$2" || exit 77
        "$1" sweep "$3" -j 2 --db "$2/r.sqlite" > "$4/first" 2>&1; echo $? > "$4/codes"
        "$1" report --db "$2/r.sqlite" > "$4/report" 2>&1; echo $? >> "$4/codes"
        mount -o remount,size=9m "$2" || exit 1
        "$1" sweep "$3" -j 2 --resume --db "$2/r.sqlite" > "$4/second" 2>&1; echo $? >> "$4/codes"
        cp "$2/r.sqlite" "$4/done.sqlite"
    """
    done = subprocess.run(['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh',
                           place.program, disk, QUICK, p.root], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if not (p.root / 'codes').exists():
        print(f'a_full_file_system: skipped, no file system can be mounted: {done.stdout.strip()}')
        return
    first, report, second = ((p.root / name).read_text() for name in ('first', 'report', 'second'))
    assert (p.root / 'codes').read_text().split() == ['2', '0', '0'], (first, report, second)
    has(first, 'r.sqlite: the disk is full', '--resume')
    has(report, 'the night is not finished')
    kept = int(re.search(r'(\d+) were done before', second)[1])
    assert 0 < kept < 49, second
    integrity(p.root / 'done.sqlite')
    assert len(rows(p.root / 'done.sqlite')) == 49


class Page(HTMLParser):
    """Every element is closed, and nothing is fetched."""
    VOID = {'meta', 'input', 'br'}

    def __init__(self):
        super().__init__()
        self.open, self.links, self.data = [], set(), ''

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        assert 'src' not in attrs and tag != 'link', f'{tag} fetches something'
        if tag == 'a':
            self.links.add(attrs['href'])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f'</{tag}>'

    def handle_data(self, text):
        if self.open[-1:] == ['script'] and text.startswith('{'):
            self.data = text


@case
def reports(folder):
    p = Place(folder, a=MODEL, b=MODEL)
    p.sweep('--db', p.db)
    has(run('report', '--db', p.db), 'no night before to compare with', '4 cells: 4 as expected')
    (p.root / 'models' / 'b.flush').write_text(WRONG)
    p.sweep('--db', p.db, code=1)
    with sqlite3.connect(p.db) as connection:
        connection.execute("UPDATE runs SET states = 1 WHERE night = 1 AND cell LIKE '%a.flush:tight%'")
        connection.execute("UPDATE runs SET seconds = 7 WHERE night = 2 AND cell LIKE '%a.flush:tight%'")
    text = run('report', '--db', p.db)
    has(text, 'against night 1', 'Not as expected (1)', 'Other counts (1)', 'states 1 -> ',
        'Slower (1)', '-> 7.00 s')
    data = json.loads(run('report', '--db', p.db, '--format', 'json'))
    assert data['night']['id'] == 2 and data['before']['id'] == 1 and len(data['runs']) == 4, data
    assert [f['what'] for f in data['mismatches']] == ['small is violated, expected safe'], data
    # `loose` says no number of CPUs any more, so its cell has another name.
    assert [f['cell'] for f in data['new']] == ['models/b.flush:loose'], data
    assert [f['cell'] for f in data['gone']] == ['models/b.flush:loose cpus=2'], data
    suites = xml.etree.ElementTree.fromstring(run('report', '--db', p.db, '--format', 'junit'))
    assert [s.get('failures') for s in suites] == ['0', '1'], suites
    has(suites.find('.//failure').text, 'small VIOLATED')
    has(run('report', '--db', p.db, '--format', 'markdown'), '## Not as expected (1)', '```text\n')
    html = run('report', '--db', p.db, '--format', 'html')
    page = Page()
    page.feed(html)
    assert not page.open, page.open
    assert {'#c0', '#c1', '#c2', '#c3'} >= page.links, page.links
    has(html, 'prefers-color-scheme', 'small VIOLATED')
    assert 'http' not in html.replace('http://www.w3.org/2000/svg', ''), 'the page names another one'
    data = json.loads(page.data)
    assert [c['status'] for c in data['cells']] == ['ok', 'ok', 'mismatch', 'ok'], data
    assert [n['mismatch'] for n in data['nights']] == [0, 1], data['nights']
    steps = next(c for c in data['cells'] if c['status'] == 'mismatch')['steps']
    assert steps['property'] == 'small' and [r['cpu'] for r in steps['rows']] == [0, 0, 0], steps
    assert [len(c.get('history', [])) for c in data['cells']] == [2, 2, 0, 2], data['cells']
    # In the other direction.
    with sqlite3.connect(p.db) as connection:
        connection.execute("UPDATE runs SET properties = 'small=safe', verdict = 'safe' "
                           "WHERE night = 1 AND cell LIKE '%a.flush:tight%'")
    text = run('report', '--db', p.db)
    has(text, 'Verdict changes (1)', 'small: safe -> violated')
    assert text.index('Verdict changes') < text.index('Not as expected'), text
    has(run('report', '--db', p.db, '--night', 1, '--against', 2), 'small: violated -> safe')


def check_sarif(log):
    """What the schema of SARIF 2.1.0 requires of these objects, and what GitHub asks for beyond."""
    assert log['version'] == '2.1.0' and log['$schema'].endswith('sarif-2.1.0.json'), log
    one, = log['runs']
    driver = one['tool']['driver']
    assert driver['name'] == 'stalemate' and driver['semanticVersion'], driver
    rules = driver['rules']
    assert len({r['id'] for r in rules}) == len(rules), rules
    for r in rules:
        for key in ('shortDescription', 'fullDescription', 'help'):
            assert r[key]['text'], r
    assert all(isinstance(i['executionSuccessful'], bool) for i in one['invocations']), one
    assert re.fullmatch(r'stalemate/.+/', one['automationDetails']['id']), one
    for result in one['results']:
        assert rules[result['ruleIndex']]['id'] == result['ruleId'], result
        assert result['level'] in ('error', 'warning') and result['message']['text'], result
        place_, = result['locations']
        physical = place_['physicalLocation']
        assert physical['artifactLocation']['uriBaseId'] in one['originalUriBaseIds'], one
        assert re.fullmatch(r'[A-Za-z0-9._~/%-]+', physical['artifactLocation']['uri']), physical
        assert physical['region']['startLine'] >= 1, physical
    marks = [r['partialFingerprints']['cell/v1'] for r in one['results']]
    assert len(set(marks)) == len(marks), marks
    return one


def sarif(db):
    return check_sarif(json.loads(run('report', '--db', db, '--format', 'sarif')))


@case
def sarif_for_code_scanning(folder):
    p = Place(folder, 'models = ["models/*.flush"]\ntime_limit = "300ms"\n', a=MODEL, b=WRONG, slow=LONG,
              broken='\n\nvar x : ;\n')
    p.sweep('--db', p.db, code=1)
    one = sarif(p.db)
    found = [(r['ruleId'], r['level'], r['locations'][0]['physicalLocation']['artifactLocation']['uri'],
              r['locations'][0]['physicalLocation']['region']['startLine']) for r in one['results']]
    loose = WRONG.split('\n').index('variant loose { limit = 2 } expect safe;') + 1
    slow = LONG.split('\n').index('variant slow { } expect safe;') + 1
    assert sorted(found) == [('assertions', 'warning', 'models/slow.flush', slow),
                             ('no-verdict', 'error', 'models/broken.flush', 3),
                             ('small', 'error', 'models/b.flush', loose)], found
    message = next(r['message'] for r in one['results'] if r['ruleId'] == 'small')
    has(message['text'], 'models/b.flush:loose: small is violated, expected safe.',
        'stalemate check models/b.flush --variant loose')
    has(message['markdown'], '```text\nsmall VIOLATED')
    # Alerts keep their marks when their line moves.
    (p.root / 'models' / 'b.flush').write_text('\n\n' + WRONG)
    p.sweep('--db', p.db, '--filter', 'b.flush', code=1)
    again, = sarif(p.db)['results']
    assert again['locations'][0]['physicalLocation']['region']['startLine'] == loose + 2, again
    assert again['partialFingerprints'] in [r['partialFingerprints'] for r in one['results']], again


# Quotes, markup, blanks, lines, control characters, what is not UTF-8, what XML forbids.
HOSTILE = [b'a "quoted" \'name\'.flush', b'<b>&amp;]]>.flush', b'two\nlines\tand\rmore.flush',
           b'esc\x1b[31mape.flush', b'not\xff\xfeutf8.flush', b'\xef\xbf\xbfnone.flush',
           b'`tick` ``` | [x](y) # *.flush', b'</script>.d', b'$(id);`id`.flush', b'-j.flush']


@case
def hostile_names(folder):
    p = Place(folder, 'models = ["models/*", "models/*/*"]\n')
    models = os.fsencode(p.root / 'models')
    for name in HOSTILE:
        path = os.path.join(models, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(WRONG)
    cells = 2 * len(HOSTILE)
    lines = run('sweep', p.file, '-j', '1', '--db', p.db, code=1).rstrip('\n').split('\n')
    assert len(lines) == cells + 1, lines  # a line each, whatever is in a name
    has(lines[-1], f'{cells} cells: {cells // 2} as expected, {cells // 2} not as expected')
    text = run('report', '--db', p.db)
    assert text.count('\n') == 5 + cells, text  # five lines of heads, two for each that is wrong
    assert not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', text + '\n'.join(lines)), 'control characters'
    data = json.loads(run('report', '--db', p.db, '--format', 'json'))
    assert len(data['runs']) == cells and len(data['mismatches']) == cells // 2, data
    suites = xml.etree.ElementTree.fromstring(run('report', '--db', p.db, '--format', 'junit'))
    assert sorted(s.get('name') for s in suites)[:2] == ["models/$(id);`id`.flush", 'models/-j.flush']
    assert 'models/<b>&amp;]]>.flush' in [s.get('name') for s in suites], [s.get('name') for s in suites]
    one = sarif(p.db)
    uris = {r['locations'][0]['physicalLocation']['artifactLocation']['uri'] for r in one['results']}
    assert {urllib.parse.unquote_to_bytes(u) for u in uris} == {b'models/' + n for n in HOSTILE}, uris
    markdown = run('report', '--db', p.db, '--format', 'markdown')
    assert markdown.count('\n- ') == cells // 2, markdown
    has(markdown, '- ````models/`tick` ``` | [x](y) # *.flush:loose````: small is')
    page = Page()
    page.feed(run('report', '--db', p.db, '--format', 'html'))
    assert not page.open and len(json.loads(page.data)['cells']) == cells, page.open
    # What is told to be typed again does the check again, in a shell.
    for cell in json.loads(page.data)['cells']:
        command = dict(cell['facts'])['again']
        if cell['status'] == 'ok' or '?' in cell['model'] or ' and more' in cell['model']:
            continue
        done = subprocess.run(command.replace('stalemate', place.program, 1), shell=True, cwd=p.root,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 1 and b'small VIOLATED' in done.stdout, (command, done)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    place.program = os.path.realpath(sys.argv[1])
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


main()
