"""Compiles every Swift snippet of the README in a package that depends on this one, like a reader's package.

A comment before a block can name a file: `<!-- file: Examples/Service/Service.swift -->`. The block must then
equal this file, which the package itself compiles.

The block that begins with `// swift-tools-version` is that package's manifest. Every other `swift` block becomes a
file. Its imports and declarations stay at the top level, and its statements go into a function. A comment before the
block, which readers do not see, declares the names that the snippet uses but does not declare:
`<!-- given: let frame: [UInt8] = [] -->`. The comment also declares stand-ins for the types of other packages.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(
    r"(?:^<!-- (?:given:\s(?P<given>.*?)|file: (?P<file>\S+))\s-->\n+)?^```swift\n(?P<code>.*?)^```$", re.M | re.S
)
DECLARATION = re.compile(r"^(public |private |final )*(extension|struct|class|enum|actor|protocol)\b")


def parts(code):
    """Returns the imports, the declarations at the top level with their bodies, and the other lines."""
    imports, declarations, statements = [], [], []
    target = statements
    for line in code.splitlines():
        if line.startswith("import "):
            imports.append(line)
            continue
        if DECLARATION.match(line):
            target = declarations
        target.append(line)
        if target is declarations and (line.startswith("}") or line.endswith(" {}")):
            target = statements
    return imports, declarations, statements


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1])
    readme = (repository / "README.md").read_text()
    sources = folder / "my-service" / "Sources" / "my-service"
    sources.mkdir(parents=True, exist_ok=True)
    (folder / "ma-logger").symlink_to(repository)
    count = 0
    manifest = False
    for match in BLOCK.finditer(readme):
        code, given = match["code"], match["given"] or ""
        if code.startswith("// swift-tools-version"):
            (folder / "my-service" / "Package.swift").write_text(code)
            manifest = True
            continue
        count += 1
        if match["file"]:
            if (repository / match["file"]).read_text() != code:
                sys.exit(f"error: README.md shows another text than {match['file']}")
            continue
        imports, declarations, statements = parts(code)
        _, stand_ins, assumptions = parts(given)
        declarations = stand_ins + declarations
        body = []
        if "".join(statements).strip():
            body = [f"func snippet{count}() async throws {{", *assumptions, *statements, "}"]
        line = readme[: match.start("code")].count("\n") + 1
        text = "\n".join([*imports, f"// README.md, line {line}", *declarations, *body, ""])
        (sources / f"Snippet{count}.swift").write_text(text)
    if not manifest or count == 0:
        sys.exit("error: the README has no manifest or no snippet")
    (sources / "Main.swift").write_text("@main struct Main { static func main() {} }\n")
    command = ["swift", "build", "--package-path", str(folder / "my-service")]
    status = subprocess.run(command, check=False).returncode
    print(f"{count} snippets of the README")
    sys.exit(status)


main()
