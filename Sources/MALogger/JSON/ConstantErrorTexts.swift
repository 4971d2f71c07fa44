internal import ContextLog
import Synchronization

/// The texts of the errors of one type whose text depends only on their bytes: a struct without properties, or a case
/// of an enum without associated values. Finding the name of a case takes longer than the rest of its line.
final class ConstantErrorTexts: Sendable {
    /// A text. It is never freed.
    private struct Entry {
        let words: ErrorWords
        let text: UnsafeBufferPointer<UInt8>
        /// The address of the next entry, or 0.
        let next: UInt
    }

    /// The address of the newest entry, or 0.
    private let newest = Atomic<UInt>(0)

    /// Whether an error of the type had a text that is not constant, or too many had one.
    private let isFull = Atomic<Bool>(false)

    /// The number of texts that are kept. A longer search would take longer than making the text.
    private static var most: Int { 64 }

    /// Nil if the text of an error can depend on anything but its bytes: the type makes its own text, or its values
    /// have references or many bytes.
    init?(_ type: any Error.Type) {
        if type is any CustomStringConvertible.Type || type is any CustomDebugStringConvertible.Type
            || type is any TextOutputStreamable.Type || type is any CustomReflectable.Type
        {
            return nil
        }
        guard _openExistential(type, do: hasOnlyBytes) else { return nil }
    }

    /// The text of an error, as the content of a JSON string. Nil if it is not constant.
    func text(of error: any Error) -> UnsafeBufferPointer<UInt8>? {
        let words = _openExistential(error, do: errorWords(of:))
        var address = newest.load(ordering: .acquiring)
        var count = 0
        while let entry = UnsafePointer<Entry>(bitPattern: address) {
            if entry.pointee.words == words { return entry.pointee.text }
            address = entry.pointee.next
            count += 1
        }
        return isFull.load(ordering: .relaxed) ? nil : add(words, error, count)
    }

    @inline(never)
    private func add(_ words: ErrorWords, _ error: any Error, _ count: Int) -> UnsafeBufferPointer<UInt8>? {
        guard count < Self.most, Mirror(reflecting: error).children.isEmpty else {
            isFull.store(true, ordering: .relaxed)
            return nil
        }
        var bytes = ByteWriter(capacity: 64)
        bytes.append(escaping: String(describing: error))
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes.array())
        let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
        var next = newest.load(ordering: .relaxed)
        while true {
            // Two threads may add the same text. Both copies stay.
            entry.initialize(to: Entry(words: words, text: UnsafeBufferPointer(copy), next: next))
            let (exchanged, found) = newest.compareExchange(
                expected: next,
                desired: UInt(bitPattern: entry),
                ordering: .acquiringAndReleasing
            )
            if exchanged { return UnsafeBufferPointer(copy) }
            next = found
        }
    }
}

private typealias ErrorWords = (UInt64, UInt64)

// These are functions of the file, because the compiler crashes if a static method is opened.
private func hasOnlyBytes<Failure: Error>(_ type: Failure.Type) -> Bool {
    _isPOD(type) && MemoryLayout<Failure>.size <= MemoryLayout<ErrorWords>.size
}

/// The bytes of an error, and zeros after them.
private func errorWords<Failure: Error>(of error: Failure) -> ErrorWords {
    if Failure.self as Any.Type == (any Error).self as Any.Type {
        // Generic code whose error is `any Error` puts it into another `any Error`. The bytes of this box are an
        // address. The cast is safe, because both types are the same.
        return _openExistential(unsafeBitCast(error, to: (any Error).self), do: errorWords(of:))
    }
    var words: ErrorWords = (0, 0)
    withUnsafeBytes(of: error) { bytes in
        withUnsafeMutableBytes(of: &words) { target in
            target.copyMemory(
                from: UnsafeRawBufferPointer(start: bytes.baseAddress, count: min(bytes.count, target.count))
            )
        }
    }
    return words
}
