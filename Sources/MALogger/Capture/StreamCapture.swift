internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The streams of `LOG_CAPTURE`: their writers write into pipes, and a thread logs each line that it reads from them.
///
/// The sinks write to the streams' own files, so a line never comes back to the thread that logged it.
// @unchecked: only the reader's thread uses `splitters` and the memory. The fields of `shared` are changed before that
// thread starts, and later by atomic operations. Every other property is constant, or is safe by itself.
final class StreamCapture: @unchecked Sendable {
    /// The longest text of a line. A longer one comes in pieces.
    private static let limit = 64 << 10
    /// Swift's runtime writes these words into the message of each trap.
    private static let fatalError = Array("Fatal error: ".utf8)

    private let shared: UnsafeMutablePointer<malogc_capture>
    private var splitters: [LineSplitter] = [LineSplitter(limit: limit), LineSplitter(limit: limit)]
    private let memory: [UnsafeMutablePointer<UInt8>]
    private let logs = [Log("stdout"), Log("stderr")]
    /// A C library writes its warnings to stderr, and also its progress messages. A program that keeps only warnings
    /// must see the warnings; only the program itself knows its errors.
    private let levels: [LogLevel] = [.info, .warning]
    private let requests = Atomic<Int>(0)
    private let served = Atomic<Int>(0)
    private let events = EventCount()
    /// Whether the capture has ended, and the reader copies what programs still write.
    private let isPassingOn = Atomic<Bool>(false)

    /// Prepares the capture of these streams. Nothing is captured before ``begin()``.
    ///
    /// - Parameter problems: Receives a sentence if the system has no descriptor for it.
    /// - Returns: Nil if nothing is to be captured.
    static func make(_ settings: CaptureSettings, problems: inout [String]) -> StreamCapture? {
        if settings.streams.isEmpty { return nil }
        let capture = StreamCapture()
        for (index, stream) in CaptureSettings.Stream.allCases.enumerated() where settings.streams.contains(stream) {
            let error = malogc_capture_open(capture.shared, Int32(index + 1), capture.memory[index])
            if error == 0 { continue }
            problems.append(noEffect(Platform.text(ofError: error)))
            malogc_capture_close(capture.shared)
            return nil
        }
        return capture
    }

    private static func noEffect(_ reason: String) -> String {
        "LOG_CAPTURE has no effect, because the system cannot capture a stream: \(reason)"
    }

    private init() {
        shared = .allocate(capacity: 1)
        shared.initialize(to: malogc_capture())
        memory = splitters.map { .allocate(capacity: $0.capacity) }
    }

    deinit {
        for bytes in memory { bytes.deallocate() }
        shared.deallocate()
    }

    /// The descriptor of the stream's own file.
    func original(_ number: Int32) -> Int32 {
        let stream = number == 1 ? shared.pointee.streams.0 : shared.pointee.streams.1
        return stream.number == number ? stream.original : number
    }

    /// Starts to capture. Lines can be logged from now on. The object then lives as long as the process.
    ///
    /// - Returns: The fault, if the system has no thread for it.
    func begin() -> String? {
        guard NamedThread.start("ma-log-capture", { self.read() }) else {
            return Self.noEffect("no thread could be started")
        }
        installedCapture.install(self)
        malogc_capture_begin(shared)
        Platform.atExit {
            installedCapture.object?.end()
        }
        return nil
    }

    // MARK: Requests of other threads

    /// Waits until every text that was written before is logged; after the end, until it is copied.
    func flush() {
        if isReader || !hasReader { return }
        flushStandardOutput()
        let number = requests.add(1, ordering: .acquiringAndReleasing).newValue
        malogc_capture_wake(shared)
        wait { served.load(ordering: .acquiring) >= number }
    }

