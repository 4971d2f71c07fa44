import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("Names of files that are not UTF-8", .timeLimit(.minutes(10)))
struct RawTextTests {
    @Test("Any bytes become a text and the same bytes again, and UTF-8 becomes its own text")
    func property() {
        var random = SplitMix(state: 31)
        // Parts of characters, among them those of the characters for private use that stand for bytes.
        let parts: [UInt8] = [0x61, 0x2F, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF4, 0x8F, 0xB8, 0xBB, 0xBF, 0xED, 0xFF]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...8, using: &random)).map { _ in parts.randomElement(using: &random)! }
            let text = RawText.text(bytes)
            #expect(RawText.bytes(text).map { UInt8(bitPattern: $0) } == bytes + [0])
            if let valid = String(validating: bytes, as: UTF8.self),
                !valid.unicodeScalars.contains(where: { 0x10FE80...0x10FEFF ~= $0.value })
            {
                #expect(text == valid && RawText.shown(text) == valid)
            } else {
                #expect(RawText.shown(text).contains("\u{FFFD}"))
            }
        }
        #expect(RawText.shown(RawText.text(Array("x".utf8) + [0xFF] + Array(".log".utf8))) == "x\u{FFFD}.log")
    }

    @Test("Every verb opens such a file, and messages show its name")
    func verbs() throws {
        let file = try TemporaryFile()
        let path = file.directory + "/" + RawText.text([0x78, 0xFF])
        let descriptor = open(RawText.bytes(path), O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { unlink(RawText.bytes(path)) }
        let line = Lines.otel() + "\n"
        #expect(Foundation.write(descriptor, line, line.utf8.count) == line.utf8.count)
        close(descriptor)
        #expect(Run("check", path).status == 0)
        #expect(Run("stats", path).output.hasPrefix("1 line "))
        #expect(Run("trace", Lines.trace, path).status == 0)
        #expect(Run("tail", "--json", path).output == line)
        #expect(Run("check", path + "y").errors == "malog: \(file.directory)/x\u{FFFD}y: No such file or directory\n")
        let noise = open(RawText.bytes(path), O_WRONLY | O_APPEND)
        #expect(Foundation.write(noise, "noise\n", 6) == 6)
        close(noise)
        #expect(Run("check", path).output.contains("\(file.directory)/x\u{FFFD}:2: not a JSON object"))
        #expect(Run("tail", path).errors.contains("\(file.directory)/x\u{FFFD}:2: not a JSON object"))
    }

    @Test("The program gets such names from the command line")
    func commandLine() async throws {
        let file = try TemporaryFile()
        let shell = Program(path: "/bin/sh", environment: ["DIRECTORY": file.directory, "LINE": Lines.otel()])
        let malog = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "malog")
        let script = #"""
            name=$DIRECTORY/$(printf 'x\377.log')
            echo "$LINE" > "$name"
            "$0" tail --json "$name" && rm "$name"
            """#
        let output = try await shell.run("-c", script, malog.path)
        #expect(output.map { String(decoding: $0, as: UTF8.self) } == [Lines.otel()])
    }
}
