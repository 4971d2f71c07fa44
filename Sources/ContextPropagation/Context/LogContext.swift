internal import CShims
import Synchronization

/// The identifiers under which work is done: what stands on each line that is logged, and what a message carries on.
///
/// A value around one immutable reference: copying it is one retain, reading the current one is one pointer. Bind one with
/// `LogContext.$current.withValue(_:operation:)` or ``withLogContext(_:_:)``; a binding *replaces* the whole context, and
/// child tasks inherit it. Dispatch, threads and callbacks do not: carry it there with the bridges of this module.
///
///     LogContext.$current.withValue(.newTrace(taskID: "ingest")) {
///         log.info("frame received")                   // "trace_id":"…","task_id":"ingest"
///     }
public struct LogContext: Sendable {
    @usableFromInline package let storage: Storage

    package init(storage: Storage) {
        self.storage = storage
    }

    /// The context of the running code: the innermost one that is bound, else ``process``. Never nil.
    @TaskLocal public static var current: LogContext = .process

    /// What a line reads: the storage of the current context, borrowed for as long as no binding ends and without a
    /// counted reference (with one context on several threads the count itself would cost a fifth of the line).
    package static var currentStorage: Unmanaged<Storage> {
        if let bound = cshims_task_local(currentKey) {
            return bound.load(as: Unmanaged<Storage>.self)
        }
        return processStorage
    }

    /// The address of the task-local's own object is the runtime's key for it. The object lives as long as the process.
    nonisolated(unsafe) private static let currentKey = UnsafeRawPointer(Unmanaged.passUnretained($current).toOpaque())

    /// Unmanaged and never released: it lives as long as the process.
    private static let processStorage = Unmanaged.passRetained(process.storage)

    /// A context of just these parts.
    ///
    /// When to use it: at the edges, where IDs come from a source of your own. Inside a program ``newTrace(traceID:executionID:taskID:flags:)``
    /// and ``child(taskID:)`` keep what must be kept.
    ///
    /// - Parameters:
    ///   - traceID: The trace; nil for none.
    ///   - spanID: The current unit of work; nil makes a new one where there is a trace.
    ///   - parentSpanID: The unit of work that caused this one.
    ///   - flags: What `traceparent` says beside the IDs.
    ///   - correlationID: A trace identifier that is not 32 hex digits. It prints as `trace_id` where there is no `traceID`.
    ///   - executionID: The orchestrator's run.
    ///   - taskID: This task or container. It never leaves the process.
    public init(
        traceID: TraceID? = nil,
        spanID: SpanID? = nil,
        parentSpanID: SpanID? = nil,
        flags: TraceFlags = .sampled,
        traceState: TraceState? = nil,
        baggage: Baggage? = nil,
        correlationID: String? = nil,
        executionID: String? = nil,
        taskID: String? = nil
    ) {
        var parts = Parts()
        parts.traceID = traceID
        parts.spanID = traceID == nil ? nil : spanID ?? .random()
        parts.parentSpanID = traceID == nil ? nil : parentSpanID
        parts.traceFlags = flags
        parts.traceState = traceState
        parts.baggage = baggage
        parts.correlationID = traceID == nil ? correlationID : nil
        parts.executionID = executionID
        parts.taskID = taskID
        self.init(parts)
    }

    package init(_ parts: consuming Parts) {
        storage = Storage(parts)
    }

    /// What a context is made of, to be changed on the way from one to the next.
    package struct Parts: Sendable {
        package var traceID: TraceID?
        package var spanID: SpanID?
        package var parentSpanID: SpanID?
        package var traceFlags: TraceFlags = .sampled
        package var samplingDetail: SamplingDetail = .none
        package var traceState: TraceState?
        package var baggage: Baggage?
        package var correlationID: String?
        package var executionID: String?
        package var taskID: String?
        package var fields: RenderedFields?

        package init() {}
    }