    /// Gives the process its own streams back, and waits until every text that was written before is logged.
    func end() {
        if malogc_capture_has_ended(shared) != 0 { return flush() }
        if isReader {
            // A backend has called `exit`. This thread cannot log while it logs. It must not wait for the lock of
            // C's stdout, because a thread that holds it may wait for this one to empty the pipe.
            malogc_capture_restore(shared)
            _ = malogc_capture_take_over(shared)
            malogc_capture_set_ended(shared)
            return
        }
        flushStandardOutput()
        malogc_capture_restore(shared)
        wait { malogc_capture_has_ended(shared) != 0 }
    }

    /// Writes the text that C's stdout holds.
    ///
    /// The writer's thread of the buffer must not wait for the lock of C's stdout: a thread that holds it may wait for
    /// the reader to empty the pipe, and the reader for room in the buffer.
    private func flushStandardOutput() {
        if installedBuffering.object?.isWriter != true { malogc_flush_standard_output() }
    }

    private func wait(for isDone: () -> Bool) {
        // A backend that got a line of the buffer's writer may wait here, while the reader waits for room.
        let writing = installedBuffering.object.flatMap { $0.isWriter ? $0 : nil }
        while true {
            let seen = events.now
            if isDone() || !hasReader { return }
            if let writing {
                if !writing.writeBatch() { events.wait(while: seen, milliseconds: 1) }
            } else {
                events.wait(while: seen)
            }
        }
    }

    /// Whether the reader's thread runs. A forked child has none.
    private var hasReader: Bool {
        malogc_capture_has_ended(shared) == 0
            || isPassingOn.load(ordering: .acquiring) && shared.pointee.owner == Platform.processID
    }

    private var isReader: Bool { malogc_capture_reader(shared) == malogc_current_thread() }

    // MARK: The reader's thread

    private func read() {
        malogc_block_signals()
        malogc_capture_set_reader(shared, malogc_current_thread())
        while true {
            let ready = malogc_capture_wait(shared)
            for index in 0..<2 where ready & 1 << Int32(index) != 0 { readOnce(index) }
            guard ready & 4 != 0 else { continue }
            let isEnding = malogc_capture_is_ending(shared) != 0
            let number = requests.load(ordering: .acquiring)
            guard isEnding || number != served.load(ordering: .relaxed) else { continue }
            for index in 0..<2 {
                // Only the text from before the request: somebody may write without an end.
                var left = Int(malogc_bytes_in_pipe(descriptor(index)))
                while left > 0 {
                    let count = readOnce(index)
                    if count == 0 { break }
                    left -= count
                }
                logLines(index, isLast: true)
            }
            if isEnding { isPassingOn.store(true, ordering: .releasing) }
            served.store(number, ordering: .releasing)
            if isEnding { malogc_capture_set_ended(shared) }
            events.advance()
            if isEnding { return passOn() }
        }
    }

    /// Copies the text of programs that were started before the end, and still write, to the streams' own files. A full
    /// pipe would stop them.
    private func passOn() {
        while descriptor(0) >= 0 || descriptor(1) >= 0 {
            let ready = malogc_capture_wait(shared)
            let number = requests.load(ordering: .acquiring)
            for index in 0..<2 where ready & (1 << Int32(index) | 4) != 0 {
                var left = max(1, Int(malogc_bytes_in_pipe(descriptor(index))))
                while left > 0, let count = copyOnce(index) { left -= count }
            }
            if ready & 4 == 0 { continue }
            served.store(number, ordering: .releasing)
            events.advance()
        }
        isPassingOn.store(false, ordering: .releasing)
        events.advance()
    }

