"""How much slower than usual programs are, and tests that have to wait: script/test --sanitize sets
STALEMATE_TESTS_SLOWER, so that limits and delays are to a program what they are to one that is not checked."""
import os

TIMES = float(os.environ.get('STALEMATE_TESTS_SLOWER', '1'))


def seconds(s):
    """So long, as a number."""
    return s * TIMES


def limit(s):
    """So long, as stalemate reads it."""
    return f'{s * TIMES * 1000:.0f}ms'
