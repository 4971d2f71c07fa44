internal import CRDKafka

/// Threads of the clients' own. librdkafka's calls block, and a blocked thread of Swift's pool would hold up every task.
package enum ClientThread {
    private final class Job: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a new thread. Returns false, and runs nothing, where the system has no thread to give.
    ///
    /// - Parameter name: What the thread is called in debuggers and `top`; at most 15 bytes.
    package static func start(_ name: StaticString, _ body: @escaping @Sendable () -> Void) -> Bool {
        // Unmanaged: the C function takes a pointer. The thread consumes it; it is taken back here where there is no thread.
        let job = Unmanaged.passRetained(Job(body))
        let name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        let result = crdkafka_start_thread(
            name,
            { pointer in
                guard let pointer else { return }
                Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body()
            },
            job.toOpaque()
        )
        if result != 0 { job.release() }
        return result == 0
    }

    /// Runs a call that blocks on a thread of its own while the caller's task is suspended. The call must end by itself.
    static func blocking<Success: Sendable>(
        _ name: StaticString,
        _ body: @escaping @Sendable () -> Result<Success, KafkaError>
    ) async throws(KafkaError) -> Success {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Success, KafkaError>, _>) in
            if !start(name, { continuation.resume(returning: body()) }) {
                continuation.resume(returning: .failure(.noThread))
            }
        }
        return try result.get()
    }
}

extension KafkaError {
    static var noThread: KafkaError {
        KafkaError(.client, "the system has no thread to give", isRetriable: true)
    }
}
