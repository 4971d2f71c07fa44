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
    /// The file that has the name now but could not be opened, and the reason.
    private var unopened: (file: System.Status, reason: String)?

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
    ///
    /// - Returns: The reason why the file that has the name now cannot be opened, or nil if it can be opened or an
    ///   earlier call returned this reason. The next call tries again.
    /// - Throws: A read error.
    func read(_ body: (LineBlock) -> Void) throws(System.Failure) -> System.Failure? {
        // A server of files may have removed it after its rotation.
        do throws(System.Failure) { if let earlier { try drain(earlier, body) } } catch { earlier = nil }
        try drain(reader, body)
        // The file is replaced if another one has its name now.
        guard let named = System.status(of: path), let known = reader.status,
            !named.isSameFile(as: known)
        else { return nil }
        let descriptor: Int32
        do {
            descriptor = try System.open(path)
        } catch {
            return isNews(error, of: named) ? error : nil
        }
        unopened = nil
        try drain(reader, body)
        if let earlier, let rest = earlier.stream.rest() { body(rest) }
        earlier = reader
        reader = Reader(descriptor)
        lines = 0
        try drain(reader, body)
        return nil
    }

    /// Whether the failure to open this file was not reported. A file that a rotation has just moved is not reported.
    private func isNews(_ failure: System.Failure, of file: System.Status) -> Bool {
        guard let named = System.status(of: path), named.isSameFile(as: file) else { return false }
        if let unopened, unopened.file.isSameFile(as: file), unopened.reason == failure.description { return false }
        unopened = (file, failure.description)
        return true
    }

    private func drain(_ reader: Reader, _ body: (LineBlock) -> Void) throws(System.Failure) {
        let size = System.status(of: reader.stream.descriptor)?.size ?? 0
        if reader.status?.isRegular == true, size < reader.stream.offset { reader.stream.restart() }
        while let block = reader.stream.next() { if block.count > 0 { body(block) } }
        if let failure = reader.stream.failure { throw System.Failure(path, failure) }
    }
}
