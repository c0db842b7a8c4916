#!/usr/bin/env python3
"""Models that were once compiled or judged wrongly, kept as small as they could be made.

The first line of each says what must come out: `// exit 1: assertions VIOLATED` (the exit code, and
a text that the output contains).  usage: run.py STALEMATE [NAME ...]
"""
import os
import re
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
program, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
passed = failed = 0
for name in sorted(os.listdir(here)):
    if not name.endswith('.flush') or (names and name[:-6] not in names):
        continue
    path = os.path.join(here, name)
    with open(path, encoding='utf-8') as f:
        expectation = re.match(r'// exit (\d): (.+)', f.readline())
    environment = dict(os.environ, STALEMATE_PATH=os.path.join(here, '..', '..'))
    try:
        run = subprocess.run([program, 'check', path], stdout=subprocess.PIPE, timeout=60,
                             stderr=subprocess.STDOUT, encoding='utf-8', env=environment)
        good = run.returncode == int(expectation[1]) and expectation[2] in run.stdout
        output = run.stdout
    except subprocess.TimeoutExpired:
        good, output = False, 'runs longer than 60 s'
    passed += good
    failed += not good
    if not good:
        print(f'FAILED {name}: expected exit {expectation[1]} and "{expectation[2]}", got\n{output}')
print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed else 0)
