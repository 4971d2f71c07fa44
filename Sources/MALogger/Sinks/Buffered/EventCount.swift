internal import CMALoggerShims

/// A number of events, for which threads wait.
///
/// Read the number, then check whether the awaited state has come, and then wait while the number is the same. An event
/// between the check and the wait is not missed.
// @unchecked: the word is read and changed only by atomic operations, and its address never changes.
struct EventCount: ~Copyable, @unchecked Sendable {
    private let word: UnsafeMutablePointer<UInt32>

    init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    deinit { word.deallocate() }

    /// The number of events so far.
    var now: UInt32 { malogc_load(word) }

    /// Counts an event and wakes every thread that waits.
    func advance() {
        malogc_advance(word)
    }

    /// Blocks while the number is `seen`. It may return earlier.
    ///
    /// - Parameter milliseconds: The longest time, or nil for no limit.
    func wait(while seen: UInt32, milliseconds: Int32? = nil) {
        malogc_wait(word, seen, milliseconds ?? -1)
    }
}
