// header-filter: headers in, headers out, one JSON object to a line. Lets a conformance suite written in any language
// drive the codecs.
import Foundation

let filter: HeaderFilter
switch HeaderFilter.parse(arguments: Array(CommandLine.arguments.dropFirst())) {
case .run(let parsed): filter = parsed
case .help(let text):
    print(text)
    exit(0)
case .mistake(let text):
    FileHandle.standardError.write(Data("header-filter: \(text)\n\n\(HeaderFilter.usage)\n".utf8))
    exit(2)
}

// Bytes, not text: what is not UTF-8 is not JSON, and must not be repaired. One write to a line: whoever drives this
// waits for the answer before the next question.
func answer(_ line: Data) {
    FileHandle.standardOutput.write(filter.answer(to: line) + Data("\n".utf8))
}

var line = Data()
while true {
    let bytes = FileHandle.standardInput.availableData
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        answer(line + rest[..<end])
        line = Data()
        rest = rest[(end + 1)...]
    }
    line += rest
    guard bytes.isEmpty else { continue }
    if !line.isEmpty { answer(line) }
    break
}
