/// The IDs in the JSON text of Kestra's execution context: `execution.id` and `task.id`.
///
/// The whole text must be JSON (RFC 8259), so that a file that was not written to its end is noticed. No recursion is
/// used: a text may nest its values as deep as it likes. If a name appears twice in an object, the last one counts.
struct ExecutionContextText: Sendable {
    /// The bytes of the ID. Nil if there is none; null counts as none.
    private(set) var executionID: [UInt8]?
    private(set) var taskID: [UInt8]?

    enum Fault: Error, Equatable {
        /// The offset of the first byte that cannot follow.
        case notJSON(Int)
        case truncated
        case notAnObject
        /// The value of this name is no string.
        case notText(String)
        case noIDs

        /// The rest of a sentence after "which".
        var reason: String {
            switch self {
            case .notJSON(let offset): "is not JSON: unexpected byte at offset \(offset)"
            case .truncated: "is not JSON: the text ends too early"
            case .notAnObject: "is not a JSON object"
            case .notText(let name): "has a value of \(name) that is not a string"
            case .noIDs: "has neither execution.id nor task.id"
            }
        }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) {
        var scan = Scan(bytes: bytes)
        try scan.run()
        guard scan.executionID != nil || scan.taskID != nil else { throw .noIDs }
        executionID = scan.executionID
        taskID = scan.taskID
    }
}

private struct Scan {
    private enum Expected {
        case value, firstElement
        case name, firstName
        case separator
    }

    /// The object in which an ID is looked for.
    private enum Section {
        case execution, task
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var executionID: [UInt8]?
    var taskID: [UInt8]?
    private var position = 0
    private var expected = Expected.value
    /// For each open value, whether it is an object and not an array.
    private var isObject: [Bool] = []
    /// The member of the outermost object that is being read.
    private var section: Section?
    /// Whether the next value is the ID of the section.
    private var isID = false

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func unexpected() -> ExecutionContextText.Fault {
        position < bytes.count ? .notJSON(position) : .truncated
    }

    mutating func run() throws(ExecutionContextText.Fault) {
        skipSpace()
        guard next != nil else { throw .truncated }
        guard next == UInt8(ascii: "{") else { throw .notAnObject }
        repeat { try step() } while !isObject.isEmpty
        skipSpace()
        guard next == nil else { throw unexpected() }
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    /// Reads one token.
    private mutating func step() throws(ExecutionContextText.Fault) {
        skipSpace()
        guard let byte = next else { throw .truncated }
        switch expected {
        case .firstName where byte == UInt8(ascii: "}"), .firstElement where byte == UInt8(ascii: "]"):
            close()
        case .firstName, .name:
            guard byte == UInt8(ascii: "\"") else { throw unexpected() }
            try readName()
        case .value, .firstElement:
            try readValue(byte)
        case .separator:
            let isObject = self.isObject.last == true
            switch byte {
            case UInt8(ascii: ","):
                position += 1
                expected = isObject ? .name : .value
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject: close()
            default: throw unexpected()
            }
        }
    }

    private mutating func close() {
        position += 1
        isObject.removeLast()
        expected = .separator
    }

    private mutating func readName() throws(ExecutionContextText.Fault) {
        // Only the names of the two outermost objects are looked at.
        let name = try string(keeps: isObject.count <= 2)
        if isObject.count == 1 {
            section = name.elementsEqual("execution".utf8) ? .execution : name.elementsEqual("task".utf8) ? .task : nil
            isID = false
        } else {
            isID = isObject.count == 2 && section != nil && name.elementsEqual("id".utf8)
        }
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw unexpected() }
        position += 1
        expected = .value
    }

    private mutating func readValue(_ byte: UInt8) throws(ExecutionContextText.Fault) {
        let isID = self.isID
        self.isID = false
        expected = .separator
        switch byte {
        case UInt8(ascii: "\""):
            let text = try string(keeps: isID)
            if isID { note(text) }
            return
        case UInt8(ascii: "n"):
            try take("null")
            if isID { note(nil) }
            return
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            position += 1
            isObject.append(byte == UInt8(ascii: "{"))
            expected = byte == UInt8(ascii: "{") ? .firstName : .firstElement
        case UInt8(ascii: "t"): try take("true")
        case UInt8(ascii: "f"): try take("false")
        default: try number()
        }
        if isID { throw .notText(section == .task ? "task.id" : "execution.id") }
    }

    private mutating func note(_ text: [UInt8]?) {
        switch section {
        case .execution: executionID = text
        case .task: taskID = text
        case nil: break
        }
    }

    private mutating func take(_ word: StaticString) throws(ExecutionContextText.Fault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[index] else { throw unexpected() }
            position += 1
        }
    }

    private mutating func number() throws(ExecutionContextText.Fault) {
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        guard next == UInt8(ascii: "e") || next == UInt8(ascii: "E") else { return }
        position += 1
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
        try digits()
    }

    private mutating func digits() throws(ExecutionContextText.Fault) {
        let start = position
        while let byte = next, 48...57 ~= byte { position += 1 }
        if position == start { throw unexpected() }
    }

    // MARK: Strings

    /// Reads a string. Returns its bytes without escapes, or nothing if it need not be kept.
    private mutating func string(keeps: Bool) throws(ExecutionContextText.Fault) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return text
            case UInt8(ascii: "\\"):
                let scalar = try escape()
                if keeps { text += Array(String(scalar).utf8) }
            case 0..<0x20:
                throw unexpected()
            default:
                position += 1
                if keeps { text.append(byte) }
            }
        }
        throw .truncated
    }

    private mutating func escape() throws(ExecutionContextText.Fault) -> Unicode.Scalar {
        position += 1
        guard let letter = next else { throw .truncated }
        let scalar: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(letter)
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw unexpected()
        }
        position += 1
        return scalar
    }

    /// Reads the digits of `\u`. A surrogate without its partner is U+FFFD.
    private mutating func unicodeEscape() throws(ExecutionContextText.Fault) -> Unicode.Scalar {
        let unit = try codeUnit()
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}" }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let mark = position
        position += 1
        let trail = try codeUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            position = mark
            return "\u{FFFD}"
        }
        return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
    }

    /// Reads the `u` and four hex digits.
    private mutating func codeUnit() throws(ExecutionContextText.Fault) -> UInt16 {
        position += 1
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw unexpected()
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
