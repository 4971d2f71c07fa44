internal import CShims

/// Threads with names, for work that blocks. A blocked thread of Swift's cooperative pool would hold up every task.
package enum NamedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Runs `body` on a new thread that nobody joins. Returns false, and runs nothing, if the system starts no thread.
    ///
    /// - Parameters:
    ///   - name: The name that debuggers and `top -H` show; its first 15 bytes.
    ///   - body: Runs once, in no context.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        // Unmanaged: a thread takes one C pointer. The thread owns the reference from its first line on; it is released
        // here if no thread was started.
        let argument = Unmanaged.passRetained(Body(body))
        let status = cshims_start_thread(
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
