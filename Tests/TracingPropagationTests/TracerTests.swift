#if DistributedTracing
import ContextLog
import ContextPropagation
import Dispatch
import InMemoryTracing
import PropagationTesting
import TestSupport
import Testing
import Tracing
import TracingPropagation

private let log = Log("traced")

/// A process has one tracer, so each test has a process of its own.
@Suite("Beside a tracer", .timeLimit(.minutes(10)))
struct TracerTests {
    private struct Fault: Error {}

    @Test("Lines in a span carry the tracer's trace and span, and the execution, task and fields of the code around it")
    func lines() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(tracer)
            let lines = await capturedLines {
                await withLogContext(LogContext(executionID: "run-7", taskID: "ingest").with { $0.tenant = "north" }) {
                    await withLoggedSpan("outer") { _ in
                        log.info("outer")
                        withLoggedSpan("inner") { _ in log.info("inner") }
                        await withSpan("plain") { _ in
                            await withLogContext(following: .current) {
                                await Task.yield()
                                log.info("plain")
                            }
                        }
                        log.info("after")
                    }
                    log.info("outside")
                }
            }
            for (message, name) in ["outer": "outer", "inner": "inner", "plain": "plain", "after": "outer"] {
                let line = try #require(lines.first(message: message))
                let span = try #require(tracer.span(name))
                #expect(line.traceID == span.traceID && line.spanID?.description == span.spanID)
                #expect(line.executionID == "run-7" && line.taskID == "ingest" && "\(line)".contains("north"))
            }
            #expect(lines.first(message: "outside")?.context.traceID == nil)
            #expect(tracer.span("inner")?.parentSpanID == tracer.span("outer")?.spanID)
            #expect(tracer.span("plain")?.parentSpanID == tracer.span("outer")?.spanID)
        }
    }

    @Test("In both orders of the instruments, a request carries one trace: that of the tracer's span")
    func multiplex() async {
        await #expect(processExitsWith: .success) { try TracerTests.requestAgrees(tracerFirst: true) }
        await #expect(processExitsWith: .success) { try TracerTests.requestAgrees(tracerFirst: false) }
    }

    static func requestAgrees(tracerFirst: Bool) throws {
        let tracer = W3CTracer()
        let ours = LogContextInstrument()
        InstrumentationSystem.bootstrap(MultiplexInstrument(tracerFirst ? [tracer, ours] : [ours, tracer]))
        let instrument = InstrumentationSystem.instrument
        try withLogContext(LogContext(executionID: "run-7")) {
            try withSpan("client") { span in
                let context = try #require(span.context.inMemorySpanContext)
                let sent = instrument.request()
                #expect(sent["traceparent"] == "00-\(context.traceID)-\(context.spanID)-01")
                #expect(sent["trace_id"] == context.traceID && sent["execution_id"] == "run-7")
                // The server of the request, in another process.
                let received = instrument.context(of: sent)
                withSpan("server", context: received) { _ in
                    withLogContext(following: .current) {
                        #expect(LogContext.current.executionID == "run-7")
                        #expect(LogContext.current.traceID?.description == context.traceID)
                    }
                }
                #expect(tracer.span("server")?.parentSpanID == context.spanID)
            }
        }
    }

    @Test("A span continues the trace that is bound, below the sender's span, and a new trace leaves the span's")
    func continues() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(MultiplexInstrument([tracer, LogContextInstrument()]))
            // As a process with TRACEPARENT has it.
            let process = LogContext(environment: [
                "TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            ])
            let other = LogContext.newTrace()
            withLogContext(process) {
                withLoggedSpan("first") { _ in
                    withLogContext(other) {
                        let sent = InstrumentationSystem.instrument.request()
                        #expect(sent["trace_id"] == other.traceID?.description)
                        #expect(sent["traceparent"].flatMap { TraceParent($0) }?.traceID == other.traceID)
                        withLoggedSpan("second") { _ in }
                    }
                    withLogContext(.process) { withLoggedSpan("leaves") { _ in } }
                    withLogContext(LogContext.current.child()) { withLoggedSpan("third") { _ in } }
                }
            }
            let first = try #require(tracer.span("first"))
            #expect(first.traceID == process.traceID?.description && first.parentSpanID == "b7ad6b7169203331")
            #expect(tracer.span("second")?.traceID == other.traceID?.description)
            let third = try #require(tracer.span("third"))
            #expect(third.traceID == first.traceID && third.parentSpanID == first.spanID)
            let leaves = try #require(tracer.span("leaves"))
            #expect(leaves.traceID != first.traceID && leaves.parentSpanID != first.spanID)
        }
    }

    @Test("A line in a span has the parent that the tracer has: the context's span, or a span that no line knows")
    func parents() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(MultiplexInstrument([tracer, LogContextInstrument()]))
            let trace = LogContext.newTrace()
            withLogContext(trace) {
                withLoggedSpan("outer") { _ in
                    #expect(LogContext.current.parentSpanID == trace.spanID)
                    withSpan("unnoticed") { unnoticed in
                        withLoggedSpan("inner") { _ in
                            let span = unnoticed.context.inMemorySpanContext?.spanID
                            #expect(span != nil && LogContext.current.parentSpanID?.description == span)
                        }
                    }
                }
            }
            #expect(tracer.span("outer")?.parentSpanID == trace.spanID?.description)
        }
    }

    @Test("A span behind a queue or a pool is a child of the span around it, with no instrument but the tracer")
    func bridges() async {
        await #expect(processExitsWith: .success) { try await TracerTests.bridgesAlone(inLoggedSpan: true) }
        await #expect(processExitsWith: .success) { try await TracerTests.bridgesAlone(inLoggedSpan: false) }
    }

    static func bridgesAlone(inLoggedSpan: Bool) async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(tracer)
        let queue = DispatchQueue(label: "queue").propagatingContext
        try await withWorkerPool(.init(name: "pool", workers: 1)) { pool in
            func work() async throws {
                let done = Gate()
                queue.async {
                    withSpan("queue") { _ in }
                    done.open()
                }
                await done.pass()
                try await pool.perform { withSpan("pool") { _ in } }
            }
            if inLoggedSpan {
                try await withLoggedSpan("outer") { _ in try await work() }
            } else {
                try await withSpan("outer") { _ in try await withLogContext(following: .current) { try await work() } }
            }
        }
        let outer = try #require(tracer.span("outer"))
        for name in ["queue", "pool"] {
            let span = try #require(tracer.span(name))
            #expect(span.traceID == outer.traceID && span.parentSpanID == outer.spanID, "\(name)")
        }
    }

    @Test("The error of a span's body is recorded, thrown on, and the span ends with the status of an error")
    func fails() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(tracer)
            #expect(throws: Fault.self) { try withLoggedSpan("sync") { _ in throw Fault() } }
            await #expect(throws: Fault.self) {
                try await withLoggedSpan("async") { _ in
                    await Task.yield()
                    throw Fault()
                }
            }
            for name in ["sync", "async"] {
                #expect(tracer.span(name)?.errors.first?.error is Fault)
                #expect(tracer.span(name)?.status?.code == .error)
            }
        }
    }

    @Test("In a span that the sampler drops, the trace stays on lines and in requests, and is not sampled")
    func dropped() async {
        await #expect(processExitsWith: .success) {
            let instrument = LogContextInstrument()
            InstrumentationSystem.bootstrap(MultiplexInstrument([instrument, DroppingTracer()]))
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let request = instrument.context(of: ["traceparent": "00-\(trace)-b7ad6b7169203331-01"])
            let lines = await capturedLines {
                await withLogContext(following: request) {
                    await withLoggedSpan("work") { _ in
                        await Task.yield()
                        log.info("asynchronous")
                        withLoggedSpan("inner") { _ in log.info("synchronous") }
                        let sent = InstrumentationSystem.instrument.request()["traceparent"].flatMap { TraceParent($0) }
                        #expect(sent?.traceID.description == trace && sent?.traceFlags == [])
                    }
                    #expect(LogContext.current.traceFlags == .sampled)
                }
            }
            #expect(lines.map(\.message) == ["asynchronous", "synchronous"])
            #expect(lines.allSatisfy { $0.traceID == trace && $0.context.traceFlags == [] })
        }
    }

    @Test("A trace that B3 asks every service to keep stays sampled in a span that the sampler drops")
    func debug() async {
        await #expect(processExitsWith: .success) {
            let instrument = LogContextInstrument(codecs: HeaderCodecs([.b3]))
            InstrumentationSystem.bootstrap(MultiplexInstrument([instrument, DroppingTracer()]))
            let request = instrument.context(of: ["b3": "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-d"])
            withLogContext(following: request) {
                withLoggedSpan("work") { _ in #expect(LogContext.current.isDebug) }
            }
        }
    }

    @Test("With a tracer whose headers no codec reads, lines keep the trace of the LogContext")
    func unreadable() async {
        await #expect(processExitsWith: .success) {
            let tracer = InMemoryTracer()
            InstrumentationSystem.bootstrap(MultiplexInstrument([LogContextInstrument(), tracer]))
            let trace = LogContext.newTrace()
            withLogContext(trace) {
                withLoggedSpan("work") { _ in
                    #expect(LogContext.current.traceID == trace.traceID)
                    #expect(LogContext.current.parentSpanID == trace.spanID)
                    let sent = InstrumentationSystem.instrument.request()
                    #expect(sent["trace_id"] == trace.traceID?.description && sent["in-memory-trace-id"] == "trace-1")
                }
            }
        }
    }

    @Test("Without a tracer, the body runs in a child of the context")
    func noTracer() {
        let trace = LogContext.newTrace()
        withLogContext(trace) {
            withLoggedSpan("work") { _ in
                #expect(LogContext.current.traceID == trace.traceID)
                #expect(LogContext.current.parentSpanID == trace.spanID)
            }
        }
    }
}
#endif
