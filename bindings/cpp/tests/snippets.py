#!/usr/bin/env python3
"""Makes one program of the C++ blocks of a Markdown file: each is the body of a function.

Includes of a block go to the top. Blocks that begin with "// results" are for
the other style of errors: `--results` makes the program of those alone.
"""

import re
import sys
from pathlib import Path


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    blocks = re.findall(r"^```cpp\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    results = "--results" in sys.argv[2:]
    blocks = [block for block in blocks if block.startswith("// results") == results]
    includes, functions = {"#include <ondes.hpp>", "#include <cstdio>"}, []
    for number, block in enumerate(blocks):
        lines = block.splitlines()
        includes.update(line for line in lines if line.startswith("#include"))
        body = "\n".join(line for line in lines if not line.startswith("#include"))
        functions.append(f"static int snippet_{number}() {{\n{body}\nreturn 0;\n}}\n")
    calls = "".join(f"  failed += snippet_{number}();\n" for number in range(len(blocks)))
    if results:
        includes = {"#define ONDES_NO_THROW"} | includes
    print("\n".join(sorted(includes)), "\n".join(functions), sep="\n\n")
    print(f"int main() try {{\n  int failed = 0;\n{calls}  return failed;\n}} catch (const std::exception &error) {{")
    print("  return std::fprintf(stderr, \"%s\\n\", error.what()), 1;\n}")


if __name__ == "__main__":
    main()
