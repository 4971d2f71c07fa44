#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

extension KafkaError {
    /// Throws if librdkafka cannot subscribe to these names and patterns. It would answer only that the argument is
    /// invalid.
    static func check(subscription topics: [String], _ code: Code = .invalidArgument) throws(KafkaError) {
        if topics.isEmpty {
            throw KafkaError(code, "the list of topics is empty", subject: "topics", hint: "Name at least one topic")
        }
        // Swift takes strings for equal whose bytes differ.
        var names: Set<[UInt8]> = []
        for name in topics {
            try check(subscription: name, code)
            if names.insert(Array(name.utf8)).inserted { continue }
            throw KafkaError(code, "is in the list twice", subject: subject(name), hint: "Name each topic once")
        }
    }

    /// Throws if librdkafka cannot subscribe to this name, or to this pattern, which begins with `^`.
    private static func check(subscription name: String, _ code: Code) throws(KafkaError) {
        // A pattern may be long, for example if it lists names.
        if name.utf8.first != UInt8(ascii: "^") {
            if name.isEmpty {
                throw KafkaError(code, "the name is empty", subject: subject(name), hint: "Correct the list of topics")
            }
            return try check(topic: name, code)
        }
        try checkNUL(in: name, "topic \"\(name.withoutNUL)\"", code)
        if let fault = faultOfPattern(name) {
            throw KafkaError(
                code,
                "is not a regular expression: \(fault)",
                subject: subject(name),
                hint: "Correct the pattern; it is a POSIX extended regular expression"
            )
        }
    }

    private static func subject(_ name: String) -> String {
        "topic \"\(name.prefix(40))\(name.count > 40 ? "…" : "")\""
    }

    /// The C library's text about a pattern that it refuses; nil for a regular expression. librdkafka compiles patterns
    /// with the same function.
    private static func faultOfPattern(_ pattern: String) -> String? {
        var expression = regex_t()
        let fault = regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB)
        if fault == 0 {
            regfree(&expression)
            return nil
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            regerror(fault, &expression, text.baseAddress, text.count)
            return text.baseAddress.map { String(cString: $0) }
        }
    }
}
