internal import CRDKafka
internal import Synchronization

/// The callbacks of a client. The client keeps this object until it is destroyed, so that no callback outlives it.
// @unchecked: subclasses say why their own state is safe; here there are locks.
class ClientCallbacks: @unchecked Sendable {
    let connection = ConnectionState()
    private let native = Mutex<String?>(nil)
    private let destroyed = Mutex<(@Sendable () -> Void)?>(nil)

    /// librdkafka's statistics, as its property `statistics.interval.ms` has them made.
    var nativeStatistics: String? { native.withLock { $0 } }

    /// Registers the callbacks. Subclasses add theirs.
    func install(into configuration: OpaquePointer) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let text else { return }
            LibrdkafkaLog.shared.add(
                LibrdkafkaLog.Line(
                    level: level,
                    client: client.map { String(cString: rd_kafka_name($0)) },
                    facility: facility.map { String(cString: $0) },
                    text: String(cString: text)
                )
            )
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

    /// An error that belongs to no single call. Called while the client is polled.
    func failed(_ error: KafkaError) {
        connection.noteFailure(error)
    }

    /// The client is about to go; nobody else uses it.
    func willDestroy(_ client: OpaquePointer) {}

    /// Calls `body` when the client is gone.
    func onDestroyed(_ body: @escaping @Sendable () -> Void) {
        destroyed.withLock { $0 = body }
    }

    final func didDestroy() {
        destroyed.withLock { $0 }?()
    }

    /// Lends the object behind the opaque pointer that a callback was given.
    // Unmanaged: the client, whose callback this is, keeps the object until it is destroyed.
    static func lend(_ opaque: UnsafeMutableRawPointer?, _ body: (Self) -> Void) {
        guard let opaque else { return }
        Unmanaged<Self>.fromOpaque(opaque)._withUnsafeGuaranteedRef { body($0) }
    }
}
