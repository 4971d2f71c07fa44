// header-filter: headers in, headers out, one JSON object to a line. Lets a conformance suite written in any language drive
// the codecs.
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

while let line = readLine() {
    // One write to a line: whoever drives this waits for the answer before the next question.
    FileHandle.standardOutput.write(filter.answer(to: Data(line.utf8)) + Data("\n".utf8))
}
