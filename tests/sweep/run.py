#!/usr/bin/env python3
"""Checks stalemate sweep and merge as commands: exit codes, what is kept and reused, what is refused.

See place.py for the arguments.
"""
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
import place  # noqa: E402  beside this file
from place import LONG, MODEL, QUICK, SOURCE, WRONG, Place, case, count, has, limit, rows, run, seconds  # noqa: E402


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
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(0.5)}"\n', a=MODEL, slow=LONG)
    out = p.sweep(code=3)
    has(out, f'inconclusive models/slow.flush:slow  reached --time-limit {seconds(0.5):g}',
        '2 as expected, 1 inconclusive')


@case
def memory_limit(folder):
    p = Place(folder, 'models = ["models/*.flush"]\nmem_limit = "32M"\n', slow=LONG)
    has(p.sweep(code=3), 'inconclusive models/slow.flush:slow  reached --mem-limit 33554432')


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


def change(db, *statements):
    with sqlite3.connect(db) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@case
def shards_that_do_not_fit(folder):
    p = Place(folder, a=MODEL, b=MODEL)
    parts = [p.root / f'{k}.sqlite' for k in (1, 2)]
    p.sweep('--db', parts[0], '--shard', '1/2')
    # The second machine has another model, so that other cells are at the same places.
    (p.root / 'models' / 'aa.flush').write_text(MODEL.replace('variant tight', 'variant tighter'))
    p.sweep('--db', parts[1], '--shard', '2/2')
    out = p.root / 'out'
    has(run('merge', out, *parts, code=2), '2.sqlite: its sweep had other cells than ', '1.sqlite')
    change(parts[0], 'UPDATE nights SET finished = NULL')
    has(p.sweep('--db', parts[0], '--shard', '1/2', '--resume', code=2), 'night 1 was begun with other cells')
    (p.root / 'models' / 'aa.flush').unlink()
    p.sweep('--db', parts[0], '--shard', '1/2', '--resume')
    p.sweep('--db', parts[1], '--shard', '2/2')

    def refused(statement, words):
        """What is done to the second database makes them not fit."""
        damaged = p.root / 'damaged.sqlite'
        with sqlite3.connect(parts[1]) as old, sqlite3.connect(damaged) as new:
            old.backup(new)
        change(damaged, statement)
        has(run('merge', out, parts[0], damaged, code=2), words)
        assert not out.exists()

    refused("DELETE FROM runs WHERE night = 2 AND cell LIKE '%a.flush%'",
            'the shards hold 3 cells, and not all that the sweep has')
    refused("UPDATE runs SET cell = 'models/c.flush:d' WHERE night = 2 AND cell LIKE '%a.flush%'",
            'the shards hold 4 cells, and not all that the sweep has')
    refused("UPDATE runs SET cell = 'models/b.flush:tight' WHERE night = 2 AND cell LIKE '%a.flush%'",
            'both hold the cell models/b.flush:tight')
    for shard in ('2/99999999999', 'x', '2/'):
        refused(f"UPDATE nights SET shard = '{shard}'", f"'{shard}' is no shard")
    refused("UPDATE nights SET plan = ''", 'does not tell which cells there are')
    has(run('merge', out, *parts), '4 cells of 2 shards')


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


def as_before(db, version):
    """Takes from the database what versions after this one keep."""
    with sqlite3.connect(db) as connection:
        connection.executescript("""
            DROP INDEX runs_by_cell;
            ALTER TABLE runs DROP COLUMN identity;
            ALTER TABLE nights DROP COLUMN plan;
            CREATE INDEX runs_by_cell ON runs(cell, fingerprint, night);""")
        connection.execute(f'PRAGMA user_version = {version}')
    connection.close()


@case
def databases_of_before(folder):
    p = Place(folder, a=MODEL)
    p.sweep('--db', p.db)
    as_before(p.db, 2)
    has(run('report', '--db', p.db), '2 cells: 2 as expected')
    # What they judged is not known.
    as_before(p.db, 2)
    out = p.sweep('--db', p.db, '--only-changed')
    assert '2 as expected; night 2' in out, out
    has(p.sweep('--db', p.db, '--only-changed'), '2 reused')
    with sqlite3.connect(p.db) as connection:
        connection.execute('PRAGMA user_version = 1')
    connection.close()
    has(p.sweep('--db', p.db, code=2), 'its tables have version 1')


@case
def what_may_be_unreached_is_judged(folder):
    allowed = 'allow unreached "y = true", "y" : "an example";\n'
    text = """
        var x : bool; var y : bool;
        thread t on cpu 0 { x = true; }
        thread u on cpu 1 { if (y) { y = true; } assert !y, "no"; }
        variant v { } expect safe;
        """
    p = Place(folder, a=text + allowed)
    p.sweep('--db', p.db)
    has(p.sweep('--db', p.db, '--only-changed'), '1 reused')
    # It is the same program.
    (p.root / 'models' / 'a.flush').write_text(text)
    missed = 'MISMATCH     models/a.flush:v  assertions is vacuous, expected safe'
    out = p.sweep('--db', p.db, '--only-changed', code=1)
    assert missed in out and 'reused' not in out, out
    with sqlite3.connect(p.db) as connection:
        assert connection.execute('SELECT count(DISTINCT fingerprint), count(DISTINCT identity) FROM runs') \
            .fetchone() == (1, 2)
        connection.execute('UPDATE nights SET finished = NULL WHERE id = 3')
    (p.root / 'models' / 'a.flush').write_text(text + allowed)
    out = p.sweep('--db', p.db, '--resume')
    assert 'done before' not in out, out
    has(p.sweep('--db', p.db, '--only-changed'), '1 reused')


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
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(0.3)}"\n', slow=LONG)
    for _ in range(2):
        assert 'reused' not in p.sweep('--db', p.db, '--only-changed', code=3)


@case
def only_changed_tries_again_what_is_inconclusive_in_part(folder):
    text = LONG.replace('variant slow { } expect safe;', """
        property soon { invariant n[cpu0] < 3; }
        property never_known { invariant n[cpu0] < 1000; }
        check soon, never_known;
        variant slow { } expect violates soon, safe never_known;
        """)
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(0.3)}"\n', slow=text)
    for _ in range(2):
        out = p.sweep('--db', p.db, '--only-changed', code=3)
        assert 'inconclusive models/slow.flush:slow' in out and 'reused' not in out, out
        row, = rows(p.db)
        assert row['verdict'] == 'violated' and 'never_known=inconclusive' in row['properties'], row


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
    for shard in ('1/99999999999', '1/9' + '9' * 30, '1/10001', '0/2', '3/2', '1', '1/', '/2', 'a/b', '1/2x', '-1/2', '1/0'):
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


place.main(__doc__)
