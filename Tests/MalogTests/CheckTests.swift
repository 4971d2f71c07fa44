import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("malog check", .timeLimit(.minutes(10)))
struct CheckTests {
    @Test("Valid lines of all schemas have the status 0")
    func valid() throws {
        let file = try write(Lines.allSchemas.map(\.line) + [#"::{"outputs":{"frames":3}}::"#])
        let run = Run("check", file.path)
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("✔ 6 lines, no faults\n"))
        #expect(run.output.contains("for Kestra 1"))
        #expect(Run("check", "--quiet", file.path).output == "")
    }

    @Test("Faults come first, each with its file and line, and the status is 1")
    func faults() throws {
        let file = try write([Lines.otel(), "Segmentation fault", Lines.otel(level: "loud"), Lines.otel()])
        let run = Run("check", file.path)
        #expect(run.status == 1)
        #expect(run.output.hasPrefix("✘ 2 of 4 lines with faults\n"))
        #expect(run.output.contains("\(file.path):2: not a JSON object"))
        #expect(run.output.contains("\(file.path):3: an unknown level"))
        #expect(!Run("check", "--faults", "1", file.path).output.contains(":3:"))
    }

    @Test("A last line without a line break is torn")
    func unfinished() throws {
        let file = try write([Lines.otel(), Lines.otel()], end: "")
        let run = Run("check", file.path)
        #expect(run.status == 1)
        #expect(run.output.contains("\(file.path):2: torn: the last line has no line break"))
    }

    @Test("Lines of other programs are no fault with --allow-foreign, but torn lines are")
    func foreign() throws {
        let file = try write(["listening on 8080", #"{"msg":"hi"}"#, Lines.otel()])
        #expect(Run("check", file.path).status == 1)
        let run = Run("check", "--allow-foreign", file.path)
        #expect(run.status == 0)
        #expect(run.output.contains("foreign 2 (not checked)"))
        let torn = try write([String(Lines.otel().prefix(100))])
        #expect(Run("check", "--allow-foreign", torn.path).status == 1)
    }

    @Test("A file without lines is a fault, unless it is allowed")
    func empty() throws {
        let file = try write([], end: "")
        #expect(Run("check", file.path).status == 1)
        #expect(Run("check", "--allow-empty", file.path).status == 0)
    }

    @Test("A fault in the last of many parts has the right line number, and a terminal cannot be changed by it")
    func lineNumber() throws {
        let line = Lines.otel()
        let count = 5 * ScanInput.segmentSize / line.utf8.count
        let file = try write(Array(repeating: line, count: count) + ["\u{1B}[2J\u{7}boom"])
        let run = Run("check", file.path)
        #expect(run.output.contains("\(file.path):\(count + 1): not a JSON object"))
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test(
        "A mistake on the command line names the argument, the fault and the choices",
        arguments: [
            (["check", "--schema", "xml"], "--schema \"xml\": choose from otel, ecs, gcp, datadog, spans"),
            (["check", "--faults", "many"], "--faults \"many\": give a whole number from 0 to 1000000"),
            (["check", "--faults"], "malog check: --faults needs a value: --faults N"),
            (["check", "--quite"], "malog check: unknown option --quite; did you mean --quiet?"),
            (["check", "--quiet=yes"], "malog check: --quiet takes no value, but \"yes\" was given"),
            (["tail", "--level", "loud"], "--level \"loud\": choose from TRACE, DEBUG, INFO"),
            (["tial"], "malog: unknown verb \"tial\"; choose from tail, trace, check, stats"),
        ]
    )
    func mistakes(_ arguments: [String], _ text: String) {
        var output = Output(descriptor: nil)
        var errors = ""
        #expect(Malog.run(arguments, &output, isTerminal: false) { errors += $0 } == 2)
        #expect(errors.hasPrefix(text))
        #expect(errors.contains("--help describes the choices"))
    }

    @Test("The help names each verb and each option, in at most 100 columns")
    func help() {
        for verb in Malog.verbs {
            #expect(Run("--help").output.contains("malog \(verb) "))
            let help = Run(verb, "--help").output
            #expect(help.hasPrefix("malog \(verb) "))
            for line in help.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
        }
    }
}
