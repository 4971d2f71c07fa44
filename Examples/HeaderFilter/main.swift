// header-filter reads headers and writes headers, one JSON object on each line. With it, a conformance suite in any
// language can test the codecs.
import Foundation

func end(_ sentence: String, status: Int32) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("header-filter: \(sentence)\n".utf8))
    exit(status)
}

let filter: HeaderFilter
switch HeaderFilter.parse(arguments: Array(CommandLine.arguments.dropFirst())) {
case .run(let parsed): filter = parsed
case .help(let text):
    print(text)
    exit(0)
case .mistake(let text):
    end("\(text)\n\n\(HeaderFilter.usage)", status: 2)
}

// This function takes bytes, because a line that is not UTF-8 is not JSON and must not be repaired. It writes once for
// each line, because the calling program waits for the answer before it sends the next line.
func answer(_ line: Data) {
    do {
        try FileHandle.standardOutput.write(contentsOf: filter.answer(to: line) + Data("\n".utf8))
    } catch {
        end("could not write to standard output: \(error.localizedDescription)", status: 1)
    }
}

/// The next bytes of standard input, as soon as there are any; empty at its end.
///
/// Of Foundation's functions, one ends the process if the read fails, and the others wait for more bytes.
func nextBytes() -> Data {
    var bytes = Data(count: 1 << 16)
    while true {
        let count = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        if count >= 0 { return bytes.prefix(count) }
        guard errno == EINTR else {
            end("could not read standard input: \(String(cString: strerror(errno)))", status: 1)
        }
    }
}

var line = Data()
while true {
    let bytes = nextBytes()
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
