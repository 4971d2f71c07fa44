internal import ContextPropagation

/// Reads a JSON text as a value. Every function returns nil if the text is not well-formed or nests too deep.
struct JSONReader {
    private var lexer: JSONLexer

    init(bytes: UnsafeBufferPointer<UInt8>) {
        lexer = JSONLexer(bytes)
    }

    mutating func document() -> LogFieldValue? {
        guard let value = value(depth: 0) else { return nil }
        lexer.skipSpace()
        return lexer.next == nil ? value : nil
    }

    private mutating func takeToken(_ byte: UInt8) -> Bool {
        lexer.skipSpace()
        return lexer.take(byte)
    }

    private mutating func take(_ word: StaticString, _ value: LogFieldValue) -> LogFieldValue? {
        (try? lexer.take(word)).map { value }
    }

    private mutating func value(depth: Int) -> LogFieldValue? {
        guard depth < LogFieldValue.depthLimit else { return nil }
        lexer.skipSpace()
        return switch lexer.next {
        case UInt8(ascii: "{"): object(depth: depth)
        case UInt8(ascii: "["): array(depth: depth)
        case UInt8(ascii: "\""): string().map { .string($0) }
        case UInt8(ascii: "t"): take("true", .bool(true))
        case UInt8(ascii: "f"): take("false", .bool(false))
        case UInt8(ascii: "n"): take("null", .null)
        default: number()
        }
    }

    private mutating func object(depth: Int) -> LogFieldValue? {
        lexer.take(UInt8(ascii: "{"))
        var members: [LogFieldValue.Member] = []
        if takeToken(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            lexer.skipSpace()
            guard let name = string(), takeToken(UInt8(ascii: ":")), let value = value(depth: depth + 1) else {
                return nil
            }
            members.append(LogFieldValue.Member(name: name, value: value))
        } while takeToken(UInt8(ascii: ","))
        return takeToken(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> LogFieldValue? {
        lexer.take(UInt8(ascii: "["))
        var elements: [LogFieldValue] = []
        if takeToken(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
        } while takeToken(UInt8(ascii: ","))
        return takeToken(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    private mutating func number() -> LogFieldValue? {
        guard let (range, isWhole) = try? lexer.number() else { return nil }
        let text = String(decoding: lexer.bytes[range], as: UTF8.self)
        guard isWhole else { return Double(text).map { .double($0) } }
        return Int(text).map { .integer($0) } ?? .bigInteger(text)
    }

    private mutating func string() -> String? {
        (try? lexer.string()).map { String(decoding: $0, as: UTF8.self) }
    }
}
