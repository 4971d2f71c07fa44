import ContextLog

extension Log.Event {
    /// The fields, as JSON.
    package var json: String {
        withFields { json in json.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }
}

/// Returns the fields of each line that `body` logs, as JSON.
package func fields(_ body: (Log) throws -> Void) rethrows -> [String] {
    let lines = Locked<[String]>()
    try body(LineRouter.log(receivedBy: { lines.append($0.json) }))
    return lines.value
}

/// Returns the fields of one line, as JSON.
package func json(_ set: (inout LogFields) -> Void) -> String {
    fields { $0.info("fields", set) }.first ?? "no line"
}

/// Reads a JSON text. Returns nil if the text is not well-formed.
package func parsed(_ json: String) -> LogFieldValue? {
    LogFieldValue(json: json.utf8.span)
}
