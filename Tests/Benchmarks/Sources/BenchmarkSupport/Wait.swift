import Foundation

/// Runs asynchronous work to its end from this thread, which is none of Swift's pool. An error ends the benchmark.
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
