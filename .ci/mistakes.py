"""Compiles a person's typical mistakes, and checks that the compiler explains each of them in a sentence.

Run it after `swift build`: it uses the modules of the debug build.
"""

import pathlib
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / ".build" / "debug"

VALUE = "a field needs a number, a Bool, a text, an optional or array of these, a dictionary of these with String keys, or"
ERROR = "an error is not a field; pass it before the closure: log.error("
READ = "a log field can be set, not read"
METADATA = 'set fields in a closure: log.info("frame processed") { $0.frame = 17 }'
CLOSURE = "to expected argument type '(inout LogFields) -> Void'"
OBJECT = "set the fields of an object in a closure: $0.camera { $0.id = 3 }"

# Each line of code, and a part of the error that the compiler must report for it.
MISTAKES = [
    ('log.error("x") { $0.error = error }', ERROR),
    ('log.error("x") { $0.cause = Failure() }', ERROR),
    ('log.error("x") { $0["error.type"] = error }', ERROR),
    ('log.info("x") { $0.x = nil }', VALUE),
    ('log.info("x") { $0["x"] = nil }', VALUE),
    ('log.info("x") { $0.x = any }', VALUE),
    ('log.info("x") { $0.x = dictionary }', VALUE),
    ('log.info("x") { $0.x = plain }', VALUE),
    ('log.info("x") { $0.x = Optional(plain) }', VALUE),
    ('log.info("x") { $0["x"] = plain }', VALUE),
    ('log.info("x") { $0.camera.id = 3 }', OBJECT),
    ('log.info("x") { print($0.n) }', READ),
    ('log.info("x") { let n: Int = $0.n; _ = n }', READ),
    ('log.info("x") { $0.n += 1 }', READ),
    ('log.info("x", metadata: ["a": "b", "n": "\\(3)"])', METADATA),
    ('log.info("x", metadata: ["a": .string("b"), "l": ["c"], "n": .stringConvertible(3)])', METADATA),
    ('log.info("x", metadata: dictionary)', METADATA),
    ('log.info("x", metadata: ["a": "b"]) { $0.n = 1 }', METADATA),
    ('log.info("x", ["a": 1])', f"cannot convert value of type '[String : Int]' {CLOSURE}"),
    ('log.info("%d frames", 3)', f"cannot convert value of type 'Int' {CLOSURE}"),
    ('log.info("x") { $0.n = plain.name }', "value of type 'Plain' has no member 'name'"),
    ('log.log(.info, "x", metadata: ["a": "b"])', METADATA),
    ('log.warn("x")', "'warn(_:error:_:)' has been renamed to 'warning(_:error:_:)'"),
    ('log.warn("x") { $0.n = 1 }', "'warn(_:error:_:)' has been renamed to 'warning(_:error:_:)'"),
    ('log.fatal("x", error: error)', "'fatal(_:error:_:)' has been renamed to 'critical(_:error:_:)'"),
]

# Correct code beside them, which must compile although it is similar.
CORRECT = [
    'log.info("x") { $0.n = 1; $0.d = 1.5 * Double(3) + 2; $0.t = "a" + "b"; $0.ok = 3 > 2; $0.o = Int?.none }',
    'log.info("x") { $0.list = [1, 2, 3]; $0.map = ["a": 1]; $0.name = error.localized; $0["a.b"] = "c" }',
    'log.error("x", error: error) { $0.camera { $0.id = 3; $0.zone { $0.name = "gate" } } }',
    'log.info("x") { $0.both = Both(); $0.choice = 3 > 2 ? "a" : "b"; $0.maybe = 3 > 2 ? nil : 3 }',
]

HEAD = """
import ContextLog
struct Failure: Error {}
struct Plain {}
struct Both: Error, LogValue { func write(to field: borrowing LogField) { field.set("both") } }
extension Error { var localized: String { "" } }
let log = Log("mistakes")
"""


def function(number, code):
    parameters = "_ error: any Error, _ any: Any, _ plain: Plain, _ dictionary: [String: Any]"
    return f"func f{number}({parameters}) {{ {code} }}"


def compile_code(folder, lines):
    """Returns the errors of the compiler by line of the code."""
    source = folder / "Mistakes.swift"
    source.write_text("\n".join([*HEAD.strip().splitlines(), *lines]) + "\n")
    shims = REPOSITORY / "Sources" / "CMALoggerShims" / "include"
    command = ["swiftc", "-typecheck", "-swift-version", "6", "-I", BUILD / "Modules", "-Xcc", f"-I{shims}"]
    command += ["-Xcc", f"-fmodule-map-file={BUILD / 'CMALoggerShims.build' / 'module.modulemap'}", source]
    output = subprocess.run(command, check=False, capture_output=True, text=True).stderr
    errors = {}
    for line in output.splitlines():
        parts = line.split(":", 4)
        if len(parts) == 5 and parts[0] == str(source) and parts[3] == " error":
            errors.setdefault(int(parts[1]) - len(HEAD.strip().splitlines()), []).append(parts[4].strip())
        elif line.startswith("<unknown>") or line.startswith("error:"):
            sys.exit(f"error: {line}")
    return errors


def main():
    faults = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        errors = compile_code(folder, [function(number, code) for number, (code, _) in enumerate(MISTAKES)])
        for number, (code, expected) in enumerate(MISTAKES, 1):
            found = errors.get(number, [])
            if len(found) != 1 or expected not in found[0]:
                faults.append(f"{code}\n  expected: {expected}\n  reported: {found}")
        errors = compile_code(folder, [function(number, code) for number, code in enumerate(CORRECT)])
        for number, found in errors.items():
            faults.append(f"{CORRECT[number - 1]}\n  must compile, but: {found}")

    # Without any system header, librdkafka is missing too.
    header = REPOSITORY / "Sources" / "CMALoggerRDKafka" / "include" / "CMALoggerRDKafka.h"
    command = ["clang", "-fsyntax-only", "-nostdinc", "-x", "c", header]
    output = subprocess.run(command, check=False, capture_output=True, text=True).stderr
    if output.count(" error: ") != 1 or "apt-get install -y librdkafka-dev" not in output:
        faults.append(f"without librdkafka, the compiler reports {output}")

    for fault in faults:
        print(f"error: {fault}")
    print(f"{len(MISTAKES) + 1} mistakes, {len(faults)} not explained by the compiler")
    sys.exit(1 if faults else 0)


main()
