import Foundation

/// A program in another language that runs operations on request. The programs are in `Peers/`.
final class Peer {
    let name: String
    private let input: FileHandle
    private let output: FileHandle

    /// Starts a shell command.
    init(_ command: String) throws {
        name = URL(fileURLWithPath: String(command.split(separator: " ").last ?? "")).lastPathComponent
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command)"]
        let pipes = (Pipe(), Pipe())
        process.standardInput = pipes.0
        process.standardOutput = pipes.1
        try process.run()
        (input, output) = (pipes.0.fileHandleForWriting, pipes.1.fileHandleForReading)
    }

    /// Asks the program for this number of operations, and waits until it has done them.
    func perform(_ operation: String, _ count: Int) {
        input.write(Data("\(operation) \(count)\n".utf8))
        var answer = Data()
        while answer.last != UInt8(ascii: "\n") {
            let bytes = output.availableData
            if bytes.isEmpty { break }
            answer += bytes
        }
        if answer == Data("done\n".utf8) { return }
        let text = String(decoding: answer, as: UTF8.self)
        FileHandle.standardError.write(Data("codec-bench: \(name) answered \"\(text)\" to \(operation)\n".utf8))
        exit(1)
    }
}
