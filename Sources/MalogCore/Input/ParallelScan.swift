internal import Synchronization

/// The place of a line: its input, the part of the input, and the number of the line in that part, from 0.
package struct LinePlace: Comparable, Sendable {
    package var input: Int
    package var segment: Int
    package var line: Int

    package static func < (one: LinePlace, other: LinePlace) -> Bool {
        (one.input, one.segment, one.line) < (other.input, other.segment, other.line)
    }
}

/// Reads the blocks of one thread.
package protocol BlockVisitor: AnyObject, SendableMetatype {
    /// Reads a block whose first line has this place. Returns the number of its lines.
    func visit(_ block: LineBlock, _ place: LinePlace) -> Int

    /// Whether no more blocks are wanted, by any thread.
    var isDone: Bool { get }
}

extension BlockVisitor {
    package var isDone: Bool { false }
}

/// Reads files on all processors. Each thread takes the next part of the files and reads the lines that begin in it.
///
/// The files are read and not mapped: a mapped file that is shortened while it is read would end the process.
final class ParallelScan<Visitor: BlockVisitor>: @unchecked Sendable {
    // Unchecked because of the pointers and `visitors`: each part's count and each thread's visitor is written by one
    // thread, and read after all threads have ended.
    private let inputs: [ScanInput]
    /// The number of the first part of each input, followed by the number of all parts.
    private let firsts: [Int]
    private let counts: UnsafeMutablePointer<Int>
    private let next = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let failures = Mutex<[System.Failure]>([])
    private let visitors: UnsafeMutablePointer<Visitor?>
    private let threadCount: Int
    private let progress: ProgressBar?

    init(_ inputs: [ScanInput], progress: ProgressBar?, threads: Int = System.processorCount) {
        self.inputs = inputs
        self.progress = progress
        firsts = inputs.reduce(into: [0]) { $0.append($0.last! + $1.segmentCount) }
        threadCount = max(1, min(threads, firsts.last!))
        counts = .allocate(capacity: max(1, firsts.last!))
        counts.initialize(repeating: 0, count: max(1, firsts.last!))
        visitors = .allocate(capacity: threadCount)
        visitors.initialize(repeating: nil, count: threadCount)
    }

    deinit {
        counts.deallocate()
        visitors.deinitialize(count: threadCount)
        visitors.deallocate()
    }

    /// Reads all inputs. Returns the visitor of each thread.
    ///
    /// - Throws: The first failure of reading.
    func run(_ makeVisitor: @escaping @Sendable () -> Visitor) throws -> [Visitor] {
        Threads.run(threadCount) { [self] index in
            let visitor = makeVisitor()
            visitors[index] = visitor
            work(visitor)
        }
        for input in inputs { input.close() }
        progress?.finish()
        if let failure = failures.withLock({ $0.first }) { throw failure }
        return (0..<threadCount).compactMap { visitors[$0] }
    }

    /// The number of a line in its file, from 1.
    func lineNumber(of place: LinePlace) -> Int {
        let first = firsts[place.input]
        return (first..<first + place.segment).reduce(1) { $0 + counts[$1] } + place.line
    }

    private func work(_ visitor: Visitor) {
        var buffer = BlockBuffer(capacity: ScanInput.segmentSize + (1 << 16))
        var input = 0
        while !isStopped.load(ordering: .relaxed) {
            let part = next.add(1, ordering: .relaxed).oldValue
            guard part < firsts.last! else { return }
            while part >= firsts[input + 1] { input += 1 }
            let segment = part - firsts[input]
            if let size = inputs[input].size {
                readSegment(LinePlace(input: input, segment: segment, line: 0), size, &buffer, visitor)
            } else {
                readStream(input, visitor)
            }
            if visitor.isDone { isStopped.store(true, ordering: .relaxed) }
        }
    }

    private func readStream(_ input: Int, _ visitor: Visitor) {
        var reader = StreamReader(inputs[input].descriptor)
        var place = LinePlace(input: input, segment: 0, line: 0)
        var seen = 0
        while let block = reader.next() {
            place.line += visitor.visit(block, place)
            progress?.add(reader.offset - seen)
            seen = reader.offset
            if visitor.isDone || isStopped.load(ordering: .relaxed) { return }
        }
        if let number = reader.failure { fail(input, number) }
        if let block = reader.rest() { _ = visitor.visit(block, place) }
    }

