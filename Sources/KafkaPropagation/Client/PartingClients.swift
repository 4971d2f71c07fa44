internal import ContextPropagation
internal import Dispatch
internal import Synchronization

/// Destroys clients of librdkafka on threads of their own.
///
/// When the process ends, the TLS library frees what librdkafka's threads use until their last moment, and a thread
/// that ends at the same time may crash. So the process first waits for the clients that are being destroyed, for two
/// seconds at most. It destroys no other one after that, so the other clients run until the very end.
package enum PartingClients {
    private static let destroying = DispatchGroup()
    private static let isProcessEnding = Atomic<Bool>(false)

    private static let atExit: Void = Platform.atExit {
        PartingClients.isProcessEnding.store(true, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        _ = PartingClients.destroying.wait(timeout: .now() + .seconds(2))
    }

    /// Prepares the end of the process. Call it when a client has been made: the function that was set last runs first,
    /// and the TLS library has then set its own.
    package static func noteClient() { _ = atExit }

    /// Calls `destroy` on a thread of its own, because it blocks until librdkafka's threads have ended.
    package static func destroy(_ destroy: @escaping @Sendable () -> Void) {
        destroying.enter()
        // The end of the process sets the flag and then waits for the group. With a fence on both sides, it waits for
        // this client, or the flag is set here.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if isProcessEnding.load(ordering: .sequentiallyConsistent) { return destroying.leave() }
        let run: @Sendable () -> Void = {
            destroy()
            destroying.leave()
        }
        if !NamedThread.start("kafka-destroy", run) { run() }
    }
}
