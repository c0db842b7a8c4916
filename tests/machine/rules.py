#!/usr/bin/env python3
"""Is each rule of the machine library pinned by a model?

    rules.py BINARY [--what KINDS] [--only TEXT]... [--litmus] [--list] [--verbose] [--jobs N]
    rules.py BINARY --compare OLD NEW

The first form changes one rule at a time in a copy of models/ and props/: it deletes a rule, a hook,
a statement, an alternative, a condition, an operand of && or ||, the fill of a cache, the choice that
a parameter makes.  It runs the litmus models and the seeds on each mutant and fails if a mutant flips
no verdict and is not in ACCEPTED below, with the reason.  --litmus leaves the seeds out.  --what
takes a list of machine (models/machine, the default), lib (models/lib) and profiles (the values that
machine profiles set).

The second form lists every verdict that moved between two libraries, folders that hold models/ and
props/ or git revisions: a change of a machine rule says in its commit which verdicts it moved.
"""
import argparse
import collections
import concurrent.futures
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Mutants that flip nothing, and why that is right.  Key: what --list prints.
SCOPE = 'holder is read only where maintenance is local: setting it elsewhere means nothing'
CLEAN = 'a clean line is what memory has (clean_line_is_memory), so copying it changes nothing'
HYGIENE = 'holder is read only of a dirty line, and whoever makes a line dirty sets it'
ABSENT = 'nothing tests that a copy is absent: a spurious invalidation allows less, never more'
DIC = 'with dic the I-cache holds nothing'
STAYS = 'an invalid entry that stays is in the TLB, and the use of it that comes before faults as well'
ORDER = 'memory is sequentially consistent'
REFILL = 'where hardware refills a TLB nothing is read by a handler, and nobody takes its lock'
SPURIOUS = 'an interrupt too many finds an empty queue'
ACCEPTED = {
    'machine/dcache cpu_write_via: if (d_scope == local) is true': SCOPE,
    'machine/dcache cpu_read_via: if (d_scope == local) is true': SCOPE,
    'machine/dcache migrate: without && operand d_scope == local': SCOPE,
    'machine/dcache migrate: d_scope == local is true': SCOPE,
    'machine/dcache migrate: without && operand dirty[f][k]': HYGIENE,
    'machine/dcache migrate: without && operand holder[f][k] != to': 'a step to the same state',
    'machine/dcache clean_line: without && operand c == core_of(c)':
        'a load looks at the cell of the CPU that stands for its core',
    'machine/dcache migrate: is eventual': 'a write-back may always come first, so nobody can wait for it',
    'machine/dcache dma_write: if (dma_coherent) is false': CLEAN,
    'machine/dcache dma_write: without dirty[f][k] = false;': CLEAN,
    'machine/dcache discard_effect: without && operand dirty[f][colour0]': CLEAN,
    'machine/fetch exec: without || operand invalid_stays[me][p]': STAYS,
    'machine/fetch access: without || operand invalid_stays[me][p]': STAYS,
    'machine/icache has_mapping: without || operand walkable(p, e)':
        'a walk may load the entry first, and then it is in the TLB',
    'machine/icache ic_invalidate_line: without && operand c == core_of(c)':
        'a CPU that does not stand for its core has no lines of its own',
    'machine/icache prefetchable: without && operand exists(p : page, i_colour(p) == colour0)':
        'lines of a colour that no page has are never fetched; the condition saves states',
    'machine/icache ic_effect: always, not when ic_pending[from][to][f][k]': ABSENT,
    'machine/tlb tlb_replace: without && operand valid(inserted[c][p])': 'a step to the same state',
    'machine/tlb invalid_ages: without && operand invalid_stays[c][p]': 'a step to the same state',
    'machine/refill refill_read: without && operand valid(e)': 'a TLB takes valid entries only, where software refills it',
    'machine/refill refill_read: without && operand tlb_refill == software': REFILL,
    'machine/refill refill_read: tlb_refill == software is true': REFILL,
    'machine/tlb tlb: without && operand tlb_refill == software': REFILL,
    'machine/tlb tlb: tlb_refill == software is true': REFILL,
    'machine/refill exception_entry: if (tlb_refill == software) is true': REFILL,
    'machine/tlb tlb_invalidate: if (tlb_refill == software) is true': REFILL,
    'machine/tlb tlb_invalidate_local: if (tlb_refill == software) is true': REFILL,
    'machine/refill walkable: without || operand tlb_refill == hardware': REFILL,
    'machine/refill walkable: tlb_refill == hardware is false': REFILL,
    'machine/types executable: without && operand e.frame != none':
        'no model writes an entry that has no frame and is executable',
    'lib/csd csd_unlock: without fence release;': ORDER,
    'lib/spinlock spin_unlock: without fence release;': ORDER,
    'lib/mm clean_dcache_page: without fence dsb_ishst;': ORDER,
    'lib/mm flush_tlb_page: without fence dsb_ishst;': ORDER,
    'lib/smp call_single: without fence full;': ORDER,
    'lib/smp call_many: without fence full;': ORDER,
    'lib/smp call_by_own_helper: without fence full;': ORDER,
    'lib/smp kick_all_cpus_sync: without fence full;': ORDER,
    'lib/vmap flush_tlb_kernel_range: without fence full;': ORDER,
    'lib/vmap die_kernel_fault: without await false or rest;': 'the fault is judged, not what comes after it',
    'lib/smp call_many: if (first) is true': SPURIOUS,
    'lib/smp call_by_own_helper: if (first) is true': SPURIOUS,
    'lib/smp kmalloc_csd: without kmalloc_gives();': 'a step that changes nothing, for traces',
    'lib/smp call_single: without flags = {ALLOC};':
        'WAIT in its place: the record is given back at the same moment',
    'lib/smp call_single: if (place == stack_record) is true': 'no record on the stack is in use then',
    'mips_34k_mt: l1_shared = by_first_two': 'it has two CPUs',
    'mips_34k_mt: d_scope = broadcast': 'it has one core',
    'mips_34k_mt: i_scope = broadcast': 'it has one core',
    'arm64_idc_dic: i_scope = local': DIC,
    'arm64_idc_dic: i_fill = executable_mapping': DIC,
    'x86_64: i_scope = local': DIC,
    'x86_64: i_fill = executable_mapping': DIC,
    'x86_64: d_scope = local': 'fetches and devices read what the D-caches have: no clean is needed',
    'x86_64: cache_maintenance = true': 'the operations then change nothing that anyone reads',
}

