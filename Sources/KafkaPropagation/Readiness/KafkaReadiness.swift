public import ContextLog
internal import ContextPropagation

/// Says whether a client of Kafka can do its work now, as the answer to a readiness probe.
///
/// When to use it: in the endpoint that Kubernetes asks before it sends traffic to a pod, or before it goes on with a
/// rollout. ``ParallelConsumer/health`` says more about a parallel consumer, and whether a restart would help.
///
///     server.get("/readyz") { _ in
///         let answers = [producer.readiness, consumer.readiness]
///         return Response(status: answers.allSatisfy(\.isReady) ? 200 : 503, body: KafkaReadiness.json(of: answers))
///     }
///
/// Reading it takes microseconds and never waits for a broker. It also sends the brokers a metadata request in the
/// background: after 10 s without one, or after 1 s if a connection has failed. So the next answer is right even if the
/// client is idle or the broker hangs.
///
/// A consumer to which its group has given no partition is ready. It is a standby for a group with more members than
/// partitions. A rollout that starts a new pod before it ends an old one would otherwise never end.
public struct KafkaReadiness: Hashable, Sendable {
    /// The reason why a client is not ready.
    public struct Reason: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `disconnected`.
        public let description: String

        /// The client has ended, by a shutdown or because of ``KafkaReadiness/error``.
        public static let ended = Reason(description: "ended")
        /// The client was asked to shut down, and finishes its work.
        public static let shuttingDown = Reason(description: "shutting down")
        /// No broker has answered yet.
        public static let connecting = Reason(description: "connecting")
        /// All brokers are down, or none has answered for 5 s. The client tries again by itself.
        public static let disconnected = Reason(description: "disconnected")
        /// The client has not polled for more than 10 s; a ``ParallelConsumer`` may also take the time of a revoke. For
        /// a ``KafkaConsumer``, the application has taken no record for the maximum poll interval; or a callback blocks
        /// the thread that polls.
        public static let notPolling = Reason(description: "not polling")
        /// The consumer joins its group, or asks the group where its new partitions begin.
        public static let joining = Reason(description: "joining")
        /// The group has taken its partitions away, and has not yet answered which ones it gets.
        public static let rebalancing = Reason(description: "rebalancing")
    }

    /// The name of the client in librdkafka.
    public let client: String
    /// Whether a broker has answered, and no later error says that all brokers are gone.
    public let isConnected: Bool
    /// The time since the client last asked librdkafka for events. It is below 200 ms on a client that works.
    public let sinceLastPoll: Duration
    /// The number of partitions that the consumer has; nil for a producer.
    public let partitions: Int?
    /// The number of records after the consumer's position in its partitions, as the brokers said last; nil for a
    /// producer, and while nothing is known.
    public let lag: Int?
    /// The reason why the client is not ready; nil if it is ready.
    public let reason: Reason?
    /// The error that explains the reason, if one is known. It can contain host names.
    public let error: String?

    /// Whether the client can do its work.
    public var isReady: Bool { reason == nil }
}

extension KafkaReadiness: LogValue {
    /// Writes the members of ``json`` as an object.
    public func write(to field: borrowing LogField) {
        field.object { set(&$0) }
    }

    private func set(_ fields: inout LogFields) {
        fields.ready = isReady
        fields.client = client
        fields.reason = reason?.description
        fields.error = error
        fields.connected = isConnected
        fields.last_poll_ms = sinceLastPoll.wholeMilliseconds
        fields.partitions = partitions
        fields.lag = lag
    }

    /// The readiness as a JSON object with `ready`, `client`, `connected` and `last_poll_ms`, and with `reason`,
    /// `error`, `partitions` and `lag` if they are known.
    ///
    ///     {"ready":false,"client":"rdkafka#consumer-1","reason":"disconnected","error":"…","connected":false,
    ///      "last_poll_ms":12,"partitions":3,"lag":0}
    public var json: String {
        let members = LogFields.render { set(&$0) }
        return String(decoding: [UInt8(ascii: "{")] + (members?.bytes.dropFirst() ?? []), as: UTF8.self) + "}"
    }

    /// One answer for several clients: a JSON object with `ready`, which is true if all of them are ready, and
    /// `clients`, their readiness.
    public static func json(of clients: [KafkaReadiness]) -> String {
        let list = clients.map(\.json).joined(separator: ",")
        return "{\"ready\":\(clients.allSatisfy(\.isReady)),\"clients\":[\(list)]}"
    }
}

extension KafkaReadiness: CustomStringConvertible {
    /// The readiness as JSON.
    public var description: String { json }
}
