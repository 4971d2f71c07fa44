import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("LOG_SCHEMA", .timeLimit(.minutes(10)))
struct SchemaSettingsTests {
    @Test("A value that is not a schema is reported with the choices, and the default is used")
    func bad() {
        let settings = LogSettings(["LOG_SCHEMA": "splunk"])
        #expect(settings.schema == .otel)
        #expect(
            settings.problems
                == [#"LOG_SCHEMA is "splunk", which is not a schema; otel is used. Choices: otel, ecs, gcp, datadog"#]
        )
    }

    @Test("A schema is read in any case, and an empty value counts as unset", arguments: ["ecs", "ECS", "Datadog", ""])
    func good(text: String) {
        let settings = LogSettings(["LOG_SCHEMA": text])
        #expect(settings.problems == [] && settings.schema.rawValue == (text.isEmpty ? "otel" : text.lowercased()))
    }

    @Test("A schema beside a format that has none is reported", arguments: ["console", "kestra"])
    func otherFormat(format: String) {
        let problems = LogSettings(["LOG_SCHEMA": "ecs", "LOG_FORMAT": format]).problems
        #expect(problems == ["LOG_SCHEMA has no effect, because LOG_FORMAT is \(format)"])
    }

    @Test("Without a project that can be used, lines have no resource name, and the problem names the variable")
    func project() throws {
        for environment in [["LOG_SCHEMA": "gcp"], ["LOG_SCHEMA": "gcp", "GOOGLE_CLOUD_PROJECT": "a/b\""]] {
            let settings = LogSettings(environment)
            #expect(settings.googleCloudProject == nil && settings.problems.count == 1)
            #expect(settings.problems.first?.hasPrefix("GOOGLE_CLOUD_PROJECT is ") == true)
            let lines = try written(environment) { log in
                LogContext.$current.withValue(SchemaLineTests.context) { log.info("") }
            }
            #expect(parsed(lines[0])?["logging.googleapis.com/trace"] == nil)
            let labels = parsed(lines[0])?["logging.googleapis.com/labels"]
            #expect(labels?["trace_id"] == .string("0af7651916cd43dd8448eb211c80319c"))
        }
        #expect(LogSettings(["GOOGLE_CLOUD_PROJECT": "a/b"]).problems == [])
    }

    @Test("DD_SERVICE is the service of Datadog's schema only, after the other two variables")
    func service() {
        #expect(LogSettings(["LOG_SCHEMA": "datadog", "DD_SERVICE": "d"]).serviceName == "d")
        #expect(LogSettings(["LOG_SCHEMA": "datadog", "DD_SERVICE": "d", "OTEL_SERVICE_NAME": "o"]).serviceName == "o")
        #expect(LogSettings(["DD_SERVICE": "d"]).serviceName == "unknown-service")
    }

    /// Runs in its own process, because set-up changes the whole process.
    @Test(
        "Standard output and the file get the same lines of the schema, with and without LOG_BUFFER",
        arguments: ["ecs", "gcp", "datadog"],
        ["0", "16KiB"]
    )
    func sinks(schema: String, buffer: String) async throws {
        let file = try TemporaryFile()
        let path = file.path
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [schema, buffer, path = path as String] in
            setenv("LOG_SCHEMA", schema, 1)
            setenv("LOG_BUFFER", buffer, 1)
            setenv("LOG_FILE_PATH", path, 1)
            setenv("GOOGLE_CLOUD_PROJECT", "my-project", 1)
            setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1)
            setupLogging()
            for number in 0..<100 { Log("app").info("line") { $0.number = number } }
            Log("app").error("end", error: CancellationError())
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let output = text.split(separator: "\n").filter { $0.hasPrefix("{") }
        let rules = try #require(SchemaRules.all.first { $0.name == schema })
        #expect(output.count == 101)
        for line in output {
            guard case .object(let members)? = parsed(String(line)) else { throw JSONLine.NotAnObject() }
            #expect(rules.faults(members) == [])
            #expect(line.contains("0af7651916cd43dd8448eb211c80319c"))
        }
        #expect(try #require(file.text).split(separator: "\n") == output)
    }
}
