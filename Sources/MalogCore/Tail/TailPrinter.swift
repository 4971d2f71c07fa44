/// Prints the wanted lines of blocks.
struct TailPrinter: ~Copyable {
    private let options: TailOptions
    private let line: ReadableLine
    private let needle: [UInt8]?
    private var reader = LineReader()
    /// The number of lines that are not log lines, and the place of the first one.
    private(set) var foreignCount = 0
    private(set) var firstForeign: String?
    /// The number of lines of exported spans that were not printed.
    private(set) var spanCount = 0
    private let isTerminal: Bool
    /// Whether there is no filter.
    private let isOpen: Bool
    /// The last texts, if only those are wanted.
    private var kept: [String] = []
    private var keptStart = 0

    init(_ options: TailOptions, style: TextStyle, isTerminal: Bool = false) {
        self.options = options
        self.isTerminal = isTerminal
        isOpen = options.filter.isOpen
        line = ReadableLine(style: style)
        needle = options.filter.needle
    }

    /// Whether only the last lines are wanted, and the others have not been passed.
    var keepsLast = false

    mutating func print(_ block: LineBlock, of name: String, from number: Int, to output: inout Output) -> Int {
        var place = number
        block.forEachLine { bytes in
            defer { place += 1 }
            let end = block.lineFeed(from: bytes)
            if let needle, System.find(needle, in: bytes, end - bytes) == nil { return end }
            do throws(LineFault) {
                if block.isTooLong { throw LineFault(.tooLong) }
                _ = try reader.read(bytes)
                if reader.schema == nil { throw LineFault(.noSchema) }
                if options.filter.admits(reader) {
                    printRead(bytes, end, &output)
                } else if reader.schema == .spans {
                    printSpans(bytes, end, &output)
                }
            } catch {
                foreignCount += 1
                if firstForeign == nil { firstForeign = "\(name):\(place): \(error)" }
                if isOpen { printForeign(bytes, end, isCut: block.isTooLong, &output) }
            }
            return end
        }
        return place - number
    }

    private mutating func printRead(
        _ bytes: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ output: inout Output
    ) {
        guard options.printsJSON else { return emit(line.text(reader), &output) }
        if isTerminal {
            // JSON may have control characters over U+007F as they are.
            let text = String(decoding: UnsafeBufferPointer(start: bytes, count: end - bytes), as: UTF8.self)
            return emit(PlainText.visible(text) + "\n", &output)
        }
        let whole = UnsafeBufferPointer(start: bytes, count: end - bytes + 1)
        if keepsLast { keep(String(decoding: whole, as: UTF8.self)) } else { output.append(whole) }
    }

    private mutating func printSpans(
        _ bytes: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ output: inout Output
    ) {
        if options.printsJSON, isOpen { printRead(bytes, end, &output) } else { spanCount += 1 }
    }

    private mutating func printForeign(
        _ bytes: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        isCut: Bool,
        _ output: inout Output
    ) {
        let text = String(decoding: UnsafeBufferPointer(start: bytes, count: end - bytes), as: UTF8.self)
        emit(line.style.dim(PlainText.visible(text) + (isCut ? "…" : "")) + "\n", &output)
    }

    private mutating func emit(_ text: String, _ output: inout Output) {
        if keepsLast { keep(text) } else { output.append(text) }
    }

    private mutating func keep(_ text: String) {
        guard options.last > 0 else { return }
        if kept.count < options.last {
            kept.append(text)
        } else {
            kept[keptStart] = text
            keptStart = (keptStart + 1) % options.last
        }
    }

    /// Prints the last lines.
    mutating func printKept(to output: inout Output) {
        for index in kept.indices { output.append(kept[(keptStart + index) % kept.count]) }
        kept.removeAll()
        keptStart = 0
    }
}
