internal import ContextPropagation
internal import Synchronization

/// Runs calls on the poll thread, between two reads of librdkafka.
///
/// Such a call must be short, because the other calls and the group wait for it.
final class PollCommands: Sendable {
    private typealias Command = @Sendable () -> Void

    /// Nil after ``close()``.
    private let commands = Mutex<[Command]?>([])
    private let waker: Waker

    init(waker: Waker) {
        self.waker = waker
    }

    /// Runs a call on the poll thread and returns its result. A cancelled task also waits for the result.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable () throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        let promise = Promise<Result<Success, KafkaError>>()
        let isAccepted = enqueue {
            do throws(KafkaError) {
                promise.resolve(.success(try call()))
            } catch {
                promise.resolve(.failure(error))
            }
        }
        guard isAccepted else { throw .consumerShutDown }
        return try await promise.value.get()
    }

    /// Makes a call on the poll thread, and does not wait for it. Returns false if no more calls are made.
    @discardableResult
    func enqueue(_ call: @escaping @Sendable () -> Void) -> Bool {
        let isAccepted = commands.withLock { commands in
            commands?.append(call)
            return commands != nil
        }
        if isAccepted { waker.wake() }
        return isAccepted
    }

    /// Runs the calls so far. Call it on the poll thread.
    func run() {
        let commands = commands.withLock { commands -> [Command] in
            guard let pending = commands, !pending.isEmpty else { return [] }
            commands = []
            return pending
        }
        for command in commands { command() }
    }

    /// Runs the calls so far, and refuses every later one.
    func close() {
        let commands = commands.withLock { $0.take() }
        for command in commands ?? [] { command() }
    }
}
