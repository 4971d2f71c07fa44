extension Log {
    /// Logs a line.
    ///
    /// - Parameters:
    ///   - level: How much it matters.
    ///   - message: What happened; a literal costs nothing.
    ///   - error: What failed; it stands on the line as `exception.type` and `exception.message`.
    ///   - fields: Sets the line's attributes: `{ $0.frame = 17 }`. Runs at once, and only when the level is let through.
    @inlinable
    public func log(
        _ level: LogLevel,
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        guard isEnabled(level) else { return }
        if sampler != nil, !_admits(level) { return }
        let text = message()
        let failure = error()
        var builder = LogFields._open()
        fields(&builder)
        builder._close(self, level, text, failure, file, function, line)
    }

    /// Logs a line of level `TRACE`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func trace(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.trace, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `DEBUG`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func debug(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.debug, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `INFO`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func info(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.info, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `NOTICE`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func notice(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.notice, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `WARNING`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func warning(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.warning, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `ERROR`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func error(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.error, message(), error: error(), file: file, function: function, line: line, fields)
    }

    /// Logs a line of level `CRITICAL`; see ``log(_:_:error:file:function:line:_:)``.
    @inlinable
    public func critical(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.critical, message(), error: error(), file: file, function: function, line: line, fields)
    }
}