    private func fail(_ input: Int, _ number: Int32) {
        failures.withLock { $0.append(System.Failure(inputs[input].name, number)) }
    }

    /// Fills the buffer from `offset` on, to `count` bytes or to the end of the file.
    private func fill(_ buffer: inout BlockBuffer, to count: Int, _ input: Int, at offset: Int) {
        while buffer.count < count {
            let number = System.read(
                inputs[input].descriptor,
                buffer.bytes + buffer.count,
                count - buffer.count,
                at: offset + buffer.count
            )
            if number < 0 { fail(input, System.lastError) }
            if number <= 0 { return }
            buffer.count += number
        }
    }

    /// Reads the lines that begin in a part of a file. Its last line may end in a later part.
    private func readSegment(_ place: LinePlace, _ size: Int, _ buffer: inout BlockBuffer, _ visitor: Visitor) {
        let start = place.segment * ScanInput.segmentSize
        let end = min(start + ScanInput.segmentSize, size)
        defer { progress?.add(end - start) }
        // The byte before the part tells whether a line begins with its first byte.
        let origin = max(start - 1, 0)
        buffer.count = 0
        fill(&buffer, to: end - origin, place.input, at: origin)
        var first = 0
        if start > 0 {
            guard let lineFeed = System.lineFeed(in: buffer.bytes, buffer.count) else { return }
            first = lineFeed - UnsafePointer(buffer.bytes) + 1
        }
        guard first < buffer.count else { return }
        var last = buffer.count
        if buffer.bytes[last - 1] != JSONScanner.lineFeed {
            let lineFeed = System.lastLineFeed(in: buffer.bytes + first, last - first)
            let line = lineFeed.map { $0 - UnsafePointer(buffer.bytes) + 1 } ?? first
            guard let found = finishLine(line, place.input, origin, size, &buffer) else {
                return readUpToLongLine(first, line, place, buffer, visitor)
            }
            last = found
        }
        let isUnfinished = buffer.bytes[last - 1] != JSONScanner.lineFeed
        if isUnfinished {
            buffer.grow(to: last + 1)
            buffer.bytes[last] = JSONScanner.lineFeed
            last += 1
        }
        let block = LineBlock(start: buffer.bytes + first, count: last - first, isUnfinished: isUnfinished)
        counts[firsts[place.input] + place.segment] = visitor.visit(block, place)
        buffer.shrink(to: ScanInput.segmentSize + (1 << 16))
    }

    /// Reads on until the line feed of the last line, or the end of the file. Returns the number of bytes up to there,
    /// or nil if the line, which begins at `line` in the buffer, is too long.
    private func finishLine(
        _ line: Int,
        _ input: Int,
        _ origin: Int,
        _ size: Int,
        _ buffer: inout BlockBuffer
    ) -> Int? {
        while true {
            let known = buffer.count
            if known - line >= BlockBuffer.lineLimit { return nil }
            let wanted = min(known + max(1 << 14, known / 4), size - origin, line + BlockBuffer.lineLimit)
            buffer.grow(to: wanted)
            fill(&buffer, to: wanted, input, at: origin)
            if buffer.count == known { return known }
            if let end = System.lineFeed(in: buffer.bytes + known, buffer.count - known) {
                return end - UnsafePointer(buffer.bytes) + 1
            }
        }
    }

    /// Reads the lines from `first` on that come before a line that is too long, and the beginning of that line.
    private func readUpToLongLine(
        _ first: Int,
        _ line: Int,
        _ place: LinePlace,
        _ buffer: borrowing BlockBuffer,
        _ visitor: Visitor
    ) {
        var place = place
        var count = 0
        if line > first {
            count += visitor.visit(LineBlock(start: buffer.bytes + first, count: line - first), place)
            place.line = count
        }
        let start = buffer.bytes + line
        start[4095] = JSONScanner.lineFeed
        count += visitor.visit(LineBlock(start: start, count: 4096, isTooLong: true), place)
        counts[firsts[place.input] + place.segment] = count
    }
}
