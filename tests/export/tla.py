"""The TLA+ that the export writes, evaluated as TLC would: where there is no TLC, this has to do.

It knows the subset that is written, one expression a line, and is strict where TLC is: nothing is
asked of a branch that is not taken, a number is no truth value, the two are never equal or different,
a function has a value at its arguments only.
"""
import functools
import re

TOKEN = re.compile(r'\s+|(?P<token>"[^"]*"|\w+|/\\|\\/|\\div|\\in|\\E|=>|<=|==|<<|>>|\|->|->|:>|@@|\.\.|[-+*~=#<()\[\],!:\'])')
LOOSEST_FIRST = [["=>"], ["\\/"], ["/\\"], ["=", "#", "<", "<="], ["@@"], [":>"], [".."], ["+", "-"], ["*", "\\div"]]


class Error(Exception):
    """TLC would refuse this, or the model is in error."""


class Violation(Exception):
    """An assertion of a property."""


def truth(value):
    if not isinstance(value, bool):
        raise Error(f"{value} is no truth value")
    return value


def number(value):
    if isinstance(value, bool) or not isinstance(value, int):
        raise Error(f"{value} is no number")
    return value


def equal(a, b):
    if type(a) is not type(b):
        raise Error(f"{a} and {b} are compared")
    return a == b


def floored(a, b):
    if number(b) <= 0:
        raise Error(f"{a} divided by {b}")
    return number(a) // b


def apply(function, argument):
    for at, value in function:
        if at == number(argument):
            return value
    raise Error(f"no value at {argument}")


def change(function, path, value):
    apply(function, path[0])
    return tuple((at, (change(old, path[1:], value) if path[1:] else value) if at == path[0] else old)
                 for at, old in function)


BINARY = {
    "=>": lambda a, b: not truth(a()) or truth(b()),
    "\\/": lambda a, b: truth(a()) or truth(b()),
    "/\\": lambda a, b: truth(a()) and truth(b()),
    "=": lambda a, b: equal(a(), b()),
    "#": lambda a, b: not equal(a(), b()),
    "<": lambda a, b: number(a()) < number(b()),
    "<=": lambda a, b: number(a()) <= number(b()),
    "@@": lambda a, b: tuple(sorted(a() + b())),
    ":>": lambda a, b: ((number(a()), b()),),
    "..": lambda a, b: range(number(a()), number(b()) + 1),
    "+": lambda a, b: number(a()) + number(b()),
    "-": lambda a, b: number(a()) - number(b()),
    "*": lambda a, b: number(a()) * number(b()),
    "\\div": lambda a, b: floored(a(), b()),
}


class Parser:
    """An expression becomes a function of an environment, in which a name is a function of nothing."""

    def __init__(self, text):
        self.tokens = [m.group("token") for m in TOKEN.finditer(text) if m.group("token")]
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise Error(f"not understood: {text}")
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        token = self.peek()
        if wanted is not None and token != wanted:
            raise Error(f"{wanted} expected, not {token}: {' '.join(self.tokens)[:300]}")
        self.at += 1
        return token

    def whole(self):
        e = self.expression()
        self.take("")
        return e

    def expression(self, level=0):
        if level == len(LOOSEST_FIRST):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek() in LOOSEST_FIRST[level]:
            left = self.binary(BINARY[self.take()], left, self.expression(level + 1))
        return left

    @staticmethod
    def binary(operator, a, b):
        return lambda env: operator(lambda: a(env), lambda: b(env))

    def unary(self):
        if self.peek() == "~":
            self.take()
            e = self.unary()
            return lambda env: not truth(e(env))
        if self.peek() == "-":
            self.take()
            e = self.unary()
            return lambda env: -number(e(env))
        e = self.primary()
        while self.peek() == "[":
            e = self.application(e)
        return e

    def application(self, function):
        argument = self.bracketed()
        return lambda env: apply(function(env), argument(env))

    def bracketed(self):
        self.take("[")
        e = self.expression()
        self.take("]")
        return e

    def primary(self):
        token = self.take()
        if token == "(":
            e = self.expression()
            self.take(")")
            return e
        if token == "[":
            return self.function()
        if token == "IF":
            condition = self.expression()
            self.take("THEN")
            then = self.expression()
            self.take("ELSE")
            otherwise = self.expression()
            return lambda env: (then if truth(condition(env)) else otherwise)(env)
        if token in ("TRUE", "FALSE"):
            return lambda env: token == "TRUE"
        if token.isdigit():
            return lambda env: int(token)
        if self.peek() == "(":
            return self.call(token)
        if not re.fullmatch(r"[A-Za-z]\w*", token):
            raise Error(f"unexpected {token}: {' '.join(self.tokens)[:300]}")
        return lambda env: env[token]()

    def call(self, name):
        arguments = []
        while self.take() != ")":
            arguments.append(self.expression())
        return lambda env: env[name](env, *(a(env) for a in arguments))

    def function(self):
        if self.tokens[self.at + 1] == "\\in":
            name = self.take()
            self.take("\\in")
            domain = self.expression()
            self.take("|->")
            value = self.expression()
            self.take("]")
            return lambda env: tuple((i, value({**env, name: lambda: i})) for i in domain(env))
        base, changes = self.expression(), []
        self.take("EXCEPT")
        while self.peek() != "]":
            if changes:
                self.take(",")
            self.take("!")
            path = []
            while self.peek() == "[":
                path.append(self.bracketed())
            self.take("=")
            changes.append((path, self.expression()))
        self.take("]")
        return lambda env: functools.reduce(
            lambda f, c: change(f, [number(i(env)) for i in c[0]], c[1](env)), changes, base(env))


