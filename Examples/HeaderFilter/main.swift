// header-filter reads headers and writes headers, one JSON object on each line. With it, a conformance suite in any
// language can test the codecs.
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

// This function takes bytes, because a line that is not UTF-8 is not JSON and must not be repaired. It writes once for
// each line, because the calling program waits for the answer before it sends the next line.
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
