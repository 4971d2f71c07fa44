/// The identifiers of the current work: they appear on every log line and travel in messages.
///
/// Bind a context with `withLogContext(_:_:)` or `LogContext.$current.withValue(_:operation:)`. A binding *replaces*
/// the whole context. Child tasks inherit it. Dispatch queues, threads and callbacks do not: use the bridges of this
/// module to carry it there. A context is one immutable reference, so a copy costs one retain.
///
///     withLogContext(.newTrace(taskID: "ingest")) {
///         log.info("frame received")                   // "trace_id":"…","task_id":"ingest"
///     }
public struct LogContext: Sendable {
    @usableFromInline package let storage: Storage

    package init(storage: Storage) {
        self.storage = storage
    }

    /// The context of the running code: the innermost binding, or ``process`` outside of every binding.
    @TaskLocal public static var current: LogContext = .process

    /// The runtime's key of ``current``: the address of the task-local's object, which lives as long as the process.
    // Safe to share: the address is only compared and passed on.
    nonisolated(unsafe) package static let currentKey = TaskLocalBinding.key(of: $current)

    /// The storage of ``process``. It is never released, because it lives as long as the process.
    package static let processStorage = Unmanaged.passRetained(process.storage)

    /// Makes a context of exactly these parts.
    ///
    /// When to use it: if the IDs come from a source that this package does not read. Inside a program, use
    /// ``newTrace(traceID:executionID:taskID:traceFlags:)`` and ``child(taskID:)``, which keep the other parts.
    ///
    /// `correlationID` and `executionID` are checked as in headers and variables, so that every receiver accepts them:
    /// a text that is empty, longer than 256 bytes or has control characters is left out. To find out whether a text
    /// was accepted, read the property.
    ///
    ///     let context = LogContext(correlationID: request.orderNumber, executionID: "run-7")
    ///     if context.correlationID == nil { throw BadRequest("the order number is not readable") }
    ///
    /// - Parameters:
    ///   - traceID: The trace, or nil for none.
    ///   - spanID: The current unit of work. If it is nil, a context with a trace gets a new one.
    ///   - parentSpanID: The unit of work that caused this one.
    ///   - traceFlags: The flags of the trace.
    ///   - traceState: The entries of tracing systems.
    ///   - baggage: The application's values that travel with the trace.
    ///   - correlationID: A trace identifier that is not 32 hex digits; it is ignored beside a `traceID`. 32 hex digits
    ///     or a UUID become the ``traceID``, and zeros mean none.
    ///   - executionID: The orchestrator's run.
    ///   - taskID: This task or container. It never leaves the process.
    public init(
        traceID: TraceID? = nil,
        spanID: SpanID? = nil,
        parentSpanID: SpanID? = nil,
        traceFlags: TraceFlags = .sampled,
        traceState: TraceState? = nil,
        baggage: Baggage? = nil,
        correlationID: String? = nil,
        executionID: String? = nil,
        taskID: String? = nil
    ) {
        var parts = Parts()
        parts.traceID = traceID
        if traceID == nil, let correlationID {
            switch PlainIdentifier(correlationID) {
            case .trace(let traceID): parts.traceID = traceID
            case .correlation(let text): parts.correlationID = text
            case nil: break
            }
        }
        if parts.traceID != nil {
            parts.spanID = spanID ?? .random()
            parts.parentSpanID = parentSpanID
        }
        parts.traceFlags = traceFlags
        parts.traceState = traceState
        parts.baggage = baggage
        parts.executionID = PlainIdentifier.readable(executionID)
        parts.taskID = taskID
        self.init(parts)
    }

    @inline(__always)
    package init(_ parts: consuming Parts) {
        storage = Storage(consume parts)
    }
}

extension LogContext {
    /// The trace, if it has 32 hex digits. For any other identifier, see ``correlationID``.
    public var traceID: TraceID? { storage.ids.traceID }

    /// The current unit of work. It is the parent of the units that its messages start.
    public var spanID: SpanID? { storage.ids.spanID }

    /// The unit of work that caused this one, if it is known: the sender of a record or the submitter of a job.
    public var parentSpanID: SpanID? { storage.ids.parentSpanID }

    /// The flags of the trace.
    public var traceFlags: TraceFlags { storage.ids.traceFlags }

    /// The entries that tracing systems added to the trace.
    public var traceState: TraceState? { storage.traceState }

    /// The application's values that travel with the trace.
    public var baggage: Baggage? { storage.baggage }

    /// A trace identifier that is not 32 hex digits, unchanged. It prints as `trace_id` and travels in the plain header
    /// `trace_id`. `traceparent` cannot hold it.
    public var correlationID: String? { storage.correlationID }

    /// The orchestrator's run. Reading it makes a new text, so read it once.
    public var executionID: String? { storage.execution.text }

    /// This task or container. It is never part of a message.
    public var taskID: String? { storage.taskID }

    /// Whether the context has neither a trace nor an execution, so that messages carry nothing of it.
    package var isEmpty: Bool {
        storage.ids.traceID == nil && storage.correlationID == nil && storage.execution.isEmpty
    }

    package func changed(_ change: (inout Parts) -> Void) -> LogContext {
        var parts = storage.parts
        change(&parts)
        return LogContext(consume parts)
    }
}

extension LogContext: CustomStringConvertible {
    /// The identifiers in one line.
    public var description: String {
        let trace = traceID?.description ?? correlationID ?? "N/A"
        return
            "trace \(trace), execution \(executionID ?? "N/A"), task \(taskID ?? "N/A"), span \(spanID?.description ?? "N/A")"
    }
}
