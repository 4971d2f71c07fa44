/// The faults and counts that one thread finds.
final class CheckVisitor: BlockVisitor {
    struct Found {
        let place: LinePlace
        let fault: LineFault
        /// The beginning of the line.
        let excerpt: String
    }

    private var state: CheckState

    init(_ options: CheckOptions, _ spans: SpanTable) {
        state = CheckState(options, spans)
    }

    func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
        // One access to the state for all lines: Swift checks each access to a property of a class.
        state.visit(block, place)
    }

    var counts: CheckCounts { state.counts }
    var found: [Found] { state.found }
}

/// Checks blocks, and counts.
private struct CheckState: ~Copyable {
    typealias Found = CheckVisitor.Found

    private var check: LineCheck
    private let options: CheckOptions
    private(set) var counts = CheckCounts()
    /// The first faults. A thread meets them in the order of the files.
    private(set) var found: [Found] = []

    init(_ options: CheckOptions, _ spans: SpanTable) {
        self.options = options
        check = LineCheck(options, spans)
    }

    mutating func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
        var place = place
        let first = place.line
        counts.bytes += block.count - (block.isUnfinished ? 1 : 0)
        if block.isTooLong {
            counts.lines += 1
            note(LineFault(.tooLong), place, block.start, block)
            return 1
        }
        var line = block.start
        while line < block.end {
            var end = line
            do throws(LineFault) {
                end = try check.check(line)
                counts.schemas[check.schema ?? .otel] += 1
                if block.isUnfinished, end + 1 == block.end {
                    note(LineFault(.noLineBreak, at: end - line), place, line, block)
                }
            } catch {
                end = reject(line, error, place, block)
            }
            place.line += 1
            line = end + 1
        }
        counts.lines += place.line - first
        return place.line - first
    }

    /// Counts a line with a fault. Returns its line feed.
    private mutating func reject(
        _ line: UnsafePointer<UInt8>,
        _ fault: LineFault,
        _ place: LinePlace,
        _ block: LineBlock
    ) -> UnsafePointer<UInt8> {
        let end = block.lineFeed(from: line + fault.offset)
        if fault.kind == .notAnObject {
            if isKestras(line, end) {
                counts.kestra += 1
                return end
            }
            if options.allowsForeign {
                counts.foreign += 1
                return end
            }
        }
        if fault.kind == .noSchema, options.allowsForeign {
            counts.foreign += 1
            return end
        }
        note(fault, place, line, block)
        return end
    }

    /// Whether the line is one that a program prints for Kestra: `::{"outputs":{…}}::`.
    private func isKestras(_ line: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        end - line >= 6 && line[0] == 0x3A && line[1] == 0x3A && line[2] == 0x7B && end[-1] == 0x3A && end[-2] == 0x3A
            && end[-3] == 0x7D
    }

    private mutating func note(_ fault: LineFault, _ place: LinePlace, _ line: UnsafePointer<UInt8>, _ block: LineBlock)
    {
        counts.faults[fault.kind] += 1
        guard found.count < options.faultLimit else { return }
        // The excerpt shows the fault, and some bytes before it.
        let end = block.lineFeed(from: line + min(fault.offset, block.end - line - 1))
        let start = fault.offset > 120 ? fault.offset - 60 : 0
        let length = min(end - line - start, 160)
        let text = String(decoding: UnsafeBufferPointer(start: line + start, count: max(0, length)), as: UTF8.self)
        let isCut = line + start + length < end
        let excerpt = (start > 0 ? "…" : "") + PlainText.visible(text) + (isCut ? "…" : "")
        found.append(Found(place: place, fault: fault, excerpt: excerpt))
    }
}

/// Counts of lines, of one thread or of all.
struct CheckCounts {
    var lines = 0
    var bytes = 0
    var kestra = 0
    var foreign = 0
    var schemas = Counts<LineSchema>()
    var faults = Counts<LineFault.Kind>()

    mutating func add(_ other: CheckCounts) {
        lines += other.lines
        bytes += other.bytes
        kestra += other.kestra
        foreign += other.foreign
        schemas.add(other.schemas)
        faults.add(other.faults)
    }
}

/// A number for each case.
struct Counts<Case: CaseIterable & Hashable> where Case.AllCases: RandomAccessCollection {
    private var numbers: [Int]
    private static var cases: [Case] { Array(Case.allCases) }

    init() {
        numbers = Array(repeating: 0, count: Case.allCases.count)
    }

    subscript(_ key: Case) -> Int {
        @inline(__always) get { numbers[Self.index(of: key)] }
        @inline(__always) set { numbers[Self.index(of: key)] = newValue }
    }

    @inline(__always)
    private static func index(of key: Case) -> Int {
        // An enumeration without associated values and with fewer than 257 cases is one byte: the number of its case.
        Int(unsafeBitCast(key, to: UInt8.self))
    }

    mutating func add(_ other: Counts) {
        for index in numbers.indices { numbers[index] += other.numbers[index] }
    }

    var total: Int { numbers.reduce(0, +) }

    /// The cases with a number over 0, the largest first.
    var sorted: [(key: Case, count: Int)] {
        zip(Self.cases, numbers).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.map { (key: $0.0, count: $0.1) }
    }
}
