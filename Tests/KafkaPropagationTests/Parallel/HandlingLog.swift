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
        var running: Set<String> = []
        var handled: Set<Int> = []
        var latest: [String: Int] = [:]
        var faults = Faults()
        var longest = Duration.zero
    }

    private let state = Mutex(State())

    var faults: Faults { state.withLock { $0.faults } }
    /// The time that the longest handler took.
    var longest: Duration { state.withLock { $0.longest } }
    var count: Int { state.withLock { $0.handled.count } }

    func has(_ numbers: Range<Int>) -> Bool {
        state.withLock { state in numbers.allSatisfy { state.handled.contains($0) } }
    }

    /// Runs a handler. A record counts as handled when the handler has returned.
    func handle(_ record: KafkaRecord, _ body: () async throws -> Void) async throws {
        let key = record.keyText ?? ""
        let number = Int(record.valueText ?? "") ?? -1
        state.withLock { state in
            if !state.running.insert(key).inserted { state.faults.overlaps += 1 }
            if state.handled.contains(number) {
                state.faults.repeats += 1
            } else if state.latest[key] ?? -1 > number {
                state.faults.outOfOrder += 1
            }
        }
        let start = ContinuousClock.now
        defer {
            state.withLock { state in
                _ = state.running.remove(key)
                state.longest = max(state.longest, start.duration(to: .now))
            }
        }
        try await body()
        state.withLock { state in
            state.handled.insert(number)
            state.latest[key] = max(state.latest[key] ?? -1, number)
        }
    }
}
