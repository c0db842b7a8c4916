#!/usr/bin/env python3
"""Reads what contrib/ holds for schedulers: each command of stalemate in it has the options that it uses,
each file that it names is there, shells can read the scripts, and the workflow is YAML.

    contrib.py STALEMATE
"""
import re
import shlex
import subprocess
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

SOURCE = Path(__file__).resolve().parent.parent.parent
EXPRESSION = re.compile(r'\$\{\{.*?\}\}')  # of GitHub
NAMED = re.compile(r'\b(?:sweeps|script|contrib)/[a-z0-9_/.-]*[a-z0-9]')
COMMAND = re.compile(r'stalemate (sweep|report|merge|check)\b([^|>;&\n]*)')


def options_of(program, command):
    out = subprocess.run([program, command, '--help'], stdout=subprocess.PIPE, text=True, check=True).stdout
    return set(re.findall(r'(?<![\w-])--?[a-z][a-z-]*', out))


def steps(workflow):
    for job in workflow['jobs'].values():
        assert job['runs-on'] and job['steps'], job
        for step in job['steps']:
            assert ('run' in step) != ('uses' in step), step
            if 'run' in step:
                yield step['run']


def check_commands(path, text, program, problems):
    """How many there are."""
    found = COMMAND.findall(text.replace('\\\n', ' '))
    for command, rest in found:
        known = options_of(program, command)
        used = re.findall(r'(?<![\w/-])--?[a-z][a-z-]*', rest)
        problems += [f'{path}: stalemate {command} has no {option}' for option in used if option not in known]
    return len(found)


def check_names(path, text, problems):
    problems += [f'{path}: there is no {name}' for name in sorted(set(NAMED.findall(text)))
                 if not list(SOURCE.glob(name + '*'))]


def check_shell(path, text, problems):
    done = subprocess.run(['sh', '-n'], input=text, text=True, stderr=subprocess.PIPE)
    if done.returncode:
        problems.append(f'{path}: {shlex.quote(text)}: {done.stderr}')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    problems, commands = [], 0
    for path in sorted(p for p in (SOURCE / 'contrib').rglob('*') if p.is_file()):
        text, name = path.read_text(encoding='utf-8'), path.relative_to(SOURCE)
        check_names(name, text, problems)
        if text.startswith('#!/bin/sh'):
            check_shell(name, text, problems)
        if path.suffix != '.yml':
            commands += check_commands(name, text, sys.argv[1], problems)
            continue
        if yaml is None:
            print(f'{name}: not parsed, there is no python3-yaml (script/bootstrap --all-tests)')
            continue
        workflow = yaml.safe_load(text)
        assert 'schedule' in workflow[True], 'when it runs'  # YAML takes `on` for a truth value
        for script in steps(workflow):
            check_shell(name, EXPRESSION.sub('1', script), problems)
            commands += check_commands(name, script, sys.argv[1], problems)
    for problem in problems:
        print(problem)
    print(f'{commands} commands, {len(problems)} problems')
    sys.exit(bool(problems) or commands < 5)


main()
