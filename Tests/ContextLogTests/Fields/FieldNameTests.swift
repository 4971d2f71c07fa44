import ContextLog
import ContextPropagation
import Foundation
import TestSupport
import Testing

@testable import struct ContextLog.LogFieldName

@Suite("The names of fields", .timeLimit(.minutes(10)))
struct FieldNameTests {
    @Test("A name that is set twice appears once, at its last position, with its last value")
    func twice() {
        #expect(
            json {
                $0.a = 1
                $0.b = 2
                $0.a = 3
            } == #"{"b":2,"a":3}"#
        )
        #expect(
            json {
                $0.a = 1
                $0.a = "x"
            } == #"{"a":"x"}"#
        )
        #expect(
            json {
                $0.a = 1
                $0.b = 2
                $0.c = 3
                $0.b = nil as Int?
                $0.a = 4
            } == #"{"b":2,"c":3,"a":4}"#
        )
        #expect(
            json {
                $0.a = [1, 2]
                $0.b { $0.x = 1 }
                $0.a = "}"
                $0.b = 2
            } == #"{"a":"}","b":2}"#
        )
        #expect(
            json {
                $0.a = #"",\"a\":1"#
                $0.b = 1
                $0.a = 2
            } == #"{"b":1,"a":2}"#
        )
    }

    @Test("A literal name and the same name at run time are one name")
    func literalAndDynamic() {
        let name = "frame"
        let long = "a_name_longer_than_twelve"
        #expect(
            json {
                $0.frame = 1
                $0[name] = 2
            } == #"{"frame":2}"#
        )
        #expect(
            json {
                $0[name] = 1
                $0.frame = 2
            } == #"{"frame":2}"#
        )
        #expect(
            json {
                $0.a_name_longer_than_twelve = 1
                $0[long] = 2
            } == #"{"a_name_longer_than_twelve":2}"#
        )
    }

    @Test("Names are compared by their bytes, so composed and decomposed letters differ")
    func bytes() {
        let line = json {
            $0["é"] = 1
            $0["e\u{301}"] = 2
            $0["É"] = 3
        }
        #expect(line.utf8.elementsEqual("{\"é\":1,\"e\u{301}\":2,\"É\":3}".utf8))
    }

    @Test("A nested object has its own names, each once")
    func nested() {
        let line = json {
            $0.id = 1
            $0.camera {
                $0.id = 2
                $0.zone = "a"
                $0.id = 3
            }
            $0.id = 4
        }
        #expect(line == #"{"camera":{"zone":"a","id":3},"id":4}"#)
        #expect(
            json {
                $0.a { $0.x = 1 }
                $0.a { $0.y = 2 }
            } == #"{"a":{"y":2}}"#
        )
        #expect(
            json {
                $0.a {
                    $0.b {
                        $0.c = 1
                        $0.c = 2
                    }
                    $0.b = 3
                }
            } == #"{"a":{"b":3}}"#
        )
    }

    @Test("Names of every length are complete, as literals and at run time", arguments: 0...40)
    func lengths(length: Int) {
        let name = String((0..<length).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        #expect(
            json {
                $0[name] = 1
                $0.z = 2
            } == #"{"\#(name)":1,"z":2}"#
        )
        #expect(
            json {
                $0[name] = 1
                $0.z = 2
                $0[name] = 3
            } == #"{"z":2,"\#(name)":3}"#
        )
        #expect(
            json {
                $0[name] = [1]
                $0[name + "x"] = 2
                $0[name] = 3
            } == #"{"\#(name)x":2,"\#(name)":3}"#
        )
    }

    @Test("Literal names of 1 to 14 bytes are complete")
    func literals() {
        #expect(
            json {
                $0.a = 1
                $0.ab = 2
                $0.abc = 3
                $0.abcd = 4
            } == #"{"a":1,"ab":2,"abc":3,"abcd":4}"#
        )
        #expect(
            json {
                $0.abcde = 5
                $0.abcdef = 6
                $0.abcdefg = 7
            } == #"{"abcde":5,"abcdef":6,"abcdefg":7}"#
        )
        #expect(
            json {
                $0.abcdefgh = 8
                $0.abcdefghi = 9
            } == #"{"abcdefgh":8,"abcdefghi":9}"#
        )
        #expect(
            json {
                $0.abcdefghij = 10
                $0.abcdefghijk = 11
            } == #"{"abcdefghij":10,"abcdefghijk":11}"#
        )
        #expect(
            json {
                $0.abcdefghijkl = 12
                $0.abcdefghijklm = 13
            } == #"{"abcdefghijkl":12,"abcdefghijklm":13}"#
        )
        #expect(
            json {
                $0.abcdefghijklmn = 14
                $0.נמל = true
            } == #"{"abcdefghijklmn":14,"נמל":true}"#
        )
    }

    @Test("A name with quotes, line breaks, control or other characters is escaped, at each position and length")
    func dirty() throws {
        let dirt = [
            "\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}", "\u{2028}", "é", "🚢", "\u{FFFD}",
        ]
        for piece in dirt {
            for length in 0...14 {
                for place in 0...length {
                    let letters = String(repeating: "x", count: length)
                    let name = letters.prefix(place) + piece + letters.dropFirst(place)
                    let line = json {
                        $0[String(name)] = 1
                        $0.z = 2
                        $0[String(name)] = 3
                    }
                    let value = try #require(parsed(line), "\(line)")
                    #expect(
                        value
                            == .object([
                                .init(name: "z", value: .integer(2)), .init(name: String(name), value: .integer(3)),
                            ])
                    )
                    #expect(
                        !line.unicodeScalars.contains {
                            $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value || $0.value == 0x2028
                        }
                    )
                }
            }
        }
    }

    @Test("A literal name may contain any character, too")
    func dirtyLiterals() {
        #expect(json { $0.`http.route` = 1 } == #"{"http.route":1}"#)
        #expect(json { $0["a\"b"] = 1 } == #"{"a\"b":1}"#)
        #expect(json { $0[dynamicMember: "q\"\n"] = 1 } == #"{"q\"\n":1}"#)
    }

    @Test("The names that other loggers reserve are ordinary names")
    func reserved() {
        let line = json {
            $0.message = 1
            $0.level = 2
            $0.trace_id = "mine"
            $0.set = 3
            $0.count = 4
            $0.description = 5
            $0.self_ = 6
            $0.object = 7
            $0.write = 8
        }
        let expected =
            #"{"message":1,"level":2,"trace_id":"mine","set":3,"count":4,"description":5,"self_":6,"object":7,"write":8}"#
        #expect(line == expected)
    }

    @Test("Names with the same signature stay separate, packed and long, and equal names are replaced")
    func signatures() {
        var bySignature: [UInt64: [String]] = [:]
        for number in 0..<2000 {
            let name = number.isMultiple(of: 2) ? "n\(number)" : "a long name, number \(number)"
            let signature = name.utf8.withContiguousStorageIfAvailable { bytes in
                bytes.baseAddress.map { LogFieldName($0, bytes.count).signature }
            }
            bySignature[signature.flatMap { $0 } ?? 0, default: []].append(name)
        }
        #expect(bySignature.count == 64)
        for names in bySignature.values {
            let names = names.prefix(12)
            let line = json { fields in
                for (index, name) in names.enumerated() { fields[name] = index }
                for (index, name) in names.enumerated().reversed() { fields[name] = -index }
            }
            let members = names.enumerated().reversed().map { "\"\($1)\":\($0 == 0 ? "0" : "-\($0)")" }
            #expect(line == "{" + members.joined(separator: ",") + "}")
        }
    }

    @Test("More than 64 fields keep their order, and each name appears once")
    func many() {
        let count = 300
        let line = json { fields in
            for index in 0..<count { fields["field_\(index)"] = index }
            for index in stride(from: 0, to: count, by: 3) { fields["field_\(index)"] = "again" }
        }
        let firsts = (0..<count).filter { !$0.isMultiple(of: 3) }.map { "\"field_\($0)\":\($0)" }
        let lasts = stride(from: 0, to: count, by: 3).map { "\"field_\($0)\":\"again\"" }
        #expect(line == "{" + (firsts + lasts).joined(separator: ",") + "}")
    }

    @Test("Random sets of names give the result of an ordered map")
    func random() {
        let names = (0..<40).map { "k\($0)" } + (0..<20).map { "a name with blanks \($0)" } + ["", "é", "\"", "\n\n"]
        for _ in 0..<300 {
            var expected: [(name: String, value: Int)] = []
            let line = json { fields in
                for _ in 0..<Int.random(in: 0...90) {
                    guard let name = names.randomElement() else { continue }
                    let value = Int.random(in: 0...999)
                    fields[name] = value
                    expected.removeAll { $0.name == name }
                    expected.append((name, value))
                }
            }
            let value = LogFieldValue.object(expected.map { .init(name: $0.name, value: .integer($0.value)) })
            #expect(line == value.description)
        }
    }
}
