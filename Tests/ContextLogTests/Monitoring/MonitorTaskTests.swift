import ContextLog
import ContextPropagation
import PropagationTesting
import Testing

@Suite("Monitored tasks", .timeLimit(.minutes(10)))
struct MonitorTaskTests {
    private struct Failure: Error, Equatable {}
    private let log = Log("monitored")

    @Test("A task that returns gives its value back and logs one line of success")
    func success() {
        let lines = capturedLines {
            let value = monitorTask("inference", log: log) {
                42
            } fields: { value, fields in
                fields.detections = value
            }
            #expect(value == 42)
        }
        #expect(lines.messages == ["Task inference success"])
        #expect(lines.first?.level == .info)
        #expect(lines.first?.label == "monitored")
        #expect(lines.first?["detections"] == .integer(42))
        guard case .double(let seconds)? = lines.first?["duration"] else {
            Issue.record("the duration is no number: \(lines)")
            return
        }
        #expect(seconds >= 0)
    }

    @Test("Fields do not replace the duration and the number of suppressed lines")
    func reservedFields() {
        let suppressing = LogSampling.every(2)
        let lines = capturedLines {
            for _ in 0..<3 {
                monitorTask("inference", log: log, sampling: suppressing) {
                } fields: { _, fields in
                    fields.duration = "a day"
                    fields.suppressed = "none"
                    fields.detections = 3
                }
            }
        }
        #expect(lines.count == 2)
        for line in lines {
            guard case .double? = line["duration"] else {
                Issue.record("the duration is no number: \(line)")
                return
            }
            #expect(line["detections"] == .integer(3))
        }
        #expect(lines.last?["suppressed"] == .integer(1))
    }

    @Test("The line of success has the requested level")
    func level() {
        let lines = capturedLines { monitorTask("inference", log: log, level: .debug) {} }
        #expect(lines.first?.level == .debug)
    }

    @Test("A task that throws passes its typed error on and logs it as an error")
    func failure() {
        let lines = capturedLines {
            do throws(Failure) {
                try monitorTask("inference", log: log, sampling: .never) { () throws(Failure) in throw Failure() }
                Issue.record("nothing was thrown")
            } catch {
                #expect(error == Failure())
            }
        }
        #expect(lines.messages == ["Task inference failed"])
        #expect(lines.first?.level == .error)
        #expect(lines.first?.error is Failure)
        #expect(lines.first?["duration"] != nil)
    }

    @Test("A cancelled task logs a notice without an error")
    func cancellation() async {
        let lines = await capturedLines {
            await #expect(throws: CancellationError.self) {
                try await monitorTask("wait", log: log) { () async throws in throw CancellationError() }
            }
        }
        #expect(lines.messages == ["Task wait cancelled"])
        #expect(lines.first?.level == .notice)
        #expect(lines.first?.error == nil)
    }

    @Test("The body runs in a child span of the caller's, and the line has its IDs")
    func span() async {
        let caller = LogContext.newTrace(taskID: "caller")
        let lines = await capturedLines {
            await LogContext.$current.withValue(caller) {
                await monitorTask("inference", log: log, taskID: "inference-3") { () async in log.info("inside") }
                #expect(LogContext.current.spanID == caller.spanID)
            }
        }
        #expect(lines.count == 2)
        for line in lines {
            #expect(line.context.traceID == caller.traceID)
            #expect(line.context.parentSpanID == caller.spanID)
            #expect(line.taskID == "inference-3")
        }
        #expect(Set(lines.compactMap(\.spanID)).count == 1)
        #expect(lines.first?.spanID != caller.spanID)
    }

    @Test("Without a name and a log, the task has the function's name and the module's log")
    func defaults() {
        let lines = capturedLines { monitorTask {} }
        #expect(lines.messages == ["Task defaults() success"])
        #expect(lines.first?.label == "ContextLogTests")
    }
}
