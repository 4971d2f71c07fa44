import ContextPropagation
import Foundation

struct FilterError: Error {
    let reason: String
}

/// One line of input.
struct FilterLine {
    let headers: [HeaderField]
    private let codec: Any?

    init(_ line: Data) throws(FilterError) {
        guard let json = try? JSONSerialization.jsonObject(with: line) else { throw FilterError(reason: "not JSON") }
        guard let object = json as? [String: Any] else { throw FilterError(reason: "not a JSON object") }
        guard let list = object["headers"] as? [Any] else { throw FilterError(reason: "\"headers\" is not a list") }
        var headers: [HeaderField] = []
        for element in list { headers.append(try Self.header(element)) }
        self.headers = headers
        codec = object["codec"]
    }

    var format: HeaderFormat {
        get throws(FilterError) {
            guard let name = codec as? String else { throw FilterError(reason: "\"codec\" is not a string") }
            if name == "w3c" { return .traceContext }
            if let format = HeaderFormat(name: name) { return format }
            throw FilterError(
                reason: "\"codec\" is not one of w3c, \(Self.names): \"\(name.prefix(64))\""
            )
        }
    }

    /// The names of the formats but the first, which is `w3c` here.
    private static var names: String { HeaderFormat.allCases.dropFirst().map(\.name).joined(separator: ", ") }

    /// Reads a header from a pair of name and text or null, or from an object with the value in base64.
    private static func header(_ json: Any) throws(FilterError) -> HeaderField {
        if let pair = json as? [Any], pair.count == 2, let name = pair[0] as? String {
            if let value = pair[1] as? String { return HeaderField(name: name, value: value) }
            if pair[1] is NSNull { return HeaderField(name: name, value: nil) }
        }
        if let object = json as? [String: Any], let name = object["name"] as? String,
            let text = object["value_b64"] as? String
        {
            guard let value = Data(base64Encoded: text) else {
                throw FilterError(reason: "\"value_b64\" is not base64")
            }
            return HeaderField(name: name, value: [UInt8](value))
        }
        throw FilterError(reason: "a header is neither [name, value] nor {\"name\":…,\"value_b64\":…}")
    }

    static func json(_ header: HeaderField) -> Any {
        guard let value = header.value else { return [header.name, NSNull()] as [Any] }
        guard let text = String(validating: value, as: UTF8.self) else {
            return ["name": header.name, "value_b64": Data(value).base64EncodedString()]
        }
        return [header.name, text]
    }

    /// Returns a line of output. A nil value becomes null.
    static func answer(_ object: [String: Any?]) -> Data {
        let json = object.mapValues { $0 ?? NSNull() }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return (try? JSONSerialization.data(withJSONObject: json, options: options))
            ?? Data(#"{"error":"could not write the answer as JSON"}"#.utf8)
    }
}
