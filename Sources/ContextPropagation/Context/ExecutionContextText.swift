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

        init(_ fault: JSONLexer.Fault) {
            switch fault {
            case .unexpected(let offset): self = .notJSON(offset)
            case .truncated: self = .truncated
            }
        }

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
        var scan = Scan(bytes)
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

    var executionID: [UInt8]?
    var taskID: [UInt8]?
    private var lexer: JSONLexer
    private var expected = Expected.value
    /// For each open value, whether it is an object and not an array.
    private var isObject: [Bool] = []
    /// The member of the outermost object that is being read.
    private var section: Section?
    /// Whether the next value is the ID of the section.
    private var isID = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        lexer = JSONLexer(bytes)
    }

    private var unexpected: ExecutionContextText.Fault { ExecutionContextText.Fault(lexer.fault) }

    private mutating func read<Token>(
        _ token: (inout JSONLexer) throws(JSONLexer.Fault) -> Token
    ) throws(ExecutionContextText.Fault) -> Token {
        do throws(JSONLexer.Fault) {
            return try token(&lexer)
        } catch {
            throw ExecutionContextText.Fault(error)
        }
    }

    private mutating func string(keeps: Bool) throws(ExecutionContextText.Fault) -> [UInt8] {
        try read { lexer throws(JSONLexer.Fault) in try lexer.string(keeps: keeps) }
    }

    private mutating func take(_ word: StaticString) throws(ExecutionContextText.Fault) {
        try read { lexer throws(JSONLexer.Fault) in try lexer.take(word) }
    }

    mutating func run() throws(ExecutionContextText.Fault) {
        lexer.skipSpace()
        guard lexer.next != nil else { throw .truncated }
        guard lexer.next == UInt8(ascii: "{") else { throw .notAnObject }
        repeat { try step() } while !isObject.isEmpty
        lexer.skipSpace()
        guard lexer.next == nil else { throw unexpected }
    }

    /// Reads one token.
    private mutating func step() throws(ExecutionContextText.Fault) {
        lexer.skipSpace()
        guard let byte = lexer.next else { throw .truncated }
        switch expected {
        case .firstName where byte == UInt8(ascii: "}"), .firstElement where byte == UInt8(ascii: "]"):
            close(byte)
        case .firstName, .name:
            try readName()
        case .value, .firstElement:
            try readValue(byte)
        case .separator:
            let isObject = self.isObject.last == true
            switch byte {
            case UInt8(ascii: ","):
                lexer.take(byte)
                expected = isObject ? .name : .value
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject: close(byte)
            default: throw unexpected
            }
        }
    }

    private mutating func close(_ bracket: UInt8) {
        lexer.take(bracket)
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
        lexer.skipSpace()
        guard lexer.take(UInt8(ascii: ":")) else { throw unexpected }
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
            lexer.take(byte)
            isObject.append(byte == UInt8(ascii: "{"))
            expected = byte == UInt8(ascii: "{") ? .firstName : .firstElement
        case UInt8(ascii: "t"): try take("true")
        case UInt8(ascii: "f"): try take("false")
        default: _ = try read { lexer throws(JSONLexer.Fault) in try lexer.number() }
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
}
