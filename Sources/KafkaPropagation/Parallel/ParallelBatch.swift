internal import ContextLog
public import ContextPropagation

/// Records that one handler of a ``ParallelConsumer`` takes at once: at least one, those of each key in order.
///
///     try await batch.forEachInContext { record in
///         log.info("frame received")                   // the IDs of this record
///         try await detect(record)
///     }
///     log.info("batch received") { $0.frames = batch.count }   // the IDs of the batch, and links to its records
///
/// A plain `for` loop over a batch stays in the context of the batch: a loop cannot bind a context for its body. Use
/// `forEachInContext` of the module ContextPropagation for lines and messages that belong to one record.
public struct ParallelBatch: Sendable {
    /// A batch names this many records on its lines; the others are only counted.
    static let maximumLinks = 128

    let records: [KafkaRecord]

    /// The context in which the handler runs.
    ///
    /// A batch of one record has the record's context. A larger batch is a unit of work of its own: in the process's
    /// trace, or else in a new one. Its lines have the field `links`, an array of the records' contexts in the form of
    /// `traceparent`, at most 128 of them, and `linked_records`, the number of all.
    ///
    /// Specification: [OpenTelemetry, semantic conventions for messaging
    /// spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/), "Batch receiving" (links).
    public let context: LogContext

    /// Makes a batch, for a test of a handler.
    ///
    /// - Parameter records: At least one record.
    public init(_ records: [KafkaRecord]) {
        self.records = records
        if records.count == 1 {
            context = records[0].context
        } else {
            context = HeaderExtraction().receivingContext().with { fields in
                fields.links = records.prefix(Self.maximumLinks).compactMap(Self.link)
                fields.linked_records = records.count
            }
        }
    }

    private static func link(_ record: KafkaRecord) -> String? {
        let context = record.context
        guard let traceID = context.traceID, let spanID = context.spanID else { return nil }
        return TraceParent(traceID: traceID, spanID: spanID, traceFlags: context.traceFlags).description
    }
}

extension ParallelBatch: RandomAccessCollection {
    public var startIndex: Int { records.startIndex }
    public var endIndex: Int { records.endIndex }
    public subscript(index: Int) -> KafkaRecord { records[index] }
}
