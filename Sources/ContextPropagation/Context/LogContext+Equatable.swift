extension LogContext: Equatable {
    /// Whether both contexts have equal parts: the IDs, the flags, the tracestate, the baggage and the scoped fields.
    ///
    /// Texts are compared byte by byte, except for the values of baggage, which are compared as strings. Copies of one
    /// context compare in constant time.
    public static func == (one: LogContext, other: LogContext) -> Bool {
        one.storage === other.storage || one.storage.parts == other.storage.parts
    }
}

extension LogContext.Parts: Equatable {
    package static func == (one: LogContext.Parts, other: LogContext.Parts) -> Bool {
        one.ids == other.ids && isSame(one.traceState?.headerValue, other.traceState?.headerValue)
            && one.baggage == other.baggage
            && isSame(one.correlationID, other.correlationID)
            && one.execution == other.execution
            && isSame(one.taskID, other.taskID)
            && Self.areEqual(one.fields, other.fields)
    }

    /// `==` on strings would take different bytes for equal that are canonically equivalent.
    private static func isSame(_ one: String?, _ other: String?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.utf8.elementsEqual(other.utf8)
    }

    private static func areEqual(_ one: (any ScopeFields)?, _ other: (any ScopeFields)?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one === other || one.isEqual(to: other)
    }
}

extension LogContext.Identifiers: Equatable {
    /// The traced ancestor is no part of a context for its users.
    package static func == (one: LogContext.Identifiers, other: LogContext.Identifiers) -> Bool {
        one.traceID == other.traceID && one.spanID == other.spanID && one.parentSpanID == other.parentSpanID
            && one.traceFlags == other.traceFlags && one.samplingDetail == other.samplingDetail
    }
}
