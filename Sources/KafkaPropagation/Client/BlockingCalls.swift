internal import CRDKafka
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

/// Calls of librdkafka that block, each on a thread of its own, with a bound that the caller can rely on.
///
/// While a broker hangs, librdkafka exceeds the timeouts of several calls by far. The caller then gets its error in
/// time, and the thread ends later by itself; its result is dropped.
final class BlockingCalls: Sendable {
    private struct State {
        var next = 0
        var isEnded = false
        var running: [Int: @Sendable (KafkaError) -> Void] = [:]
    }

    private let state = Mutex(State())
    private let connection: ConnectionState

    init(connection: ConnectionState) {
        self.connection = connection
    }

    /// Makes a call on a thread of its own.
    ///
    /// - Parameters:
    ///   - name: The thread's name; at most 15 bytes.
    ///   - timeout: How long the caller waits.
    ///   - subject: What the call asks for, for the error.
    ///   - body: The call. It keeps everything that it uses.
    /// - Throws: The call's error; `timedOut`; `cancelled` when the task is cancelled; `shutdown` after ``end()``.
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
        guard let number else { throw .consumerShutDown }
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
        let timer = DispatchWorkItem { @Sendable in
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
        let milliseconds = Int(clamping: timeout.wholeMilliseconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: timer)
        defer { timer.cancel() }
        guard let result = await promise.valueUnlessCancelled else {
            throw KafkaError(.cancelled, "the task was cancelled before the broker answered", subject: subject)
        }
        return try result.get()
    }

    /// Answers every call with an error, now and from now on.
    func end() {
        let running = state.withLock { state in
            state.isEnded = true
            defer { state.running = [:] }
            return state.running
        }
        for finish in running.values { finish(.consumerShutDown) }
    }
}
