internal import ContextPropagation
internal import Synchronization

/// Calls that are to be made on the poll thread, between two reads of librdkafka.
///
/// Such a call must be short: the other calls, and the group, wait for it.
final class PollCommands: Sendable {
    private typealias Command = @Sendable () -> Void

    /// Nil when no more calls are made.
    private let commands = Mutex<[Command]?>([])
    private let waker: Waker

    init(waker: Waker) {
        self.waker = waker
    }

    /// Makes a call on the poll thread and returns its result. A task that is cancelled waits for it, too.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable () throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        let promise = Promise<Result<Success, KafkaError>>()
        let isAccepted = commands.withLock { commands in
            commands?.append {
                do throws(KafkaError) {
                    promise.resolve(.success(try call()))
                } catch {
                    promise.resolve(.failure(error))
                }
            }
            return commands != nil
        }
        guard isAccepted else { throw .consumerShutDown }
        waker.wake()
        return try await promise.value.get()
    }

    /// Makes the calls that have come. Call it on the poll thread.
    func run() {
        let commands = commands.withLock { commands -> [Command] in
            guard let pending = commands, !pending.isEmpty else { return [] }
            commands = []
            return pending
        }
        for command in commands { command() }
    }

    /// Makes the calls that have come, and refuses every later one.
    func close() {
        let commands = commands.withLock { $0.take() }
        for command in commands ?? [] { command() }
    }
}
