internal import Synchronization

/// The offsets up to which a bounded reader reads, and an action for the moment when all of them are reached.
final class ReadBounds: Sendable {
    private struct State {
        var remaining: [KafkaTopicPartition: Int] = [:]
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Sets the bounds.
    ///
    /// - Parameters:
    ///   - bounds: In each partition the offset before which records are wanted.
    ///   - action: Called once, on the thread that notes the last bound.
    func set(_ bounds: [KafkaTopicPartition: Int], _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0 = State(remaining: bounds, action: action) }
    }

    /// Every record of a partition before this place was read.
    func note(_ place: KafkaTopicPartitionOffset) {
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            guard let bound = state.remaining[place.topicPartition], let offset = place.offset?.rawValue,
                offset >= bound
            else { return nil }
            state.remaining[place.topicPartition] = nil
            return state.remaining.isEmpty ? state.action.take() : nil
        }
        action?()
    }
}
