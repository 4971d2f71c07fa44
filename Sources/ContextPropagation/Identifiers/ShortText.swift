/// A text that most programs keep short: up to 39 bytes are stored in place, and a longer text in an object.
///
/// Every record has the execution's ID in its context. As a `String`, an ID of more than 15 bytes would be allocated
/// for each record and freed after it.
package struct ShortText: Sendable {
    // The bytes, with zeros behind them. The last byte is the number of bytes; it is 0 for no text and for a long one.
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    private var long: LongText?

    private final class LongText: Sendable {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// The greatest number of bytes that are stored in place.
    private static let capacity = 39

    /// No text. An empty text is the same.
    package init() {}

    /// Copies a text.
    package init(_ text: String) {
        // This does not retain the text, as its `utf8.span` would.
        let short = text.utf8.withContiguousStorageIfAvailable { ShortText(validated: $0) }
        self = short ?? ShortText(long: text)
    }

    /// Copies bytes that are known to be UTF-8.
    @inline(__always)
    init(validated bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count <= Self.capacity else {
            self.init(long: String(decoding: bytes, as: UTF8.self))
            return
        }
        self.init()
        withUnsafeMutableBytes(of: &words) { target in
            target.copyBytes(from: bytes)
            target[Self.capacity] = UInt8(truncatingIfNeeded: bytes.count)
        }
    }

    @inline(never)
    private init(long text: String) {
        long = LongText(text)
    }

    /// Whether there is no text.
    package var isEmpty: Bool { count == 0 && long == nil }

    /// Whether the text is too long to be stored in place.
    var ownsObject: Bool { long != nil }

    private var count: Int { Int(UInt8(truncatingIfNeeded: UInt64(littleEndian: words.4) >> 56)) }

    /// The text; nil if there is none. A text of more than 15 bytes is allocated with each call.
    package var text: String? {
        if let long { return long.text }
        guard count > 0 else { return nil }
        return withUTF8 { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the bytes of the text, which are valid only during the call.
    package func withUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let long {
            var text = long.text
            return text.withUTF8(body)
        }
        return withUnsafeBytes(of: words) { bytes in
            body(UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[..<count]))
        }
    }
}

extension ShortText: Equatable {
    /// Whether both texts have the same bytes.
    package static func == (one: ShortText, other: ShortText) -> Bool {
        guard one.words == other.words else { return false }
        guard let long = one.long?.text, let otherLong = other.long?.text else {
            return one.long == nil && other.long == nil
        }
        return long.utf8.elementsEqual(otherLong.utf8)
    }
}
