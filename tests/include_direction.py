#!/usr/bin/env python3
"""Fails when a file under src/ includes a header of a layer it may not know.

usage: include_direction.py SRC          check the tree
       include_direction.py --self-check prove that a planted violation is caught
"""
import pathlib
import re
import sys
import tempfile

# The arrows of src/README.md.  None: everything.
ALLOWED = {
    'base': {'base'},
    'ir': {'base', 'ir'},
    'verdict': {'base', 'ir', 'verdict'},
    'lang': {'base', 'ir', 'lang'},
    'interp': {'base', 'ir', 'verdict', 'interp'},
    'reduce': {'base', 'ir', 'verdict', 'interp', 'reduce'},
    'analyse': {'base', 'ir', 'verdict', 'interp', 'analyse'},
    'engine': {'base', 'ir', 'verdict', 'engine'},
    'judge': {'base', 'ir', 'verdict', 'interp', 'engine', 'judge'},
    'report': {'base', 'ir', 'verdict', 'report'},
    'export': {'base', 'ir', 'export'},
    'store': {'base', 'store'},
    'sweep': {'base', 'ir', 'lang', 'store', 'sweep'},
    'cli': None,
    'verify': {'verify'},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SOURCES = {'.h', '.cc', '.inc'}


def violations(src):
    """One line of text for each wrong include, and for each folder without a row above."""
    found = []
    for path in sorted(p for p in src.rglob('*') if p.suffix in SOURCES):
        layer = path.relative_to(src).parts[0]
        if layer not in ALLOWED:
            found.append(f'{path}: no layer named {layer}; add its row to tests/include_direction.py')
            continue
        for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1).split('/')[0]
            # "x.h" and "../ir/x.h" would pass unseen: every include names its layer.
            if target not in ALLOWED:
                found.append(f'{path}:{number}: "{match.group(1)}" is not named from src/, as "ir/ir.h" is')
            elif ALLOWED[layer] is not None and target not in ALLOWED[layer]:
                found.append(f'{path}:{number}: {layer} must not include {target} ("{match.group(1)}")')
    return found


def self_check():
    # layer, line, how many complaints
    cases = [
        ('base', '#include "base/source.h"', 0),
        ('base', '#include <ir/ir.h>', 0),  # a system header, whatever its name
        ('base', '#include "ir/ir.h"', 1),
        ('ir', '  #  include "lang/ast.h"', 1),
        ('lang', '#include "verdict/verdict.h"', 1),
        ('lang', '// #include "verdict/verdict.h"', 0),
        ('interp', '#include "lang/ast.h"', 1),
        ('report', '#include "interp/eval.h"', 1),
        ('report', '#include "../interp/eval.h"', 1),
        ('cli', '#include "interp/eval.h"', 0),
        ('verify', '#include "verify/verify.h"', 0),
        ('verify', '#include "ir/ir.h"', 1),
        ('engine_room', '', 1),
    ]
    for layer, line, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            src = pathlib.Path(folder)
            (src / layer).mkdir()
            (src / layer / 'planted.cc').write_text(f'// first line\n{line}\n', encoding='utf-8')
            found = violations(src)
            assert len(found) == expected, f'{layer}: {line}: {found}'
    return []


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = self_check() if sys.argv[1] == '--self-check' else violations(pathlib.Path(sys.argv[1]))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


main()
