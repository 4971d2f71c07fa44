import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("LOG_REDACT", .timeLimit(.minutes(10)))
struct RedactionTests {
    /// Every secret has this text.
    static let secret = "hunter2"

    struct Failure: StackTraceProviding, CustomStringConvertible {
        var description: String { "bad password \(RedactionTests.secret)" }
        var stackTrace: String? { "login(\(RedactionTests.secret))" }
    }

    struct Card: LogValue {
        let number: String
        func write(to field: borrowing LogField) {
            field.object {
                $0.card = number
                $0.bank = "north"
            }
        }
    }

    /// Logs a secret in every kind of field.
    @Sendable static func logSecrets(_ log: Log) {
        let log = log.with {
            $0.authorization = secret
            $0["x.password"] = secret
        }
        let context = LogContext(taskID: "task").with {
            $0.card = secret
            $0.tenant = "north"
        }
        LogContext.$current.withValue(context) {
            log.info("plain") {
                $0.card = secret
                $0.frame = 17
            }
            log.info("escapes \"\n") {
                $0.card = secret + "\"\n"
                $0.frame = 17
            }
            log.info("long \(String(repeating: "x", count: 3_000))") {
                $0.frame = 17
                $0.card = secret
            }
            log.error("failed", error: Failure()) {
                $0.frame = 17
                $0.user { $0.password = secret }
            }
            log.warning("kinds") {
                $0.frame = 17
                $0.payment = Card(number: secret)
                $0.cards = [Card(number: secret), Card(number: secret)]
                $0["http.request.header.Authorization"] = ["Bearer \(secret)"]
                $0.CARD = secret
                $0.byBank = ["north": Card(number: secret)]
                $0.optional = Optional(Card(number: secret))
                $0.user { $0.inner { $0.Password = secret[...] } }
                $0.login = Redacted(secret)
            }
        }
    }

    static let rules = "card,authorization,*.password,exception.message,exception.stacktrace"

    @Test(
        "No secret of any kind of field is on any line, of any format and schema, and other values stay",
        arguments: [
            [:], ["LOG_SCHEMA": "ecs"], ["LOG_SCHEMA": "gcp", "GOOGLE_CLOUD_PROJECT": "my-project"],
            ["LOG_SCHEMA": "datadog"], ["LOG_FORMAT": "console"], ["LOG_FORMAT": "kestra"],
        ]
    )
    func formats(environment: [String: String]) throws {
        let open = try written(environment, Self.logSecrets)
        #expect(open.count == 5 && open.allSatisfy { $0.contains(Self.secret) })
        let lines = try written(environment.merging(["LOG_REDACT": Self.rules]) { $1 }, Self.logSecrets)
        #expect(lines.count == 5)
        for line in lines {
            #expect(!line.contains(Self.secret), "\(line)")
            #expect(line.contains("[redacted]") && line.contains("north") && line.contains("17"), "\(line)")
        }
        if let schema = SchemaRules.all.first(where: { $0.name == environment["LOG_SCHEMA"] }) {
            for line in lines {
                guard case .object(let members)? = parsed(line) else { throw JSONLine.NotAnObject() }
                #expect(schema.faults(members) == [])
            }
        }
        if environment.isEmpty { for line in lines { _ = try JSONLine(line) } }
    }

    @Test("A redacted line differs from the open one only in the values that are redacted")
    func onlyValues() throws {
        func lines(_ environment: [String: String]) throws -> [String] {
            try written(environment) { log in
                LogContext.$current.withValue(SchemaLineTests.context) {
                    log.error("m", error: CancellationError(), line: 1) {
                        $0.a = 1.5
                        $0.card = "4111"
                        $0.b = [true]
                    }
                }
            }
        }
        let open = try lines([:])[0].replacing(/"timestamp":"[^"]*"/, with: "").replacing(/test\.\d+/, with: "test")
        let hidden = try lines(["LOG_REDACT": "card"])[0].replacing(/"timestamp":"[^"]*"/, with: "")
            .replacing(/test\.\d+/, with: "test")
        #expect(hidden == open.replacing("\"4111\"", with: "\"[redacted]\""))
    }

    @Test("The message and the IDs are no fields, so no rule covers them")
    func noFields() throws {
        let lines = try written(["LOG_REDACT": "message,task_id,level,*"]) { log in
            LogContext.$current.withValue(SchemaLineTests.context) { log.info("shown") { $0.task_id = "hidden" } }
        }
        let line = try JSONLine(lines[0])
        #expect(line.message == "shown" && line.string("task_id") == "inference-3" && line.level == "INFO")
        #expect(line.attributes?["task_id"] == .string("[redacted]"))
    }

    @Test("An entry with an empty name is reported")
    func malformed() {
        let problems = LogSettings(["LOG_REDACT": "card,.pin"]).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(#"LOG_REDACT has the entry ".pin", which has an empty name"#) == true)
        #expect(LogSettings(["LOG_REDACT": ""]).redactor == nil)
    }

    /// Runs in its own process, because set-up changes the whole process.
    @Test("No sink gets a secret, with and without LOG_BUFFER, before and after set-up", arguments: ["0", "16KiB"])
    func sinks(buffer: String) async throws {
        let file = try TemporaryFile()
        let path = file.path
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) { [buffer, path = path as String] in
            setenv("LOG_REDACT", RedactionTests.rules, 1)
            setenv("LOG_BUFFER", buffer, 1)
            setenv("LOG_FILE_PATH", path, 1)
            RedactionTests.logSecrets(Log("app"))
            setupLogging()
            RedactionTests.logSecrets(Log("app"))
            // A line about a task, and one of a task that fails.
            _ = try? monitorTask("login", log: Log("app")) {
                throw RedactionTests.Failure()
            } fields: { _, fields in
                fields.card = RedactionTests.secret
            }
        }
        let content = try #require(result)
        let output = String(decoding: content.standardOutputContent, as: UTF8.self)
        let error = String(decoding: content.standardErrorContent, as: UTF8.self)
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("{") }
        #expect(lines.count == 6)
        #expect(!output.contains(Self.secret) && !error.contains(Self.secret), "\(output)\(error)")
        #expect(error.split(separator: "\n").filter { $0.contains(" app: ") }.count == 5)
        #expect(try #require(file.text).split(separator: "\n") == lines)
    }
}