LIMIT = '300s'  # per model file and mutant; beyond that the mutant counts as noticed


# --- the text of a module -----------------------------------------------------------------------

TOKEN = re.compile(r'\s+|//[^\n]*|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|\d+|&&|\|\||==|!=|<=|>=|->|\.\.|.')
OPEN = {'(': ')', '[': ']', '{': '}'}

Token = collections.namedtuple('Token', 'text begin end')


def tokens(text):
    return [Token(m[0], m.start(), m.end()) for m in TOKEN.finditer(text)
            if not m[0].isspace() and not m[0].startswith('//')]


class Module:
    """One file of the library: its tokens, the partner of each bracket, its declarations."""

    def __init__(self, path, name):
        self.path = path
        self.name = name
        self.text = path.read_text()
        self.tok = tokens(self.text)
        self.partner = {}
        stack = []
        for i, t in enumerate(self.tok):
            if t.text in OPEN:
                stack.append(i)
            elif t.text in OPEN.values():
                self.partner[stack[-1]] = i
                self.partner[i] = stack.pop()

    def declarations(self):
        """(keyword, name, first token, last token) of each declaration."""
        i = 0
        while i < len(self.tok):
            begin = i
            while self.tok[i].text != ';':
                if self.tok[i].text == '{':
                    inner = self.partner[i]
                    i = inner
                    # an enum type or a default may follow in a param: it ends with ';'
                    if self.tok[begin].text not in ('param', 'var', 'mem', 'type'):
                        break
                elif self.tok[i].text in OPEN:
                    i = self.partner[i]
                i += 1
            yield self.tok[begin].text, self.tok[begin + 1].text, begin, i
            i += 1

    def slice(self, first, last):
        return self.text[self.tok[first].begin:self.tok[last].end]


Mutant = collections.namedtuple('Mutant', 'module where what begin end by')


def squeezed(s):
    return re.sub(r'\s+', ' ', re.sub(r'//[^\n]*', '', s)).strip()


def short(s):
    s = squeezed(s)
    return s if len(s) <= 90 else s[:87] + '...'


