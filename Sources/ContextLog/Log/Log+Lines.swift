extension Log {
    /// Logs a line.
    ///
    /// The parameters are evaluated only if a line of this level is logged.
    ///
    /// - Parameters:
    ///   - level: The severity.
    ///   - message: The text. A literal costs nothing.
    ///   - error: The error that the line reports, as `exception.type` and `exception.message`.
    ///   - fileID: The source file of the call, which is a part of the event. Keep the default.
    ///   - function: The function of the call, which is a part of the event. Keep the default.
    ///   - line: The line of the call, which appears as `log.origin.file.line`. Keep the default.
    ///   - fields: Sets the line's attributes: `{ $0.frame = 17 }`. It runs immediately.
    @inlinable
    public func log(
        _ level: LogLevel,
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        guard isEnabled(level) else { return }
        if sampler != nil, !_admits(level) { return }
        let text = message()
        let failure = error()
        var event = OpenEvent(level, fileID: fileID, function: function, line: line)
        fields(&event.fields)
        event.deliver(to: self, message: text, error: failure)
    }

    /// Logs a line of level `TRACE`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func trace(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.trace, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `DEBUG`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func debug(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.debug, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `INFO`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func info(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.info, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `NOTICE`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func notice(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.notice, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `WARNING`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func warning(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.warning, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `ERROR`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func error(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.error, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }

    /// Logs a line of level `CRITICAL`; see ``log(_:_:error:fileID:function:line:_:)``.
    @inlinable
    public func critical(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        fileID: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {
        log(.critical, message(), error: error(), fileID: fileID, function: function, line: line, fields)
    }
}
