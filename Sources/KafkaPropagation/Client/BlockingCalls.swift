internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// Runs the blocking calls of a client, each on its own thread, and keeps the caller's timeout.
///
/// While a broker hangs, several calls of librdkafka take much longer than their timeout. The caller gets an error in
/// time. The thread ends when librdkafka returns, and its result is dropped.
final class BlockingCalls: Sendable {
    private struct State {
        var next = 0
        var isEnded = false
        var running: [Int: @Sendable (KafkaError) -> Void] = [:]
    }

    private let state = Mutex(State())
    private let shutdownError: KafkaError
    let connection: ConnectionState

    /// - Parameters:
    ///   - connection: The connection state of the client. Timeouts report its last error as their cause.
    ///   - shutdownError: The error of every call after ``end()``. It names the kind of the client.
    init(connection: ConnectionState, shutdownError: KafkaError) {
        self.connection = connection
        self.shutdownError = shutdownError
    }

    /// Makes a call on a new thread while the caller's task is suspended.
    ///
    /// - Parameters:
    ///   - name: The thread's name, at most 15 bytes.
    ///   - timeout: How long the caller waits.
    ///   - subject: The topic or partition that the errors name.
    ///   - body: The call. It keeps a reference to every object that it uses.
    /// - Throws: The call's error; `timedOut`; `cancelled` if the task is cancelled; `shutdown` after ``end()``.
    func run<Success: Sendable>(
        _ name: String,
        timeout: Duration,
        subject: String? = nil,
        _ body: @escaping @Sendable () throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        let promise = Promise<Result<Success, KafkaError>>()
        let number = state.withLock { state -> Int? in
            if state.isEnded { return nil }
            state.next += 1
            state.running[state.next] = { promise.resolve(.failure($0)) }
            return state.next
        }
        guard let number else { throw shutdownError }
        defer { state.withLock { $0.running[number] = nil } }

        let isStarted = NamedThread.start(name) {
            do throws(KafkaError) {
                promise.resolve(.success(try body()))
            } catch {
                promise.resolve(.failure(error))
            }
        }
        guard isStarted else { throw .noThread }
        let connection = connection
        let timer = Timeout(after: timeout) {
            promise.resolve(
                .failure(
                    KafkaError(
                        RD_KAFKA_RESP_ERR__TIMED_OUT,
                        "the broker did not answer in time",
                        subject: subject,
                        cause: connection.lastFailure
                    )
                )
            )
        }
        defer { timer.cancel() }
        guard let result = await promise.valueUnlessCancelled else {
            throw KafkaError(.cancelled, "the task was cancelled before the broker answered", subject: subject)
        }
        return try result.get()
    }

    /// Ends every running call, and refuses every later one, with the shutdown error.
    func end() {
        let running = state.withLock { state in
            state.isEnded = true
            defer { state.running = [:] }
            return state.running
        }
        for finish in running.values { finish(shutdownError) }
    }
}
