"""The models of lowering/ once more, as transition functions written by hand from the text of each.

A position is the statement that comes next, with the values of the locals that still matter there;
silent code (locals only) has no position.  Nothing here was derived from what the compiler makes.
"""


def explore(initial, successors):
    """Numbers of reachable states and of steps fired, self-loops included."""
    seen = {initial}
    todo = [initial]
    fired = 0
    while todo:
        for after in successors(todo.pop()):
            fired += 1
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return len(seen), fired


def put(values, index, value):
    return values[:index] + (value,) + values[index + 1:]


def loops():
    def returned(call, a):
        if call == "last":
            return ("n = b", a)
        return ("read", "last", 0) if a == 2 else ("n + a", call, a)

    def following(call, i):
        return returned(call, 0) if i > 3 else ("read", call, i)

    def t(at, cell, n):
        if at[0] == "read":
            _, call, i = at
            return (following(call, i + 1) if cell[i] else ("take", call, i)), cell, n
        if at[0] == "take":
            _, call, i = at
            return returned(call, i), put(cell, i, True), n
        if at[0] == "n + a":
            return ("while", at[1]), cell, n + at[2]
        if at[0] == "while":
            if n < 3:
                return ("n + 1", at[1]), cell, n
            return (("read", 1, 1) if at[1] == 0 else ("read", "last", 0)), cell, n
        if at[0] == "n + 1":
            return ("if n == 2", at[1]), cell, n + 1
        if at[0] == "if n == 2":
            return (("while", at[1]) if n == 2 else ("toggle", at[1])), cell, n
        if at[0] == "toggle":
            return ("while", at[1]), put(cell, 0, not cell[0]), n
        return ("end",), cell, at[1]

    def successors(state):
        at, toggled, cell, n = state
        if at != ("end",):
            at2, cell2, n2 = t(at, cell, n)
            yield at2, toggled, cell2, n2
        if not toggled:
            yield at, True, put(cell, 2, not cell[2]), n

    return explore((("read", 0, 1), False, (False,) * 4, 0), successors)


def unordered():
    def head(left):
        return ("pick", left) if left else ("two",)

    def successors(state):
        at, a, total = state
        for me in (0, 1):
            here = at[me]
            if here[0] == "pick":
                for c in here[1]:
                    yield put(at, me, ("read", c, here[1] - {c})), put(a, c, 1), total
            elif here[0] == "read":
                _, c, left = here
                after = {0: ("two",), 1: ("add", left), 2: head(left)}[a[c]]
                yield put(at, me, after), a, total
            elif here[0] == "add":
                yield put(at, me, head(here[1])), a, total + 1
            elif here[0] == "two":
                yield put(at, me, ("zero",)), put(a, me, 2), total
            elif here[0] == "zero":
                yield put(at, me, ("end",)), put(a, me, 0), total

    start = tuple(("pick", frozenset({0, 1, 2} - {me})) for me in (0, 1))
    return explore((start, (0, 0, 0), 0), successors)


def alternatives():
    def successors(state):
        at, u, g, h, n = state
        if at == "top":
            yield ("h = 1" if g else "await h == 1"), u, g, h, n
            if h != 2:
                yield "n = 2", u, g, h, n
            for v in (1, 2, 3):
                if v != h:
                    yield ("h = v", v), u, g, h, n
            yield "top", u, g, h, (1 if g else 3)
        elif at == "h = 1":
            yield "top", u, g, 1, n
        elif at == "await h == 1":
            if h == 1:
                yield "h = 0", u, g, h, n
        elif at == "h = 0":
            yield "top", u, g, 0, n
        elif at == "n = 2":
            yield "top", u, g, h, 2
        else:
            yield "top", u, g, at[1], n
        yield at, not u, not u, h, n

    return explore(("top", False, False, 0, 0), successors)


def locals_():
    def successors(state):
        at, u, g, h = state
        if at[0] == "choose":
            for c in (0, 1):
                yield ("read", c), u, g, h
        elif at[0] == "read":
            yield ("h", at[1], g), u, g, h
        elif at[0] == "h":
            _, c, b = at
            yield ("g", c, b), u, g, sum((d == c) == b for d in (0, 1)) + 1
        else:
            _, c, b = at
            yield ("choose",), u, c == 0 and not b, h
        if not u:
            yield at, True, True, h

    return explore((("choose",), False, False, 0), successors)


