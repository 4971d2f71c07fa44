import Foundation

/// Runs a program in another language to its end.
///
/// Foundation's `Process` would also wait for every program that this one leaves in the background.
package struct Program {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let path: String
    private let environment: [String: String]

    /// - Parameter environment: Variables in addition to those of this process.
    package init(path: String, environment: [String: String] = [:]) {
        self.path = path
        self.environment = environment
    }

    /// Runs the program and returns its standard output as lines. A status other than 0 is an error.
    package func run(_ arguments: String...) async throws -> [Data] {
        // The output is a file and not a pipe, so nobody has to read while the program writes.
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("output-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let file = open(output.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(description: "\(output.path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let end = try await StartedProgram(path, arguments, environment: variables, output: file).waitUntilEnd()
        guard end == .exit(0) else {
            throw Failure(description: "\(path) \(arguments.joined(separator: " ")) ended with \(end)")
        }
        return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }
}
