import ContextLog
import ContextPropagation
import Foundation
import TestSupport
import Testing

@Suite("The types of fields", .timeLimit(.minutes(10)))
struct FieldTypeTests {
    @Test("Each integer type becomes a JSON number, from its least to its greatest value")
    func integers() {
        func check<Number: FixedWidthInteger & LogValue>(_ type: Number.Type) {
            for value in [Number.min, .max, 0, 1, 9, 10, 99, 100, 127] {
                #expect(json { $0.n = value } == #"{"n":\#(value)}"#, "\(type)")
            }
        }
        check(Int.self)
        check(Int8.self)
        check(Int16.self)
        check(Int32.self)
        check(Int64.self)
        check(Int128.self)
        check(UInt.self)
        check(UInt8.self)
        check(UInt16.self)
        check(UInt32.self)
        check(UInt64.self)
        check(UInt128.self)
    }

    @Test("Integers of every length are written with all of their digits")
    func digits() {
        var power: UInt = 1
        for _ in 0..<20 {
            for value in [power &- 1, power, power &+ 1, power &* 9] {
                #expect(json { $0.n = value } == #"{"n":\#(value)}"#)
                #expect(json { $0.n = -Int(truncatingIfNeeded: value >> 1) } == #"{"n":\#(-Int(value >> 1))}"#)
            }
            power = power &* 10
        }
    }

    @Test("A Double becomes the shortest decimal that reads back, at every magnitude")
    func doubles() {
        var random = SystemRandomNumberGenerator()
        var values: [Double] = [
            0, -0.0, 1, 0.1, 0.0123, 1e15, 1e16, 123_456.789, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e-4,
        ]
        for _ in 0..<4000 { values.append(Double(bitPattern: random.next())) }
        for _ in 0..<4000 {
            values.append(Double.random(in: -1...1) * pow(10, Double.random(in: -8...18).rounded()))
        }
        for digits in 0..<9 {
            for _ in 0..<500 {
                values.append(Double(Int.random(in: -1_000_000_000...1_000_000_000)) / pow(10, Double(digits)))
            }
        }
        // The edges of the range in which decimals are made without the library, and the values next to them.
        for edge in [1e-4, 1e9, 1e-6, 999_999_999.999999, 0.000_1, 1.0] {
            values += [edge, edge.nextUp, edge.nextDown, -edge]
        }
        for value in values where value.isFinite {
            let line = json { $0.d = value }
            let text = String(line.dropFirst(5).dropLast())
            #expect(Double(text)?.bitPattern == value.bitPattern, "\(line)")
            #expect(text == value.description)
        }
    }

