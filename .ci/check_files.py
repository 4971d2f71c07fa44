"""Checks the files of the repository, without building them.

- The top level has only the names in TOP_LEVEL.
- No file is a symbolic link.
- No file contains a path of one person's machine.
- No line has more than 120 columns. `swift format` breaks code, but not comments or texts. A text may be longer,
  and so may a single long word.
- Every suite of tests has a time limit, and every test is in a suite.
- Every test that an article names, as in `SomeTests/works`, exists. In an article "Guarantees", every row of a table
  names a test.
"""

import pathlib
import re
import subprocess
import sys

TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    ".swift-format",
    "Examples",
    "LICENSE",
    "Package.swift",
    "README.md",
    "Sources",
    "Tests",
    "docker-compose.yml",
}
COLUMNS = 120
MEASURED = {".c", ".cpp", ".h", ".py", ".swift"}
COMMENT = re.compile(r"^\s*(///?|\*|/\*|#)\s*(- (Parameter )?\S+ )?")
# The path must not follow another part of a path: "../home/" is not a path of a machine.
MACHINE = re.compile(r"(?<![\w.])/(home|root|Users|work)/|(?<![\w.])/tmp/(wt|tools)/")
SUITE = re.compile(r"@Suite\b(\((?P<arguments>(?:[^()]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\))*)\))?")

SUITE_NAME = re.compile(r"^(?:struct|extension|final class) (\w+Tests)\b", re.M)
TEST_NAME = re.compile(r"@Test\b[^@]*?\bfunc (\w+)\(", re.S)
NAMED_TEST = re.compile(r"`(\w+Tests)/(\w+)`")
ROW = re.compile(r"^\|(?!\s*-|[ \w]+\| Result \|)")


def is_breakable(line):
    """Whether a writer can break this line. Texts in code, rows of tables and single long words in comments stay."""
    comment = COMMENT.match(line)
    if comment and not line.lstrip().startswith('#"'):
        rest = line[comment.end() :]
        return len(rest.split()) > 1 and not rest.startswith("|")
    return '"' not in line


def faults_of_line(line):
    if len(line) > COLUMNS and is_breakable(line):
        yield f"{len(line)} columns; break it at {COLUMNS}"


def faults_of_suites(text):
    if "@Test" in text and "@Suite" not in text:
        yield "a test is outside of a suite; add a @Suite with a .timeLimit"
    for suite in SUITE.finditer(text):
        if "timeLimit" not in (suite["arguments"] or ""):
            yield f"{suite[0].splitlines()[0]} has no time limit; add .timeLimit(.minutes(3))"


def tests_of(paths):
    """The names of all tests, in the form Suite/test."""
    for path in paths:
        parts = SUITE_NAME.split(pathlib.Path(path).read_text(encoding="utf-8"))
        for suite, body in zip(parts[1::2], parts[2::2]):
            for test in TEST_NAME.finditer(body):
                yield f"{suite}/{test[1]}"


def faults_of_articles(paths, tests):
    for path in paths:
        for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
            named = ["/".join(name) for name in NAMED_TEST.findall(line)]
            for name in named:
                if name not in tests:
                    yield f"{path}:{number}: error: no test is named {name}; name an existing one"
            if path.endswith("/Guarantees.md") and ROW.match(line) and not named:
                yield f"{path}:{number}: error: the row names no test; add one in the form `SomeTests/works`"


def faults(path, mode):
    if pathlib.PurePath(path).parts[0] not in TOP_LEVEL:
        yield f"{path}: error: the top level must not have this name; move the file to a folder"
    if mode == "120000":
        yield f"{path}: error: the file is a symbolic link; move it to a target that both users depend on"
        return
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    suffix = pathlib.PurePath(path).suffix
    is_measured = suffix in MEASURED or path.startswith(".ci/")
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE.search(line) and path != ".ci/check_files.py":
            yield f"{path}:{number}: error: the line contains a path of one machine"
        if is_measured:
            for fault in faults_of_line(line):
                yield f"{path}:{number}: error: {fault}"
    if path.startswith("Tests/") and suffix == ".swift":
        for fault in faults_of_suites(text):
            yield f"{path}: error: {fault}"


def main():
    command = ["git", "ls-files", "--stage", "-z"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    entries = [entry.split("\t") for entry in listing.split("\0") if entry]
    files = [(path, stage.split()[0]) for stage, path in entries if pathlib.Path(path).exists()]
    if not files:
        sys.exit("error: git lists no files")
    found = [fault for path, mode in files for fault in faults(path, mode)]
    paths = [path for path, mode in files if mode != "120000"]
    tests = set(tests_of(path for path in paths if path.startswith("Tests/") and path.endswith(".swift")))
    found += faults_of_articles((path for path in paths if ".docc/" in path and path.endswith(".md")), tests)
    print("\n".join(found))
    print(f"{len(files)} files, {len(found)} faults")
    sys.exit(1 if found else 0)


main()
