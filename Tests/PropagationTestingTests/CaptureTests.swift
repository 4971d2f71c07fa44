import ContextLog
import ContextPropagation
import Dispatch
import PropagationTesting
import Testing

@Suite("Captured lines")
struct CaptureTests {
    private let log = Log("captured")

    @Test("A capture takes the lines of its scope alone, also those whose level is off, as values")
    func scope() {
        log.trace("before")
        let lines = capturedLines {
            log.trace("inside") { $0.frame = 17 }
        }
        log.trace("after")
        #expect(lines.messages == ["inside"])
        #expect(lines.first?["frame"] == .integer(17))
        #expect(lines.first?.function == "scope()")
    }

    @Test("Captures that run side by side each get their own lines")
    func sideBySide() async {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let lines = await capturedLines {
                        for _ in 0..<20 {
                            log.info("line of \(number)")
                            await Task.yield()
                        }
                    }
                    return lines.count == 20 && lines.messages.allSatisfy { $0 == "line of \(number)" }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("A capture goes wherever the bridges carry the context")
    func bridges() async {
        let queue = DispatchQueue(label: "capture").propagatingContext
        let context = LogContext.newTrace(taskID: "capture")
        let lines = await capturedLines {
            await LogContext.$current.withValue(context) {
                await withCheckedContinuation { continuation in
                    queue.async {
                        log.info("on the queue")
                        continuation.resume()
                    }
                }
            }
        }
        #expect(lines.inTrace(of: context).messages == ["on the queue"])
        #expect(lines.ofTask("capture").count == 1)
        #expect(lines.withoutContext.isEmpty)
    }

    @Test("A line of a trace that is named is captured on any thread, and can be awaited")
    func traceOnAnyThread() async throws {
        let context = LogContext.newTrace()
        let line = await withLineCapture(ofTrace: context.traceID) { capture in
            DispatchQueue(label: "elsewhere").async {
                LogContext.$current.withValue(context.child()) { log.info("elsewhere") }
            }
            return await capture.line { $0.message == "elsewhere" }
        }
        #expect(try #require(line).traceID == context.traceID?.description)
    }

    @Test("What a capture waits for ends with the task that waits")
    func cancelledWait() async {
        let line = await withLineCapture { capture in
            let waiting = Task { await capture.line { _ in false } }
            waiting.cancel()
            return await waiting.value
        }
        #expect(line == nil)
    }
}
