extension LogContext {
    /// A closure that runs `body` in this context, wherever and whenever it is called.
    ///
    /// When to use it: for whatever takes a closure and runs it later on a thread of its own: `OperationQueue`,
    /// `Thread`, futures, C callbacks, `onTermination`. Dispatch has bridges of its own
    /// (``Dispatch/DispatchQueue/propagatingContext``).
    ///
    ///     operations.addOperation(LogContext.current.bind { log.info("thumbnail written") })
    ///     future.whenComplete(LogContext.current.bind { result in log.info("reply received") })
    ///
    /// The context *replaces* the one of the caller, and is this one, not the one of the moment of the call; what else
    /// is registered with ``ContextSnapshot`` is taken at the moment of binding. Arguments, result and the type of the
    /// error pass through, except that a body with a typed error becomes one that throws any.
    ///
    /// - Parameters:
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - body: May be called any number of times.
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

    /// A closure that runs `body` in this context and throws what it throws; see the form that does not throw.
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
