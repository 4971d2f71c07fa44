import Foundation

/// A file in a directory of its own, both removed at the end.
final class TemporaryFile: Sendable {
    let directory: String
    let path: String

    init(_ name: String = "lines.log") throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "ma-logger-\(UUID().uuidString)").path
        path = directory + "/" + name
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// What is in it now; nil where it is not there.
    var text: String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    func text(at path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A descriptor that appends to it. The caller closes it.
    func open() -> Int32 {
        Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }
}
