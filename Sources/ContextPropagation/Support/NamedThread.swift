internal import CMALoggerShims

/// Starts named threads for work that blocks. A blocked thread of Swift's cooperative pool would delay every task.
package enum NamedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Runs `body` on a new thread that nobody joins. Returns false and runs nothing if the system cannot start a
    /// thread.
    ///
    /// - Parameters:
    ///   - name: The name that debuggers and `top -H` show. The system keeps its first 15 bytes.
    ///   - body: The code to run. It runs once, in no context.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        // Unmanaged: a thread takes one C pointer. The new thread owns the reference from its first statement on. If no
        // thread was started, this function releases the reference.
        let argument = Unmanaged.passRetained(Body(body))
        let status = malogc_start_thread(
            name,
            { pointer in
                guard let pointer else { return }
                Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
            },
            argument.toOpaque()
        )
        if status != 0 { argument.release() }
        return status == 0
    }
}
