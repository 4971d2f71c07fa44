extension LogContext {
    /// Returns a closure that runs `body` in this context, on any thread and at any time.
    ///
    /// When to use it: for an API that takes a closure and runs it later on another thread, such as `OperationQueue`,
    /// `Thread`, futures, C callbacks and `onTermination`. For Dispatch use
    /// `DispatchQueue.propagatingContext`.
    ///
    ///     operations.addOperation(LogContext.current.bind { log.info("thumbnail written") })
    ///     future.whenComplete(LogContext.current.bind { result in log.info("reply received") })
    ///
    /// The context *replaces* the context of the closure's caller. The values that are registered with
    /// ``ContextSnapshot`` are captured by the call of `bind`. Arguments and results pass through unchanged. A body
    /// with a typed error becomes a closure that throws `any Error`.
    ///
    /// - Parameters:
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - body: The code to run. It runs once for each call of the closure.
    public func bind<each Argument, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (repeat each Argument) -> Result
    ) -> @Sendable (repeat each Argument) -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { (argument: repeat each Argument) in
            snapshot.run { body(repeat each argument) }
        }
    }

    /// Returns a closure that runs `body` in this context and throws the error of `body`; see the form that does not
    /// throw.
    public func bind<each Argument, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (repeat each Argument) throws -> Result
    ) -> @Sendable (repeat each Argument) throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { (argument: repeat each Argument) in
            try snapshot.run { () throws -> Result in try body(repeat each argument) }
        }
    }
}
