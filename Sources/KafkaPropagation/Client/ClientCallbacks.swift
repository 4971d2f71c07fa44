internal import CMALoggerRDKafka
internal import Synchronization

/// The callbacks of a client. The client keeps this object until the client is destroyed, so no callback runs after the
/// object is freed.
// @unchecked: locks protect the state of this class. Each subclass explains its own state.
class ClientCallbacks: @unchecked Sendable {
    let connection: ConnectionState
    let probe = ConnectionProbe()
    private let native = Mutex<String?>(nil)
    private let destroyed = Mutex<(@Sendable () -> Void)?>(nil)

    init(connection: ConnectionState = ConnectionState()) {
        self.connection = connection
    }

    /// librdkafka's statistics as JSON. librdkafka makes them if the property `statistics.interval.ms` is set.
    var nativeStatistics: String? { native.withLock { $0 } }

    /// Registers the callbacks. Subclasses register further ones.
    func install(into configuration: OpaquePointer) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let text else { return }
            let line = LibrdkafkaLog.Line(
                level: level,
                client: client.map { String(cString: rd_kafka_name($0)) },
                facility: facility.map { String(cString: $0) },
                text: String(cString: text)
            )
            if let client, let trouble = line.trouble {
                ClientCallbacks.lend(rd_kafka_opaque(client)) { $0.connection.noteTrouble(trouble) }
            }
            LibrdkafkaLog.shared.add(line)
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
            ClientCallbacks.lend(opaque) { callbacks in
                let text = reason.map { String(cString: $0) }
                callbacks.raised(rd_kafka_resp_err_t(rawValue: code), text, by: client)
            }
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, json, _, opaque in
            ClientCallbacks.lend(opaque) { callbacks in
                callbacks.native.withLock { $0 = json.map { String(cString: $0) } }
            }
            return 0
        }
    }

    private func raised(_ code: rd_kafka_resp_err_t, _ text: String?, by client: OpaquePointer?) {
        guard code == RD_KAFKA_RESP_ERR__FATAL, let client else {
            failed(KafkaError(code, text))
            return
        }
        let error = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { words in
            words.initialize(repeating: 0)
            let code = rd_kafka_fatal_error(client, words.baseAddress, words.count)
            return KafkaError(code, words.baseAddress.map { String(cString: $0) }, isFatal: true)
        }
        failed(error)
    }

    /// Handles an error that belongs to no single call. It is called while the client is polled.
    func failed(_ error: KafkaError) {
        connection.noteFailure(error)
    }

    /// Called before the client is destroyed, when nobody else uses it.
    func willDestroy(_ client: OpaquePointer) {}

    /// Sets a function that is called when the client has been destroyed.
    func onDestroyed(_ body: @escaping @Sendable () -> Void) {
        destroyed.withLock { $0 = body }
    }

    final func didDestroy() {
        destroyed.withLock { $0 }?()
    }

    /// Calls `body` with the object behind the opaque pointer of a callback.
    // Unmanaged: the client keeps the object until the client is destroyed, and its callbacks run only before that.
    static func lend(_ opaque: UnsafeMutableRawPointer?, _ body: (Self) -> Void) {
        guard let opaque else { return }
        Unmanaged<Self>.fromOpaque(opaque)._withUnsafeGuaranteedRef { body($0) }
    }
}
