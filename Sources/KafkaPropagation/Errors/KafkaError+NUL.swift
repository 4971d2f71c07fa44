extension KafkaError {
    /// Throws if a text contains a NUL. C reads a text only up to its first NUL, so librdkafka would take `frames\0old`
    /// for `frames`.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - subject: Names the text in the error, for example `group.id`.
    ///   - code: The code of the error.
    package static func checkNUL(
        in text: String,
        _ subject: @autoclosure () -> String,
        _ code: Code = .invalidArgument
    ) throws(KafkaError) {
        if text.utf8.contains(0) {
            throw KafkaError(code, "contains a NUL character; remove it", subject: subject())
        }
    }

    /// Throws if librdkafka cannot take this name of a topic: if it contains a NUL, or is too long.
    package static func check(topic name: String, _ code: Code = .invalidArgument) throws(KafkaError) {
        try checkNUL(in: name, "topic \"\(name.withoutNUL)\"", code)
        // librdkafka makes no topic of a longer name, and some of its calls then mean every topic.
        let (count, most) = (name.utf8.count, 512)
        if count <= most { return }
        throw KafkaError(
            code,
            "the name of a topic has \(count) bytes, and librdkafka takes at most \(most)",
            subject: "topic \"\(name.prefix(40))…\"",
            hint: "Kafka takes at most 249"
        )
    }
}

extension String {
    /// The text with `\0` in place of each NUL, so that it can be printed.
    package var withoutNUL: String {
        split(separator: "\0", omittingEmptySubsequences: false).joined(separator: "\\0")
    }
}
