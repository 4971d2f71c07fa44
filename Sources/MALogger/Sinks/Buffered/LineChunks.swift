/// The state of a buffer of two chunks: one takes lines while the other one is written.
///
/// The chunk that takes lines becomes a *batch* when the writer takes it. A line that fits into no chunk is a batch by
/// itself, and so is a line of the writer that finds no room. Batches are numbered from 1, and are written one after
/// another. The owner holds a lock around this value, and copies each line to its place under that lock.
struct LineChunks {
    // Each line reads and changes the first four words. `ChunkLock` has them in one cache line.

    /// The number of bytes in the active chunk.
    private(set) var count = 0

    /// The number of bytes that a chunk takes: `chunkSize`, or 0 when the buffer is closed.
    private var limit: Int

    /// The number of bytes at which a line must wake the writer. It is `Int.max` after that.
    private var wakeSize: Int

    private var activeChunk: Int32 = 0
    private var lineCount: Int32 = 0

    /// The bytes of one chunk. Chunk 0 begins at offset 0 of the memory, and chunk 1 behind it.
    let chunkSize: Int

    /// The number of bytes at which a batch should be written immediately.
    let dueSize: Int

    /// The number of the batch that the active chunk will be.
    private(set) var batch = 1

    /// The number of the last batch that the writer has taken, or 0.
    private var taken = 0

    /// The number of the last batch that was written, or 0.
    private(set) var written = 0

    /// The batch of a line that found no room, until it is written.
    private var longLine: Batch?

    /// Whether a caller waits for the lines of the active chunk.
    private var isUrgent = false

    /// The number of dropped lines that nobody has reported.
    private(set) var dropped = 0

    /// The number of lines that were dropped because the buffer was full.
    private(set) var allDropped = 0

    /// The chunk that takes lines: 0 or 1.
    var active: Int { Int(activeChunk) }

    /// The number of lines in the active chunk.
    var lines: Int { Int(lineCount) }

    /// - Parameters:
    ///   - size: The bytes of both chunks.
    ///   - dueSize: The number of bytes at which a batch should be written immediately.
    init(size: Int, dueSize: Int) {
        chunkSize = size / 2
        self.dueSize = min(dueSize, max(1, size / 8 * 3))
        wakeSize = self.dueSize
        limit = chunkSize
    }
}

extension LineChunks {
    /// The result of ``append(_:isUrgent:)``.
    enum Appended: Equatable {
        /// The place of the line in the memory. The line has joined the batch.
        case at(Int)
        /// As `at`. The caller must also wake the writer.
        case waking(Int)
        /// Both chunks are full. The caller must wait or drop the line. If `mustWake` is true, it must wake the writer
        /// first.
        case full(mustWake: Bool)
        /// The line fits into no chunk, or the buffer is closed. The caller must pass the line to
        /// ``LineChunks/append(longLine:_:isForFile:)``. If the buffer is closed, the caller must write the line
        /// itself, after all lines of this buffer.
        case direct

        /// The place of a line that has joined.
        @inline(__always)
        var place: Int? {
            switch self {
            case .at(let place), .waking(let place): place
            case .full, .direct: nil
            }
        }
    }

    /// Lines that the writer writes together.
    struct Batch: Equatable {
        enum Place: Equatable {
            /// The offset of the first byte in the memory of the buffer.
            case memory(Int)
            /// A long line in the memory of its caller, who waits until the batch is written.
            case caller(UnsafePointer<UInt8>)
        }

        let number: Int
        let place: Place
        let count: Int
        let lines: Int
        /// Whether the file gets the lines too.
        var isForFile = true
    }

    /// Adds a line.
    ///
    /// - Parameters:
    ///   - size: The number of bytes.
    ///   - isUrgent: Whether the writer should write the line immediately.
    @inline(__always)
    mutating func append(_ size: Int, isUrgent: Bool) -> Appended {
        let end = count &+ size
        if _slowPath(end > limit) { return refuse(size) }
        let place = active &* chunkSize &+ count
        count = end
        // A chunk has at most 2^29 bytes.
        lineCount &+= 1
        if _fastPath(end < wakeSize && !isUrgent) { return .at(place) }
        return wake(place, isUrgent)
    }