    @Test("A Float becomes the shortest decimal that reads back as a Float")
    func floats() {
        var random = SystemRandomNumberGenerator()
        var values: [Float] = [0, -0.0, 0.1, 16_777_216, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        for _ in 0..<2000 { values.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))) }
        for value in values where value.isFinite {
            #expect(json { $0.f = value } == #"{"f":\#(value)}"#)
        }
    }

    @Test("A NaN or an infinity becomes a string, because JSON has no such number")
    func notNumbers() {
        #expect(json { $0.d = Double.nan } == #"{"d":"NaN"}"#)
        #expect(json { $0.d = Double.signalingNaN } == #"{"d":"NaN"}"#)
        #expect(json { $0.d = Double.infinity } == #"{"d":"Infinity"}"#)
        #expect(json { $0.d = -Double.infinity } == #"{"d":"-Infinity"}"#)
        #expect(json { $0.d = Float.nan } == #"{"d":"NaN"}"#)
        #expect(json { $0.d = -Float.infinity } == #"{"d":"-Infinity"}"#)
    }

    @Test("A Bool becomes a JSON boolean; a String, a Substring and a StaticString become JSON strings")
    func boolsAndTexts() {
        #expect(
            json {
                $0.yes = true
                $0.no = false
            } == #"{"yes":true,"no":false}"#
        )
        let text = "north-gate, נמל 🚢"
        let literal: StaticString = "as it is"
        #expect(json { $0.s = text } == #"{"s":"\#(text)"}"#)
        #expect(json { $0.s = text.dropFirst(6).dropLast(2) } == #"{"s":"gate, נמל"}"#)
        #expect(json { $0.s = literal } == #"{"s":"as it is"}"#)
        #expect(json { $0.s = "" } == #"{"s":""}"#)
        #expect(json { $0.s = ""[...] } == #"{"s":""}"#)
    }

    @Test("Strings of each length around a word's length are complete")
    func stringLengths() {
        for length in 0...80 {
            let text = String((0..<length).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
            #expect(json { $0.s = text } == #"{"s":"\#(text)"}"#)
            #expect(json { $0.s = Substring("-" + text).dropFirst() } == #"{"s":"\#(text)"}"#)
        }
    }

    @Test("nil writes nothing at any depth; a value in an optional is written as the value")
    func optionals() {
        let none: Int? = nil
        let some: Int? = 7
        let nested: Int?? = .some(nil)
        #expect(
            json {
                $0.a = none
                $0.b = some
                $0.c = nested
                $0["d"] = none
            } == #"{"b":7}"#
        )
        #expect(json { $0.a = none } == "{}")
        #expect(json { fields in fields.o { $0.a = none } } == #"{"o":{}}"#)
    }

    @Test("An array becomes an array of numbers, texts or arrays, and nil in it becomes null")
    func arrays() {
        #expect(json { $0.a = [1, 2, 3] } == #"{"a":[1,2,3]}"#)
        #expect(json { $0.a = [Int]() } == #"{"a":[]}"#)
        #expect(json { $0.a = ["x", "\""] } == #"{"a":["x","\""]}"#)
        #expect(json { $0.a = [[1], [], [2, 3]] } == #"{"a":[[1],[],[2,3]]}"#)
        #expect(json { $0.a = [1, nil, 3] } == #"{"a":[1,null,3]}"#)
        #expect(json { $0.a = [1, 2, 3][1...] } == #"{"a":[2,3]}"#)
        #expect(
            json {
                $0.a = [0.5, .nan]
                $0.b = 1
            } == #"{"a":[0.5,"NaN"],"b":1}"#
        )
    }

    @Test("A dictionary becomes an object in the order of its keys, without the keys whose value is nil")
    func dictionaries() {
        #expect(json { $0.d = ["b": 1, "a": 2, "c": 3] } == #"{"d":{"a":2,"b":1,"c":3}}"#)
        #expect(json { $0.d = [String: Int]() } == #"{"d":{}}"#)
        #expect(json { $0.d = ["a": 1, "b": nil] } == #"{"d":{"a":1}}"#)
        #expect(json { $0.d = ["a": ["b": [["c": true]]]] } == #"{"d":{"a":{"b":[{"c":true}]}}}"#)
        #expect(json { $0.d = ["": 0, "\n": 1] } == #"{"d":{"":0,"\n":1}}"#)
    }

    @Test("Objects nest to any depth, and the next field belongs to the outer object")
    func objects() {
        let line = json {
            $0.camera {
                $0.id = 3
                $0.lens {
                    $0.mm = 35.5
                    $0.coating { _ in }
                }
                $0.zone = "gate"
            }
            $0.ok = true
        }
        #expect(line == #"{"camera":{"id":3,"lens":{"mm":35.5,"coating":{}},"zone":"gate"},"ok":true}"#)
    }

    @Test("A Duration is written in seconds, and an identifier as its digits")
    func durationsAndIdentifiers() throws {
        #expect(json { $0.d = Duration.milliseconds(12.3) } == #"{"d":0.0123}"#)
        #expect(json { $0.d = Duration.seconds(-90) } == #"{"d":-90.0}"#)
        for milliseconds in -9999...9999 {
            let seconds = Double("\(milliseconds)e-3")
            try #require(json { $0.d = Duration.milliseconds(milliseconds) } == json { $0.d = seconds })
        }
        let long = Duration(secondsComponent: 1 << 40, attosecondsComponent: 500_000_000_000_000_000)
        #expect(json { $0.d = long } == json { $0.d = 1_099_511_627_776.5 })
        let trace = try #require(TraceID("0af7651916cd43dd8448eb211c80319c"))
        let span = try #require(SpanID("b7ad6b7169203331"))
        let line = json {
            $0.t = trace
            $0.s = span
        }
        #expect(line == #"{"t":"0af7651916cd43dd8448eb211c80319c","s":"b7ad6b7169203331"}"#)
    }

    enum Codec: String, LogValue { case h264, h265 }
    enum Priority: Int, LogValue { case low = 1 }

    struct Camera: LogValue {
        let id: Int
        var zones: [String] = []
        func write(to field: borrowing LogField) {
            field.object {
                $0.id = id
                $0.zones = zones
            }
        }
    }

    struct Nothing: LogValue {
        func write(to field: borrowing LogField) {}
    }

    struct Twice: LogValue {
        func write(to field: borrowing LogField) {
            field.set(1)
            field.object { $0.x = 2 }
        }
    }

    struct Null: LogValue {
        func write(to field: borrowing LogField) { field.null() }
    }

    @Test("A user's type writes itself, alone, in arrays, in dictionaries and as an optional")
    func userTypes() {
        #expect(
            json {
                $0.c = Codec.h265
                $0.p = Priority.low
            } == #"{"c":"h265","p":1}"#
        )
        #expect(json { $0.c = Camera(id: 3, zones: ["a"]) } == #"{"c":{"id":3,"zones":["a"]}}"#)
        #expect(
            json {
                $0.c = [Camera(id: 1), Camera(id: 2)]
                $0.d = 1
            }
                == #"{"c":[{"id":1,"zones":[]},{"id":2,"zones":[]}],"d":1}"#
        )
        #expect(json { $0.c = ["x": Camera(id: 1)] } == #"{"c":{"x":{"id":1,"zones":[]}}}"#)
        #expect(
            json {
                $0.c = Camera?.none
                $0.d = Camera?.some(Camera(id: 9))
            } == #"{"d":{"id":9,"zones":[]}}"#
        )
    }

    @Test(
        "A value that writes nothing leaves no field, one that writes twice its second value, and one that writes null a null"
    )
    func oddUserTypes() {
        #expect(
            json {
                $0.a = Nothing()
                $0.b = 1
            } == #"{"b":1}"#
        )
        #expect(
            json {
                $0.a = Twice()
                $0.b = 1
            } == #"{"a":{"x":2},"b":1}"#
        )
        #expect(
            json {
                $0.a = Null()
                $0.b = [Null()]
            } == #"{"a":null,"b":[null]}"#
        )
    }

    @Test("A random tree of values reads back unchanged with Foundation's parser and ma-logger's")
    func trees() throws {
        for _ in 0..<300 {
            let tree = Tree.random(depth: 4)
            let line = json { $0["tree"] = tree }
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["tree"] != nil)
            let value = try #require(parsed(line)?["tree"])
            #expect(value == tree.expected)
            #expect(line == #"{"tree":\#(value)}"#)
        }
    }
}

