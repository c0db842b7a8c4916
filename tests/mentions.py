#!/usr/bin/env python3
"""Fails when a source or a document names a test, a model or a script that does not exist.

usage: mentions.py ROOT
"""
import pathlib
import re
import sys

MENTION = re.compile(r'\b(?:tests|models|docs|script)/[a-z0-9_]+(?:/[a-z0-9_]+)*\.(?:cc|py|md|flush|m|pml)\b')


def main():
    root = pathlib.Path(sys.argv[1])
    files = [p for folder in ('src', 'docs', 'models', 'props') for p in (root / folder).rglob('*')
             if p.suffix in {'.h', '.cc', '.md', '.flush'}]
    files += [root / 'README.md', root / 'CONTRIBUTING.md']
    missing = [f'{path.relative_to(root)}: there is no {name}' for path in sorted(files)
               for name in sorted(set(MENTION.findall(path.read_text(encoding='utf-8'))))
               if not (root / name).exists()]
    print('\n'.join(missing))
    sys.exit(bool(missing))


main()
