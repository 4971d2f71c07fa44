internal import CMALoggerRDKafka

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A property in the list that librdkafka prints of its properties.
///
/// Source: `rd_kafka_conf_properties_show`, whose table has the columns Property, C/P, Range, Default, Importance and
/// Description.
struct LibrdkafkaProperty {
    let name: String
    /// The values that it takes, such as `none, gzip` or `0 .. 900000`; nil if librdkafka does not list them.
    let choices: String?
    /// Whether the values are numbers.
    var isRange: Bool { choices?.contains(" .. ") == true }
    /// The name under which librdkafka speaks of the property, if that is another one.
    let alias: String?

    /// Looks a property up. A name that librdkafka does not know has no choices.
    init(name: String) {
        let columns = Self.list.split(separator: "\n").lazy
            .map { $0.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false).map(Self.trimmed) }
            .first { $0.count == 6 && $0[0] == name }
        self.name = name
        choices = columns.flatMap { $0[2].isEmpty ? nil : $0[2] }
        let parts = columns?[5].split(separator: "`", omittingEmptySubsequences: false) ?? []
        alias = parts.count > 1 && parts[0] == "Alias for " ? String(parts[1]) : nil
    }

    /// The error for a value that librdkafka refused.
    ///
    /// - Parameter text: librdkafka's text.
    func error(_ text: String) -> KafkaError {
        var text = Self.trimmed(text[...])
        if let alias, let range = text.firstRange(of: "\"\(alias)\"") {
            text.replaceSubrange(range, with: "\"\(name)\"")
        }
        return KafkaError(.configuration, text, subject: name, hint: choices.map { "Its values are: \($0)" })
    }

    private static func trimmed(_ text: Substring) -> String {
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex
        return String(text[..<end].drop { $0.isWhitespace })
    }

    private static var list: String {
        var (bytes, count): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        guard let file = open_memstream(&bytes, &count) else { return "" }
        rd_kafka_conf_properties_show(file)
        fclose(file)
        defer { free(bytes) }
        return bytes.map { String(cString: $0) } ?? ""
    }
}
