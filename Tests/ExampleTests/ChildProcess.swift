import ContextPropagation
import Foundation
import TestSupport

/// A program of this package that a test starts, reads and signals. It is killed when the last reference is released.
final class ChildProcess: Sendable {
    /// The lines of standard output, as they come. The sequence ends with the output.
    let lines: AsyncStream<Data>
    private let program: StartedProgram
    private let errors: TemporaryFile

    /// Starts a program that lies beside the tests.
    ///
    /// - Parameters:
    ///   - name: The name of the program.
    ///   - environment: All its variables, besides those that load libraries.
    ///   - signal: A signal that the program gets when its first line has come. No task must wait for a thread first.
    init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        signalAtFirstLine signal: Int32? = nil
    ) throws {
        errors = try TemporaryFile("stderr")
        let output = Pipe()
        let errorFile = errors.open()
        defer { close(errorFile) }
        program = try StartedProgram(
            URL.program(name).path,
            arguments,
            environment: Self.inherited.merging(environment) { $1 },
            output: output.fileHandleForWriting.fileDescriptor,
            errors: errorFile
        )
        try output.fileHandleForWriting.close()
        let (lines, continuation) = AsyncStream<Data>.makeStream()
        self.lines = lines
        Thread.detachNewThread { [process = program.processIdentifier] in
            var rest = Data()
            var signal = signal
            while true {
                let bytes = output.fileHandleForReading.availableData
                if bytes.isEmpty { break }
                rest += bytes
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(Data(rest[rest.startIndex..<end]))
                    if let signal = signal.take() { kill(process, signal) }
                    rest = Data(rest[(end + 1)...])
                }
            }
            // A line without its end is shown as it is.
            if !rest.isEmpty { continuation.yield(rest) }
            continuation.finish()
        }
    }

    /// The variables that load libraries and set up sanitizers.
    static var inherited: [String: String] {
        let names = ["LD_LIBRARY_PATH", "LD_PRELOAD", "TSAN_OPTIONS", "ASAN_OPTIONS"]
        return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
    }

    deinit {
        program.kill()
    }

    func terminate() {
        kill(program.processIdentifier, SIGTERM)
    }

    /// Waits until the program has ended. A test whose time is over kills it.
    ///
    /// - Returns: Its status; the number of the signal if one killed it.
    var status: Int32 {
        get async {
            await withTaskCancellationHandler {
                await program.waitUntilEnd().number
            } onCancel: {
                program.kill()
            }
        }
    }

    /// The text on standard error so far.
    var errorText: String { errors.text ?? "" }
}
