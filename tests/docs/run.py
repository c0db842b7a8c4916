#!/usr/bin/env python3
"""Runs the examples in README.md and docs/*.md, and compares what they print with what is shown.

A fence says what it is:

    ```flush check         a model; 'stalemate check' exits with 0
    ```flush check exit=1  the same with another exit code
    ```flush show          'stalemate show' accepts it
    ```flush error         it is refused: exit code 2
    ```flush file=PATH     a file that later blocks of this page import or check
    ```text                right after one of these: the exact output
    ```console             lines '$ command' and under each what it prints
    ```ebnf                a grammar: all flush blocks of the page and all shipped files match it

In a console block, stalemate and stalemate-verify run, and '> FILE' behind them keeps what they print
for later commands of the page; other model checkers, the C compiler and what these build (./NAME) run in a folder
of the page, if the checkers are installed; they must print the lines that are shown, among others.

Several words go together: ```flush file=early.flush check exit=1.  Other fences are prose.
Times and peak memory may differ.  --update rewrites what is shown.
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import grammar  # noqa: E402  beside this file

ALLOWED_PROGRAMS = {'apt', 'apt-get', 'cd', 'git', 'meson', 'ninja', 'sudo'}
CHECKERS = {'spin', 'rumur'}
# Options of files that are written: these are in the folder of the page.
WRITES = {'-o', '--json', '--certificate', '--coverage'}
VARYING = [
    (re.compile(r'\b\d+\.\d\d s\b'), '0.00 s'),
    (re.compile(r'"(seconds|peak_rss_bytes)":\s*[\d.e+-]+'), r'"\1":0'),
]


def normalised(text):
    for pattern, by in VARYING:
        text = pattern.sub(by, text)
    return '\n'.join(line.rstrip() for line in text.strip('\n').split('\n'))


class Block:
    """A fence: its info string, its lines, and where they are (numbers of lines from 0)."""

    def __init__(self, info, first, lines):
        self.info, self.first, self.lines = info, first, lines
        words = info.split()
        self.kind = words[0] if words else ''
        self.words = words[1:]

    def option(self, name):
        for word in self.words:
            if word.startswith(name + '='):
                return word[len(name) + 1:]
        return None

    @property
    def text(self):
        return '\n'.join(self.lines) + '\n'


def blocks_of(lines):
    """The fences of a page, in order."""
    blocks, start = [], None
    for number, line in enumerate(lines):
        if not line.startswith('```'):
            continue
        if start is None:
            start, info = number, line[3:].strip()
        else:
            blocks.append(Block(info, start + 1, lines[start + 1:number]))
            start = None
    if start is not None:
        raise SystemExit(f'line {start + 1}: a fence that is never closed')
    return blocks


class Page:
    def __init__(self, path, program, root):
        self.path, self.program, self.root = path, program, root
        with open(path, encoding='utf-8') as f:
            self.lines = f.read().split('\n')
        self.blocks = blocks_of(self.lines)
        self.name = os.path.relpath(path, root)
        self.failures = 0
        self.cases = 0
        self.edits = []  # (first line, number of lines, new lines)

    def fail(self, block, message):
        self.failures += 1
        print(f'{self.name}:{block.first}: {message}')

    def run(self):
        self.folder = tempfile.mkdtemp(prefix='docs-')
        try:
            for i, block in enumerate(self.blocks):
                after = self.blocks[i + 1] if i + 1 < len(self.blocks) else None
                adjacent = after is not None and after.kind == 'text' and not ''.join(
                    self.lines[block.first + len(block.lines) + 1:after.first - 1]).strip()
                if block.kind == 'flush':
                    self.flush_block(block, after if adjacent else None)
                elif block.kind == 'console':
                    self.console_block(block)
                elif block.kind == 'ebnf':
                    self.grammar_block(block)
        finally:
            shutil.rmtree(self.folder)

    # --- running -------------------------------------------------------------------------------

    def stalemate(self, args, program=None):
        """Output and exit code; files of this page are named as the page names them."""
        args = [os.path.join(self.folder, a) if self.is_own(a) or before in WRITES else a
                for before, a in zip([''] + args, args)]
        environment = dict(os.environ, NO_COLOR='1', LC_ALL='C.UTF-8')
        environment.pop('STALEMATE_PATH', None)
        if os.path.isdir(os.path.join(self.folder, 'props')):
            environment['STALEMATE_PATH'] = self.folder
        run = subprocess.run([program or self.program] + args, cwd=self.root, env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8',
                             timeout=120)
        return run.stdout.replace(self.folder + os.sep, ''), run.returncode

    def is_own(self, name):
        return name.endswith(('.flush', '.json', '.cert', '.ir')) and os.path.isfile(os.path.join(self.folder, name))

    def compare(self, block, shown, first, printed):
        """Lines of the page against what was printed; with --update they are replaced later."""
        want, got = normalised('\n'.join(shown)), normalised(printed)
        if want == got:
            return
        self.fail(block, 'the output differs')
        for line in want.split('\n'):
            print('  page    | ' + line)
        for line in got.split('\n'):
            print('  printed | ' + line)
        self.edits.append((first, len(shown), printed.strip('\n').split('\n')))

    # --- kinds of blocks -----------------------------------------------------------------------

    def flush_block(self, block, output):
        known = {'check', 'show', 'error'}
        modes = [w for w in block.words if w in known]
        options = [w for w in block.words if w not in known]
        if any(not re.fullmatch(r'(exit|file)=.+', w) for w in options) or len(modes) > 1:
            self.fail(block, f'what is expected of this block? {block.info}')
            return
        name = block.option('file')
        if not modes and name is None:
            self.fail(block, 'a flush block says check, show, error or file=PATH')
            return
        path = os.path.join(self.folder, name or 'model.flush')
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(block.text)
        if not modes:
            return
        self.cases += 1
        mode = modes[0]
        printed, code = self.stalemate(['show' if mode == 'show' else 'check',
                                        name or 'model.flush'])
        want = int(block.option('exit') or (2 if mode == 'error' else 0))
        if code != want:
            self.fail(block, f'exit code {code}, expected {want}\n{printed}')
        if output is not None:
            self.compare(output, output.lines, output.first, printed)
        elif mode == 'error':
            self.fail(block, f'an error block needs a text block with the message\n{printed}')

    def console_block(self, block):
        command, shown, first = None, [], 0
        for number, line in enumerate(block.lines + ['$ ']):
            if not line.startswith('$ '):
                shown.append(line)
                continue
            if command is not None:
                self.command(block, command, shown, block.first + first)
            command, shown, first = line[2:], [], number + 1

    def command(self, block, command, shown, first):
        self.cases += 1
        status = command.endswith('; echo $?')
        words = shlex.split(command.removesuffix('; echo $?'), comments=True)
        if words[0] in ('stalemate', 'build/src/cli/stalemate'):
            target = words[words.index('>') + 1] if '>' in words else None
            printed, code = self.stalemate(words[1:words.index('>')] if target else words[1:])
            if target:
                with open(os.path.join(self.folder, target), 'w', encoding='utf-8') as f:
                    f.write(printed)
                printed = ''
            self.compare(block, shown, first, printed + (f'{code}\n' if status else ''))
        elif words[0] == 'stalemate-verify':
            verifier = os.path.join(os.path.dirname(self.program), '..', 'verify', words[0])
            printed, code = self.stalemate(words[1:], verifier)
            self.compare(block, shown, first, printed + (f'{code}\n' if status else ''))
        elif words[0].startswith('script/'):
            if not os.access(os.path.join(self.root, words[0]), os.X_OK):
                self.fail(block, f'there is no {words[0]}')
        elif words[0] in CHECKERS | {'cc'} or words[0].startswith('./'):
            self.checker(block, words, shown)
        elif words[0] not in ALLOWED_PROGRAMS:
            self.fail(block, f'a page may not show: {command}')

    def checker(self, block, words, shown):
        """Another model checker, or what leads to one; it works in the folder of the page."""
        if not all(shutil.which(name) for name in CHECKERS | {'cc'}):
            print(f'{self.name}:{block.first}: skipped, other checkers are not installed: {shlex.join(words)}')
            return
        run = subprocess.run(words, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             encoding='utf-8', timeout=120)
        printed = [line.strip() for line in run.stdout.split('\n')]
        missing = [line for line in shown if line.strip() and line.strip() not in printed]
        if run.returncode or missing:
            self.fail(block, f'{shlex.join(words)}: exit code {run.returncode}, does not print {missing}\n{run.stdout}')

    def grammar_block(self, block):
        self.cases += 1
        try:
            rules = grammar.Grammar(block.text)
        except grammar.Error as e:
            self.fail(block, str(e))
            return
        texts = [(f'{self.name}:{b.first}', b.text) for b in self.blocks
                 if b.kind == 'flush' and 'error' not in b.words]
        for folder in ('models', 'props'):
            for where, _, names in os.walk(os.path.join(self.root, folder)):
                for name in sorted(names):
                    if name.endswith('.flush'):
                        with open(os.path.join(where, name), encoding='utf-8') as f:
                            texts.append((os.path.join(where, name), f.read()))
        for name, text in texts:
            problem = rules.mismatch(text)
            if problem:
                self.fail(block, f'the grammar does not match {name}: {problem}')

    # --- rewriting -----------------------------------------------------------------------------

    def update(self):
        for first, count, new in sorted(self.edits, reverse=True):
            self.lines[first:first + count] = new
        with open(self.path, 'w', encoding='utf-8') as f:
            f.write('\n'.join(self.lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program', help='the stalemate executable')
    parser.add_argument('root', help='the source tree')
    parser.add_argument('--update', action='store_true', help='rewrite what the pages show')
    parser.add_argument('--page', action='append', help='only this page; may be repeated')
    options = parser.parse_args()
    root = os.path.realpath(options.root)
    docs = os.path.join(root, 'docs')
    paths = [os.path.join(root, 'README.md')] + sorted(
        os.path.join(docs, name) for name in os.listdir(docs) if name.endswith('.md'))
    failures = cases = 0
    for path in paths:
        name = os.path.relpath(path, root)
        if not os.path.exists(path) or (options.page and name not in options.page):
            continue
        page = Page(path, os.path.realpath(options.program), root)
        page.run()
        if options.update and page.edits:
            page.update()
            print(f'{name}: {len(page.edits)} outputs rewritten')
        failures += page.failures
        cases += page.cases
    print(f'{cases} examples, {failures} differ from what the pages say')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
