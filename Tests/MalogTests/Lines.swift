import Foundation
import TestSupport
import Testing

@testable import MalogCore

/// Lines as ma-logger writes them in each schema.
enum Lines {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    static func otel(
        time: String = "2026-11-26T11:10:43.623865Z",
        level: String = "INFO",
        message: String = "frame captured",
        service: String = "video-worker",
        logger: String = "pipeline.camera",
        trace: String = trace,
        execution: String = "4LRT2TBc",
        task: String = "camera-1",
        span: String? = span,
        more: String = #","attributes":{"frame":17,"camera":"north-gate"}"#
    ) -> String {
        #"{"timestamp":"\#(time)","level":"\#(level)","message":"\#(message)","service.name":"\#(service)","#
            + #""log.logger":"\#(logger)","log.origin.file.line":42,"trace_id":"\#(trace)","#
            + #""execution_id":"\#(execution)","task_id":"\#(task)""#
            + (span.map { #","span_id":"\#($0)","trace_flags":"01""# } ?? "") + more + "}"
    }

    static let elastic =
        #"{"@timestamp":"2026-11-26T11:10:43.623865Z","log.level":"INFO","message":"frame captured","#
        + #""ecs.version":"8.11.0","service.name":"video-worker","event.dataset":"video-worker","#
        + #""log.logger":"pipeline.camera","log.origin.file.name":"a/B.swift","log.origin.file.line":42,"#
        + #""log.origin.function":"f()","trace.id":"\#(trace)","span.id":"\#(span)","#
        + #""labels":{"execution_id":"4LRT2TBc","task_id":"camera-1","trace_flags":"01"},"attributes":{"frame":17}}"#

    static let google =
        #"{"time":"2026-11-26T11:10:43.623865Z","severity":"INFO","message":"frame captured","#
        + #""serviceContext":{"service":"video-worker"},"log.logger":"pipeline.camera","#
        + #""logging.googleapis.com/sourceLocation":{"file":"a/B.swift","line":"42","function":"f()"},"#
        + #""logging.googleapis.com/spanId":"\#(span)","logging.googleapis.com/trace_sampled":true,"#
        + #""logging.googleapis.com/labels":{"trace_id":"\#(trace)","execution_id":"4LRT2TBc","task_id":"camera-1"},"#
        + #""attributes":{"frame":17}}"#

    static let datadog =
        #"{"timestamp":"2026-11-26T11:10:43.623865Z","status":"info","message":"frame captured","#
        + #""service":"video-worker","dd.service":"video-worker","logger.name":"pipeline.camera","#
        + #""logger.method_name":"f()","log.origin.file.name":"a/B.swift","log.origin.file.line":42,"#
        + #""dd.trace_id":"\#(trace)","dd.span_id":"13235353014750950193","execution_id":"4LRT2TBc","#
        + #""task_id":"camera-1","trace_flags":"01","attributes":{"frame":17}}"#

    static func spans(
        trace: String = trace,
        span: String = span,
        parent: String? = nil,
        name: String = "inference",
        kind: Int = 1,
        start: Int64 = 1_795_691_443_623_865_000,
        end: Int64 = 1_795_691_443_633_865_000,
        service: String = "video-worker",
        attributes: String = "",
        status: String = ""
    ) -> String {
        #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}}]},"#
            + #""scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":"\#(trace)","spanId":"\#(span)","flags":1"#
            + (parent.map { #","parentSpanId":"\#($0)""# } ?? "")
            + #","name":"\#(name)","kind":\#(kind),"startTimeUnixNano":"\#(start)","endTimeUnixNano":"\#(end)","#
            + #""attributes":[\#(attributes)]\#(status)}]}]}]}"#
    }

    static var allSchemas: [(schema: LineSchema, line: String)] {
        [(.otel, otel()), (.ecs, elastic), (.gcp, google), (.datadog, datadog), (.spans, spans())]
    }
}

/// Memory that ends at a page that cannot be read: a reader that goes further than it may ends the process.
final class GuardedMemory {
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private let page = Int(sysconf(Int32(_SC_PAGESIZE)))

    init(capacity: Int) {
        size = (capacity + LineReader.padding + 1 + page - 1) / page * page
        base = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(base != MAP_FAILED)
        mprotect(base + size, page, PROT_NONE)
    }

    deinit { munmap(base, size + page) }

    /// Copies the line, with a line feed and the padding, to the end of the memory.
    func place(_ line: [UInt8]) -> UnsafePointer<UInt8> {
        let start = base + (size - LineReader.padding - line.count - 1)
        line.withUnsafeBytes { if let bytes = $0.baseAddress { start.copyMemory(from: bytes, byteCount: $0.count) } }
        memset(start + line.count, 0x0A, 1)
        memset(start + line.count + 1, 0x22, LineReader.padding)
        return UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
    }
}

/// Writes lines to a new file.
///
/// - Parameter end: The text after the last line.
func write(_ lines: [String], end: String = "\n") throws -> TemporaryFile {
    let file = try TemporaryFile()
    try Data((lines.joined(separator: "\n") + end).utf8).write(to: URL(fileURLWithPath: file.path))
    return file
}

/// Runs the program.
struct Run {
    let status: Int32
    let output: String
    let errors: String

    init(_ arguments: String...) {
        self.init(arguments)
    }

    /// Runs the program with a pipe, whose name follows the arguments.
    init(_ arguments: String..., pipe text: String) throws {
        let file = try TemporaryFile("pipe")
        try #require(mkfifo(file.path, 0o600) == 0)
        let path = file.path
        Thread.detachNewThread {
            // A child process of another test must not keep the pipe open.
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            var text = text
            text.withUTF8 { _ = System.write(UnsafeRawBufferPointer($0), to: descriptor) }
            close(descriptor)
        }
        self.init(arguments + [path])
        withExtendedLifetime(file) {}
    }

    init(_ arguments: [String]) {
        var output = Output(descriptor: nil)
        var errors = ""
        status = Malog.run(arguments, &output, isTerminal: false) { errors += $0 }
        self.output = output.text
        self.errors = errors
    }
}
