public import Foundation

/// Sends the lines of standard output to a new file, so that the terminal is free for a text to the user.
///
/// Make it before `setupLogging()`, which reads the type of standard output.
public final class FiledOutput: Sendable {
    /// The path of the file.
    public let path: String
    private let real: Int32

    /// Makes the file in the folder for temporary files.
    ///
    /// - Parameter name: The beginning of the file's name.
    public init(_ name: String) throws(StandardOutput.Failure) {
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/\(name)-XXXXXX.jsonl".utf8CString)
        let file = mkstemps(&template, Int32(".jsonl".utf8.count))
        let real = dup(STDOUT_FILENO)
        guard file >= 0, real >= 0, fcntl(file, F_SETFL, O_APPEND) == 0, dup2(file, STDOUT_FILENO) >= 0
        else {
            let reason = String(cString: strerror(errno))
            for descriptor in [file, real] where descriptor >= 0 { close(descriptor) }
            throw StandardOutput.Failure(description: "could not make a file for the log lines in \(folder): \(reason)")
        }
        close(file)
        self.real = real
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Restores standard output, and reads the file. Call it once.
    ///
    /// - Parameter onLine: Called for each line in the order of the file, without its line break.
    public func finish(_ onLine: (_ line: Data) -> Void) {
        fflush(nil)
        dup2(real, STDOUT_FILENO)
        close(real)
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        var rest = Data()
        while let bytes = try? file.read(upToCount: 1 << 20), !bytes.isEmpty {
            rest.append(bytes)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                onLine(Data(rest[start..<end]))
                start = end + 1
            }
            rest = Data(rest[start...])
        }
        if !rest.isEmpty { onLine(rest) }
    }
}
