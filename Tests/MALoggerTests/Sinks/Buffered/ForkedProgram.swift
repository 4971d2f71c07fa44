import Foundation

// Swift hides `fork`, because the child of a program with several threads may do very little.
@_silgen_name("fork") private func systemFork() -> pid_t

/// A forked child whose standard output and standard error are pipes that nobody reads while it runs.
struct ForkedProgram {
    let output: String
    let errors: String
    /// The number of the signal that ended it, or nil.
    let signal: Int32?

    /// Runs `body` in a forked child of this process until the child ends. A child that hangs is ended by SIGALRM.
    ///
    /// - Parameters:
    ///   - isSocket: Whether standard output is a socket, which holds little, instead of a pipe.
    ///   - parent: Runs in this process meanwhile. Its arguments are the child, and the ends from which the child's
    ///     standard output and standard error can be read.
    init(
        isSocket: Bool = false,
        _ body: () -> Void,
        meanwhile parent: (pid_t, Int32, Int32) -> String = { _, _, _ in "" }
    ) {
        var output: [Int32] = [0, 0]
        var errors: [Int32] = [0, 0]
        if isSocket {
            var size: Int32 = 8_192
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &output) == 0,
                setsockopt(output[1], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size)) == 0
            else { exit(90) }
        } else {
            guard pipe(&output) == 0 else { exit(90) }
        }
        guard pipe(&errors) == 0 else { exit(90) }
        let child = systemFork()
        if child == 0 {
            // The thread that forks blocks signals, because it is one of Dispatch's.
            var signals = sigset_t()
            sigemptyset(&signals)
            pthread_sigmask(SIG_SETMASK, &signals, nil)
            Foundation.signal(SIGALRM, SIG_DFL)
            alarm(60)
            dup2(output[1], 1)
            dup2(errors[1], 2)
            for end in output + errors { close(end) }
            body()
            exit(0)
        }
        close(output[1])
        close(errors[1])
        let begun = parent(child, output[0], errors[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        self.output = begun + Self.rest(of: output[0])
        self.errors = Self.rest(of: errors[0])
        signal = status & 0x7F == 0 ? nil : status & 0x7F
    }

    private static func rest(of end: Int32) -> String {
        let handle = FileHandle(fileDescriptor: end, closeOnDealloc: true)
        return String(decoding: handle.readDataToEndOfFile(), as: UTF8.self)
    }

    /// The sum of the numbers at the ends of the lines about lost lines.
    var lostLines: Int {
        errors.split(separator: "\n").filter { $0.hasPrefix("WARNING ma-logger: signal") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }
}

/// Waits until the pipe or socket has text. Returns false if it has none, and nobody can write into it any more: the
/// child has ended.
func waitForText(_ end: Int32) -> Bool {
    var end = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    while poll(&end, 1, -1) < 0, errno == EINTR {}
    return availableBytes(end.fd) > 0
}

/// The number of bytes that wait in a pipe or a socket.
func availableBytes(_ end: Int32) -> Int32 {
    var count: Int32 = 0
    return ioctl(end, UInt(FIONREAD), &count) == 0 ? count : 0
}
