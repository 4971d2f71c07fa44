import ContextPropagation
import Foundation
import TestSupport

/// A program of this package on a terminal of its own. It is killed when the last reference is released.
final class TerminalProcess: Sendable {
    /// A system call that failed.
    struct Failure: Error {
        let call: String
        let number = errno

        init(_ call: String) {
            self.call = call
        }
    }

    private let program: StartedProgram
    private let shown = Promise<String>()

    /// Starts a program that lies beside the tests, with stderr on a terminal.
    ///
    /// - Parameter output: Standard output. If it is nil, the terminal is.
    init(
        _ name: String,
        _ arguments: [String],
        columns: Int,
        environment: [String: String] = [:],
        output: FileHandle? = nil
    ) throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        guard terminal >= 0 else { throw Failure("open") }
        // TIOCSPTLCK and TIOCGPTN of Linux, which are macros that Swift does not import.
        var (isLocked, number) = (Int32(0), UInt32(0))
        guard ioctl(terminal, 0x4004_5431, &isLocked) == 0, ioctl(terminal, 0x8004_5430, &number) == 0 else {
            throw Failure("TIOCGPTN")
        }
        let path = "/dev/pts/\(number)"
        var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0 else { throw Failure("TIOCSWINSZ") }
        let child = open(path, O_RDWR | O_NOCTTY)
        guard child >= 0 else { throw Failure("open") }
        defer { close(child) }
        program = try StartedProgram(
            URL.program(name).path,
            arguments,
            environment: ChildProcess.inherited.merging(environment) { $1 },
            output: output?.fileDescriptor ?? child,
            errors: child
        )
        Thread.detachNewThread { [shown] in
            var text: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 4096)
            // The read fails when the program has closed its end.
            while true {
                let count = read(terminal, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                text += bytes[..<count]
            }
            close(terminal)
            shown.resolve(String(decoding: text, as: UTF8.self))
        }
    }

    deinit {
        program.kill()
    }

    /// Waits until the program has ended. A test whose time is over kills it. Returns its status.
    var status: Int32 {
        get async {
            await withTaskCancellationHandler {
                await program.waitUntilEnd().number
            } onCancel: {
                program.kill()
            }
        }
    }

    /// Waits until the program has ended. A test whose time is over kills it. Returns everything that the terminal
    /// received.
    var text: String {
        get async {
            _ = await status
            return await shown.value.replacing("\r\n", with: "\n")
        }
    }
}
