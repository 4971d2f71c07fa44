/// A file, or standard input, that is read once.
package struct ScanInput: Sendable {
    /// The name that messages use.
    package let name: String
    let descriptor: Int32
    /// The bytes that the file had when it was opened; nil if it is read like a pipe.
    let size: Int?

    /// Opens the files, or standard input if there are none.
    static func open(_ files: [String]) throws -> [ScanInput] {
        try (files.isEmpty ? ["-"] : files).map { try ScanInput($0) }
    }

    /// Opens a file, or standard input for `-`.
    package init(_ path: String) throws {
        if path == "-" {
            name = "standard input"
            descriptor = 0
        } else {
            name = RawText.shown(path)
            descriptor = try System.open(path)
        }
        guard let status = System.status(of: descriptor) else { throw System.Failure(name) }
        if status.isDirectory { throw System.Failure(name, reason: "is a directory; name the files in it") }
        // Standard input may be a file that others have read in part. Files of /proc have no size.
        let isWhole = status.isRegular && status.size > 0 && System.place(in: descriptor) == 0
        size = isWhole && status.size <= Self.sizeLimit ? status.size : nil
    }

    /// A larger file is sparse, and a table of its parts would not fit into memory.
    private static let sizeLimit = 1 << 44
    static let segmentSize = 1 << 20

    /// The number of parts that can be read independently of each other.
    var segmentCount: Int {
        guard let size else { return 1 }
        return (size + Self.segmentSize - 1) / Self.segmentSize
    }

    func close() {
        if descriptor != 0 { System.close(descriptor) }
    }
}
