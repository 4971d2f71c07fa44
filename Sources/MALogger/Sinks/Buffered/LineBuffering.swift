internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The buffer of `LOG_BUFFER`: threads copy their lines into memory, and a thread of its own writes them in batches.
///
/// One lock is held while a line is copied. Only the writer's thread writes to the sinks, and it gets no signals, so
/// none ever interrupts a call that has written a part of a batch. A line that fits into no chunk stays in the memory
/// of its caller, who waits until the writer has written it as a batch of its own. After the buffer is closed, callers
/// write their lines themselves. `malogc_pending` tells how the handler of a fatal signal takes the sinks over.
// @unchecked: the lock of `chunks` protects the memory of the active chunk, and the writer owns the memory of the batch
// that it has taken. The fields of `pending` are read and changed by atomic operations. Every other property is
// constant, or is safe by itself.
final class LineBuffering: @unchecked Sendable {
    /// Formats lines, and owns the sinks.
    let backend: LineBackend
    let settings: BufferSettings
    let chunks: ChunkLock
    /// Counts each batch that was taken and each that was written.
    let events = EventCount()
    /// Counts the requests that wake the writer.
    let wakeUps = EventCount()
    let pending: UnsafeMutablePointer<malogc_pending>
    let memory: UnsafeMutablePointer<UInt8>
    /// The number that identifies the writer's thread, or 0 if there is none: then nothing can be waited for.
    let writer = Atomic<UInt>(0)
    let isStopping = Atomic<Bool>(false)
    /// The outcomes of the last batches that have not been reported. Only the writer's thread touches them.
    var outcomes: [(SinkOutcome, name: String)] = []
    /// The number of dropped lines that the writer is reporting. Only its thread touches it.
    var beingReported = 0

    /// Nil if the system gives no memory or no thread.
    init?(backend: LineBackend, settings: BufferSettings) {
        guard let memory = malogc_map(settings.size) else { return nil }
        self.backend = backend
        self.settings = settings
        self.memory = memory.bindMemory(to: UInt8.self, capacity: settings.size)
        let chunks = LineChunks(size: settings.size, dueSize: Self.dueSize)
        self.chunks = ChunkLock(chunks)
        pending = .allocate(capacity: 1)
        pending.initialize(to: malogc_pending())
        pending.pointee.waiting = self.chunks.waiting
        pending.pointee.bytes = UnsafePointer(self.memory)
        pending.pointee.chunk_size = chunks.chunkSize
        pending.pointee.descriptors = (backend.standardOutput.descriptor, backend.file?.usableDescriptor ?? -1)
        guard NamedThread.start("ma-log-writer", { [self] in write() }) else { return nil }
        while writer.load(ordering: .acquiring) == 0 { events.wait(while: 0) }
    }

    deinit {
        malogc_unmap(memory, settings.size)
        pending.deallocate()
    }

    /// A batch of this size is written immediately. For smaller batches, the writer's thread must be woken more often.
    /// Larger ones use more of the processor's cache.
    private static var dueSize: Int { 384 << 10 }
}

extension LineBuffering {
    /// Adds a line.
    ///
    /// - Parameter second: The second of the line's time.
    /// - Returns: Changes of the sinks, if this thread wrote the line to them. The caller reports them when its own
    ///   line is complete, because a report is a line too.
    @inline(__always)
    func append(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ level: LogLevel, _ second: Int) -> SinkOutcomes? {
        let result = chunks.withLock { chunks in
            let result = chunks.append(count, isUrgent: level >= .error)
            if let place = result.place {
                (memory + place).initialize(from: bytes, count: count)
                malogc_pending_set(pending, chunks.active, chunks.count)
            }
            return result
        }
        if case .at = result { return nil }
        return finishAppend(result, bytes, count, level, second)
    }

    /// Does everything after ``LineChunks/append(_:isUrgent:)`` that a usual line does not need.
    @inline(never)
    private func finishAppend(
        _ result: LineChunks.Appended,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ level: LogLevel,
        _ second: Int
    ) -> SinkOutcomes? {
        switch result {
        case .at:
            return nil
        case .waking:
            if level >= .error { flush() } else { wakeUps.advance() }
            return nil
        case .full(let mustWake):
            if mustWake { wakeUps.advance() }
            if settings.whenFull == .drop, level < .warning, drop() { return nil }
            // The writer's lines are reports. They must not wait as long as other threads log more than it can write.
            if isWriter, writeLongLine(bytes, count) { return nil }
            waitForRoom(count)
            return append(bytes, count, level, second)
        case .direct:
            if writeLongLine(bytes, count) { return nil }
            // The buffer is closed. The handler of a fatal signal has nothing to write after the last batch.
            flush()
            return backend.write(bytes, count, second)
        }
    }

    /// Adds a line that the file does not get, as a batch of its own, and waits until it is written.
    ///
    /// - Parameter second: The second of the line's time.
    /// - Returns: The change of standard output, if this thread wrote the line.
    func append(toStandardOutput bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        if writeLongLine(bytes, count, isForFile: false) { return .same }
        // As for any other line after the buffer is closed.
        flush()
        return backend.standardOutput.write(bytes, count, second)
    }

    /// Makes the writer write a line that finds no room, and waits for that. False if the buffer is closed.
    private func writeLongLine(_ bytes: UnsafePointer<UInt8>, _ count: Int, isForFile: Bool = true) -> Bool {
        while true {
            let seen = events.now
            let (isClosed, batch) = chunks.withLock { chunks in
                (chunks.isClosed, chunks.append(longLine: bytes, count, isForFile: isForFile))
            }
            if isClosed { return false }
            if let batch {
                waitForBatch(batch)
                return true
            }
            wait(seen)
        }
    }

    /// Drops a line. False if the buffer is closed.
    private func drop() -> Bool {
        chunks.withLock { chunks in
            let isDropped = chunks.drop()
            malogc_pending_set_dropped(pending, UInt64(chunks.dropped))
            return isDropped
        }
    }

    /// Waits until a line of this size may have room.
    private func waitForRoom(_ count: Int) {
        while true {
            let seen = events.now
            if chunks.withLock({ $0.hasRoom(count) }) { return }
            wait(seen)
        }
    }

    /// Waits until every line that was logged before is written or counted as lost.
    func flush() {
        waitForBatch(chunks.withLock { $0.flush() })
    }

    /// Wakes the writer, unless it has written this batch already, and waits until it has.
    private func waitForBatch(_ number: Int) {
        var hasWoken = false
        while true {
            let seen = events.now
            if chunks.withLock({ $0.written >= number }) { return }
            if !hasWoken { wakeUps.advance() }
            hasWoken = true
            wait(seen)
        }
    }

    /// Whether this is the writer's thread.
    var isWriter: Bool { writer.load(ordering: .relaxed) == malogc_current_thread() }

    /// Waits for the writer. The writer itself writes a batch.
    private func wait(_ seen: UInt32) {
        if isWriter {
            writeBatch()
        } else {
            events.wait(while: seen)
        }
    }
}
