// The overloads in this file match calls that other logging libraries accept, so that the compiler explains the
// difference. They are never called.

extension Log {
    /// Use ``warning(_:error:fileID:function:line:_:)``.
    @_documentation(visibility: internal)
    @available(*, unavailable, renamed: "warning(_:error:_:)")
    public func warn(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Use ``critical(_:error:fileID:function:line:_:)``.
    @_documentation(visibility: internal)
    @available(*, unavailable, renamed: "critical(_:error:_:)")
    public func fatal(
        _ message: @autoclosure () -> String,
        error: @autoclosure () -> (any Error)? = nil,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.info(\"frame processed\") { $0.frame = 17 }")
    public func log<Metadata>(
        _ level: LogLevel,
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.trace(\"frame processed\") { $0.frame = 17 }")
    public func trace<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.trace(\"frame processed\") { $0.frame = 17 }")
    public func trace(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.debug(\"frame processed\") { $0.frame = 17 }")
    public func debug<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.debug(\"frame processed\") { $0.frame = 17 }")
    public func debug(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.info(\"frame processed\") { $0.frame = 17 }")
    public func info<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.info(\"frame processed\") { $0.frame = 17 }")
    public func info(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.notice(\"frame processed\") { $0.frame = 17 }")
    public func notice<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.notice(\"frame processed\") { $0.frame = 17 }")
    public func notice(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.warning(\"frame processed\") { $0.frame = 17 }")
    public func warning<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.warning(\"frame processed\") { $0.frame = 17 }")
    public func warning(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.error(\"frame processed\") { $0.frame = 17 }")
    public func error<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.error(\"frame processed\") { $0.frame = 17 }")
    public func error(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.critical(\"frame processed\") { $0.frame = 17 }")
    public func critical<Metadata>(
        _ message: @autoclosure () -> String,
        metadata: Metadata,
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// Set fields in the closure.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set fields in a closure: log.critical(\"frame processed\") { $0.frame = 17 }")
    public func critical(
        _ message: @autoclosure () -> String,
        metadata: [String: MetadataLiteral],
        _ fields: (inout LogFields) -> Void = { _ in }
    ) {}

    /// The literals that swift-log's metadata accepts.
    @_documentation(visibility: internal)
    public enum MetadataLiteral: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
        ExpressibleByDictionaryLiteral
    {
        case string(String)
        case stringConvertible(any CustomStringConvertible)
        case array([MetadataLiteral])
        case dictionary([String: MetadataLiteral])

        public init(stringLiteral value: String) { self = .string(value) }
        public init(arrayLiteral elements: MetadataLiteral...) { self = .array(elements) }
        public init(dictionaryLiteral elements: (String, MetadataLiteral)...) { self = .dictionary([:]) }
    }
}
