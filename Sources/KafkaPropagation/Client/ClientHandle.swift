internal import CRDKafka
internal import ContextPropagation

/// A client of librdkafka, destroyed on a thread of its own when the last one that uses it lets go.
///
/// Producers, consumers and every record that is kept hold it, so that nothing that came from the client outlives it.
// @unchecked: librdkafka's clients may be used from any thread; the pointer never changes.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let callbacks: ClientCallbacks

    /// What librdkafka calls the client, as in `rdkafka#producer-1`.
    var name: String { String(cString: rd_kafka_name(pointer)) }

    /// - Parameters:
    ///   - type: Producer or consumer.
    ///   - properties: In the order in which they are set.
    ///   - callbacks: What librdkafka calls. It lives until the client is destroyed.
    init(
        _ type: rd_kafka_type_t,
        _ properties: [NativeConfiguration.Property],
        callbacks: ClientCallbacks
    ) throws(KafkaError) {
        let configuration = try NativeConfiguration(properties)
        configuration.configure { callbacks.install(into: $0) }
        let native = configuration.relinquish()
        let (client, failure) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let client = rd_kafka_new(type, native, text.baseAddress, text.count)
            return (client, client == nil ? text.baseAddress.map { String(cString: $0) } : nil)
        }
        guard let client else {
            rd_kafka_conf_destroy(native)
            throw KafkaError(.configuration, failure ?? "the client cannot be made")
        }
        pointer = client
        self.callbacks = callbacks
    }

    deinit {
        // The last reference may be let go on Swift's pool or inside a callback, and destroying waits for librdkafka's
        // threads.
        let parting = Parting(pointer: pointer, callbacks: callbacks)
        if !NamedThread.start("kafka-destroy", { parting.destroy() }) { parting.destroy() }
    }

    // @unchecked: the handle is gone; this is the only owner.
    private struct Parting: @unchecked Sendable {
        let pointer: OpaquePointer
        let callbacks: ClientCallbacks

        func destroy() {
            callbacks.willDestroy(pointer)
            // A consumer that is to leave its group has done so; without the flag a lost broker would hang it here.
            rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            callbacks.didDestroy()
        }
    }
}