def mutants_of(module, params, fn_bodies):
    """All mutants of one module; `params` maps a parameter to its values."""
    seen = set()
    tok = module.tok

    def mutant(where, what, first, last, by):
        begin, end = tok[first].begin, tok[last].end
        if (begin, end, by) in seen:
            return
        seen.add((begin, end, by))
        yield Mutant(module, where, what, begin, end, by)

    def top(first, last, wanted):
        """Positions of the tokens `wanted` outside brackets."""
        found, i = [], first
        while i <= last:
            if tok[i].text in wanted:
                found.append(i)
            i = (module.partner[i] if tok[i].text in OPEN else i) + 1
        return found

    def expression(where, first, last):
        """Operands dropped from && and ||, sides of a ternary, tests of parameters."""
        if first > last:
            return
        mark = top(first, last, {'?'})
        if mark:
            open_marks = 0
            for colon in top(mark[0], last, {'?', ':'}):       # the one that belongs to the first ?
                open_marks += 1 if tok[colon].text == '?' else -1
                if open_marks == 0:
                    break
            for name, a, b in (('then', mark[0] + 1, colon - 1), ('else', colon + 1, last)):
                yield from mutant(where, f'{short(module.slice(first, last))} is its {name}',
                                  first, last, '(' + module.slice(a, b) + ')')
            for a, b in ((first, mark[0] - 1), (mark[0] + 1, colon - 1), (colon + 1, last)):
                yield from expression(where, a, b)
            return
        for op in ('||', '&&'):
            cuts = top(first, last, {op})
            if not cuts:
                continue
            bounds = [first - 1] + cuts + [last + 1]
            parts = [(a + 1, b - 1) for a, b in zip(bounds, bounds[1:])]
            for k, (a, b) in enumerate(parts):
                rest = f' {op} '.join(module.slice(*p) for j, p in enumerate(parts) if j != k)
                yield from mutant(where, f'without {op} operand {short(module.slice(a, b))}',
                                  first, last, '(' + rest + ')')
            for a, b in parts:
                yield from expression(where, a, b)
            return
        if tok[first].text == '!' and last > first:
            yield from expression(where, first + 1, last)
            return
        whole = module.slice(first, last)
        uses = [tok[i].text for i in (first,) if tok[i].text in params]
        if uses and (last == first or (last == first + 2 and tok[first + 1].text in ('==', '!='))):
            for value in ('true', 'false'):
                yield from mutant(where, f'{short(whole)} is {value}', first, last, value)
            return
        i = first
        while i <= last:
            if tok[i].text in OPEN:
                close = module.partner[i]
                begin = i + 1
                # exists(p : page, condition)
                if i > first and tok[i - 1].text in ('exists', 'forall', 'count'):
                    begin = top(i + 1, close - 1, {','})[0] + 1
                if tok[i].text == '(':
                    pieces = [begin - 1] + top(begin, close - 1, {','}) + [close]
                    for a, b in zip(pieces, pieces[1:]):
                        yield from expression(where, a + 1, b - 1)
                i = close
            i += 1

    def statements(where, first, last):
        """The statements between two braces."""
        i = first
        while i <= last:
            word = tok[i].text
            if word in ('if', 'for', 'while', 'repeat') or (word == 'choose' and tok[i + 1].text == '{'):
                if word == 'if':
                    close = module.partner[i + 1]
                    for value in ('true', 'false'):
                        yield from mutant(where, f'if ({short(module.slice(i + 2, close - 1))}) is {value}',
                                          i + 2, close - 1, value)
                    yield from expression(where, i + 2, close - 1)
                    i = close + 1
                elif word == 'choose':
                    blocks, j = [], i + 1
                    while True:
                        blocks.append((j, module.partner[j]))
                        j = module.partner[j] + 1
                        if j > last or tok[j].text != 'or':
                            break
                        j += 1
                    for k, (a, b) in enumerate(blocks):
                        rest = [module.slice(*x) for n, x in enumerate(blocks) if n != k]
                        by = rest[0] if len(rest) == 1 else 'choose ' + ' or '.join(rest)
                        yield from mutant(where, f'without the alternative {short(module.slice(a, b))}',
                                          i, j - 1, by)
                    for a, b in blocks:
                        yield from statements(where, a + 1, b - 1)
                    i = j
                else:
                    while tok[i].text != '{':
                        i = (module.partner[i] if tok[i].text in OPEN else i) + 1
                continue
            if word in ('else', '{', '}', 'loop', 'atomic'):
                i += 1
                continue
            end = top(i, last, {';'})[0]
            if word not in ('let', 'return', 'var', 'choose'):
                yield from mutant(where, f'without {short(module.slice(i, end))}', i, end, '{ }')
            if word == 'await':                   # without "as lock", "or rest"
                yield from expression(where, i + 1, (top(i, end - 1, {'as', 'or'}) or [end])[0] - 1)
            if word == 'return':
                yield from expression(where, i + 1, end - 1)
            i = end + 1

    bodies = ('step', 'speculative', 'eventual', 'on') + (('fn', 'interrupt') if fn_bodies else ())
    for word, name, first, last in module.declarations():
        where = f'{module.name} {name}'
        brace = next((i for i in top(first, last, {'{'}) if module.partner[i] == last), None)
        if word in ('speculative', 'eventual', 'on'):
            yield from mutant(where, f'no {word} rule' if word != 'on' else 'no hook', first, last, '')
        if word in ('speculative', 'eventual'):
            other = 'eventual' if word == 'speculative' else 'speculative'
            yield from mutant(where, f'is {other}', first, first, other)
        whens = [i for i in top(first, last, {'when'})]
        if word in ('speculative', 'eventual', 'cache', 'interrupt') and whens:
            end = top(whens[0], last, {'shows', 'fills', '{', ';'})[0] - 1
            if word == 'cache':
                yield from mutant(where, 'nothing is ever loaded', whens[0] + 1, end, 'false')
            else:
                yield from mutant(where, f'always, not when {short(module.slice(whens[0] + 1, end))}',
                                  whens[0] + 1, end, 'true')
            yield from expression(where, whens[0] + 1, end)
        if word == 'def':
            equals = top(first, last, {'='})[0]
            yield from expression(where, equals + 1, last - 1)
        if word in bodies and brace is not None:
            yield from statements(where, brace + 1, last - 1)


