/// An identifier from an environment variable, from a plain header or from the program.
package enum PlainIdentifier: Equatable, Sendable, HeaderValue {
    /// 32 hex digits or a UUID, in either case.
    case trace(TraceID)
    /// Any other readable text, unchanged.
    case correlation(String)

    package static let maximumLength = 256

    /// Reads an identifier. The result is nil if the text is not one: if it is empty, all zeros or unreadable.
    package init?(_ text: String) {
        guard let identifier = try? PlainIdentifier(parsing: text.utf8.span) else { return nil }
        self = identifier
    }

    package init(parsing text: Span<UInt8>) throws(HeaderFault) {
        do throws(HeaderFault) {
            self = .trace(try TraceID(parsing: text))
        } catch .zeroTraceID {
            throw .zeroTraceID
        } catch {
            self = .correlation(try PlainText(parsing: text).text)
        }
    }

    /// Returns `text` if every reader of headers and variables accepts it, or nil.
    package static func readable(_ text: String?) -> String? {
        guard let text, (try? PlainText(parsing: text.utf8.span)) != nil else { return nil }
        return text
    }

    /// A reason as it is shown to the person who set a variable.
    package static func reason(_ fault: HeaderFault) -> String {
        switch fault {
        case .tooLong: "over \(maximumLength) bytes long"
        case .controlCharacter: "holds a control character"
        default: fault.description
        }
    }
}

/// A text that a log line and a header can hold: UTF-8 of 1 to 256 bytes without control characters.
struct PlainText: HeaderValue {
    let text: String

    init(parsing bytes: Span<UInt8>) throws(HeaderFault) {
        try Self.check(bytes)
        // SAFETY: the bytes were checked.
        text = String(copying: UTF8Span(unchecked: bytes))
    }

    /// Throws the reason if these bytes are not such a text.
    @inline(__always)
    static func check(_ bytes: Span<UInt8>) throws(HeaderFault) {
        guard bytes.count > 0 else { throw .tooShort }
        guard bytes.count <= PlainIdentifier.maximumLength else { throw .tooLong }
        if !isPrintableASCII(bytes) { try checkAny(bytes) }
    }

    @inline(never)
    private static func checkAny(_ bytes: Span<UInt8>) throws(HeaderFault) {
        for index in bytes.indices {
            let byte = bytes[index]
            // U+0080 to U+009F are control characters, too.
            let isLateControl = byte == 0xC2 && index + 1 < bytes.count && bytes[index + 1] < 0xA0
            guard byte >= 0x20, byte != 0x7F, !isLateControl else { throw .controlCharacter }
        }
        guard (try? UTF8Span(validating: bytes)) != nil else { throw .notText }
    }

    /// Whether every byte is from 0x20 to 0x7E. Most texts are, and this looks at eight bytes at a time.
    private static func isPrintableASCII(_ bytes: Span<UInt8>) -> Bool {
        let raw = bytes.bytes
        let count = bytes.count
        guard count >= 8 else { return bytes.indices.allSatisfy { 0x20...0x7E ~= bytes[$0] } }
        let tops: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        var offset = 0
        while true {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // Below 128, adding 0x60 sets the top bit from 0x20 on, and adding 1 sets it for 0x7F.
            guard word & tops == 0, (word &+ ones &* 0x60) & ~(word &+ ones) & tops == tops else { return false }
            if offset == count - 8 { return true }
            offset = min(offset + 8, count - 8)
        }
    }
}
