internal import CMALoggerRDKafka

/// A configuration object of librdkafka. This value owns it until a client takes the ownership.
struct NativeConfiguration: ~Copyable {
    typealias Property = (name: String, value: String)

    private let pointer: OpaquePointer

    /// Sets the properties in order. Throws librdkafka's error for the first property that librdkafka refuses.
    init(_ properties: [Property]) throws(KafkaError) {
        try Self.checkBrokers(of: properties)
        guard let pointer = rd_kafka_conf_new() else {
            throw KafkaError(.client, "librdkafka could not make a configuration: out of memory")
        }
        do throws(KafkaError) {
            for property in properties { try Self.set(property, of: pointer) }
        } catch {
            rd_kafka_conf_destroy(pointer)
            throw error
        }
        self.pointer = pointer
    }

    deinit {
        rd_kafka_conf_destroy(pointer)
    }

    /// Checks the addresses of the brokers. The last value of the two names for them counts. A client with a cluster of
    /// its own, for a test, needs none.
    private static func checkBrokers(of properties: [Property]) throws(KafkaError) {
        let names = ["bootstrap.servers", "metadata.broker.list"]
        guard let servers = properties.last(where: { names.contains($0.name) }),
            !properties.contains(where: { $0.name == "test.mock.num.brokers" })
        else { return }
        try BrokerAddress.check(servers.value, subject: servers.name)
    }

    private static func set(_ property: Property, of pointer: OpaquePointer) throws(KafkaError) {
        // The value may be a secret: only the name is told.
        for text in [property.name, property.value] {
            try KafkaError.checkNUL(in: text, property.name.withoutNUL, .configuration)
        }
        let failure = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text -> String? in
            let result = rd_kafka_conf_set(pointer, property.name, property.value, text.baseAddress, text.count)
            guard result != RD_KAFKA_CONF_OK, let words = text.baseAddress else { return nil }
            return String(cString: words)
        }
        if let failure {
            throw KafkaError(.configuration, failure, subject: property.name)
        }
    }

    /// Calls `body` with the object, so that it can register callbacks.
    func configure(_ body: (OpaquePointer) -> Void) {
        body(pointer)
    }

    /// Passes the ownership of the object to the caller. The caller passes it to `rd_kafka_new`, or destroys it if that
    /// call fails.
    consuming func relinquish() -> OpaquePointer {
        let pointer = pointer
        discard self
        return pointer
    }
}

extension [NativeConfiguration.Property] {
    /// The value of a property that is a number, as librdkafka uses it; nil if it is not set.
    func number(named name: String) -> Int? {
        last { $0.name == name }.flatMap { Int($0.value) }
    }
}

extension [String: String] {
    /// The entries as properties, sorted by name so that the order is the same in each run.
    var sortedProperties: [NativeConfiguration.Property] {
        sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
