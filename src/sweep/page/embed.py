#!/usr/bin/env python3
"""Writes files as constants of a C++ header: embed.py HEADER NAME=FILE..."""
import pathlib
import sys

header, *pairs = sys.argv[1:]
text = '// Made by embed.py.\n#include <string_view>\n\nnamespace stalemate::sweep {\n\n'
for pair in pairs:
    name, path = pair.split('=', 1)
    content = pathlib.Path(path).read_text(encoding='utf-8')
    assert ')page"' not in content and '</script' not in content, path
    text += f'constexpr std::string_view {name} = R"page({content})page";\n\n'
pathlib.Path(header).write_text(text + '}  // namespace stalemate::sweep\n', encoding='utf-8')
