import ContextPropagation
import Foundation

// Swift does not see the C library's function.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// A program in a process of its own.
///
/// Foundation's `Process` lists the open descriptors first. It copies 256 bytes for each name, also where the memory
/// ends behind a short one, and then crashes. The list is long enough if many tests run at once.
package final class StartedProgram: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How a program ended.
    package enum End: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)

        fileprivate init(waitStatus: Int32) {
            let signal = waitStatus & 0x7F
            self = signal == 0 ? .exit(waitStatus >> 8 & 0xFF) : .signal(signal)
        }

        /// The status, or the number of the signal.
        package var number: Int32 {
            switch self {
            case .exit(let number), .signal(let number): number
            }
        }
    }

    package let processIdentifier: pid_t
    private let ended = Promise<End>()

    /// Starts a program. It gets no other descriptor than these: another test reads a pipe until its last writer ends.
    ///
    /// - Parameters:
    ///   - environment: All its variables.
    ///   - output: The descriptor of its standard output. It stays the caller's.
    ///   - errors: The descriptor of its standard error; nil for this process's own one. It stays the caller's.
    package init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String],
        output: Int32,
        errors: Int32? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors, 2) }
        _ = addCloseFrom(&actions, 3)
        var words = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        variables.append(nil)
        defer { for variable in variables { free(variable) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, path, &actions, nil, words, variables)
        guard error == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(error)))") }
        processIdentifier = process
        Thread.detachNewThread { [ended, process] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            ended.resolve(End(waitStatus: status))
        }
    }

    /// How it ended; nil while it runs.
    package var end: End? { ended.resolved }

    /// Suspends until it has ended.
    package func waitUntilEnd() async -> End {
        await ended.value
    }

    /// Kills it, unless it has ended.
    package func kill() {
        if end == nil { _ = Foundation.kill(processIdentifier, SIGKILL) }
    }
}

extension URL {
    /// A program of this package, which lies beside the tests.
    package static func program(_ name: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name)
    }
}
