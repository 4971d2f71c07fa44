"""Checks that a package with targets of common names can depend on this one: names.py FOLDER

SwiftPM refuses two targets of one name in all packages together. It counts every target that a declared product of a
dependency needs. So the examples and the tests have no declared products, and all other names begin as TAKEN says.
"""

import json
import pathlib
import re
import subprocess
import sys

# The beginnings of the names that a package which depends on this one cannot give to its own targets.
TAKEN = re.compile(r"C?(MALogger|[Mm]alog)|Context(Log|Propagation)|(Kafka|Tracing)?Propagation")
# Names that this package must not take again.
COMMON = {"CRDKafka", "CShims", "Quickstart"}


def swift_package(folder, *arguments):
    command = ["swift", "package", "--package-path", str(folder), *arguments]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{result.stdout}{result.stderr}\nerror: see the reason at the top of .ci/names.py")
    return result.stdout


def write_user(folder, repository, names):
    """Writes a package that depends on this one and has a target of each name."""
    targets = ""
    for name in sorted(names):
        source = folder / "Sources" / name / "File.swift"
        source.parent.mkdir(parents=True)
        source.write_text("")
        targets += f'        .target(name: "{name}", dependencies: [.product(name: "MALogger", package: "ma-logger")]),\n'
    (folder / "Package.swift").write_text(
        f"""// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "user",
    dependencies: [.package(name: "ma-logger", path: "{repository}")],
    targets: [
{targets}    ]
)
"""
    )


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1])
    targets = {target["name"] for target in json.loads(swift_package(repository, "dump-package"))["targets"]}
    names = {name for name in targets if not TAKEN.match(name)} | COMMON
    write_user(folder, repository, names)
    swift_package(folder, "show-dependencies")
    print(f"{len(names)} names of targets are free for the packages that depend on this one")


main()
