internal import CMALoggerShims
import Synchronization

/// Lets lines that a pipe accepts as a whole pass without a lock, except while a longer line is written.
///
/// A pipe keeps each write of up to `PIPE_BUF` bytes whole, so such lines need not wait for each other. The system may
/// accept a longer line in parts, and no other line may come between them. The writer of a longer line holds the lock
/// of the stream, closes the gate, and waits until every line inside has left.
///
/// A forked child's memory may count lines of threads that only its parent has. So the gate of a child is closed until
/// a line under the lock opens it.
struct PipeGate: ~Copyable {
    private let state = Atomic<Int>(PipeGateState.closing)

    /// The fork count of the process to which `state` belongs.
    private let forks = Atomic<Int32>(malogc_fork_count())

    /// Counts each time that the last line leaves a closed gate.
    private let emptied = EventCount()

    init() {}

    /// Enters the gate. If the result is true, the caller must call ``leave()`` after its write.
    @inline(__always)
    func enter() -> Bool {
        // The caller that changes `forks` has stored the state before.
        guard _fastPath(forks.load(ordering: .acquiring) == malogc_fork_count() && mayEnter) else { return false }
        let before = state.add(PipeGateState.line, ordering: .acquiringAndReleasing).oldValue
        if _fastPath(PipeGateState(word: before).admits) { return true }
        leave()
        return false
    }

    /// A line that finds the gate closed need not wake the writer that closed it.
    @inline(__always)
    private var mayEnter: Bool { PipeGateState(word: state.load(ordering: .relaxed)).admits }

    @inline(__always)
    func leave() {
        let after = state.subtract(PipeGateState.line, ordering: .acquiringAndReleasing).newValue
        if _slowPath(PipeGateState(word: after) == .closed) { emptied.advance() }
    }

    /// Closes the gate if it is open, and returns when no line is inside. The caller holds the lock of the stream.
    func close() {
        let now = malogc_fork_count()
        if forks.load(ordering: .relaxed) != now {
            // No line of this process has entered yet.
            state.store(PipeGateState.closing, ordering: .relaxed)
            forks.store(now, ordering: .releasing)
            return
        }
        if mayEnter { state.add(PipeGateState.closing, ordering: .acquiringAndReleasing) }
        while true {
            let seen = emptied.now
            if PipeGateState(word: state.load(ordering: .acquiring)) == .closed { return }
            emptied.wait(while: seen)
        }
    }

    /// Opens the gate. The caller holds the lock of the stream, and has closed the gate.
    func open() {
        state.subtract(PipeGateState.closing, ordering: .releasing)
    }
}
