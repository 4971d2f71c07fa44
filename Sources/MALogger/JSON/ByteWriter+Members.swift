internal import ContextLog
internal import ContextPropagation

/// The members of a JSON object. Each has its comma in front.
extension ByteWriter {
    /// Appends the key of a member. It needs no escapes.
    mutating func append(memberKey key: StaticString) {
        append(",\"")
        append(key)
        append("\":")
    }

    /// Appends a key of the line behind a member: `,"log.logger":`.
    mutating func append(key: LineKey) {
        append(",")
        append(quoting: key.rawValue)
        append(":")
    }

    /// Appends a member whose value is a string. The key needs no escapes.
    mutating func append(_ key: StaticString, string text: String) {
        append(memberKey: key)
        append(quoting: text)
    }

    /// Appends a member whose value is a string.
    mutating func append(_ key: StaticString, string utf8: UnsafeBufferPointer<UInt8>) {
        append(memberKey: key)
        append("\"")
        append(escaping: utf8)
        append("\"")
    }

    /// Appends a member whose value is a span ID in hex digits.
    mutating func append(_ key: StaticString, _ spanID: SpanID) {
        append(memberKey: key)
        append(quotedHex: spanID.bits)
    }

    /// Appends a member whose value is the trace flags in two hex digits.
    mutating func append(_ key: StaticString, _ flags: TraceFlags) {
        append(memberKey: key)
        append("\"")
        append(Hex.digit(UInt64(flags.rawValue >> 4)))
        append(Hex.digit(UInt64(flags.rawValue)))
        append("\"")
    }

    /// Appends an error as members with OpenTelemetry's names.
    ///
    /// Specification: [OpenTelemetry, Exceptions in
    /// logs](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/).
    mutating func append(exception error: RedactedError) {
        append("exception.type", string: error.type)
        append("exception.message", string: error.message)
        if let stackTrace = error.stackTrace { append("exception.stacktrace", string: stackTrace) }
    }

    /// Appends words as a string of 16 hex digits for each.
    mutating func append(quotedHex words: UInt64...) {
        append("\"")
        for word in words {
            Hex.write(word, to: place(16))
            count += 16
        }
        append("\"")
    }

    /// Appends members as an object.
    mutating func append(object members: [UInt8]) {
        append("{")
        members.dropFirst().withUnsafeBufferPointer { append($0) }
        append("}")
    }

    /// Makes the members that begin at `start` an object, which is the value of a member `key`. Without members, it
    /// adds nothing.
    mutating func enclose(from start: Int, in key: StaticString) {
        guard count > start else { return }
        let members = Array(UnsafeBufferPointer(start: base + start, count: count - start))
        count = start
        append(memberKey: key)
        append(object: members)
    }
}
