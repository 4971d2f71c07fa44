internal import CMALoggerShims
internal import ContextLog

/// A line with which a process reports outputs or a metric to Kestra: `::{"outputs":{…}}::`.
///
/// Kestra's documentation describes these lines under "Outputs and metrics in script tasks".
enum KestraReport {
    /// The outputs as a line, or nil if there are none.
    static func outputs(_ fields: RenderedFields?) -> [UInt8]? {
        guard let fields else { return nil }
        var json = ByteWriter(capacity: 256)
        json.append("{\"outputs\":")
        json.append(object: fields.bytes)
        json.append("}")
        return line(json)
    }

    /// A metric as a line.
    static func metric(_ name: String, type: StaticString, _ value: Double, tags: [String: String]) -> [UInt8] {
        var json = ByteWriter(capacity: 256)
        json.append("{\"metrics\":[{\"name\":")
        json.append(quoting: name)
        json.append(",\"type\":\"")
        json.append(type)
        json.append("\",\"value\":")
        json.append(json: value)
        if !tags.isEmpty {
            json.append(",\"tags\":{")
            for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { json.append(",") }
                json.append(quoting: tag.key)
                json.append(":")
                json.append(quoting: tag.value)
            }
            json.append("}")
        }
        json.append("}]}")
        return line(json)
    }

    /// Whether a text without its line feed is a line that Kestra reads: `::{…}::`.
    static func isLine(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count >= 6 && text.prefix(3).elementsEqual("::{".utf8) && text.suffix(3).elementsEqual("}::".utf8)
    }

    private static func line(_ json: borrowing ByteWriter) -> [UInt8] {
        var line = ByteWriter(capacity: json.count + 16)
        line.append(kestraLine: json)
        return line.array()
    }
}