/// A random value.
indirect enum Tree: LogValue {
    case integer(Int)
    case text(String)
    case flag(Bool)
    case array([Tree])
    case object([(name: String, value: Tree)])

    func write(to field: borrowing LogField) {
        switch self {
        case .integer(let value): field.set(value)
        case .text(let value): field.set(value)
        case .flag(let value): field.set(value)
        case .array(let elements): field.array(elements)
        case .object(let members): field.object { for (name, value) in members { $0[name] = value } }
        }
    }

    /// The expected value: each name appears once, at its last position.
    var expected: LogFieldValue {
        switch self {
        case .integer(let value): return .integer(value)
        case .text(let value): return .string(value)
        case .flag(let value): return .bool(value)
        case .array(let elements): return .array(elements.map(\.expected))
        case .object(let members):
            var kept: [LogFieldValue.Member] = []
            for (name, value) in members {
                kept.removeAll { $0.name.utf8.elementsEqual(name.utf8) }
                kept.append(LogFieldValue.Member(name: name, value: value.expected))
            }
            return .object(kept)
        }
    }

    static func random(depth: Int) -> Tree {
        switch Int.random(in: 0..<(depth == 0 ? 3 : 5)) {
        case 0: return .integer(.random(in: .min ... .max))
        case 1: return .text(text())
        case 2: return .flag(.random())
        case 3: return .array((0..<Int.random(in: 0...4)).map { _ in random(depth: depth - 1) })
        default:
            return .object((0..<Int.random(in: 0...8)).map { _ in (text(), random(depth: depth - 1)) })
        }
    }

    private static func text() -> String {
        let pieces = [
            "a", "b", "\"", "\\", "\n", "\u{0}", "\u{85}", "\u{2028}", "{", "}", ",", ":", "]", "é", "🚢", "נ",
        ]
        return (0..<Int.random(in: 0...5)).compactMap { _ in pieces.randomElement() }.joined()
    }
}
