internal import CMALoggerRDKafka

/// A client of librdkafka. It is destroyed on its own thread when the last reference to it is released.
///
/// Producers, consumers and stored records hold a reference, so the client lives as long as everything that came from
/// it.
// @unchecked: any thread may use a client of librdkafka, and the pointer never changes.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// librdkafka owns this reference until the client is destroyed. At the end of the process it may never be.
    private let callbacks: Unmanaged<ClientCallbacks>

    /// The name of the client in librdkafka, such as `rdkafka#producer-1`.
    var name: String { String(cString: rd_kafka_name(pointer)) }

    /// - Parameters:
    ///   - type: The type of the client, producer or consumer.
    ///   - configuration: The configuration, which the client takes over.
    ///   - callbacks: The callbacks for librdkafka. The object lives until the client is destroyed.
    init(
        _ type: rd_kafka_type_t,
        _ configuration: consuming NativeConfiguration,
        callbacks: ClientCallbacks
    ) throws(KafkaError) {
        try configuration.checkFiles()
        configuration.configure { callbacks.install(into: $0) }
        let native = configuration.relinquish()
        let (client, failure) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let client = rd_kafka_new(type, native, text.baseAddress, text.count)
            return (client, client == nil ? text.baseAddress.map { String(cString: $0) } : nil)
        }
        guard let client else {
            rd_kafka_conf_destroy(native)
            let message = failure ?? "librdkafka could not make the client"
            throw KafkaError(.configuration, message, hint: KafkaConfiguration.variablesHint(message))
        }
        PartingClients.noteClient()
        pointer = client
        self.callbacks = .passRetained(callbacks)
    }

    deinit {
        // The last reference may be released on Swift's cooperative pool or inside a callback. Destroying the client
        // blocks until librdkafka's threads have ended.
        let parting = Parting(pointer: pointer, callbacks: callbacks)
        PartingClients.destroy { parting.destroy() }
    }

    // @unchecked: the handle no longer exists, so this value is the only owner.
    private struct Parting: @unchecked Sendable {
        let pointer: OpaquePointer
        let callbacks: Unmanaged<ClientCallbacks>

        func destroy() {
            let callbacks = callbacks.takeRetainedValue()
            callbacks.willDestroy(pointer)
            // A consumer that must leave its group has already left it. Without the flag, a lost broker would block
            // this call for ever.
            rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            callbacks.didDestroy()
        }
    }
}
