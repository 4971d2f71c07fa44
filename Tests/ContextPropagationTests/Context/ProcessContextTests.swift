import ContextPropagation
import Glibc
import Testing

// Swift hides `fork`, because the child of a program with several threads may do very little.
@_silgen_name("fork") private func systemFork() -> pid_t

/// Each test reads the environment in its own process.
@Suite("The context of the process", .timeLimit(.minutes(10)))
struct ProcessContextTests {
    @Test(
        "A forked child has its own span in the same trace, whose parent is the span of the process that forked"
    )
    func fork() async {
        await #expect(processExitsWith: .success) {
            setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            let before = LogContext.process
            let span = before.spanID
            let bound = LogContext.newTrace()
            let child = systemFork()
            guard child == 0 else {
                var status: CInt = 0
                waitpid(child, &status, 0)
                guard status == 0, LogContext.process.spanID == span, LogContext.current.spanID == span else {
                    _exit(2)
                }
                _exit(0)
            }
            let process = LogContext.process
            let isRight =
                process.traceID == before.traceID && process.spanID != nil && process.spanID != span
                && process.parentSpanID == span && LogContext.current.spanID == process.spanID
                && LogContext.$current.withValue(bound) { LogContext.current.spanID == bound.spanID }
            _exit(isRight ? 0 : 1)
        }
    }

    @Test("A tracing system shows the spans of a forked child below the launcher's span, and not below the process's")
    func ancestorInChild() async {
        await #expect(processExitsWith: .success) {
            setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", 1)
            let launcher = SpanID("00f067aa0ba902b7")
            let span = LogContext.process.spanID
            guard LogContext.process.tracedAncestor == launcher, LogContext.process.parentSpanID == launcher else {
                _exit(3)
            }
            let child = systemFork()
            guard child == 0 else {
                var status: CInt = 0
                waitpid(child, &status, 0)
                _exit(status == 0 && LogContext.process.tracedAncestor == launcher ? 0 : 2)
            }
            let process = LogContext.process
            let isRight =
                process.parentSpanID == span && process.tracedAncestor == launcher
                && process.child().tracedAncestor == launcher
            _exit(isRight ? 0 : 1)
        }
    }

    @Test("A TRACING_ID that is not UTF-8 is ignored, and the problem names the variable")
    func notUTF8() async {
        await #expect(processExitsWith: .success) {
            setenv("TRACING_ID", [CChar(bitPattern: 0xFF), CChar(bitPattern: 0x41), 0], 1)
            setenv("EXECUTION_ID", [CChar(bitPattern: 0xC3), 0], 1)
            setenv("TASK_ID", "decode", 1)
            let process = LogContext.process
            guard process.correlationID == nil, process.traceID == nil, process.executionID == nil else { _exit(1) }
            guard process.taskID == "decode" else { _exit(2) }
            let problems = ["TRACING_ID", "EXECUTION_ID"].map {
                EnvironmentProblem(.variable($0), reason: "not UTF-8")
            }
            _exit(LogContext.processProblems == problems ? 0 : 3)
        }
    }
}