def profile_mutants(path, params):
    """Each value that a profile sets, changed."""
    module = Module(path, path.stem)
    for i, t in enumerate(module.tok):
        if t.text in params and module.tok[i + 1].text == '=':
            old = module.tok[i + 2]
            for value in params[t.text]:
                if value != old.text:
                    yield Mutant(module, path.stem, f'{t.text} = {value}', old.begin, old.end, value)


def parameters(modules):
    found = {}
    for m in modules:
        for word, name, first, last in m.declarations():
            if word != 'param':
                continue
            inside = [t.text for t in m.tok[first:last + 1]]
            if inside[3] == 'bool':
                found[name] = ['true', 'false']
            elif inside[3] == '{':
                found[name] = [x for x in inside[4:inside.index('}')] if x != ',']
    return found


def key(mutant):
    return f'{mutant.where}: {mutant.what}'


# --- running ------------------------------------------------------------------------------------

def imports(path, base):
    """The modules that a model or module needs, itself included when it is one."""
    found, todo = set(), [path]
    while todo:
        for m in re.finditer(r'^import ([\w.]+);', todo.pop().read_text(), re.M):
            name = m[1].replace('.', '/')
            file = base / 'models' / (name + '.flush')
            if name not in found and file.is_file():
                found.add(name)
                todo.append(file)
    return found


def profiles(path):
    """The machines that a model names."""
    return set(re.findall(r'\bmachine\s*=?\s*(\w+)', path.read_text()))


def run(binary, library, file, *more):
    env = dict(os.environ, STALEMATE_PATH=str(library), NO_COLOR='1')
    return subprocess.run([str(binary), 'check', str(file), '--time-limit', LIMIT, *more], env=env,
                          capture_output=True, text=True, check=False)


def first_wrong(binary, library, file):
    """Exit code, the first line of a check that is not ok, and the errors; stops at that line."""
    env = dict(os.environ, STALEMATE_PATH=str(library), NO_COLOR='1')
    with tempfile.TemporaryFile('w+') as errors, \
            subprocess.Popen([str(binary), 'check', str(file), '--time-limit', LIMIT], env=env,
                             stdout=subprocess.PIPE, stderr=errors, text=True) as p:
        for line in p.stdout:
            if line.strip() and not line.startswith('ok'):
                p.kill()
                return 1, line, ''
        p.wait()
        errors.seek(0)
        return p.returncode, '', errors.read()


