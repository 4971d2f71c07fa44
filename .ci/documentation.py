"""Builds the documentation of each module with DocC, after a build in debug mode. Warnings are errors.

Every public symbol must have a comment, and every link must have a target.
"""

import json
import pathlib
import subprocess
import sys

MODULES = [
    "ContextPropagation",
    "ContextLog",
    "ContextLogFoundation",
    "MALogger",
    "KafkaPropagation",
    "PropagationTesting",
    "KafkaPropagationTesting",
]
# The compiler makes this symbol, and offers no place for a comment.
UNDOCUMENTED = {"LogContext.$current"}


def run(command):
    """Runs a command. Returns its output if it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


def symbol_graph(repository, module, folder):
    build = repository / ".build" / "debug"
    triple = build.resolve().parent.name
    command = ["swift-symbolgraph-extract", "-module-name", module, "-target", triple, "-I", str(build / "Modules")]
    command += ["-minimum-access-level", "public", "-skip-synthesized-members", "-output-dir", str(folder)]
    for modules in build.glob("*.build/module.modulemap"):
        command += ["-Xcc", f"-fmodule-map-file={modules}"]
    return run(command)


def undocumented(folder):
    """Yields the names of the symbols without a comment. A member may have the comment of its protocol."""
    for file in sorted(folder.glob("*.json")):
        graph = json.loads(file.read_text())
        inherited = {
            relation["source"]
            for relation in graph["relationships"]
            if "sourceOrigin" in relation or relation["kind"] in ("defaultImplementationOf", "overrides")
        }
        for symbol in graph["symbols"]:
            name = ".".join(symbol["pathComponents"])
            if "docComment" not in symbol and symbol["identifier"]["precise"] not in inherited:
                if name not in UNDOCUMENTED:
                    yield name


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    work = pathlib.Path(sys.argv[1])
    faults = 0
    for module in MODULES:
        graphs = work / "graphs" / module
        graphs.mkdir(parents=True, exist_ok=True)
        output = symbol_graph(repository, module, graphs)
        for name in undocumented(graphs):
            output += f"error: {module}: {name} has no documentation\n"
        catalog = repository / "Sources" / module / "Documentation.docc"
        command = ["docc", "convert", str(catalog)]
        command += ["--fallback-display-name", module, "--fallback-bundle-identifier", module, "--warnings-as-errors"]
        command += ["--additional-symbol-graph-dir", str(graphs), "--output-path", str(work / module)]
        output += run(command)
        if output:
            faults += 1
            print(f"{module}:\n{output}")
    print(f"{len(MODULES)} modules documented, {faults} with faults")
    sys.exit(faults > 0)


main()
