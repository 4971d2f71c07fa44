internal import ContextPropagation

/// Calls of librdkafka that block, each on its own thread.
enum ClientThread {
    /// Runs `body` on a new thread while the caller's task is suspended. `body` must end by itself.
    ///
    /// A cancelled task does not wait for it: its result is dropped.
    ///
    /// - Parameters:
    ///   - name: The thread's name; its first 15 bytes.
    ///   - body: Runs once.
    static func blocking<Success: Sendable>(
        _ name: String,
        _ body: @escaping @Sendable () -> Result<Success, KafkaError>
    ) async throws(KafkaError) -> Success {
        let promise = Promise<Result<Success, KafkaError>>()
        if !NamedThread.start(name, { promise.resolve(body()) }) { throw .noThread }
        guard let result = await promise.valueUnlessCancelled else { throw .cancelled }
        return try result.get()
    }
}

extension KafkaError {
    static var noThread: KafkaError {
        KafkaError(.client, "could not start a thread; try again later", isRetriable: true)
    }
}
