import Foundation

/// Runs asynchronous work and blocks this thread until it has ended. The thread is not one of Swift's cooperative pool.
/// An error ends the benchmark.
public func wait(_ work: @escaping @Sendable () async throws -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        do {
            try await work()
        } catch {
            FileHandle.standardError.write(Data("\(CommandLine.arguments[0]): \(error)\n".utf8))
            exit(1)
        }
        done.signal()
    }
    done.wait()
}
