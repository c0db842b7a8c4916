#!/usr/bin/env python3
"""Checks stalemate report in all its formats: what stands in them, and with names of any kind.

See place.py for the arguments.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree
from html.parser import HTMLParser

sys.dont_write_bytecode = True
import place  # noqa: E402  beside this file
from place import LONG, MODEL, WRONG, Place, case, has, limit, run  # noqa: E402


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
    # A night that was never finished is no point of a trend.
    with sqlite3.connect(p.db) as connection:
        connection.execute('UPDATE nights SET finished = NULL WHERE id = 1')
    page = Page()
    page.feed(run('report', '--db', p.db, '--format', 'html'))
    assert [n['id'] for n in json.loads(page.data)['nights']] == [2], page.data
    with sqlite3.connect(p.db) as connection:
        connection.execute('UPDATE nights SET finished = started WHERE id = 1')
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
    p = Place(folder, f'models = ["models/*.flush"]\ntime_limit = "{limit(0.3)}"\n', a=MODEL, b=WRONG, slow=LONG,
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


place.main(__doc__)
