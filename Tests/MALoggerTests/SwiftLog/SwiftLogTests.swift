#if SwiftLog
import Dispatch
import Foundation
import Logging
import MALogger
import PropagationTesting
import Synchronization
import TestSupport
import Testing

/// A library that uses only swift-log.
private struct SomeLibrary {
    private let logger: Logger

    init(_ label: String) {
        logger = Logger(label: label)
    }

    func work(_ number: Int) {
        logger.info("worked", metadata: ["number": .stringConvertible(number)])
    }
}

/// A wrapper that calls its base as before swift-log 1.13.
private struct OldWrapper: LogHandler {
    var base: any LogHandler

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    // Deprecated, as the call is, so that the compiler does not warn.
    @available(*, deprecated)
    func log(event: LogEvent) {
        base.log(
            level: event.level,
            message: event.message,
            metadata: event.metadata,
            source: event.source,
            file: event.file,
            function: event.function,
            line: event.line
        )
    }
}

/// Each test that bootstraps runs in its own process, because swift-log can be bootstrapped only once.
@Suite("swift-log", .timeLimit(.minutes(10)))
struct SwiftLogTests {
    private struct Failure: Error {}

    private func lines(_ result: ExitTest.Result?) throws -> [JSONLine] {
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        return try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
    }

    @Test("If swift-log is bootstrapped already, a line says so before swift-log ends the process")
    func secondBootstrap() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardOutputContent]) {
            LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
            setupLogging()
            exit(0)
        }
        let lines = try lines(result)
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line.string("level") == "CRITICAL")
        let message = line.string("message") ?? ""
        #expect(message.contains("SwiftLogNoOpLogHandler") && message.contains("bootstrapsSwiftLog: false"))
    }

    @Test("If an earlier bootstrap calls setupLogging(), a line says so before swift-log ends the process")
    func bootstrapThatSetsUp() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardOutputContent]) {
            LoggingSystem.bootstrap {
                setupLogging()
                return SwiftLogHandler(label: $0)
            }
            Logger(label: "first").info("never written")
            exit(0)
        }
        let lines = try lines(result)
        #expect(lines.map(\.level) == ["CRITICAL"])
        #expect(lines.first?.string("message")?.contains("whose bootstrap calls setupLogging()") == true)
    }

    @Test("A library that uses only Logger writes ma-logger's lines, with the IDs of the calling code")
    func library() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setupLogging()
            let library = SomeLibrary("some.library")
            let queue = DispatchQueue(label: "queue").propagatingContext
            let done = DispatchSemaphore(value: 0)
            for number in 0..<10 {
                LogContext.$current.withValue(LogContext(executionID: "run-\(number)", taskID: "task-\(number)")) {
                    library.work(number)
                    queue.async {
                        library.work(number)
                        done.signal()
                    }
                }
            }
            for _ in 0..<10 { done.wait() }
        }
        let lines = try lines(result)
        #expect(lines.count == 20)
        for line in lines {
            guard case .integer(let number)? = line.attributes?["number"] else {
                Issue.record("the number is no number: \(line)")
                continue
            }
            #expect(line.string("log.logger") == "some.library")
            #expect(line.string("execution_id") == "run-\(number)")
            #expect(line.string("task_id") == "task-\(number)")
        }
    }

    @Test(
        "Metadata of any size is in the order of its keys, and keeps its types and its nesting",
        arguments: [1, 3, 24, 25, 90]
    )
    func order(count: Int) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [count] in
            setupLogging()
            let logger = Logger(label: "order")
            for round in 0..<20 {
                var metadata: Logger.Metadata = [:]
                for number in 0..<count {
                    metadata["key\((number * 37 + round) % count)"] =
                        number.isMultiple(of: 3)
                        ? .stringConvertible(number)
                        : number.isMultiple(of: 2) ? .string("text") : ["b": .stringConvertible(0.5), "a": "first"]
                }
                logger.info("line", metadata: metadata)
            }
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let written = text.split(separator: "\n").filter { $0.hasPrefix("{") }
        #expect(written.count == 20)
        for line in written {
            let keys = line.matches(of: /"(key\d+)":/).map { String($0.output.1) }
            #expect(keys == (0..<count).map { "key\($0)" }.sorted())
            let nested = line.matches(of: /\{"a":"first","b":0.5\}/).count
            #expect(nested == (0..<count).count { !$0.isMultiple(of: 3) && !$0.isMultiple(of: 2) })
        }
    }

    @Test(
        "Types, nesting and errors are kept, and metadata of the event overrides the provider's, which overrides the logger's"
    )
    func metadata() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setupLogging(bootstrapsSwiftLog: false)
            let provider = Logger.MetadataProvider { ["who": "provider", "where": "provider"] }
            LoggingSystem.bootstrap(
                { SwiftLogHandler(label: $0, metadataProvider: $1) },
                metadataProvider: provider
            )
            var logger = Logger(label: "metadata")
            logger[metadataKey: "who"] = "logger"
            logger[metadataKey: "where"] = "logger"
            logger[metadataKey: "logger"] = "logger"
            logger.warning(
                "typed",
                error: Failure(),
                metadata: [
                    "who": "event", "flag": .stringConvertible(true), "ratio": .stringConvertible(0.25),
                    "list": [.stringConvertible(1), "two"], "object": ["inner": .stringConvertible(3)],
                ]
            )
        }
        let line = try #require(try lines(result).first)
        #expect(line.level == "WARNING")
        #expect(line.string("exception.type")?.contains("Failure") == true)
        let attributes = try #require(line.attributes)
        #expect(attributes["who"] == .string("event"))
        #expect(attributes["where"] == .string("provider"))
        #expect(attributes["logger"] == .string("logger"))
        #expect(attributes["flag"] == .bool(true))
        #expect(attributes["ratio"] == .double(0.25))
        #expect(attributes["list"] == .array([.integer(1), .string("two")]))
        #expect(attributes["object"]?["inner"] == .integer(3))
    }

    private enum Sensitivity: Int64, Logger.MetadataValueAttributes.Attribute {
        case sensitive = 1
        case open = 2
    }

    @Test("LOG_REDACT and a condition on attributes hide the metadata of events, loggers and providers, in each schema")
    func redaction() async throws {
        for schema in ["otel", "ecs", "gcp", "datadog"] {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                [schema = schema as String] in
                setenv("LOG_REDACT", "card,*.password", 1)
                setenv("LOG_SCHEMA", schema, 1)
                setenv("GOOGLE_CLOUD_PROJECT", "my-project", 1)
                setupLogging(bootstrapsSwiftLog: false)
                SwiftLogHandler.redact { $0[Sensitivity.self] == .sensitive }
                let provider = Logger.MetadataProvider { ["provided": ["card": "hunter2"], "region": "north"] }
                LoggingSystem.bootstrap(
                    { SwiftLogHandler(label: $0, metadataProvider: $1) },
                    metadataProvider: provider
                )
                var logger = Logger(label: "metadata")
                logger[metadataKey: "Card"] = "hunter2"
                logger.error(
                    "shown",
                    error: Failure(),
                    metadata: [
                        "users": [["password": "hunter2"], ["password": .stringConvertible(17_171_717)]],
                        "secret": .attributed("hunter2", attributes: [Sensitivity.sensitive]),
                        "open": .attributed("seen", attributes: [Sensitivity.open]),
                        "typed": .stringConvertible(Redacted("hunter2")), "text": "\(Redacted("hunter2"))",
                    ]
                )
            }
            let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("{") })
            #expect(!line.contains("hunter2") && !line.contains("17171717"), "\(line)")
            #expect(line.contains("north") && line.contains("seen") && line.contains("shown"))
            #expect(line.components(separatedBy: "[redacted]").count == 8, "\(line)")
        }
    }

    @Test("Metadata with 8,000 levels or 50,000 keys does not crash the process")
    func hugeMetadata() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setupLogging()
            var array = Logger.MetadataValue.string("innermost")
            var dictionary = array
            for _ in 0..<8_000 {
                array = .array([array])
                dictionary = .dictionary(["next": dictionary])
            }
            let many = Dictionary(
                uniqueKeysWithValues: (0..<50_000).map { ("key \($0)", Logger.MetadataValue.stringConvertible($0)) }
            )
            let logger = Logger(label: "huge")
            logger.info("deep", metadata: ["array": array, "dictionary": dictionary])
            logger.info("wide", metadata: ["many": .dictionary(many)].merging(many) { own, _ in own })
            exit(0)
        }
        let lines = try lines(result)
        #expect(lines.compactMap(\.message) == ["deep", "wide"])
        #expect(lines.first?.attributes?["dropped_values"] == .integer(2))
        let wide = try #require(lines.last?.attributes)
        for number in [0, 1, 49_999] {
            #expect(wide["key \(number)"] == .integer(number))
            #expect(wide["many"]?["key \(number)"] == .integer(number))
        }
    }

    @Test(
        "The bridges also carry swift-log's current logger, and the next job does not have it",
        arguments: [true, false]
    )
    func currentLogger(bootstraps: Bool) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [bootstraps = bootstraps as Bool] in
            setupLogging(bootstrapsSwiftLog: bootstraps)
            if !bootstraps { LoggingSystem.bootstrap { SwiftLogHandler(label: $0) } }
            let queue = DispatchQueue(label: "queue")
            let done = DispatchSemaphore(value: 0)
            var logger = Logger(label: "bound")
            logger[metadataKey: "tenant"] = "north"
            withLogger(logger) { _ in
                queue.propagatingContext.async { Logger.current.info("carried") }
            }
            queue.async {
                Logger.current.info("clean")
                done.signal()
            }
            done.wait()
        }
        let lines = try lines(result)
        #expect(lines.compactMap(\.message) == ["carried", "clean"])
        #expect(lines.first?.string("log.logger") == "bound")
        #expect(lines.first?.attributes?["tenant"] == .string("north"))
        #expect(lines.last?.attributes == nil)
    }

    @Test("LOG_LEVELS sets the level of loggers, until one gets its own level")
    func levels() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_LEVELS", "quiet=error,loud=debug", 1)
            setupLogging()
            Logger(label: "quiet.one").warning("off")
            Logger(label: "loud.one").debug("on")
            var own = Logger(label: "quiet.two")
            own.logLevel = .trace
            own.trace("on by itself")
        }
        #expect(try lines(result).compactMap(\.message) == ["on", "on by itself"])
    }

    @Test("Other backends get the IDs from ma-logger's provider, or from its handler if they ignore providers")
    func otherBackends() {
        let context = LogContext(executionID: "run", taskID: "task")
        let captured = Captured()
        LogContext.$current.withValue(context) {
            #expect(Logger.MetadataProvider.logContext.get() == ["execution_id": "run", "task_id": "task"])
            var logger = Logger(label: "other") { _ in LogContextHandler(CapturingHandler(captured: captured)) }
            logger[metadataKey: "own"] = "1"
            logger.info("line", metadata: ["task_id": "mine"])
        }
        #expect(captured.metadata == ["execution_id": "run", "task_id": "mine"])
    }

    @Test("A wrapper that forwards swift-log's older call gets its lines written", arguments: ["own", "other"])
    func oldWrapper(backend: String) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [backend = backend as String] in
            setupLogging(bootstrapsSwiftLog: false)
            LoggingSystem.bootstrap { label in
                let own = SwiftLogHandler(label: label)
                return OldWrapper(base: backend == "own" ? own : LogContextHandler(own))
            }
            Logger(label: "wrapped").info("forwarded", metadata: ["number": .stringConvertible(3)])
        }
        let lines = try lines(result)
        #expect(lines.compactMap(\.message) == ["forwarded"])
        #expect(lines.first?.string("log.logger") == "wrapped")
        #expect(lines.first?.attributes?["number"] == .integer(3))
    }

    @Test("Of threads that set up logging at once, each returns when swift-log writes ma-logger's lines")
    func setUpAtOnce() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            // Each wrong name becomes a line of the first call.
            setenv("OTEL_PROPAGATORS", (0..<500).map { "wrong-\($0)" }.joined(separator: ","), 1)
            let start = Gate()
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        await start.pass()
                        await onNewThread {
                            setupLogging()
                            Logger(label: "thread").info("set up")
                        }
                    }
                }
                await start.arrivals(8)
                start.open()
            }
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let lines = try lines(result)
        #expect(lines.count == text.split(separator: "\n").count)
        #expect(lines.count { $0.message == "set up" } == 8 && lines.count { $0.level == "WARNING" } == 500)
    }

    @Test("A capture gets the lines of a Logger whose level is off, and no other line is logged for it")
    func captured() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setupLogging()
            let logger = Logger(label: "library")
            var quiet = logger
            quiet.logLevel = .error
            let lines = capturedLines(from: .debug) {
                logger.trace("below the capture")
                logger.debug("off")
                quiet.info("off by its own level")
                logger.info("on")
            }
            #expect(lines.map(\.message) == ["off", "off by its own level", "on"])
            let errors = capturedLines(from: .critical) {
                quiet.info("neither captured nor written")
                quiet.error("written")
                quiet.critical("captured")
            }
            #expect(errors.map(\.message) == ["captured"])
            logger.debug("off again")
            #expect(logger.logLevel == .info && quiet.logLevel == .error)
        }
        #expect(try lines(result).compactMap(\.message) == ["written"])
    }

    private final class Captured: Sendable {
        private let last = Mutex<Logger.Metadata>([:])
        var metadata: Logger.Metadata {
            get { last.withLock { $0 } }
            set { last.withLock { $0 = newValue } }
        }
    }

    private struct CapturingHandler: LogHandler {
        let captured: Captured
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { captured.metadata = event.metadata ?? [:] }
    }
}
#endif
