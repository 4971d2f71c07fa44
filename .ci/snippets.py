"""Compiles every Swift snippet of the README and of the DocC articles in a package that depends on this one, and runs
the tests among them. In the first form of the command, a warning is an error.

    snippets.py FOLDER
    snippets.py FOLDER TRAITS BUILD

A comment before a block, which readers do not see, can name a file: `<!-- file: Examples/Service/Service.swift -->`.
The block must then equal this file, which the package itself compiles.

The README's block that begins with `// swift-tools-version` is the manifest of the package. SwiftPM loads every other
such block as the manifest of a package of its own. Every other `swift` block becomes a file: of the README's target, of
a target that has all products, or of a test target if it imports Testing. Imports, types, extensions and `private`
declarations stay at the top level, and the rest goes into a function. A comment before the block declares the names
that the snippet uses but does not declare: `<!-- given: let frame: [UInt8] = [] -->`. It also declares stand-ins for
the types of other packages. No line of it may begin with `@`, because DocC takes that for a directive.

A snippet that needs package traits says so in a comment before the other one: `<!-- traits: SwiftLog -->`. The second
form of the command compiles these, with the modules in BUILD (such as `.build-traits`), which has TRAITS
(`SwiftLog,Metrics`).
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(
    r"(?:^<!-- traits: (?P<traits>\S+) -->\n+)?"
    r"(?:^<!-- (?:given:\s(?P<given>.*?)|file: (?P<file>\S+))\s-->\n+)?^```swift\n(?P<code>.*?)^```$",
    re.M | re.S,
)
DECLARATION = re.compile(r"^(@Suite\b|private\b|(public |final )*(extension|struct|class|enum|actor|protocol)\b)")
PRODUCTS = """
for target in [Target.target(name: "Articles"), .testTarget(name: "ArticleTests")] {
    target.dependencies = [
        "MALogger", "ContextLog", "ContextLogFoundation", "ContextPropagation", "KafkaPropagation",
        "PropagationTesting", "KafkaPropagationTesting",
    ].map { .product(name: $0, package: "ma-logger") }
    package.targets.append(target)
}
for target in package.targets { target.swiftSettings = [.treatAllWarnings(as: .error)] }
"""
MAIN = "@main struct Main { static func main() {} }\n"


class Snippet:
    def __init__(self, repository, path, match):
        self.repository = repository
        text = path.read_text()
        line = text[: match.start("code")].count("\n") + 1
        self.place = f"{path.relative_to(repository)}, line {line}"
        self.name = f"{path.stem}{line}"
        self.code, self.given, self.file = match["code"], match["given"] or "", match["file"]
        self.traits = set(match["traits"].split(",")) if match["traits"] else set()

    def is_manifest(self):
        return self.code.startswith("// swift-tools-version")

    def check_file(self):
        if self.file and (self.repository / self.file).read_text() != self.code:
            sys.exit(f"error: {self.place}: this is another text than {self.file}")

    def source(self):
        imports, declarations, statements = parts(self.code)
        hidden, stand_ins, assumptions = parts(self.given)
        body = []
        if "".join(statements).strip():
            # A snippet may declare a name only to show how its value is made.
            uses = [f"_ = {name}" for name in re.findall(r"^(?:let|var) (\w+)", "\n".join(statements), re.M)]
            body = [f"func snippet{self.name}() async throws {{", *assumptions, *statements, *uses, "}"]
        return "\n".join([*hidden, *imports, f"// {self.place}", *stand_ins, *declarations, *body, ""])


def parts(code):
    """Returns the imports, the declarations at the top level with their bodies, and the other lines."""
    imports, declarations, statements = [], [], []
    target = statements
    for line in code.splitlines():
        if line.startswith("import "):
            imports.append(line)
            continue
        begins = DECLARATION.match(line)
        if begins:
            target = declarations
        target.append(line)
        is_whole = begins and not line.startswith("@") and line.count("{") == line.count("}")
        if target is declarations and (line.startswith("}") or is_whole):
            target = statements
    return imports, declarations, statements


def snippets(repository):
    paths = [repository / "README.md", *sorted(repository.glob("Sources/*/Documentation.docc/*.md"))]
    for path in paths:
        for match in BLOCK.finditer(path.read_text()):
            yield path, Snippet(repository, path, match)


def check_manifest(snippet, folder):
    """Loads a manifest with its dependencies. Its targets have to be executables named my-service."""
    package = folder / snippet.name
    source = package / "Sources/my-service/Main.swift"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(MAIN)
    (package / "Package.swift").write_text(snippet.code)
    command = ["swift", "package", "--package-path", str(package), "show-dependencies"]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"error: {snippet.place}: SwiftPM cannot load this manifest")


def build(repository, folder):
    """Builds the package with the snippets that need no trait."""
    package = folder / "my-service"
    for target in ["Sources/my-service", "Sources/Articles", "Tests/ArticleTests"]:
        (package / target).mkdir(parents=True, exist_ok=True)
        for old in (package / target).glob("*.swift"):
            old.unlink()
    if not (folder / "ma-logger").is_symlink():
        (folder / "ma-logger").symlink_to(repository)
    (package / "Sources/my-service/Main.swift").write_text(MAIN)
    counts = {"README": 0, "articles": 0, "traits": 0}
    manifest = None
    for path, snippet in snippets(repository):
        if snippet.is_manifest():
            if path.name == "README.md":
                manifest = snippet.code
            else:
                check_manifest(snippet, folder)
            continue
        snippet.check_file()
        if snippet.traits:
            counts["traits"] += 1
            continue
        counts["README" if path.name == "README.md" else "articles"] += 1
        target = "Sources/my-service" if path.name == "README.md" else "Sources/Articles"
        if re.search(r"^import Testing$", snippet.code, re.M):
            target = "Tests/ArticleTests"
        if not snippet.file:
            (package / target / f"{snippet.name}.swift").write_text(snippet.source())
    if not manifest or 0 in counts.values():
        sys.exit(f"error: the README has no manifest, or snippets are missing: {counts}")
    (package / "Package.swift").write_text(manifest + PRODUCTS)
    commands = [["swift", "build", "--build-tests"], ["swift", "test", "--skip-build"]]
    status = 0
    for command in commands:
        status = status or subprocess.run([*command, "--package-path", str(package)], check=False).returncode
    print(f"{counts['README']} snippets of the README, {counts['articles']} of articles")
    print(f"{counts['traits']} snippets of articles need traits, and were not compiled here")
    sys.exit(status)


def check_with_traits(repository, folder, traits, modules):
    """Compiles the snippets that need traits, with modules that are built already."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["swiftc", "-typecheck", "-swift-version", "6", "-I", str(modules / "Modules")]
    for map_file in modules.glob("*.build/module.modulemap"):
        command += ["-Xcc", f"-fmodule-map-file={map_file}"]
    count, faults = 0, 0
    for _, snippet in snippets(repository):
        if not snippet.traits:
            continue
        if not snippet.traits <= traits:
            print(f"not run: the snippet at {snippet.place}: no {', '.join(sorted(snippet.traits - traits))}")
            continue
        file = folder / f"{snippet.name}.swift"
        file.write_text(snippet.source())
        faults += subprocess.run([*command, str(file)], check=False).returncode != 0
        count += 1
    print(f"{count} snippets of articles with traits, {faults} with faults")
    sys.exit(faults > 0)


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1])
    if len(sys.argv) > 2:
        check_with_traits(repository, folder, set(sys.argv[2].split(",")), pathlib.Path(sys.argv[3]) / "debug")
    build(repository, folder)


main()