def parse(text):
    return Parser(text).whole()


def lazily(expression, env):
    return functools.lru_cache(None)(lambda: expression(env))


class Module:
    """Definitions, variables, the initial state and the actions of a text."""

    def __init__(self, text):
        self.globals, self.variables, self.initial, self.actions, self.invariants = {}, [], {}, {}, []
        self.next = []
        kinds = {"Init": self.init_line, "Next": self.next_line, "TypeOK": None}
        reader = None
        for whole in text.splitlines():
            line, _, comment = whole.partition("\\*")
            line = line.rstrip()
            head = re.fullmatch(r"(\w+)(?:\(([\w, ]+)\))? ==(?: (.+))?", line)
            if head and not whole.startswith(" "):
                name, parameters, value = head.groups()
                names = parameters.split(", ") if parameters else []
                if value is not None:
                    if name not in ("vars", "Spec"):
                        self.define(name, names, parse(value))
                    reader = None
                elif name in kinds:
                    reader = kinds[name]
                elif name.startswith("Invariant"):
                    self.invariants.append([])
                    reader = self.invariant_line
                else:
                    self.actions[name] = (names, [])
                    reader = functools.partial(self.action_line, self.actions[name][1])
            elif line == "VARIABLES":
                reader = self.variable_line
            elif line and reader and whole.startswith(" "):
                reader(line, "property" in comment)

    def define(self, name, names, e):
        if names:
            self.globals[name] = lambda env, *values: e({**self.globals, **{
                n: lambda v=v: v for n, v in zip(names, values)}})
        else:
            self.globals[name] = lazily(e, self.globals)

    def variable_line(self, line, _):
        self.variables.append(line.strip(" ,"))

    def init_line(self, line, _):
        name, value = re.fullmatch(r"  /\\ (\w+) = (.+)", line).groups()
        self.initial[name] = parse(value)(self.globals)

    def next_line(self, line, _):
        bound, name = re.fullmatch(r"  \\/ (?:\\E (.+) : )?(\w+)(?:\(.+\))?", line).groups()
        sets = [(lambda env: (False, True)) if s == "BOOLEAN" else parse(s)
                for s in re.findall(r"\\in (BOOLEAN|-?\d+\.\.-?\d+)", bound or "")]
        self.next.append((name, sets))

    def invariant_line(self, line, _):
        self.invariants[-1].append(self.condition(line.strip()[3:], True))

    @staticmethod
    def condition(text, is_property):
        """A conjunct: false is an error if it is an assertion."""
        asserted = re.fullmatch(r'Assert\((.+), "[^"]*"\)', text)
        if not asserted:
            return parse(text)
        e, kind = parse(asserted.group(1)), Violation if is_property else Error

        def check(env):
            if not truth(e(env)):
                raise kind(text)
            return True
        return check

    def action_line(self, parts, line, is_property):
        line = line.strip()
        if line in ("/\\ LET", "/\\", "IN") or line.startswith("/\\ UNCHANGED "):
            if line.startswith("/\\ UNCHANGED"):
                parts.append(("unchanged", re.findall(r"\w+", line)[1:], None))
            return
        definition = re.fullmatch(r"(\w+) == (.+)", line)
        primed = re.fullmatch(r"/\\ (\w+)' = (.+)", line)
        if definition:
            parts.append(("let", definition.group(1), parse(definition.group(2))))
        elif primed:
            parts.append(("set", primed.group(1), parse(primed.group(2))))
        else:
            parts.append(("when", None, self.condition(line.removeprefix("/\\ "), is_property)))

    def fire(self, name, values, state, violations):
        """The next state, or None."""
        names, parts = self.actions[name]
        env = {**self.globals, **{n: lambda v=v: v for n, v in zip(self.variables + names, (*state, *values))}}
        after = {}
        for kind, what, e in parts:
            if kind == "let":
                if what in env:
                    raise Error(f"{what} is defined twice")
                env[what] = lazily(e, env)
            elif kind == "set":
                after[what] = e(env)
            elif kind == "unchanged":
                after.update({v: env[v]() for v in what})
            else:
                try:
                    if not truth(e(env)):
                        return None
                except Violation as v:
                    violations.append(str(v))
        if sorted(after) != sorted(self.variables):
            raise Error(f"{name} says nothing about {set(self.variables) - set(after)}")
        return tuple(after[v] for v in self.variables)


def combinations(sets, env):
    return functools.reduce(lambda done, s: [(*d, v) for d in done for v in s(env)], sets, [()])


def explore(text):
    """(verdict, states, transitions); the run goes on after a violation, and ends with an error."""
    m = Module(text)
    start = tuple(m.initial[v] for v in m.variables)
    moves = [(name, values) for name, sets in m.next for values in combinations(sets, m.globals)]
    seen, todo, fired, violations = {start}, [start], 0, []
    try:
        while todo:
            state = todo.pop()
            env = {**m.globals, **{n: lambda v=v: v for n, v in zip(m.variables, state)}}
            for conjuncts in m.invariants:
                if not all(truth(c(env)) for c in conjuncts):
                    violations.append("invariant")
            for name, values in moves:
                after = m.fire(name, values, state, violations)
                if after is None:
                    continue
                fired += 1
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
    except Error as e:
        return f"error: {e}", None, None
    return ("violated" if violations else "safe"), len(seen), fired
