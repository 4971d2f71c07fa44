/// An identifier out of an environment variable or a plain header.
package enum PlainIdentifier: Equatable, Sendable, HeaderValue {
    /// 32 hex digits or a UUID, in either case.
    case trace(TraceID)
    /// Any other text, kept as it came.
    case correlation(String)

    package static let maximumLength = 256

    /// Nil where the text is no identifier: empty, all zeros, or faulty.
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

    /// Why the text cannot stand on a line or in a header, nil where it can.
    package static func fault(of text: String) -> String? {
        do throws(HeaderFault) {
            _ = try PlainText(parsing: text.utf8.span)
            return nil
        } catch .tooLong {
            return "over \(maximumLength) bytes long"
        } catch .controlCharacter {
            return "holds a control character"
        } catch {
            return error.description
        }
    }
}

/// A text that can stand on a line and in a header, as it came.
struct PlainText: HeaderValue {
    let text: String

    init(parsing bytes: Span<UInt8>) throws(HeaderFault) {
        guard bytes.count > 0 else { throw .tooShort }
        guard bytes.count <= PlainIdentifier.maximumLength else { throw .tooLong }
        for index in bytes.indices {
            let byte = bytes[index]
            // U+0080 to U+009F are control characters, too.
            let isLateControl = byte == 0xC2 && index + 1 < bytes.count && bytes[index + 1] < 0xA0
            guard byte >= 0x20, byte != 0x7F, !isLateControl else { throw .controlCharacter }
        }
        guard let utf8 = try? UTF8Span(validating: bytes) else { throw .notText }
        text = String(copying: utf8)
    }
}
