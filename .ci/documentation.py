"""Builds the documentation of each module with DocC, after a build in debug mode. Warnings are errors.

    documentation.py FOLDER [BUILD]

Every public symbol must have a comment, every link must have a target, also in another module, and every parameter
must show its type. FOLDER/site has the documentation of all modules, for any web server.

BUILD is the folder of the build, `.build` if it is missing. TracingPropagation and ContextLogMacros have symbols only
in a build with their traits. Without it, the module's articles are built, and its links are not checked.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The libraries of the package, and the module of malog.
MODULES = sorted(re.findall(r'\.library\(name: "(\w+)"', (ROOT / "Package.swift").read_text())) + ["MalogCore"]
# The modules that are empty without a trait.
TRAITS = {"TracingPropagation": "DistributedTracing", "ContextLogMacros": "Macros"}
# The compiler makes this symbol, and offers no place for a comment.
UNDOCUMENTED = {"LogContext.$current"}
# A parameter or a result without its type, as in `(body: )`, `(body: @escaping )` or `() -> `.
UNTYPED = re.compile(r"(:\s*((@\w+|nonisolated\(nonsending\)|inout|sending)\s*)*[,)=]|->\s*($|[,)]|where ))")


def run(command):
    """Runs a command. Returns its output if it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


def symbol_graph(build, module, folder):
    folder.mkdir(parents=True, exist_ok=True)
    triple = build.resolve().parent.name
    command = ["swift-symbolgraph-extract", "-module-name", module, "-target", triple, "-I", str(build / "Modules")]
    command += ["-minimum-access-level", "public", "-skip-synthesized-members", "-emit-extension-block-symbols"]
    command += ["-output-dir", str(folder)]
    for modules in build.glob("*.build/module.modulemap"):
        command += ["-Xcc", f"-fmodule-map-file={modules}"]
    return run(command)


def symbols(folder):
    """Yields each symbol, and whether it has a comment. A member may have the comment of its protocol."""
    for file in sorted(folder.glob("*.json")):
        graph = json.loads(file.read_text())
        inherited = {
            relation["source"]
            for relation in graph["relationships"]
            if "sourceOrigin" in relation or relation["kind"] in ("defaultImplementationOf", "overrides")
        }
        for symbol in graph["symbols"]:
            if symbol["kind"]["identifier"] != "swift.extension":  # its members have comments
                yield symbol, "docComment" in symbol or symbol["identifier"]["precise"] in inherited


def faults_of_symbols(module, folder):
    for symbol, documented in symbols(folder):
        name = ".".join(symbol["pathComponents"])
        if not documented and name not in UNDOCUMENTED:
            yield f"error: {module}: {name} has no documentation\n"


def untyped_parameters(module, archive):
    """Yields the declarations of the built pages that show a parameter without its type."""
    for file in sorted((archive / "data").rglob("*.json")):
        for section in json.loads(file.read_text()).get("primaryContentSections", []):
            for declaration in section.get("declarations", []):
                text = "".join(token["text"] for token in declaration["tokens"])
                if UNTYPED.search(text):
                    yield f"error: {module}: a parameter has no type: {text}\n"


def convert(module, graphs, work, dependencies, strict):
    archive = work / f"{module}.doccarchive"
    catalog = ROOT / "Sources" / module / "Documentation.docc"
    command = ["docc", "convert", str(catalog), "--enable-experimental-external-link-support"]
    command += ["--fallback-display-name", module, "--fallback-bundle-identifier", module]
    command += ["--additional-symbol-graph-dir", str(graphs / module), "--output-path", str(archive)]
    for dependency in dependencies:
        command += ["--dependency", str(dependency)]
    return run(command + (["--warnings-as-errors"] if strict else []))


def main():
    work = pathlib.Path(sys.argv[1])
    build = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / ".build") / "debug"
    for old in ("graphs", "names", "site"):
        shutil.rmtree(work / old, ignore_errors=True)
    faults = dict.fromkeys(MODULES, "")
    for module in MODULES:
        faults[module] += symbol_graph(build, module, work / "graphs" / module)
        faults[module] += "".join(faults_of_symbols(module, work / "graphs" / module))
    empty = [module for module in TRAITS if not any(True for _ in symbols(work / "graphs" / module))]
    strict = [module for module in MODULES if module not in empty]

    (work / "names").mkdir()
    # The first pass only tells the modules the names of each other's symbols and articles.
    for module in MODULES:
        faults[module] += convert(module, work / "graphs", work / "names", [], False)
    archives = []
    for module in MODULES:
        others = [work / "names" / f"{other}.doccarchive" for other in MODULES if other != module]
        faults[module] += convert(module, work / "graphs", work, others, module in strict)
        archives.append(work / f"{module}.doccarchive")
        faults[module] += "".join(untyped_parameters(module, archives[-1]))

    merged = run(["docc", "merge", *map(str, archives), "--output-path", str(work / "site")])
    for name, output in [*faults.items(), ("docc merge", merged)]:
        if output:
            print(f"{name}:\n{output}")
    for module in empty:
        print(f"not run: the links of {module}: this build has no trait {TRAITS[module]}")
    count = sum(1 for output in faults.values() if output)
    print(f"{len(MODULES)} modules documented, {count} with faults")
    sys.exit(count > 0 or merged != "")


main()
