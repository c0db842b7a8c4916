#!/usr/bin/env python3
"""Uses the page of 'stalemate report --format html' in a headless Chromium: with the mouse, with the
keyboard alone, on a screen and on a phone, light and dark.  Any error of the console fails it.

    browser.py STALEMATE [FOLDER]    pictures of the page go to FOLDER, if given

Exits with 77 (skipped) where there is no Chromium.
"""
import os
import re
import sqlite3
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
import chromium  # noqa: E402  beside this file
import place  # noqa: E402
from place import LONG, MODEL, Place, limit, run  # noqa: E402

RACE = """
var n : 0..3;
property one { invariant n <= 1, "n is {n}"; }
thread writer on every cpu { atomic { n = n + 1; } }
check one;
variant both { cpus = 2..3 } expect violates one;
"""
# What would run if the page took a name for text of its own.
HOSTILE = '</script><img src=x onerror=alert(1)>"\'&.flush'
CELL = '#matrix button[aria-label^="models/race.flush:both cpus=3: "]'


def nights(folder):
    """A page of four nights: a change of a verdict, a mismatch, an inconclusive cell, a mistake."""
    p = Place(folder, f'models = ["models/*"]\ntime_limit = "{limit(0.3)}"\n[[group]]\nmodels = ["models/race.flush"]\n'
              'machine = ["armv7", "arm64"]\n', a=MODEL, race=RACE)
    p.sweep('--db', p.db)
    p.sweep('--db', p.db, '--only-changed')
    (p.root / 'models' / 'slow.flush').write_text(LONG)
    (p.root / 'models' / 'broken.flush').write_text('var x : ;\n')
    p.sweep('--db', p.db, code=1)
    (p.root / 'models' / HOSTILE.replace('/', '\u2215')).write_text(MODEL)
    (p.root / 'models' / 'race.flush').write_text(RACE.replace('n <= 1', 'n <= 2'))
    p.sweep('--db', p.db, code=1)
    with sqlite3.connect(p.db) as connection:  # as a file system may spell it
        connection.execute('UPDATE runs SET cell = replace(cell, ?, "/"), model = replace(model, ?, "/")',
                           ('\u2215', '\u2215'))
    page = p.root / 'night.html'
    page.write_text(run('report', '--db', p.db, '--format', 'html'))
    return page


def same(found, expected):
    assert found == expected, f'{found!r}, expected {expected!r}'


def text(browser, selector):
    return browser.run(f'document.querySelector(`{selector}`).innerText')


def opens(browser, expected):
    """Whether the details are open; links and closing take effect in a turn of the browser's own."""
    for _ in range(200):
        found = browser.run('[document.getElementById("cell").open, location.hash !== ""]')
        if found == [expected, expected]:
            return
        time.sleep(0.02)
    raise AssertionError(f'open, with a name in the address: {found}, expected {expected}')


def visible(browser):
    return browser.run('[...document.querySelectorAll("#matrix button")].filter(b => b.offsetWidth).length')


def focused(browser):
    return browser.run('(e => e.id || e.getAttribute("aria-label") || e.innerText)(document.activeElement)')


