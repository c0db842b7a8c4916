"""A recogniser for the grammar that docs/language.md prints.

    rule = item item | item ;        "word"  'punctuation'  rule  { any number }  [ optional ]  ( )

NAME, WORD, NUMBER, STRING and EMPTY are built in; EMPTY matches nothing.  Alternatives are tried in
order and the first that matches is taken, as the parser of the language does.
"""
import re
import sys

sys.setrecursionlimit(20000)

TOKEN = re.compile(r'''(?P<blank>[ \t\r\n]+|//[^\n]*|/\*.*?\*/)
                     | (?P<name>[A-Za-z_][A-Za-z_0-9]*) | (?P<number>\d+)
                     | (?P<string>"[^"\n]*")
                     | (?P<punct>->|\.\.|&&|\|\||==|!=|<=|>=|[{}\[\]()<>,;:.=!+\-*/%&|?])''',
                   re.X | re.S)
META = re.compile(r'''(?P<blank>\s+|\#[^\n]*) | (?P<text>"[^"]*"|'[^']*')
                    | (?P<name>[A-Za-z_]+) | (?P<op>[=|;{}\[\]()])''', re.X)


class Error(Exception):
    pass


def tokens_of(pattern, text):
    at, out = 0, []
    while at < len(text):
        m = pattern.match(text, at)
        if m is None:
            line = text.count('\n', 0, at) + 1
            raise Error(f'line {line}: what is {text[at:at + 20]!r}?')
        if m.lastgroup != 'blank':
            out.append((m.lastgroup, m.group(), at))
        at = m.end()
    return out


class Grammar:
    def __init__(self, text):
        self.meta = tokens_of(META, text)
        self.pos = 0
        self.rules = {}
        self.first = None
        self.keywords = set()
        while self.pos < len(self.meta):
            name = self.take()
            self.need('=')
            self.rules[name] = self.choice()
            self.need(';')
            self.first = self.first or name
        if 'keyword' in self.rules:
            self.keywords = set(self.literals(self.rules['keyword']))
        for rule in list(self.rules.values()):
            self.check(rule)

    # --- reading the grammar -------------------------------------------------------------------

    def peek(self):
        return self.meta[self.pos][1] if self.pos < len(self.meta) else ''

    def take(self):
        if self.pos >= len(self.meta):
            raise Error('the grammar ends in the middle of a rule')
        self.pos += 1
        return self.meta[self.pos - 1][1]

    def need(self, text):
        if self.take() != text:
            raise Error(f'the grammar lacks {text!r} before {self.peek()!r}')

    def choice(self):
        options = [self.sequence()]
        while self.peek() == '|':
            self.take()
            options.append(self.sequence())
        return options[0] if len(options) == 1 else ('or', options)

    def sequence(self):
        items = []
        while self.peek() not in ('|', ';', ')', ']', '}', ''):
            items.append(self.item())
        return ('all', items)

    def item(self):
        t = self.take()
        if t in '([{':
            inner = self.choice()
            self.need({'(': ')', '[': ']', '{': '}'}[t])
            return {'(': inner, '[': ('opt', inner), '{': ('many', inner)}[t]
        if t[0] in '"\'':
            return ('lit', t[1:-1])
        return ('rule', t)

    def check(self, node):
        kind, value = node
        if kind == 'rule' and value not in self.rules and value not in (
                'NAME', 'WORD', 'NUMBER', 'STRING', 'EMPTY'):
            raise Error(f'the grammar has no rule {value!r}')
        for child in value if kind in ('or', 'all') else [value] if kind in ('opt', 'many') else []:
            self.check(child)

    def literals(self, node):
        kind, value = node
        if kind == 'lit':
            yield value
        elif kind in ('or', 'all'):
            for child in value:
                yield from self.literals(child)

    # --- matching a text -----------------------------------------------------------------------

    def mismatch(self, text):
        """Why the text does not match; empty when it does."""
        try:
            self.tokens = tokens_of(TOKEN, text)
        except Error as e:
            return str(e)
        self.furthest = 0
        self.memo = {}
        end = self.match(('rule', self.first), 0)
        if end == len(self.tokens):
            return ''
        furthest = min(self.furthest, len(self.tokens) - 1)
        at = self.tokens[furthest][2]
        return f"line {text.count(chr(10), 0, at) + 1}, at {self.tokens[furthest][1]!r}"

    def match(self, node, at):
        kind, value = node
        if kind == 'all':
            for child in value:
                at = self.match(child, at)
                if at is None:
                    return None
            return at
        if kind == 'or':
            for child in value:
                end = self.match(child, at)
                if end is not None:
                    return end
            return None
        if kind == 'opt':
            end = self.match(value, at)
            return at if end is None else end
        if kind == 'many':
            while True:
                end = self.match(value, at)
                if end is None or end == at:
                    return at
                at = end
        if kind == 'lit':
            return self.token(at, lambda k, t: k in ('name', 'punct') and t == value)
        if value == 'EMPTY':
            return at
        if value == 'NAME':
            return self.token(at, lambda k, t: k == 'name' and t not in self.keywords)
        if value == 'WORD':
            return self.token(at, lambda k, t: k == 'name')
        if value == 'NUMBER':
            return self.token(at, lambda k, t: k == 'number')
        if value == 'STRING':
            return self.token(at, lambda k, t: k == 'string')
        key = (value, at)
        if key not in self.memo:
            self.memo[key] = self.match(self.rules[value], at)
        return self.memo[key]

    def token(self, at, wanted):
        self.furthest = max(self.furthest, at)
        if at < len(self.tokens) and wanted(self.tokens[at][0], self.tokens[at][1]):
            return at + 1
        return None