    @inline(never)
    private mutating func wake(_ place: Int, _ isUrgent: Bool) -> Appended {
        if isUrgent { self.isUrgent = true }
        wakeSize = .max
        return .waking(place)
    }

    @inline(never)
    private mutating func refuse(_ size: Int) -> Appended {
        guard size <= limit else { return .direct }
        isUrgent = true
        defer { wakeSize = .max }
        return .full(mustWake: wakeSize != .max)
    }

    /// Makes a line that finds no room the batch after all lines that joined before. The caller must keep its bytes
    /// until the batch is written. A line that the file does not get is a batch by itself, too.
    ///
    /// - Returns: The number of the batch. Nil if another such line has not been written, or if the buffer is closed.
    mutating func append(longLine bytes: UnsafePointer<UInt8>, _ size: Int, isForFile: Bool = true) -> Int? {
        guard longLine == nil, !isClosed else { return nil }
        let number = last + 1
        longLine = Batch(number: number, place: .caller(bytes), count: size, lines: 1, isForFile: isForFile)
        // Lines that join an empty chunk come after it.
        if count == 0 { batch = number + 1 }
        return number
    }

    /// Whether a line of this size need not wait.
    func hasRoom(_ size: Int) -> Bool {
        size > limit || count + size <= limit
    }

    /// Whether no more lines can join.
    var isClosed: Bool { limit == 0 }

    /// Whether every line was written, or was dropped and reported.
    var isSettled: Bool { last == written && dropped == 0 }

    /// Whether the writer should write a batch without waiting.
    var isDue: Bool { isUrgent && count > 0 || count >= dueSize || longLine != nil }

    /// The number of the batch that contains the last line. It is 0 if there was no line yet.
    var last: Int { max(count > 0 ? batch : batch - 1, longLine?.number ?? 0) }

    /// Asks for the active chunk to be written.
    ///
    /// - Returns: The number of the batch after which every line that joined so far is written.
    mutating func flush() -> Int {
        if count > 0 { isUrgent = true }
        return last
    }

    /// The batch that the writer should take. Nil if there are no lines, or if it has not written the batch before.
    var next: Batch? {
        guard taken == written else { return nil }
        if let longLine, longLine.number == taken + 1 { return longLine }
        guard count > 0 else { return nil }
        return Batch(number: batch, place: .memory(active * chunkSize), count: count, lines: lines)
    }

    /// Gives the next batch to the writer. If it is the active chunk, the other one becomes active.
    mutating func take() {
        guard let next else { return }
        taken = next.number
        guard case .memory = next.place else { return }
        batch = last + 1
        activeChunk = 1 - activeChunk
        count = 0
        lineCount = 0
        isUrgent = false
        wakeSize = dueSize
    }

    /// Notes that the batch that was taken last has been written.
    mutating func finish() {
        written = taken
        if longLine?.number == written { longLine = nil }
    }

    /// Makes the next line wake the writer, because the writer no longer looks by itself. False if there are lines.
    mutating func rest() -> Bool {
        guard count == 0 else { return false }
        wakeSize = 1
        return true
    }

    /// Refuses every later line. Lines that have joined stay.
    mutating func close() {
        limit = 0
    }

    /// Removes all lines and closes the buffer. A forked child does this: its parent writes these lines.
    mutating func abandon() {
        written = last
        taken = written
        batch = written + 1
        count = 0
        lineCount = 0
        longLine = nil
        dropped = 0
        allDropped = 0
        close()
    }

    /// Counts a line that was dropped. False if the buffer is closed: the line must then be written, because nobody may
    /// report a dropped line any more.
    mutating func drop() -> Bool {
        if isClosed { return false }
        dropped += 1
        allDropped += 1
        return true
    }

    /// Notes that a line about so many dropped lines has joined, or was written.
    mutating func noteReported(_ count: Int) {
        dropped -= count
    }
}