def library_copy(base, to):
    for part in ('models', 'props'):
        shutil.copytree(base / part, to / part)
    return to


def kept_binary(binary, folder):
    """A copy: the program may be rebuilt while this runs, and finds its library by our path only."""
    copy = folder / 'bin' / 'stalemate'
    copy.parent.mkdir()
    shutil.copy2(binary, copy)
    return copy


def model_files(base, litmus_only):
    folders = ['litmus'] if litmus_only else ['litmus', 'seeds']
    return [f for d in folders for f in sorted((base / 'models' / d).glob('*.flush'))]


class Models:
    """The model files that some mutant concerns, with what they take when nothing is wrong."""

    def __init__(self, binary, base, args, mutants):
        mutated = {m.module.name for m in mutants}

        def timed(f):
            begin = time.monotonic()
            r = run(binary, base, f)
            return f, r, time.monotonic() - begin

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            runs = list(pool.map(timed, (f for f in model_files(base, args.litmus)
                                         if mutated & (imports(f, base) | profiles(f)))))
        for f, r, _ in runs:
            if r.returncode != 0:
                lines = [x for x in (r.stdout + r.stderr).splitlines() if not x.startswith('ok')]
                print(f'left out, not as expected without any change: {f.relative_to(base)}: '
                      f'{lines[0] if lines else f"exit {r.returncode}"}')
        self.files = sorted(((seconds, f, imports(f, base), profiles(f))
                             for f, r, seconds in runs if r.returncode == 0), key=lambda x: x[0])

    def for_mutant(self, mutant):
        module = mutant.module.name
        stem = module.split('/')[-1]
        if mutant.module.path.parent.name == 'profiles':
            chosen = [x for x in self.files if module in x[3]]
        else:
            chosen = [x for x in self.files if module in x[2]]
        return [f for _, f, _, _ in sorted(chosen, key=lambda x: (x[1].stem != stem, x[0]))]


def try_mutant(binary, library, base, mutant, models):
    """('flips', what), ('survives', '') or ('stillborn', why)."""
    target = library / mutant.module.path.relative_to(base)
    text = mutant.module.text
    target.write_text(text[:mutant.begin] + mutant.by + text[mutant.end:])
    try:
        for f in models.for_mutant(mutant):
            code, wrong, errors = first_wrong(binary, library, f)
            if code == 0:
                continue
            if not wrong and code == 2:
                first = (errors.strip().splitlines() or ['no message'])[0]
                return 'stillborn', first.replace(str(library) + '/', '')
            return 'flips', f'{f.stem}: {" ".join(wrong.split()[:2]) or "no answer"}'
        return 'survives', ''
    finally:
        target.write_text(text)


def hunt(args, scratch):
    base = ROOT
    binary = kept_binary(args.binary, scratch)
    machine = [Module(p, 'machine/' + p.stem) for p in sorted((base / 'models/machine').glob('*.flush'))]
    lib = [Module(p, 'lib/' + p.stem) for p in sorted((base / 'models/lib').glob('*.flush'))]
    params = parameters(machine + lib)
    todo = []
    if 'machine' in args.what:
        todo += [m for x in machine for m in mutants_of(x, params, False)]
    if 'lib' in args.what:
        todo += [m for x in lib for m in mutants_of(x, params, True)]
    if 'profiles' in args.what:
        for p in sorted((base / 'models/machine/profiles').glob('*.flush')):
            todo += profile_mutants(p, params)
    names = collections.Counter()
    for i, m in enumerate(todo):
        names[key(m)] += 1
        if names[key(m)] > 1:
            todo[i] = m._replace(what=f'{m.what} (number {names[key(m)]})')
    everything = {key(m) for m in todo}
    gone = [k for k in ACCEPTED if k not in everything and covers(args, k)]
    for k in gone:
        print(f'no such mutant any more, take it out of ACCEPTED: {k}')
    todo = [m for m in todo if not args.only or any(text in key(m) for text in args.only)]
    if args.list:
        for m in todo:
            print(key(m))
        return 1 if gone else 0
    models = Models(binary, base, args, todo)
    libraries = [library_copy(base, scratch / f'library{i}') for i in range(args.jobs)]
    free = list(libraries)
    lock = threading.Lock()
    counts = collections.Counter()
    unexpected, revived = [], []

    def one(m):
        with lock:
            library = free.pop()
        try:
            return m, try_mutant(binary, library, base, m, models)
        finally:
            with lock:
                free.append(library)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for m, (what, detail) in pool.map(one, todo):
            if what == 'survives':
                reason = ACCEPTED.get(key(m))
                what = 'accepted' if reason else 'survives'
                detail = reason or ''
                if not reason:
                    unexpected.append(m)
            elif key(m) in ACCEPTED and what == 'flips':
                revived.append(m)
            counts[what] += 1
            if args.verbose or what == 'survives':
                print(f'{what:10}{key(m)}{"   (" + detail + ")" if detail else ""}', flush=True)
    for m in revived:
        print(f'no longer survives, take it out of ACCEPTED: {key(m)}')
    print(', '.join(f'{counts[x]} {x}' for x in ('flips', 'stillborn', 'accepted', 'survives')))
    return 1 if unexpected or gone or revived else 0


