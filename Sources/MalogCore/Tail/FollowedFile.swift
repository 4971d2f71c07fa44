/// A file that is read while others write it, replace it or empty it.
final class FollowedFile {
    let path: String
    /// The name that messages use.
    var name: String { RawText.shown(path) }
    /// The number of lines that were read from the file of this name.
    var lines = 0
    private var reader: Reader
    /// The file that had the name before. A program may write to it for a moment after a rotation.
    private var earlier: Reader?

    private final class Reader {
        var stream: StreamReader
        let status: System.Status?

        init(_ descriptor: Int32) {
            stream = StreamReader(descriptor)
            status = System.status(of: descriptor)
        }

        deinit { System.close(stream.descriptor) }
    }

    init(_ path: String) throws {
        self.path = path
        reader = Reader(try ScanInput(path).descriptor)
    }

    /// Reads all lines that are there now.
    func read(_ body: (LineBlock) -> Void) {
        if let earlier { Self.drain(earlier, body) }
        Self.drain(reader, body)
        // The file is replaced if another one has its name now.
        guard let named = System.status(of: path), let known = reader.status,
            named.inode != known.inode || named.device != known.device,
            let descriptor = try? System.open(path)
        else { return }
        Self.drain(reader, body)
        if let earlier, let rest = earlier.stream.rest() { body(rest) }
        earlier = reader
        reader = Reader(descriptor)
        lines = 0
        Self.drain(reader, body)
    }

    private static func drain(_ reader: Reader, _ body: (LineBlock) -> Void) {
        let size = System.status(of: reader.stream.descriptor)?.size ?? 0
        if reader.status?.isRegular == true, size < reader.stream.offset { reader.stream.restart() }
        while let block = reader.stream.next() { if block.count > 0 { body(block) } }
    }
}