def functions():
    def successors(state):
        at, u, slot, n = state
        if at[0] == "await":
            if slot:
                yield ("load", at[1]), u, slot, n
        elif at[0] == "load":
            if slot[0] == "add":
                yield ("add", at[1], slot[1]), u, slot, n
            else:
                yield ("n = x", at[1], slot[1]), u, slot, n
        elif at[0] in ("add", "n + x"):
            yield ("clear", at[1]), u, slot, n + at[2]
        elif at[0] == "n = x":
            yield ("n + x", at[1], at[2]), u, slot, at[2]
        elif at[0] == "clear":
            yield (("await", 1) if at[1] == 0 else ("end",)), u, None, n
        if u == 0:
            yield at, 1, ("add", 2), n
        elif u == 1 and not slot:
            yield at, 2, slot, n
        elif u == 2:
            yield at, 3, ("twice", 3), n
        elif u == 3:
            yield at, 4, slot, 1

    return explore((("await", 0), 0, None, 0), successors)


def interrupts():
    # With an NMI that could look in between, no acknowledgement is merged with an entry: each
    # handler is first entered, then acknowledges, then works, and then returns.
    def successors(state):
        t, low, high, nmi, on, n, low_pending, high_pending, nmi_pending = state
        pending = (low_pending, high_pending, nmi_pending)
        more = (n + 1) % 4
        if nmi is not None:                       # it holds what the mask was
            mask, acknowledged = nmi
            if acknowledged:
                yield (t, low, high, None, mask, more) + pending
            else:
                yield t, low, high, (mask, True), on, n, low_pending, high_pending, False
            return
        if nmi_pending:
            yield (t, low, high, (on, False), False, n) + pending
        if high == "entered":
            yield t, low, "acknowledged", nmi, on, n, low_pending, False, nmi_pending
            return
        if high == "acknowledged":
            yield (t, low, "worked", nmi, on, more) + pending
            return
        if high:
            yield (t, low, None, nmi, True, n) + pending
            return
        if on and high_pending:
            yield (t, low, "entered", nmi, False, n) + pending
        if low == "entered":
            yield t, "acknowledged", high, nmi, on, n, False, high_pending, nmi_pending
            return
        if low == "acknowledged":
            yield (t, "unmasked", high, nmi, True, n) + pending
            return
        if low == "unmasked":
            yield (t, "worked", high, nmi, on, more) + pending
            return
        if low == "worked":
            yield (t, None, high, nmi, True, n) + pending
            return
        if on and low_pending:
            yield (t, "entered", high, nmi, False, n) + pending
        if t == 0:
            yield (1, low, high, nmi, False, n) + pending
        elif t == 1:
            yield 2, low, high, nmi, on, n, low_pending, True, nmi_pending
        else:
            yield (0, low, high, nmi, True, n) + pending

    return explore((0, None, None, None, True, 0, True, True, True), successors)


def traps():
    def work(at, shared):
        """The next event of work(): position, shared values."""
        on, ready, mark, n = shared
        if at[0] == "get":
            if ready:
                return ("n = v",), shared
            return ("ready", on), (False, ready, mark, n)
        if at[0] == "ready":
            return ("mark", at[1]), (on, True, mark, n)
        if at[0] == "mark":                       # and back: the mask as it was
            return ("get",), (at[1], ready, at[1], n)
        if at[0] == "n = v":
            return ("touch",), (on, ready, mark, 1)
        if at[0] == "touch":
            if n != 2:
                return ("n = 2", on), (False, ready, mark, n)
            return None, (on, ready, mark, 0)
        return None, (at[1], ready, mark, 2)

    def successors(state):
        t, handler, u, pending, shared = state
        if handler is not None:
            at, after = work(handler, shared)
            if at is None:                        # the last event of the handler
                after = put(after, 0, True)
            yield t, at, u, pending, after
        else:
            if pending and shared[0]:
                yield t, ("get",), u, False, put(shared, 0, False)
            if t is not None:
                at, after = work(t, shared)
                yield at, None, u, pending, after
        if not u:
            yield t, handler, True, pending, put(shared, 1, False)

    return explore((("get",), None, False, True, (True, False, False, 0)), successors)


def references():
    def successors(state):
        t, u, a, shared = state
        if t in (0, 1):
            yield t + 1, u, put(a, 0, a[0] + 1), shared
        elif t == 2:
            yield 3, u, put(a, 2, 3), shared
        elif t == 3:
            yield 4, u, (a[2], a[1], a[0], a[3]), shared
        elif t == 4:
            yield 5, u, put(a, shared, 3), (shared + 1) % 4
        if u == 0:
            yield t, 1, put(a, 0, 0), shared
        elif u == 1:
            yield t, 2, a, 2

    return explore((0, 0, (0, 0, 0, 0), 0), successors)