def covers(args, k):
    """Whether this run makes mutants of the kind that key k names."""
    folder = k.split('/')[0]
    return (folder if folder in ('machine', 'lib') else 'profiles') in args.what


# --- comparing two libraries --------------------------------------------------------------------

def unpacked(what, to):
    """A folder with models/ and props/: `what` itself, or what git has under that name."""
    path = pathlib.Path(what)
    if (path / 'models').is_dir():
        return library_copy(path, to)
    r = subprocess.run(['git', '-C', str(ROOT), 'archive', what, 'models', 'props'],
                       capture_output=True, check=False)
    if r.returncode != 0:
        sys.exit(f'{what}: no folder that holds models/, and git knows no such revision')
    to.mkdir()
    with tarfile.open(fileobj=io.BytesIO(r.stdout)) as tar:
        tar.extractall(to)
    return to


def verdicts(binary, library, file, scratch):
    """(variant, property) -> verdict, and why there is none at all."""
    out = scratch / 'verdicts.json'
    out.unlink(missing_ok=True)
    r = run(binary, library, file, '--json', str(out))
    found = {}
    try:
        runs = json.loads(out.read_text())
    except (OSError, ValueError):
        runs = []
    for x in runs:
        for p in x['properties']:
            found[x.get('variant', ''), p['name']] = p['verdict']
    return found, (r.stderr.strip().splitlines() or ['nothing was judged'])[0] if not found else ''


def compare(args, scratch):
    binary = kept_binary(args.binary, scratch)
    old = unpacked(args.compare[0], scratch / 'old')
    new = unpacked(args.compare[1], scratch / 'new')
    moved = 0
    names = sorted({f.relative_to(b) for b in (old, new) for f in model_files(b, args.litmus)})
    for name in names:
        # The same model on both libraries: the newer text of it when there are two.
        file = new / name if (new / name).is_file() else old / name
        (was, why_old), (now, why_new) = (verdicts(binary, x, file, scratch) for x in (old, new))
        for library, why in (('old', why_old), ('new', why_new)):
            if why:
                print(f'{name}: not with the {library} library: {why.replace(str(scratch) + "/", "")}')
        if why_old or why_new:
            continue
        for k in sorted(set(was) | set(now)):
            if was.get(k) != now.get(k):
                moved += 1
                print(f'{name} {k[0]} {k[1]}: {was.get(k, "not judged")} -> {now.get(k, "not judged")}')
    print(f'{moved} verdicts moved in {len(names)} models')
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('binary', type=pathlib.Path)
    parser.add_argument('--compare', nargs=2, metavar=('OLD', 'NEW'))
    parser.add_argument('--only', action='append', metavar='TEXT',
                        help='mutants whose name holds this text; may be repeated')
    parser.add_argument('--litmus', action='store_true', help='models/litmus only, no seeds')
    parser.add_argument('--what', type=lambda s: s.split(','), default=['machine'], metavar='KINDS',
                        help='what to mutate: machine, lib, profiles; several with commas')
    parser.add_argument('--list', action='store_true', help='name the mutants and stop')
    parser.add_argument('--verbose', action='store_true', help='a line for each mutant')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return (compare if args.compare else hunt)(args, pathlib.Path(scratch))


sys.exit(main())
