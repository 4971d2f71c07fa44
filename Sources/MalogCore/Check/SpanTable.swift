internal import Synchronization

/// Remembers in which trace spans were seen, and finds a span that is in two.
///
/// All threads use one table. It has a fixed size and remembers the latest spans, because the lines of a span are near
/// each other. An entry is one word, so no lock is needed: the place in the table and 46 bits of the word are the whole
/// span ID, so two spans are never taken for one; 18 bits tell the trace, so one of 262,144 faults is not seen.
final class SpanTable: Sendable {
    private static var mask: UInt64 { (1 << 18) - 1 }

    private struct Entries: ~Copyable, @unchecked Sendable {
        // Unchecked because of the pointer: it never changes, and all access to the words is atomic.
        let words: UnsafeMutablePointer<Atomic<UInt64>>

        init() {
            words = .allocate(capacity: Int(SpanTable.mask) + 1)
            for index in 0...Int(SpanTable.mask) { (words + index).initialize(to: Atomic(0)) }
        }

        deinit {
            words.deinitialize(count: Int(SpanTable.mask) + 1)
            words.deallocate()
        }
    }

    private let entries = Entries()

    /// Notes that a line has this span and trace. Returns false if the span was in another trace before.
    @inline(__always)
    func note(span: UInt64, trace: UInt64) -> Bool {
        let entry = span & ~Self.mask | (trace >> 40) & Self.mask
        let word = entries.words + Int(truncatingIfNeeded: span & Self.mask)
        let old = word.pointee.load(ordering: .relaxed)
        if old == entry { return true }
        word.pointee.store(entry, ordering: .relaxed)
        return (old ^ entry) & ~Self.mask != 0 || old == 0
    }
}
