internal import ContextPropagation

/// A file to which each line is appended. It is opened again after it was moved or removed.
///
/// A lock is held for each line, so that a line that a full disk has cut off is known before the next one is written.
/// The path is checked with the first line of each second.
final class FileSink: Sendable {
    /// The path for people.
    let path: String
    /// The variable that names the file.
    let variable: String
    let health = SinkHealth()
    let state: ForkSafeMutex<State>

    struct State {
        /// With a zero byte at its end.
        let absolutePath: [CChar]
        var descriptor: Int32 = -1
        /// The file that was opened. The number of the descriptor may belong to other code by now.
        var file: FileIdentity?
        /// The system's error number of the last attempt to open the path; 0 if lines can be written.
        var openError: Int32 = 0
        /// Whether standard output goes to the same file. The file then has each line already.
        var isStandardOutput = false
        var checkedAt = Int.min
        /// The number of lines that were written, here or by standard output, since the file was last seen at its path.
        var unconfirmed = 0
        var stream = LineStream()
    }

    /// Opens the file immediately, so that a path that cannot be used is known before the first line; see ``failure``.
    ///
    /// - Parameters:
    ///   - path: The bytes of the path, which need not be UTF-8.
    ///   - variable: The variable that names the file.
    init(path: some Collection<UInt8>, variable: String) {
        self.path = String(decoding: path, as: UTF8.self)
        self.variable = variable
        var state = State(absolutePath: Self.absolute(path))
        _ = state.check()
        if state.openError != 0 { _ = health.failed(state.openError, lines: 0) }
        self.state = ForkSafeMutex(state, isHeldOverFork: false)
    }

    /// The name in sentences about this sink.
    var name: String { "\(variable) \(path)" }

    /// The system's error number of the last attempt to open the path, or nil if lines can be written.
    var failure: Int32? {
        let error = state.withLock { $0.openError }
        return error == 0 ? nil : error
    }

    /// Whether standard output goes to the same file. This sink then writes nothing.
    var isStandardOutput: Bool { state.withLock { $0.isStandardOutput } }

    var isFailing: Bool { health.isFailing }

    /// The number of lines that did not get into the file since the process began.
    var lostLines: Int { health.lostLines }

    /// - Parameter second: The second of the line's time.
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        let (error, removed) = state.withLock { state -> (Int32, Int) in
            var removed = 0
            if _slowPath(state.checkedAt != second) {
                state.checkedAt = second
                removed = state.check()
            }
            if _slowPath(state.isStandardOutput) {
                removed += state.checkStandardOutput()
                if state.leavesLines(1) { return (0, removed) }
            }
            if _slowPath(state.openError != 0) { return (state.openError, removed) }
            let descriptor = state.descriptor
            let error = state.stream.append(bytes, count) { LineStream.write(to: descriptor, $0, $1) }
            if error == 0 { state.unconfirmed += 1 }
            return (error, removed)
        }
        if _slowPath(removed > 0) {
            return error == 0 ? health.removed(lines: removed) : health.failed(error, lines: 1 + removed)
        }
        return _fastPath(error == 0 && !health.isFailing) ? .same : health.note(error)
    }

    /// Forgets the lines that the parent of this process has written or lost. The parent reports them.
    ///
    /// - Parameter isChild: Whether this process is a forked child. If not, the call changes nothing.
    func forked(isChild: Bool) {
        state.withLock { state in
            state.unconfirmed -= isChild ? state.unconfirmed : 0
            // The first line of a child looks whether it still has the descriptor.
            if isChild { state.checkedAt = .min }
        }
        health.forked(isChild: isChild)
    }

    /// A relative path continues to mean the same file after the program changes its directory.
    static func absolute(_ path: some Collection<UInt8>) -> [CChar] {
        let path = path.map { CChar(bitPattern: $0) } + [0]
        let slash = CChar(bitPattern: UInt8(ascii: "/"))
        guard path.first != slash, let directory = FileDescriptor.workingDirectory else { return path }
        return directory + [slash] + path
    }

    deinit {
        let descriptor = state.withLock { $0.openFile == nil ? -1 : $0.descriptor }
        FileDescriptor.closeIfOpen(descriptor)
    }
}

extension FileSink.State {
    /// Opens the file if it is not open, or if the path now names another file.
    ///
    /// - Returns: The number of lines that were lost with a removed file.
    mutating func check() -> Int {
        defer { isStandardOutput = FileDescriptor.isSameFile(descriptor, FileDescriptor.standardOutput) }
        let opened = openFile
        if let opened, FileIdentity(path: absolutePath)?.original.isSameFile(as: opened) == true {
            unconfirmed = 0
            openError = 0
            return 0
        }
        let isRemoved = opened?.isRemoved ?? true
        let removed = descriptor >= 0 && isRemoved ? unconfirmed : 0
        unconfirmed = 0
        let new = FileDescriptor.openForAppending(absolutePath)
        guard new >= 0 else {
            // A moved file still gets the lines. A removed file would lose them.
            openError = isRemoved ? -new : 0
            return removed
        }
        replaceDescriptor(by: new, isOpen: opened != nil)
        openError = 0
        stream.startAnew()
        return removed
    }

    /// Checks the file again if standard output no longer goes to it. The application may have replaced standard output
    /// since the last check, and the lines would then be nowhere.
    ///
    /// - Returns: The number of lines that were lost with a removed file.
    mutating func checkStandardOutput() -> Int {
        FileDescriptor.isSameFile(descriptor, FileDescriptor.standardOutput) ? 0 : check()
    }

    /// Whether standard output writes these lines to the file. If so, counts them as lines of the file.
    mutating func leavesLines(_ count: Int) -> Bool {
        guard isStandardOutput, openError == 0 else { return false }
        unconfirmed += count
        return true
    }

    /// The open file. Nil if other code has closed the descriptor, even if its number then stands for another file.
    fileprivate var openFile: FileIdentity? {
        guard let file, let present = FileIdentity(descriptor: descriptor) else { return nil }
        return present.isSameFile(as: file) ? present : nil
    }

    /// - Parameter isOpen: Whether the descriptor is open. Other code may have closed it, and `new` then often has its
    ///   number.
    private mutating func replaceDescriptor(by new: Int32, isOpen: Bool) {
        defer { file = FileIdentity(descriptor: descriptor) }
        // A forked child and the handler of a fatal signal use the number without the lock.
        if isOpen, new != descriptor {
            if FileDescriptor.move(new, to: descriptor) { return }
            FileDescriptor.closeIfOpen(descriptor)
        }
        descriptor = new
    }
}
