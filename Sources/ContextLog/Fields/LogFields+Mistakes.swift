// The overloads in this file match code that is a mistake, so that the compiler explains the mistake. They are never
// called. They are disfavoured, so that the compiler considers them only for a value that is no `LogValue`: correct
// code then takes no longer to compile.

extension LogFields {
    /// An error is not a field. Pass it before the closure, as in `log.error("decode failed", error: error)`.
    @_documentation(visibility: internal)
    @_disfavoredOverload
    public subscript<Failure: Error>(dynamicMember name: StaticString) -> Failure {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @available(
            *,
            unavailable,
            message: """
                an error is not a field; pass it before the closure: log.error("…", error: error) { $0.frame = 17 }
                """
        )
        nonmutating set { fatalError("unavailable") }
    }

    /// The value is nil, has no static type, or has one that does not conform to ``LogValue``.
    @_documentation(visibility: internal)
    @_disfavoredOverload
    public subscript(dynamicMember name: StaticString) -> Any? {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @available(
            *,
            unavailable,
            message: """
                a field needs a number, a Bool, a text, an optional or array of these, a dictionary of these with \
                String keys, or a type that conforms to LogValue; leave out a field without a value, and write any \
                other value as String(describing: value)
                """
        )
        nonmutating set { fatalError("unavailable") }
    }

    /// An error is not a field. Pass it before the closure, as in `log.error("decode failed", error: error)`.
    @_documentation(visibility: internal)
    @_disfavoredOverload
    public subscript<Failure: Error>(name: String) -> Failure {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @available(
            *,
            unavailable,
            message: """
                an error is not a field; pass it before the closure: log.error("…", error: error) { $0.frame = 17 }
                """
        )
        nonmutating set { fatalError("unavailable") }
    }

    /// The value is nil, has no static type, or has one that does not conform to ``LogValue``.
    @_documentation(visibility: internal)
    @_disfavoredOverload
    public subscript(name: String) -> Any? {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @available(
            *,
            unavailable,
            message: """
                a field needs a number, a Bool, a text, an optional or array of these, a dictionary of these with \
                String keys, or a type that conforms to LogValue; leave out a field without a value, and write any \
                other value as String(describing: value)
                """
        )
        nonmutating set { fatalError("unavailable") }
    }
}
