import ContextLog
import ContextPropagation
import Dispatch
import PropagationTesting
import Testing

@Suite("Captured lines", .timeLimit(.minutes(10)))
struct CaptureTests {
    private let log = Log("captured")

    @Test("A capture takes only the lines of its scope, as values, including lines whose level is off")
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

    @Test("Captures that run in parallel each get their own lines")
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

    @Test("A capture follows the context over the bridges")
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

    @Test("A line of a named trace is captured on any thread, and a test can await it")
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

    @Test("The condition of a wait may read the capture and log, and an earlier line counts")
    func predicates() async {
        await withLineCapture { capture in
            log.info("first")
            #expect(await capture.line { $0.message == "first" } != nil)
            Task {
                log.info("second")
                log.info("third")
            }
            let line = await capture.line { line in
                log.debug("looked")
                return line.message == "third" && capture.lines.count == 3
            }
            #expect(line?.message == "third")
            #expect(capture.lines.withMessage("looked").isEmpty)
        }
    }

    @Test(
        "Each of several nested captures gets the lines from its level on, even after the inner one has ended"
    )
    func nested() async {
        let (queue, later) = (DispatchQueue(label: "nested"), DispatchSemaphore(value: 0))
        var inner = LoggedLines([])
        let outer = await withLineCapture { capture in
            inner = capturedLines(from: .error) {
                log.info("info")
                log.error("error")
                queue.propagatingContext.async {
                    later.wait()
                    log.info("late")
                }
            }
            later.signal()
            #expect(await capture.line { $0.message == "late" } != nil)
            return capture.lines
        }
        #expect(inner.messages == ["error"])
        #expect(outer.messages == ["info", "error", "late"])
    }

    @Test("A line that is captured by its trace also goes to the captures around that one")
    func nestedByTrace() async {
        let context = LogContext.newTrace()
        let outer = await withLineCapture { outer in
            await withLineCapture(ofTrace: context.traceID) { inner in
                DispatchQueue(label: "elsewhere").async {
                    LogContext.$current.withValue(context) { log.info("elsewhere") }
                }
                // The inner capture gets the line first.
                #expect(await inner.line { $0.message == "elsewhere" } != nil)
                #expect(await outer.line { $0.message == "elsewhere" } != nil)
            }
            return outer.lines
        }
        #expect(outer.messages == ["elsewhere"])
    }

    @Test("A line after the end of a capture is not in it")
    func ended() async {
        let later = DispatchSemaphore(value: 0)
        let done = DispatchGroup()
        let queue = DispatchQueue(label: "ended")
        let capture = withLineCapture { capture in
            queue.propagatingContext.async(group: done) {
                later.wait()
                log.trace("after the end")
            }
            return capture
        }
        later.signal()
        await withCheckedContinuation { continuation in done.notify(queue: queue) { continuation.resume() } }
        #expect(capture.lines.isEmpty)
        #expect(await capture.line { _ in true } == nil)
    }

    @Test("A wait for a line ends when its task is cancelled")
    func cancelledWait() async {
        let line = await withLineCapture { capture in
            let waiting = Task { await capture.line { _ in false } }
            waiting.cancel()
            return await waiting.value
        }
        #expect(line == nil)
    }
}
