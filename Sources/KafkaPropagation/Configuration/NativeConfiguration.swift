internal import CRDKafka

/// A configuration object of librdkafka, owned until a client takes it over.
struct NativeConfiguration: ~Copyable {
    typealias Property = (name: String, value: String)

    private let pointer: OpaquePointer

    /// Sets the properties in order. Throws librdkafka's words for the first that it does not take.
    init(_ properties: [Property]) throws(KafkaError) {
        guard let pointer = rd_kafka_conf_new() else {
            throw KafkaError(.client, "out of memory")
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

    private static func set(_ property: Property, of pointer: OpaquePointer) throws(KafkaError) {
        for text in [property.name, property.value] where text.utf8.contains(0) {
            throw KafkaError(.configuration, "holds a NUL character", subject: String(text.prefix { $0 != "\0" }))
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

    /// Lends the object, to register callbacks.
    func configure(_ body: (OpaquePointer) -> Void) {
        body(pointer)
    }

    /// Gives the object up: to `rd_kafka_new`, or, where that fails, back to be freed.
    consuming func relinquish() -> OpaquePointer {
        let pointer = pointer
        discard self
        return pointer
    }
}