    /// Copies what one read returns. Returns the number of bytes; nil if none waits.
    private func copyOnce(_ index: Int) -> Int? {
        let descriptor = descriptor(index)
        if descriptor < 0 { return nil }
        let count = malogc_read_available(descriptor, memory[index], splitters[index].capacity)
        guard count > 0 else {
            endStream(index, descriptor, count)
            return nil
        }
        let target = original(Int32(index + 1))
        guard let output = installedBackend.object?.standardOutput,
            FileDescriptor.isSameFile(target, output.descriptor)
        else {
            _ = copy(index, count, to: target)
            return count
        }
        // No line comes between the parts of a text, and a line begins with a line feed if the text ends without one.
        output.withStream { stream in
            let written = copy(index, count, to: target)
            let isWhole = memory[index][count - 1] == UInt8(ascii: "\n")
            _ = stream.end.note(written: written, of: isWhole ? count : count + 1, hasBreakInFront: false)
        }
        return count
    }

    private func copy(_ index: Int, _ count: Int, to target: Int32) -> Int {
        var offset = 0
        while offset < count {
            let written = LineStream.write(to: target, memory[index] + offset, count - offset)
            if written >= 0 {
                offset += written
            } else if written != FileDescriptor.interrupted {
                break
            }
        }
        return offset
    }

    private func descriptor(_ index: Int) -> Int32 {
        index == 0 ? shared.pointee.streams.0.reading : shared.pointee.streams.1.reading
    }

    /// Reads once, and logs each line that is complete. Returns the number of bytes; 0 if none waits.
    @discardableResult
    private func readOnce(_ index: Int) -> Int {
        stopIfTakenOver()
        let descriptor = descriptor(index)
        if descriptor < 0 { return 0 }
        if let moved = splitters[index].takeMove() {
            memory[index].update(from: memory[index] + moved.lowerBound, count: moved.count)
            publish(index)
        }
        let room = splitters[index].room
        let count = malogc_read_available(descriptor, memory[index] + room.lowerBound, room.count)
        guard count > 0 else {
            endStream(index, descriptor, count)
            return 0
        }
        splitters[index].add(count)
        publish(index)
        logLines(index, isLast: false)
        return count
    }

    /// Ends a stream from which nothing more can be read.
    ///
    /// - Parameter result: The result of `malogc_read_available`. If it is 0, nobody can write into the pipe any more,
    ///   because the application has replaced the stream. A library may also have closed the descriptor; `poll` would
    ///   report that for ever.
    private func endStream(_ index: Int, _ descriptor: Int32, _ result: Int) {
        guard result == 0 || result == FileDescriptor.notOpen else { return }
        if index == 0 { shared.pointee.streams.0.reading = -1 } else { shared.pointee.streams.1.reading = -1 }
        // Other code may own the number of a descriptor that was closed.
        if result == 0 { FileDescriptor.closeIfOpen(descriptor) }
        logLines(index, isLast: true)
    }

    private func publish(_ index: Int) {
        let unread = splitters[index].unread
        malogc_capture_move(shared, Int32(index), unread.lowerBound, unread.upperBound)
    }

    private func logLines(_ index: Int, isLast: Bool) {
        while let line = splitters[index].next(in: memory[index], isLast: isLast) {
            stopIfTakenOver()
            log(index, UnsafeBufferPointer(start: memory[index] + line.range.lowerBound, count: line.range.count), line)
            publish(index)
        }
    }

    /// Leaves the text to the handler of a fatal signal, which writes it and ends the process.
    private func stopIfTakenOver() {
        while malogc_capture_is_taken_over(shared) != 0 { malogc_sleep(1000) }
    }

    private func log(_ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ line: LineSplitter.Line) {
        if index == 0, !line.continues, KestraReport.isLine(text), let kestra = LineBackend.kestra {
            return kestra.write(report: Array(text) + [UInt8(ascii: "\n")])
        }
        // The text of a trap must be seen with every level.
        let isFatal = index == 1 && text.contains(Self.fatalError)
        logs[index].log(
            isFatal ? .critical : levels[index],
            String(decoding: text, as: UTF8.self),
            fileID: "",
            function: "",
            line: 0
        ) { if line.continues { $0.continues = true } }
    }
}

/// The capture that ``setupLogging()`` began, if `LOG_CAPTURE` is set.
let installedCapture = InstalledObject<StreamCapture>()
