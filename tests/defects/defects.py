"""Small mistakes, one at a time, in a C++ source: what a tired programmer would write.

all_of(text) finds them in the text of a file: an operator that is another one, a bound that is off
by one, a statement that is gone, a condition that is turned round, arguments in the other order.
Comments, strings, preprocessor lines and declarations are left alone.  It knows no C++: a defect
that does not compile is nobody's mistake and is not counted.
"""
import collections
import re

# offset and old say where the text changes to new; kind is for the table.
Defect = collections.namedtuple("Defect", "line offset old new kind")

# A pattern whose group 1 is replaced, by what, and what that is called.
REPLACED = [
    (r"\s(==)\s", "!=", "operator"),
    (r"\s(!=)\s", "==", "operator"),
    (r"\s(<)\s", "<=", "bound"),
    (r"\s(<=)\s", "<", "bound"),
    (r"\s(>)\s", ">=", "bound"),
    (r"\s(>=)\s", ">", "bound"),
    (r"\s(&&)\s", "||", "operator"),
    (r"\s(\|\|)\s", "&&", "operator"),
    (r"\s(\+)\s", "-", "operator"),
    (r"\w\s(-)\s", "+", "operator"),
    (r"( \+ 1)\b(?!\.)", "", "off by one"),
    (r"( - 1)\b(?!\.)", "", "off by one"),
    (r"\b(true)\b", "false", "constant"),
    (r"\b(false)\b", "true", "constant"),
    (r"\s(\|=)\s", "=", "operator"),
    (r"\s(\+=)\s", "=", "operator"),
    (r"\s(\|)\s", "&", "operator"),
    (r"\s(&)\s", "|", "operator"),
    (r"\b(any_of)\(", "all_of", "operator"),
    (r"\b(all_of)\(", "any_of", "operator"),
    (r"\b(min)\(", "max", "operator"),
    (r"\b(max)\(", "min", "operator"),
    (r"\b(break);", "continue", "operator"),
    (r"if \((?:[^()]|\([^()]*\))*\) (continue);", "break", "operator"),
]
NEGATED = re.compile(r"[(\s](!)[\w(]")
# A statement on a line of its own: a call or an assignment, not a declaration.
STATEMENT = re.compile(r"^\s+((?:\+\+|--)?[\w.>\[\]()*:-]+(?:\(.*\)| [|&+-]?= .*)|continue|return);$")
SWAPPED = re.compile(r"\w\((\*?[\w.>\[\]-]+, \*?[\w.>\[\]-]+)[,)]")
NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)
SKIPPED = re.compile(r"^\s*(#|using\b|template\b|namespace\b|static_assert\b|constexpr\b|explicit\b)"
                     r"|^\S.*\) (const )?\{$|const \w+&")


def blanked(text):
    """The text with comments and literals blank: everything stays where it is."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def of_line(code, original, number, start):
    for pattern, new, kind in REPLACED:
        for m in re.finditer(pattern, code):
            yield Defect(number, start + m.start(1), m.group(1), new, kind)
    for m in NEGATED.finditer(code):
        yield Defect(number, start + m.start(1), "!", "", "condition")
    for m in SWAPPED.finditer(code):
        first, second = m.group(1).split(", ")
        if first != second:
            yield Defect(number, start + m.start(1), m.group(1), f"{second}, {first}", "arguments")
    m = STATEMENT.match(code)
    if m:
        # As it stands in the file: literals are blank in `code`.
        yield Defect(number, start + m.start(1), original[m.start(1):m.end(1)], "", "statement")


def all_of(text):
    """All defects of a file, in order."""
    found, start = [], 0
    for number, (code, original) in enumerate(
            zip(blanked(text).split("\n"), text.split("\n")), start=1):
        if not SKIPPED.search(code):
            found += sorted(of_line(code, original, number, start))
        start += len(original) + 1
    return found


def applied(text, defect):
    end = defect.offset + len(defect.old)
    assert text[defect.offset:end] == defect.old, defect
    return text[:defect.offset] + defect.new + text[end:]


def self_check():
    text = 'bool f(int a) {\n  // a < b\n  if (a < 3 && !g(a, b)) return "a < b";\n  g(a);\n}\n'
    changed = {applied(text, d).split("\n")[d.line - 1].strip() for d in all_of(text)}
    wanted = {
        'if (a <= 3 && !g(a, b)) return "a < b";',
        'if (a < 3 || !g(a, b)) return "a < b";',
        'if (a < 3 && g(a, b)) return "a < b";',
        'if (a < 3 && !g(b, a)) return "a < b";',
        ";",
    }
    assert changed == wanted, changed ^ wanted
