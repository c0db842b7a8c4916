#!/usr/bin/env python3
"""Fails on tabs, blanks at the end of a line and carriage returns in the folders given."""
import pathlib
import re
import sys

SUFFIXES = {'.h', '.cc', '.inc', '.build', '.md', '.py', '.flush'}
WRONG = re.compile(r'\t|\r|[ ]+$')


def main():
    bad = False
    for folder in sys.argv[1:]:
        for path in sorted(p for p in pathlib.Path(folder).rglob('*') if p.suffix in SUFFIXES):
            # newline='': otherwise Python hides the carriage returns
            with open(path, encoding='utf-8', newline='') as f:
                lines = f.read().split('\n')
            for number, line in enumerate(lines, 1):
                if WRONG.search(line):
                    print(f'{path}:{number}: tab, trailing blank or carriage return')
                    bad = True
    sys.exit(bad)


main()
