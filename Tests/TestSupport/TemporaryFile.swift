import Foundation

/// A file in its own directory. Both are removed at the end, also if the process exits before that.
package final class TemporaryFile: Sendable {
    /// The directories of this process that are not removed yet.
    private static let directories = Locked<Set<String>>([])

    /// The process that removes them when it exits. A fork of it leaves them alone.
    private static let process: pid_t = {
        atexit { TemporaryFile.removeAtExit() }
        return getpid()
    }()

    private static func removeAtExit() {
        guard getpid() == process else { return }
        for directory in directories.value { try? FileManager.default.removeItem(atPath: directory) }
    }

    package let directory: String
    package let path: String

    package init(_ name: String = "lines.log") throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "ma-logger-\(UUID().uuidString)").path
        path = directory + "/" + name
        if getpid() == Self.process { Self.directories.change { _ = $0.insert(directory) } }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// The text that the file has now, or nil if there is no file.
    package var text: String? { text(at: path) }

    /// The text of another file, or nil if there is no such file.
    package func text(at path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Opens a descriptor that appends to the file. The caller closes it.
    package func open() -> Int32 {
        Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
        if getpid() == Self.process { Self.directories.change { _ = $0.remove(directory) } }
    }
}
