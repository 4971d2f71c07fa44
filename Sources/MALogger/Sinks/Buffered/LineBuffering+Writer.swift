internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation
import Synchronization

extension LineBuffering {
    /// The longest time that a line waits, in milliseconds.
    private static var interval: Int32 { 100 }

    /// The number of intervals without a line after which the writer sleeps until a line wakes it.
    private static var idleIntervals: Int { 10 }

    /// The body of the writer's thread.
    func write() {
        malogc_block_signals()
        writer.store(malogc_current_thread(), ordering: .releasing)
        events.advance()
        var idle = 0
        while true {
            var seen: UInt32
            repeat {
                idle = writeBatch() ? 0 : idle + 1
                report()
                seen = wakeUps.now
            } while chunks.withLock { $0.isDue }
            if isStopping.load(ordering: .acquiring) {
                // Further lines may have been dropped during a report.
                if outcomes.isEmpty, chunks.withLock({ $0.isSettled }) { break }
                continue
            }
            let isResting = idle >= Self.idleIntervals && chunks.withLock { $0.rest() }
            wakeUps.wait(while: seen, milliseconds: isResting ? nil : Self.interval)
        }
        writer.store(0, ordering: .releasing)
        events.advance()
    }

    /// Writes every line that waits, and ends the writer's thread. Later lines are written directly.
    func stop() {
        let thread = writer.load(ordering: .acquiring)
        guard thread != 0 else { return }
        chunks.withLock { $0.close() }
        if thread == malogc_current_thread() {
            // A backend that got a line of the writer ends the process.
            while writeBatch() {}
            reportDirectly()
            writer.store(0, ordering: .releasing)
            events.advance()
            return
        }
        isStopping.store(true, ordering: .releasing)
        wakeUps.advance()
        while true {
            let seen = events.now
            if writer.load(ordering: .acquiring) == 0 { return }
            events.wait(while: seen)
        }
    }

    /// Writes the next batch. False if there is none. Only the writer's thread may call it. `malogc_pending` tells
    /// which sink it may write to, and when.
    @discardableResult
    func writeBatch() -> Bool {
        let (taken, isEnding) = chunks.withLock { chunks -> (LineChunks.Batch?, Bool) in
            guard let next = chunks.next else { return (nil, false) }
            guard malogc_pending_begin(pending, start(of: next), next.count) != 0 else { return (nil, true) }
            // The handler of a fatal signal then finds nothing for the file.
            if !next.isForFile { malogc_pending_move(pending, 1, next.count) }
            chunks.take()
            malogc_pending_set(pending, chunks.active, chunks.count)
            return (next, false)
        }
        if isEnding { waitForEndOfProcess() }
        guard let taken else { return false }
        events.advance()

        note(
            backend.standardOutput.write(
                batch: start(of: taken),
                taken.count,
                progress: { malogc_pending_move(pending, 0, $0) },
                hasWritten: { malogc_pending_note_write(pending) },
                isTorn: { malogc_pending_set_torn(pending, 0, $0 ? 1 : 0) }
            ),
            backend.standardOutput.name
        )
        if malogc_pending_begin_file(pending) == 0 { waitForEndOfProcess() }
        if let file = backend.file, taken.isForFile {
            note(
                file.write(
                    batch: start(of: taken),
                    taken.count,
                    lines: taken.lines,
                    second: Platform.timeSinceEpoch.seconds,
                    progress: { malogc_pending_move(pending, 1, $0) },
                    hasWritten: { malogc_pending_note_write(pending) }
                ) { descriptor, isTorn in
                    malogc_pending_set_descriptor(pending, 1, descriptor)
                    malogc_pending_set_torn(pending, 1, isTorn ? 1 : 0)
                },
                file.name
            )
        }
        // Without the lock: the handler of a fatal signal waits for this, perhaps on a thread that holds the lock.
        if malogc_pending_end(pending) == 0 { waitForEndOfProcess() }
        chunks.withLock { $0.finish() }
        events.advance()
        return true
    }

    /// The first byte of a batch.
    private func start(of batch: LineChunks.Batch) -> UnsafePointer<UInt8> {
        switch batch.place {
        case .memory(let offset): UnsafePointer(memory + offset)
        case .caller(let bytes): bytes
        }
    }

    /// Leaves the lines to the handler of a fatal signal, which ends the process.
    private func waitForEndOfProcess() -> Never {
        while true { malogc_sleep(1000) }
    }

    private func note(_ new: [SinkOutcome], _ name: String) {
        for outcome in new { outcomes.append((outcome, name)) }
    }

    /// Logs the changes of the sinks and the number of dropped lines. The writer calls it between two batches, so these
    /// lines can wait in the buffer like all others.
    private func report() {
        while !outcomes.isEmpty {
            let (outcome, name) = outcomes.removeFirst()
            backend.report(outcome, name)
        }
        let dropped = chunks.withLock(\.dropped)
        guard dropped > 0 else { return }
        beingReported = dropped
        LineBackend.warn(Self.dropReport, lostLines: dropped)
        beingReported = 0
        // Not before: the handler of a fatal signal reports what no line reports.
        noteReported(dropped)
    }

    /// Writes the changes of the sinks and the number of dropped lines after the last batch, past the backend. The
    /// process ends because the backend called `exit` when it got one of these lines.
    private func reportDirectly() {
        for (outcome, name) in outcomes { backend.report(outcome, name, isDirect: true) }
        outcomes = []
        let dropped = chunks.withLock(\.dropped)
        if dropped > beingReported {
            LineBackend.log(.warning, Self.dropReport, lostLines: dropped - beingReported, writtenBy: backend)
        }
        noteReported(dropped)
    }

    private func noteReported(_ dropped: Int) {
        chunks.withLock { chunks in
            chunks.noteReported(dropped)
            malogc_pending_set_dropped(pending, UInt64(chunks.dropped))
        }
    }

    private static var dropReport: String { "LOG_BUFFER was full, and lines below WARNING were dropped" }

    /// Makes a forked child write each line directly. Its parent writes the lines of the buffer.
    func abandon() {
        chunks.withLock { chunks in
            chunks.abandon()
            malogc_pending_set(pending, chunks.active, 0)
        }
        writer.store(0, ordering: .relaxed)
    }
}