    @usableFromInline
    package final class Storage: Sendable {
        package let parts: Parts
        /// What a format rendered for this context: the address of a `Fragment`, 0 until a line needed it.
        private let fragmentAddress = Atomic<UInt>(0)

        package init(_ parts: consuming Parts) {
            self.parts = parts
        }

        deinit {
            if let fragment = UnsafeMutablePointer<Fragment>(bitPattern: fragmentAddress.load(ordering: .acquiring)) {
                fragment.deinitialize(count: 1)
                fragment.deallocate()
            }
        }

        /// The identifiers as a line shows them, rendered with the first line and freed with the context.
        package var fragment: UnsafeMutablePointer<Fragment> {
            if let fragment = UnsafeMutablePointer<Fragment>(bitPattern: fragmentAddress.load(ordering: .acquiring)) {
                return fragment
            }
            return render()
        }

        @inline(never)
        private func render() -> UnsafeMutablePointer<Fragment> {
            let fragment = UnsafeMutablePointer<Fragment>.allocate(capacity: 1)
            fragment.initialize(to: Fragment(parts))
            let (won, first) = fragmentAddress.compareExchange(
                expected: 0,
                desired: UInt(bitPattern: fragment),
                ordering: .acquiringAndReleasing
            )
            if won { return fragment }
            fragment.deinitialize(count: 1)
            fragment.deallocate()
            guard let other = UnsafeMutablePointer<Fragment>(bitPattern: first) else { return render() }
            return other
        }
    }

    /// `,"trace_id":"…","execution_id":"…","task_id":"…"` and, where there is a span, `,"span_id":"…","trace_flags":"…"`.
    @usableFromInline
    package struct Fragment: ~Copyable {
        @usableFromInline package var bytes: ByteWriter

        fileprivate init(_ parts: Parts) {
            bytes = ByteWriter(capacity: 192)
            bytes.append(",\"trace_id\":\"")
            if let traceID = parts.traceID {
                let target = bytes.place(32)
                Hex.write(traceID.high, to: target)
                Hex.write(traceID.low, to: target + 16)
                bytes.count += 32
            } else {
                bytes.append(escaping: parts.correlationID ?? "N/A")
            }
            bytes.append("\",\"execution_id\":\"")
            bytes.append(escaping: parts.executionID ?? "N/A")
            bytes.append("\",\"task_id\":\"")
            bytes.append(escaping: parts.taskID ?? "N/A")
            if let spanID = parts.spanID {
                bytes.append("\",\"span_id\":\"")
                Hex.write(spanID.bits, to: bytes.place(16))
                bytes.count += 16
                bytes.append("\",\"trace_flags\":\"")
                bytes.append(Hex.digit(UInt64(parts.traceFlags.rawValue >> 4)))
                bytes.append(Hex.digit(UInt64(parts.traceFlags.rawValue)))
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }
}

extension LogContext {
    /// The trace, where it is one of 32 hex digits; see ``correlationID`` for any other.
    public var traceID: TraceID? { storage.parts.traceID }

    /// The current unit of work. What is sent from here carries it as the parent.
    public var spanID: SpanID? { storage.parts.spanID }

    /// The unit of work that caused this one, where it is known: the sender of a record, the submitter of a job.
    public var parentSpanID: SpanID? { storage.parts.parentSpanID }

    /// The flags of the trace.
    public var traceFlags: TraceFlags { storage.parts.traceFlags }

    /// What tracing systems added to the trace.
    public var traceState: TraceState? { storage.parts.traceState }

    /// The application's values that travel with the trace.
    public var baggage: Baggage? { storage.parts.baggage }

    /// A trace identifier that is not 32 hex digits, kept as it came. It prints as `trace_id` and travels as the plain
    /// `trace_id` header; `traceparent` cannot hold it.
    public var correlationID: String? { storage.parts.correlationID }

    /// The orchestrator's run.
    public var executionID: String? { storage.parts.executionID }

    /// This task or container; never part of a message.
    public var taskID: String? { storage.parts.taskID }

    /// Whether there is nothing to put into a message: neither trace nor execution.
    package var isEmpty: Bool { traceID == nil && correlationID == nil && executionID == nil }

    package func changed(_ change: (inout Parts) -> Void) -> LogContext {
        var parts = storage.parts
        change(&parts)
        return LogContext(parts)
    }
}

extension LogContext: CustomStringConvertible {
    /// The identifiers in one line, for people.
    public var description: String {
        let trace = traceID?.description ?? correlationID ?? "N/A"
        return
            "trace \(trace), execution \(executionID ?? "N/A"), task \(taskID ?? "N/A"), span \(spanID?.description ?? "N/A")"
    }
}
