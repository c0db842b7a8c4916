#!/usr/bin/env python3
"""What a sweep leaves behind when it or a check is killed, when a disk is full, and when several write.

See place.py for the arguments.
"""
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
import place  # noqa: E402  beside this file
from place import (LONG, MODEL, QUICK, QUICK_CELLS, TIMEOUT_SECONDS, Place, case, count, has, integrity, limit,  # noqa: E402
                   rows, run, seconds)


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
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(1)}"\n', slow=LONG)
    sweep = p.start()
    os.kill(child_of(sweep), signal.SIGSTOP)
    out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
    assert sweep.returncode == 1, out
    has(out, f'crashed      models/slow.flush:slow  still there after {seconds(2):.0f} s, killed')


# Many cells of some milliseconds.
TINY = MODEL + 'param tag : 0..999;\n'
TINY_SWEEP = 'models = ["models/*.flush"]\n[set]\ntag = [%s]\n'
KILLS = 20


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
def waits_for_another_process(folder):
    p = Place(folder, a=MODEL)
    for state in ('nobody made its tables yet', 'it has nights'):
        other = sqlite3.connect(p.db, isolation_level=None)
        other.execute('BEGIN IMMEDIATE')
        sweep = p.start('--db', p.db)
        time.sleep(seconds(1))
        assert sweep.poll() is None, (state, sweep.communicate())
        other.execute('ROLLBACK')
        other.close()
        out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
        assert sweep.returncode == 0, (state, out)


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
def a_model_that_changes_meanwhile(folder):
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(1)}"\n', a=LONG, b=MODEL, c=MODEL)
    b, c = (p.root / 'models' / f'{name}.flush' for name in 'bc')
    sweep = p.start('--db', p.db)
    child_of(sweep)  # of a: the others are planned and not yet checked
    wrong = MODEL.replace('limit = 3', 'limit = 2')
    b.write_text(wrong)
    c.write_text('var x : ;\n')
    out, _ = sweep.communicate(timeout=TIMEOUT_SECONDS)
    assert sweep.returncode == 1, out
    has(out, 'ok           models/b.flush:tight  violated',
        'crashed      models/b.flush:loose cpus=2  the model changed while the sweep ran; run it again',
        'crashed      models/c.flush:loose cpus=2  exit code 2: ', '1 as expected, 3 crashed, 1 inconclusive')
    # As it was planned, and as it was then: what nobody judged is checked.
    c.write_text(MODEL)
    for text, codes, said in ((MODEL, (0, 3), 'ok           models/b.flush:loose cpus=2  safe'),
                              (wrong, (1, 1), 'MISMATCH     models/b.flush:loose cpus=2  small is violated')):
        b.write_text(text)
        copy = p.root / f'{codes[0]}.sqlite'
        with sqlite3.connect(p.db) as old, sqlite3.connect(copy) as new:
            old.backup(new)
            new.execute('UPDATE nights SET finished = NULL')
        out = p.sweep('--db', copy, '--only-changed', '--filter', ':loose', code=codes[0])
        assert said in out and 'reused' not in out, out
        has(p.sweep('--db', copy, '--resume', code=codes[1]), said, '; 2 were done before')


@case
def a_full_disk(folder):
    p = Place(folder)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (120000, 120000))

    out = p.sweep('--db', p.db, file=QUICK, code=2, preexec_fn=limit)
    has(out, 'r.sqlite: ', '--resume')
    done = count(p.db)
    assert 0 < done < QUICK_CELLS, done
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
    assert 0 < kept < QUICK_CELLS, second
    integrity(p.root / 'done.sqlite')
    assert len(rows(p.root / 'done.sqlite')) == QUICK_CELLS


place.main(__doc__)
