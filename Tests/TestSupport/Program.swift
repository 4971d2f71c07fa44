import Foundation

// Swift does not see the C library's function.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

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
        let process = try spawn(arguments, output)
        let status = await onNewThread {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            return status
        }
        guard status == 0 else {
            throw Failure(description: "\(path) \(arguments.joined(separator: " ")) ended with wait status \(status)")
        }
        return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }

    private func spawn(_ arguments: [String], _ output: URL) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // Another test reads a pipe until its last writer ends. The program must not be one of them.
        _ = addCloseFrom(&actions, 3)
        var words = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        variables.append(nil)
        defer { for variable in variables { free(variable) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, path, &actions, nil, words, variables)
        guard error == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(error)))") }
        return process
    }
}
