internal import CMALoggerRDKafka
internal import Synchronization

/// Returns messages that nobody needs any more to the poll thread, which destroys them.
///
/// The poll thread allocated part of their memory. If another thread frees it, both contend for the allocator's lock.
final class SpentMessages: Sendable {
    // @unchecked: the batch that owned the messages no longer exists, so the queue is their only owner.
    private struct Messages: @unchecked Sendable {
        var messages: [UnsafeMutablePointer<rd_kafka_message_t>] = []

        consuming func destroy() {
            for message in messages { rd_kafka_message_destroy(message) }
        }
    }

    private struct State {
        var messages = Messages()
        var isClosed = false
    }

    /// The largest number of waiting messages. If the poll thread is too slow, the thread that releases a message
    /// destroys it.
    private static let limit = 1000

    private let state = Mutex(State())

    /// Takes the ownership of messages.
    ///
    /// The caller keeps the client alive until this call returns. The poll loop keeps it alive until ``close()``.
    func take(_ messages: [UnsafeMutablePointer<rd_kafka_message_t>]) {
        let spent = Messages(messages: messages)
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.messages.messages.count + spent.messages.count <= Self.limit else {
                return false
            }
            state.messages.messages += spent.messages
            return true
        }
        if !isTaken { spent.destroy() }
    }

    /// Destroys the messages so far. Call it on the poll thread.
    func destroyAll() {
        state.withLock { state in
            defer { state.messages = Messages() }
            return state.messages
        }.destroy()
    }

    /// Destroys the messages so far. From then on, the thread that releases a message destroys it. Call this on the
    /// poll thread before that thread ends.
    func close() {
        state.withLock { $0.isClosed = true }
        destroyAll()
    }
}