def contrast(browser, selector):
    """Of a text and what is behind it, as WCAG 2 defines it."""
    def light(colour):
        parts = [int(x) / 255 for x in re.findall(r'\d+', colour)[:3]]
        parts = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    text_colour, back = browser.run(f'''(() => {{
      let e = document.querySelector(`{selector}`);
      const colour = getComputedStyle(e).color;
      while (e && getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)') e = e.parentElement;
      return [colour, getComputedStyle(e).backgroundColor];
    }})()''')
    lights = sorted((light(text_colour), light(back)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def screens(browser, url, pictures):
    for width, height in ((1280, 900), (390, 844), (320, 700)):
        for dark in (False, True):
            browser.screen(width, height, dark)
            browser.open(url)
            name = f'{width}-{"dark" if dark else "light"}'
            for where in ('page', 'cell'):
                if where == 'cell':
                    browser.click(CELL)
                wide = browser.run('Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)')
                assert wide <= width, f'{name}: the {where} is {wide} wide'
                inside = browser.run('(c => c.scrollWidth - c.clientWidth)(document.getElementById("cell"))')
                assert inside <= 0, f'{name}: the cell scrolls by {inside}'
                if pictures:
                    browser.picture(f'{pictures}/{where}-{name}.png')
            for selector in ('body', '.dim', 'a', '.ok', '.mismatch', '.inconclusive', 'dt', '.run .changes',
                             '.setting', '.run .violation td'):
                ratio = contrast(browser, selector)
                assert ratio >= 4.5, f'{name}: {selector} has a contrast of {ratio:.1f}'
            back = browser.run('getComputedStyle(document.body).backgroundColor')
            same(back, 'rgb(22, 22, 26)' if dark else 'rgb(255, 255, 255)')


def filters(browser, url):
    browser.screen(1280, 900)
    browser.open(url)
    everything = visible(browser)
    same(text(browser, '#count'), f'{everything} of {everything} cells')
    browser.click('#words')
    browser.write('RACE both cpus=3')
    same(text(browser, '#count'), f'3 of {everything} cells')
    same(visible(browser), 3)
    same(browser.run('[...document.querySelectorAll("#matrix h3")].filter(h => h.offsetWidth).length'), 1)
    browser.run('(w => { w.value = ""; w.dispatchEvent(new Event("input")); })(document.getElementById("words"))')
    toggles = browser.run('[...document.querySelectorAll("#filter button")].map(b => b.innerText)')
    same([t for t in toggles if 'inconclusive' in t or 'crashed' in t], ['! crashed (1)', '? inconclusive (1)'])
    for name in ('crashed', 'inconclusive'):
        index = next(i for i, t in enumerate(toggles) if name in t)
        browser.run(f'document.querySelectorAll("#filter button")[{index}].id = "{name}"')
        browser.click(f'#{name}')
    same(visible(browser), 2)
    browser.click('#crashed')
    same(visible(browser), 1)
    browser.click('#inconclusive')
    browser.run('(s => { s.value = "arm64"; s.dispatchEvent(new Event("change")); })'
                '(document.getElementById("filter-machine"))')
    same(visible(browser), 2)


def a_cell(browser, url):
    browser.open(url)
    browser.click(CELL)
    opens(browser, True)
    same(text(browser, '#cell-name'), 'models/race.flush:both cpus=3')
    same(browser.run('[...document.querySelectorAll(".run th")].map(e => e.innerText)'), 
         ['CPU0', 'CPU1', 'CPU2', 'changes'])
    rows = browser.run('[...document.querySelectorAll(".run tbody tr")].map(r => [...r.cells].map(c => c.innerText))')
    same([sum(map(bool, r[:3])) for r in rows[:3]], [1, 1, 1])
    same([sum(map(bool, column)) for column in zip(*(r[:3] for r in rows[:3]))], [1, 1, 1])
    same(rows[-1], ['*** n is 3'])
    browser.click('#cell details summary')
    assert 'one VIOLATED' in text(browser, '#cell pre'), text(browser, '#cell pre')
    browser.click('#close')
    opens(browser, False)
    # A cell that has no run, by the link that says what is wrong with it.
    browser.click('li a')
    opens(browser, True)
    browser.press('Escape')
    opens(browser, False)
    browser.open(url + '#c0')
    opens(browser, True)
    same(text(browser, '#cell-name'), browser.run('DATA.cells[0].name'))


def trends(browser, url):
    browser.open(url)
    same(browser.run('document.querySelectorAll("#trends svg").length'), 3)
    same(browser.run('document.querySelectorAll("#trends .dot").length'), 8)
    titles = browser.run('[...document.querySelectorAll("#trends rect title")].map(t => t.textContent)')
    assert any(t.startswith('night 4, 20') and t.endswith('not as expected') for t in titles), titles
    assert all('aria-label' in s for s in browser.run('[...document.querySelectorAll("svg")].map(s => s.outerHTML)'))
    browser.click('#trends summary')
    same(browser.run('document.querySelectorAll("#trends tbody tr").length'), 4)
    browser.click('#matrix button[aria-label^="models/a.flush:tight"]')
    same(browser.run('[...document.querySelectorAll(".nights li")].map(e => e.innerText.slice(0, 2))'),
         ['1:', '2:', '3:', '4:'])
    same(browser.run('document.querySelectorAll("#cell .dot").length'), 8)
    same(browser.run('document.querySelectorAll("#cell .dot.taken").length'), 2)  # night 2, in two plots


def keyboard(browser, url):
    """From the top of the page to a run and back, without the mouse."""
    browser.open(url)
    seen = []
    while focused(browser) != 'words':
        browser.press('Tab')
        seen.append(focused(browser))
        assert len(seen) < 60, seen
    browser.write('race.flush')
    same(visible(browser), 6)
    while 'race.flush' not in focused(browser):
        browser.press('Tab')
        style = browser.run('getComputedStyle(document.activeElement).outlineStyle')
        assert style != 'none', f'nothing shows that {focused(browser)} is chosen'
        seen.append(focused(browser))
        assert len(seen) < 80, seen
    # All cells are one stop; the arrows move.
    first = focused(browser)
    browser.press('ArrowRight')
    second = focused(browser)
    assert second != first, first
    browser.press('ArrowLeft')
    same(focused(browser), first)
    browser.press('End')
    browser.press('Home')
    same(focused(browser), first)
    browser.press('Enter')
    opens(browser, True)
    for _ in range(12):
        browser.press('Tab')
        assert browser.run('document.activeElement === document.body || '
                           'document.getElementById("cell").contains(document.activeElement)'), focused(browser)
    browser.press('Escape')
    opens(browser, False)
    same(focused(browser), first)
    browser.press('Tab', shift=True)
    assert focused(browser) != first
    browser.press('Tab')
    same(focused(browser), first)


def names_are_text(browser, url):
    browser.open(url)
    same(browser.run('document.querySelectorAll("img").length'), 0)
    names = browser.run('[...document.querySelectorAll("#matrix h3")].map(h => h.innerText)')
    assert 'models/' + HOSTILE in names, names


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    if not chromium.installed():
        print('skipped: there is no Chromium here (script/bootstrap --all-tests)')
        sys.exit(77)
    place.program = os.path.realpath(sys.argv[1])
    failed = 0
    with tempfile.TemporaryDirectory(prefix='browser-', ignore_cleanup_errors=True) as folder:
        url = nights(folder).as_uri()
        browser = chromium.Browser(Path(folder) / 'profile')
        try:
            browser.screen(1280, 900)
            cases = [(c, ()) for c in (filters, a_cell, trends, keyboard, names_are_text)]
            for function, more in [(screens, sys.argv[2:3] or [None]), *cases]:
                browser.errors.clear()
                try:
                    function(browser, url, *more)
                    same(browser.errors, [])
                    print(f'ok     {function.__name__}')
                except AssertionError:
                    failed += 1
                    print(f'FAILED {function.__name__}\n{traceback.format_exc()}')
        finally:
            browser.close()
    sys.exit(bool(failed))


main()
