import ContextPropagation
import Foundation
import TestSupport
import Testing

@testable import header_filter

@Suite("header-filter", .timeLimit(.minutes(10)))
struct HeaderFilterTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// Returns the answer to a line from a filter that was started with these arguments.
    private func answer(_ line: String, _ arguments: String...) throws -> String {
        guard case .run(let filter) = HeaderFilter.parse(arguments: arguments) else {
            throw FilterError(reason: "not to be run: \(arguments)")
        }
        return String(decoding: filter.answer(to: Data(line.utf8)), as: UTF8.self)
    }

    /// Returns the headers of an answer, each as its name and its text.
    private func headers(_ answer: String) throws -> [[String?]] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        return try #require(object?["headers"] as? [[Any]]).map { pair in pair.map { $0 as? String } }
    }

    @Test("The output has the same trace in a new span, after the application's headers")
    func propagate() throws {
        let line = #"{"headers":[["TraceParent","\#(parent)"],["tracestate","a=1"],["tenant",null],["other",""]]}"#
        let sent = try headers(answer(line, "propagate", "--codecs", "tracecontext,baggage"))
        #expect(sent.map(\.[0]) == ["tenant", "other", "traceparent", "tracestate"])
        #expect(sent[0][1] == nil && sent[1][1] == "" && sent[3][1] == "a=1")
        let traceparent = try #require(sent[2][1].flatMap(TraceParent.init))
        #expect(traceparent.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(traceparent.spanID.description != "b7ad6b7169203331")
    }

    @Test("Without a valid parent a new trace begins")
    func newTrace() throws {
        for given in ["[]", #"[["traceparent","00-0-0-00"]]"#, #"[["traceparent",null]]"#] {
            let sent = try headers(answer(#"{"headers":\#(given)}"#, "propagate", "--codecs", "tracecontext"))
            #expect(sent.count == 1)
            #expect(TraceParent(sent[0][1] ?? "") != nil)
        }
    }

    @Test("The rule for duplicates applies to both commands")
    func duplicates() throws {
        let other = "00-11111111111111111111111111111111-2222222222222222-00"
        let list = #""headers":[["traceparent","\#(parent)"],["traceparent","\#(other)"]]"#
        for (rule, trace) in [("last", "1111"), ("first", "0af7")] {
            let sent = try headers(answer("{\(list)}", "propagate", "--duplicates", rule, "--codecs", "tracecontext"))
            #expect(sent.count == 1 && sent[0][1]?.hasPrefix("00-\(trace)") == true)
            let found = try answer(#"{"codec":"w3c",\#(list)}"#, "extract", "--duplicates", rule)
            #expect(found.contains(#""trace_id":"\#(trace)"#))
        }
        let sent = try headers(answer("{\(list)}", "propagate", "--duplicates", "restart", "--codecs", "tracecontext"))
        #expect(sent.count == 1 && sent[0][1].flatMap(TraceParent.init)?.traceID.description.hasPrefix("1111") == false)
        #expect(
            try answer(#"{"codec":"w3c",\#(list)}"#, "extract", "--duplicates", "restart").contains(#""trace_id":null"#)
        )
    }

    @Test("The extracted object has all six members, with null for each missing value")
    func extract() throws {
        let trace = #""trace_id":"0af7651916cd43dd8448eb211c80319c""#
        let span = #""span_id":"b7ad6b7169203331""#
        let ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
        let none = #"{"baggage":null,"debug":null,"sampled":null,"span_id":null,"trace_id":null,"tracestate":null}"#
        for (codec, given, expected) in [
            (
                "w3c", #"["traceparent","\#(parent)"],["tracestate","a=1"]"#,
                #"{"baggage":null,"debug":false,"sampled":true,\#(span),\#(trace),"tracestate":"a=1"}"#
            ),
            (
                "b3", #"["b3","\#(ids)"]"#,
                #"{"baggage":null,"debug":false,"sampled":null,\#(span),\#(trace),"tracestate":null}"#
            ),
            (
                "b3", #"["b3","\#(ids)-d"]"#,
                #"{"baggage":null,"debug":true,"sampled":true,\#(span),\#(trace),"tracestate":null}"#
            ),
            (
                "b3multi", #"["X-B3-Sampled","0"]"#,
                #"{"baggage":null,"debug":false,"sampled":false,"span_id":null,"trace_id":null,"tracestate":null}"#
            ),
            (
                "baggage", #"["baggage","a=%20,b=2"]"#,
                #"{"baggage":{"a":" ","b":"2"},"debug":null,"sampled":null,"span_id":null,"trace_id":null,"tracestate":null}"#
            ),
            (
                "plain", #"["trace_id","order-1234"]"#,
                #"{"baggage":null,"debug":false,"sampled":null,"span_id":null,"trace_id":"order-1234","tracestate":null}"#
            ),
            ("jaeger", #"["uber-trace-id","nonsense"]"#, none), ("xray", "", none),
        ] {
            let list = given.isEmpty ? "[]" : "[\(given)]"
            #expect(try answer(#"{"codec":"\#(codec)","headers":\#(list)}"#, "extract") == expected)
        }
    }

    @Test("Bytes that are not UTF-8 are read and written in base64")
    func base64() throws {
        let line =
            #"{"headers":[{"name":"raw","value_b64":"/wA="},{"name":"traceparent","value_b64":"\#(Data(parent.utf8).base64EncodedString())"}]}"#
        let sent = try answer(line, "propagate", "--codecs", "tracecontext")
        #expect(sent.contains(#"{"name":"raw","value_b64":"/wA="}"#))
        #expect(sent.contains(#"["traceparent","00-0af7651916cd43dd8448eb211c80319c-"#))
    }

    @Test("A value of a megabyte passes unchanged")
    func megabyte() throws {
        let value = String(repeating: "x", count: 1 << 20)
        let sent = try headers(answer(#"{"headers":[["big","\#(value)"]]}"#, "propagate", "--codecs", "tracecontext"))
        #expect(sent[0] == ["big", value])
    }

    @Test("The answer to a line that cannot be read names the fault")
    func faults() throws {
        for (line, reason) in [
            ("{", "not JSON"), ("", "not JSON"), ("[]", "not a JSON object"), ("{}", #"\"headers\" is not a list"#),
            (#"{"headers":[["a"]]}"#, "a header is neither"), (#"{"headers":[["a",1]]}"#, "a header is neither"),
            (#"{"headers":[{"name":"a","value_b64":"?"}]}"#, #"\"value_b64\" is not base64"#),
        ] {
            let answer = try answer(line, "propagate")
            #expect(answer.hasPrefix(#"{"error":"\#(reason)"#), "\(line): \(answer)")
        }
        #expect(try answer(#"{"headers":[]}"#, "extract") == #"{"error":"\"codec\" is not a string"}"#)
        #expect(
            try answer(#"{"codec":"ot","headers":[]}"#, "extract")
                == #"{"error":"\"codec\" is not one of w3c, baggage, b3, b3multi, jaeger, xray, xray-lambda, ottrace, datadog, plain: \"ot\""}"#
        )
    }

    @Test(
        "A stream that fails, or a wrong OTEL_PROPAGATORS, ends the program with a sentence and a status",
        arguments: [
            ("echo '{}' | $FILTER propagate >/dev/full", 1, "could not write to standard output: "),
            ("echo '{}' | $FILTER propagate >&-", 1, "could not write to standard output: "),
            ("$FILTER propagate <&-", 1, "could not read standard input: "),
            ("OTEL_PROPAGATORS=b4 $FILTER propagate", 2, "OTEL_PROPAGATORS: \"b4\" is not a propagator; choose from"),
            ("OTEL_PROPAGATORS=b4 $FILTER propagate --codecs b3", 0, ""),
            ("OTEL_PROPAGATORS=b4 $FILTER extract", 0, ""),
        ]
    )
    func ends(command: String, status: Int32, sentence: String) async throws {
        let errors = try TemporaryFile("stderr")
        let file = errors.open()
        defer { close(file) }
        let environment = ChildProcess.inherited.merging(["FILTER": URL.program("header-filter").path]) { $1 }
        let program = try StartedProgram(
            "/bin/sh",
            ["-c", command],
            environment: environment,
            output: file,
            errors: file
        )
        #expect(await program.waitUntilEnd() == .exit(status))
        #expect(errors.text?.hasPrefix(sentence.isEmpty ? "" : "header-filter: \(sentence)") == true)
    }

    @Test("Each line is answered before the next is sent")
    func answersAtOnce() async throws {
        // The second line is sent when the first answer is there.
        let command = """
            PATH=/usr/bin:/bin
            mkfifo "$DIRECTORY/input"
            $FILTER extract <"$DIRECTORY/input" >>"$DIRECTORY/output" &
            exec 3>"$DIRECTORY/input"
            for number in 1 2; do
                echo '{}' >&3
                while [ "$(wc -l <"$DIRECTORY/output")" -lt $number ]; do :; done
            done
            """
        let output = try TemporaryFile("output")
        close(output.open())
        let variables = ["FILTER": URL.program("header-filter").path, "DIRECTORY": output.directory]
        let program = try StartedProgram(
            "/bin/sh",
            ["-c", command],
            environment: ChildProcess.inherited.merging(variables) { $1 },
            output: 2
        )
        await withTaskCancellationHandler {
            #expect(await program.waitUntilEnd() == .exit(0))
        } onCancel: {
            program.kill()
        }
    }

    @Test("A wrong argument is named, with the choices")
    func mistakes() {
        for (arguments, expected) in [
            ([], "the command is missing: propagate or extract"),
            (["extract", "-x"], #""-x" is neither a command nor an option"#),
            (["propagate", "--codecs"], "--codecs needs a list"),
            (
                ["propagate", "--codecs", "ot"],
                #"--codecs: "ot" is not a propagator; choose from tracecontext, baggage, b3, b3multi, jaeger, xray, xray-lambda, ottrace, datadog, plain, none"#
            ), (["extract", "--duplicates", "all"], "--duplicates must be last, restart or first, but is all"),
        ] {
            guard case .mistake(let text) = HeaderFilter.parse(arguments: arguments) else {
                Issue.record("\(arguments) were taken")
                continue
            }
            #expect(text == expected)
        }
    }
}
