/// Prints the wanted lines of blocks.
struct TailPrinter: ~Copyable {
    private let options: TailOptions
    private let line: ReadableLine
    private let needle: [UInt8]?
    private var reader = LineReader()
    /// The number of the lines that were read, in all files.
    private(set) var readCount = 0
    /// The number of lines that are no log lines, and the place of the first one.
    private(set) var foreignCount = 0
    private(set) var firstForeign: String?
    /// The last texts, if only those are wanted.
    private var kept: [String] = []
    private var keptStart = 0

    init(_ options: TailOptions, style: TextStyle) {
        self.options = options
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
                if options.filter.admits(reader) { printRead(bytes, end, &output) }
            } catch {
                foreignCount += 1
                if firstForeign == nil { firstForeign = "\(name):\(place): \(error)" }
                if options.filter.isOpen { printForeign(bytes, end, &output) }
            }
            return end
        }
        readCount += place - number
        return place - number
    }

    private mutating func printRead(
        _ bytes: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ output: inout Output
    ) {
        if options.printsJSON {
            let whole = UnsafeBufferPointer(start: bytes, count: end - bytes + 1)
            if keepsLast { keep(String(decoding: whole, as: UTF8.self)) } else { output.append(whole) }
        } else {
            emit(line.text(reader), &output)
        }
    }

    private mutating func printForeign(
        _ bytes: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ output: inout Output
    ) {
        let count = min(end - bytes, 1 << 16)
        let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        emit(line.style.dim(PlainText.visible(text)) + "\n", &output)
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