def memory():
    def successors(state):
        at, m, seen = state
        for me in (0, 1):
            here = at[me]
            if here == "load":
                yield put(at, me, ("store", m)), m, seen
            elif here[0] == "store":
                yield put(at, me, ("seen", here[1])), here[1] + 1, seen
            elif here[0] == "seen":
                yield put(at, me, "atomic"), m, put(seen, me, here[1])
            elif here == "atomic":
                yield put(at, me, "end"), m + 1, put(seen, me, m)

    return explore((("load", "load"), 0, (0, 0)), successors)


def peterson():
    def successors(state):
        at, flag, turn, inside = state
        for me in (0, 1):
            def go(position):
                return put(at, me, position)
            here = at[me]
            if here == "raise":
                yield go("turn"), put(flag, me, True), turn, inside
            elif here == "turn":
                yield go("flag"), flag, 1 - me, inside
            elif here == "flag":
                yield go("whose" if flag[1 - me] else "enter"), flag, turn, inside
            elif here == "whose":
                yield go("enter" if turn == me else "flag"), flag, turn, inside
            elif here == "enter":
                yield go("assert"), flag, turn, inside + 1
            elif here == "assert":
                assert inside == 1
                yield go("leave"), flag, turn, inside
            elif here == "leave":
                yield go("lower"), flag, turn, inside - 1
            else:
                yield go("raise"), put(flag, me, False), turn, inside

    return explore((("raise", "raise"), (False, False), 0, 0), successors)


def copies():
    def successors(state):
        at, origin, got, many, one = state
        if origin not in many:
            yield at, origin, got, many | {origin}, one
        if one is None:
            for v in range(origin + 1):
                yield at, origin, got, many, v
        else:
            yield at, origin, got, many, None
        if at == 0:
            yield 1, (origin + 1) % 3, got, many, one
        elif at == 1:
            for v in many | {origin}:
                yield 2, origin, v, many | {v}, one
        elif at == 2:
            for v in range(origin + 1) if one is None else (one,):
                yield 3, origin, v, many, v
        else:
            yield 0, origin, got, frozenset(), one

    return explore((0, 0, 0, frozenset(), None), successors)


def queue():
    def successors(state):
        chosen, taken, q, last = state
        if chosen is None:
            for x in (1, 2, 3):
                yield x, taken, q, last
        elif len(q) < 2:
            yield None, taken, q + (chosen,), last
        if taken is not None:
            yield chosen, None, q, taken
        elif q:
            yield chosen, q[0], q[1:], last

    return explore((None, None, (), 0), successors)


def entry_index():
    def successors(state):
        t, handler, u, a, i, pending = state
        if handler == 0:
            if pending:
                yield t, 1, u, a, i, pending
            if not t and not pending:
                yield True, handler, u, a, i, pending
        elif handler == 1:
            yield t, 2, u, put(a, i, True), i, pending
        else:
            yield t, 0, u, a, i, False
        if not u:
            yield t, handler, True, a, 1, pending

    return explore((False, 0, False, (False, False), 0, True), successors)


def rule_scratch():
    return explore(0, lambda g: [1 - g])


def tick():
    return explore(False, lambda g: [not g])


def dead_set():
    def successors(state):
        rounds = 1 if state[0] == "tick" else 2
        after = "pick" if state[0] == "tick" else "tick"
        return [(after, not state[1])] * rounds

    return explore(("tick", False), successors)


def chain(steps):
    return lambda: explore(0, lambda at: [at + 1] if at < steps else [])


COUNTS = {
    "alternatives": alternatives,
    "aliases": chain(3),
    "copies": copies,
    "dead_at_start": tick,
    "dead_set": dead_set,
    "entry_index": entry_index,
    "expressions": chain(11),
    "functions": functions,
    "interrupts": interrupts,
    "locals": locals_,
    "loops": loops,
    "memory": memory,
    "never": tick,
    "peterson": peterson,
    "queue": queue,
    "references": references,
    "rule_scratch": rule_scratch,
    "traps": traps,
    "unordered": unordered,
}

if __name__ == "__main__":
    for name, count in COUNTS.items():
        print(f"{name}: // states: {count()[0]} transitions: {count()[1]}")
