import CMALoggerShims
import Foundation
import TestSupport
import Testing

@testable import MALogger

// Swift hides `fork`, because the child of a program with several threads may do very little.
@_silgen_name("fork") private func systemFork() -> pid_t

@Suite("Lines of a forked child", .timeLimit(.minutes(10)))
struct ForkTests {
    @Test("A child can log even if other threads of its parent logged and made logs during the fork")
    func busyParent() async {
        await #expect(processExitsWith: .success) {
            // Standard output is a pipe. Its gate lets short lines pass, and a long line waits for them.
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(3) }
            let reading = ends[0]
            Thread.detachNewThread {
                var bytes = [UInt8](repeating: 0, count: 65_536)
                while read(reading, &bytes, bytes.count) > 0 {}
            }
            setupLogging()
            // Without optimization, the first use of a generic type makes it under a lock of Swift's runtime, and no
            // child can be forked at this moment. These lines use every type of the lines below.
            Log("parent").info("line")
            Log("parent").info("line") { $0.text = String(repeating: "x", count: 5000) }
            for thread in 0..<3 {
                Thread.detachNewThread {
                    var number = 0
                    while true {
                        Log("parent.\(thread).\(number % 5_000)").info("line")
                        number += 1
                    }
                }
            }
            let start = ContinuousClock.now
            var forks = 0
            while forks < 200, start.duration(to: .now) < .seconds(10) {
                let child = systemFork()
                if child == 0 {
                    endAfter(seconds: 60)
                    Log("child.\(getpid())").info("line")
                    Log("child").info("line") { $0.text = String(repeating: "x", count: 5000) }
                    Log("child").info("line")
                    _exit(0)
                }
                guard child > 0 else { exit(5) }
                var status: Int32 = 0
                waitpid(child, &status, 0)
                guard status == 0 else { exit(4) }
                forks += 1
            }
            exit(0)
        }
    }

    @Test("setupLogging makes everything that a first line needs, so that no fork meets a thread that makes it")
    func firstLine() async {
        await #expect(processExitsWith: .success) {
            guard malogc_line_slot() == nil else { exit(3) }
            setupLogging()
            exit(malogc_line_slot() != nil ? 0 : 4)
        }
    }

    @Test("A line of a child has the trace of its parent and its own span, even if the parent has logged before")
    func spanOfChild() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            setupLogging()
            Log("app").info("parent")
            let child = systemFork()
            if child == 0 {
                Log("app").info("child")
                _exit(0)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            Log("app").info("parent")
            exit(status)
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let lines = try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
        #expect(lines.map(\.message) == ["parent", "child", "parent"])
        #expect(Set(lines.map { $0.string("trace_id") }) == ["0af7651916cd43dd8448eb211c80319c"])
        let spans = lines.map { $0.string("span_id") }
        #expect(spans.first == spans.last && Set(spans).count == 2 && !spans.contains(nil))
    }

    @Test("A child can export spans even if other threads of its parent exported some during the fork")
    func exportedSpans() async {
        await #expect(processExitsWith: .success) {
            setenv("LOG_SPANS", "otlp", 1)
            setenv("LOG_SPANS_FILE_PATH", "/dev/null", 1)
            setenv("LOG_LEVEL", "critical", 1)
            setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            setupLogging()
            // The first use of each type; see above.
            monitorTask("parent") {}
            flushLogging()
            for _ in 0..<3 {
                Thread.detachNewThread {
                    while true {
                        monitorTask("parent") {}
                        flushLogging()
                    }
                }
            }
            // About one child in 200 met a lock that a thread of its parent had held.
            let start = ContinuousClock.now
            var forks = 0
            while forks < 300, start.duration(to: .now) < .seconds(10) {
                let child = systemFork()
                if child == 0 {
                    endAfter(seconds: 60)
                    monitorTask("child") {}
                    flushLogging()
                    _exit(0)
                }
                guard child > 0 else { exit(3) }
                var status: Int32 = 0
                waitpid(child, &status, 0)
                guard status == 0 else { exit(4) }
                forks += 1
            }
            exit(0)
        }
    }

    @Test(
        "The span of a child is below the span of the program's launcher, and not below one that nobody exports",
        arguments: [nil, "00f067aa0ba902b7"]
    )
    func parentOfExportedSpan(launcher: String?) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [launcher] in
            setenv("LOG_SPANS", "otlp", 1)
            setenv("LOG_LEVEL", "critical", 1)
            if let launcher {
                setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-\(launcher)-01", 1)
            } else {
                setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            }
            setupLogging()
            monitorTask("parent") {}
            let child = systemFork()
            if child == 0 {
                monitorTask("child") {}
                // The span of a child's child is shown below the same one.
                let grandchild = systemFork()
                if grandchild == 0 { monitorTask("grandchild") {} }
                var status: Int32 = 0
                if grandchild > 0 { waitpid(grandchild, &status, 0) }
                _exit(status)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            exit(status)
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let spans = text.split(separator: "\n").filter { $0.contains("resourceSpans") }
        #expect(spans.count == 3)
        for (span, name) in zip(spans, ["parent", "child", "grandchild"]) {
            #expect(span.contains("\"name\":\"\(name)\""))
            #expect(span.contains("\"traceId\":\"0af7651916cd43dd8448eb211c80319c\""))
            #expect(span.contains("parentSpanId") == (launcher != nil))
            if let launcher { #expect(span.contains("\"parentSpanId\":\"\(launcher)\"")) }
        }
    }

    /// Waits for a child, and ends this process if the child has failed.
    private static func wait(for child: pid_t) {
        var status: Int32 = 0
        waitpid(child, &status, 0)
        if status != 0 { exit(3) }
    }

    @Test("Lines that the parent lost with a removed file are reported by the parent alone")
    func removedFile() async {
        await #expect(processExitsWith: .success) {
            let path = try TemporaryFile()
            setenv("LOG_FILE_PATH", path.path, 1)
            setupLogging()
            guard let sink = installedBackend.object?.file else { exit(2) }
            let start = 1 << 40
            func write(_ second: Int) -> SinkOutcome {
                let line = Array("line\n".utf8)
                return line.withUnsafeBufferPointer { sink.write($0.baseAddress!, 5, start + second) }
            }
            for second in [1, 2, 2] {
                guard write(second) == .same else { exit(4) }
            }
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                // Its own lines count.
                guard write(2) == .same else { _exit(5) }
                unlink(path.path)
                guard write(3) == .removed(lost: 1), sink.lostLines == 1 else { _exit(6) }
                _exit(path.text == "line\n" ? 0 : 9)
            }
            Self.wait(for: child)
            guard write(3) == .removed(lost: 2), sink.lostLines == 2 else { exit(7) }
            guard path.text == "line\nline\n" else { exit(8) }
            // The file is removed before the first line of this child.
            let other = systemFork()
            if other == 0 {
                endAfter(seconds: 60)
                unlink(path.path)
                _exit(write(3) == .same && sink.lostLines == 0 && path.text == "line\n" ? 0 : 10)
            }
            Self.wait(for: other)
            exit(0)
        }
    }

    @Test("Lines that the parent lost during an outage are reported by the parent alone")
    func outage() async {
        await #expect(processExitsWith: .success) {
            let path = try TemporaryFile()
            try FileManager.default.removeItem(atPath: path.directory)
            setenv("LOG_FILE_PATH", path.path, 1)
            setupLogging()
            guard let sink = installedBackend.object?.file else { exit(2) }
            let before = sink.lostLines
            let start = 1 << 40
            func write(_ second: Int) -> SinkOutcome {
                let line = Array("line\n".utf8)
                return line.withUnsafeBufferPointer { sink.write($0.baseAddress!, 5, start + second) }
            }
            guard write(1) == .same, write(1) == .same, LostLines.now.file == before + 2 else { exit(4) }
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                guard LostLines.now.file == 0, write(1) == .same, LostLines.now.file == 1 else { _exit(5) }
                mkdir(path.directory, 0o700)
                guard write(2) == .recovered(lost: 1) else { _exit(6) }
                _exit(path.text == "line\n" ? 0 : 8)
            }
            Self.wait(for: child)
            guard write(2) == .recovered(lost: before + 2) else { exit(7) }
            exit(path.text == "line\nline\n" ? 0 : 9)
        }
    }
}
