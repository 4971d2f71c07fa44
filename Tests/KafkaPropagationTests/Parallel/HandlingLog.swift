import KafkaPropagation
import Synchronization

/// Notes the handlings of all members of a group in this process, and finds faults in them.
///
/// The records of a key must carry ascending numbers as their values, and each number belongs to one record.
final class HandlingLog: Sendable {
    struct Faults: Equatable {
        /// Handlers that began while another handler of their key ran.
        var overlaps = 0
        /// Records that were first handled after a later record of their key.
        var outOfOrder = 0
        /// Handlings after the first one of a record.
        var repeats = 0
    }

    private struct State {
        /// When the latest handler of each key began.
        var running: [String: ContinuousClock.Instant] = [:]
        var handled: Set<Int> = []
        var latest: [String: Int] = [:]
        var faults = Faults()
    }

    private let state = Mutex(State())
    private let revokeTimeout: Duration?

    /// - Parameter revokeTimeout: The time after which a key may run elsewhere although its handler runs on; nil for
    ///   never.
    init(revokeTimeout: Duration? = nil) {
        self.revokeTimeout = revokeTimeout
    }

    var faults: Faults { state.withLock { $0.faults } }
    var count: Int { state.withLock { $0.handled.count } }

    func has(_ numbers: Range<Int>) -> Bool {
        state.withLock { state in numbers.allSatisfy { state.handled.contains($0) } }
    }

    /// Runs a handler. A record counts as handled when the handler has returned.
    func handle(_ record: KafkaRecord, _ body: () async throws -> Void) async throws {
        let key = record.keyText ?? ""
        let number = Int(record.valueText ?? "") ?? -1
        let start = ContinuousClock.now
        state.withLock { state in
            if let earlier = state.running.updateValue(start, forKey: key),
                revokeTimeout.map({ start - earlier < $0 }) ?? true
            {
                state.faults.overlaps += 1
            }
            if state.handled.contains(number) {
                state.faults.repeats += 1
            } else if state.latest[key] ?? -1 > number {
                state.faults.outOfOrder += 1
            }
        }
        defer { state.withLock { if $0.running[key] == start { $0.running[key] = nil } } }
        try await body()
        state.withLock { state in
            state.handled.insert(number)
            state.latest[key] = max(state.latest[key] ?? -1, number)
        }
    }
}
