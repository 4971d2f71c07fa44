internal import ContextLog
internal import ContextPropagation

/// The spans of messages, if the process exports spans.
///
/// All names of attributes are here. Specification: [OpenTelemetry, semantic conventions for messaging
/// spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/), and [for
/// Kafka](https://opentelemetry.io/docs/specs/semconv/messaging/kafka/), version 1.37.
enum MessagingSpan {
    // MARK: Sending

    /// The context that a message carries: if its span is exported, sending is a unit of work of its own.
    @inline(__always)
    static func sendingContext(_ context: LogContext) -> LogContext {
        SpanExport.includes(context) ? context.child() : context
    }

    /// Exports the span of a message that was acknowledged or has failed.
    ///
    /// - Parameters:
    ///   - context: The context of ``sendingContext(_:)``.
    ///   - start: When the message was handed over, as ``ContextPropagation/MonotonicTime`` told it.
    static func sent(
        in context: LogContext,
        since start: UInt64,
        topic: String,
        partition: KafkaPartition?,
        offset: KafkaOffset?,
        error: KafkaError?
    ) {
        let attributes = LogFields.render { fields in
            describe(&fields, operation: "send", topic: topic, partition: partition, offset: offset)
            if let error { fields["error.type"] = error.code.description }
        }
        SpanExport.export(
            FinishedSpan(
                "send \(topic)",
                .producer,
                scope: ClientLog.producer.label,
                in: context,
                below: context.tracedAncestor,
                since: start,
                attributes: attributes,
                error: error
            )
        )
    }

    // MARK: Handling

    /// Runs the handler of a record, or of a batch, in `context` with a new span, and exports that span. A record that
    /// is tried again has a span for each attempt.
    static func process<Result>(
        _ records: [KafkaRecord],
        in context: LogContext,
        groupID: String?,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        let start = MonotonicTime.now
        let context = context.changed { $0.spanID = .random() }
        let (result, error): (Result?, (any Error)?) = await LogContext.$current.withValue(context.traced) {
            do {
                return (try await handler(), nil)
            } catch {
                return (nil, error)
            }
        }
        processed(records, in: context, since: start, groupID: groupID, error: error)
        if let result { return result }
        throw error ?? CancellationError()
    }

    private static func processed(
        _ records: [KafkaRecord],
        in context: LogContext,
        since start: UInt64,
        groupID: String?,
        error: (any Error)?
    ) {
        guard let first = records.first else { return }
        let isBatch = records.count > 1
        let attributes = LogFields.render { fields in
            describe(
                &fields,
                operation: "process",
                topic: first.topic,
                partition: isBatch ? nil : first.partition,
                offset: isBatch ? nil : first.offset
            )
            if let groupID { fields["messaging.consumer.group.name"] = groupID }
            if isBatch { fields["messaging.batch.message_count"] = records.count }
            if let error { fields["error.type"] = errorTypeName(type(of: error)) }
        }
        SpanExport.export(
            FinishedSpan(
                "process \(first.topic)",
                .consumer,
                scope: ClientLog.consumer.label,
                in: context,
                below: context.tracedAncestor,
                since: start,
                attributes: attributes,
                error: error,
                links: isBatch ? records.prefix(ParallelBatch.maximumLinks).compactMap(sender) : []
            )
        )
    }

    /// The span that sent the record.
    private static func sender(_ record: KafkaRecord) -> TraceParent? {
        let context = record.context
        guard let traceID = context.traceID, let parent = context.parentSpanID else { return nil }
        return TraceParent(traceID: traceID, spanID: parent, traceFlags: context.traceFlags)
    }

    private static func describe(
        _ fields: inout LogFields,
        operation: String,
        topic: String,
        partition: KafkaPartition?,
        offset: KafkaOffset?
    ) {
        fields["messaging.system"] = "kafka"
        fields["messaging.operation.name"] = operation
        fields["messaging.operation.type"] = operation
        fields["messaging.destination.name"] = topic
        if let partition, partition != .unassigned {
            fields["messaging.destination.partition.id"] = "\(partition.rawValue)"
        }
        if let offset { fields["messaging.kafka.offset"] = offset.rawValue }
    }
}
