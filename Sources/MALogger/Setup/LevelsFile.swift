internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The file of `LOG_LEVELS_FILE`. It is looked at with the first line of each second, and applied when it has changed.
///
/// A changed file has another time, another size, or another place on the disk: Kubernetes replaces a symbolic link
/// when a ConfigMap changes.
final class LevelsFile: Sendable {
    /// The result of a look at the file.
    enum Outcome: Equatable {
        case same
        case levels(LogLevels)
        /// A sentence that names the file and the fault.
        case fault(String)
    }

    /// The path for people.
    let path: String
    private let absolutePath: [CChar]
    /// The level of labels without an entry.
    private let base: LogLevel
    /// The file as it was at the last look. It is not held over a fork, because reading a file can take long.
    private let seen = ForkSafeMutex<Seen?>(nil, isHeldOverFork: false)
    /// The second of the last look.
    private let lookedAt = Atomic<Int>(.min)

    /// A file, or the system's error number where there is none that can be read.
    private enum Seen: Equatable {
        case file(FileStamp)
        case error(Int32)
    }

    /// The bytes that are read of a file.
    private static var limit: Int { 1 << 20 }

    private static let log = Log("ma-logger")

    /// - Parameters:
    ///   - path: The bytes of the path, which need not be UTF-8.
    ///   - base: The level of `LOG_LEVEL`.
    init(path: [UInt8], base: LogLevel) {
        self.path = String(decoding: path, as: UTF8.self)
        self.base = base
        absolutePath = FileSink.absolute(path)
    }

    /// Looks at the file, and changes the levels of the process if it has changed.
    ///
    /// - Parameter second: The second of a line's time. Only the first call of a second looks.
    @inline(__always)
    func look(forLineOf second: Int) {
        let last = lookedAt.load(ordering: .relaxed)
        guard _slowPath(last != second) else { return }
        apply(last, second)
    }

    @inline(never)
    private func apply(_ last: Int, _ second: Int) {
        guard lookedAt.compareExchange(expected: last, desired: second, ordering: .relaxed).exchanged else { return }
        let (outcome, areNew) = seen.withLock { seen -> (Outcome, Bool) in
            let outcome = readIfChanged(&seen)
            guard case .levels(let levels) = outcome, levels != Log.levels else { return (outcome, false) }
            // Under the lock, so that a thread with older content cannot set its levels after those of newer content.
            Log.levels = levels
            return (outcome, true)
        }
        // Lines about the file are written after the lock is free: they are lines of this second or of the next one.
        switch outcome {
        case .same:
            break
        case .levels(let levels):
            guard areNew else { break }
            let event = OpenEvent(.notice, fileID: #fileID, function: #function, line: #line)
            event.fields.path = path
            event.fields.levels = levels.description
            event.deliver(to: Self.log, message: "LOG_LEVELS_FILE has changed the levels", error: nil)
        case .fault(let sentence):
            LineBackend.warn(sentence)
        }
    }

    /// Reads the file if it has changed since the last call.
    func readIfChanged() -> Outcome {
        seen.withLock { readIfChanged(&$0) }
    }

    private func readIfChanged(_ seen: inout Seen?) -> Outcome {
        let found = Self.find(absolutePath)
        guard found != seen else { return .same }
        let before = seen
        seen = found
        if case .error(let number) = found { return .fault(sentence(about: number)) }
        switch FileDescriptor.read(absolutePath, limit: Self.limit) {
        case .success(let bytes):
            guard bytes.count < Self.limit else { return .fault("\(subject), which is larger than 1 MiB; \(rest)") }
            let text = LevelsFileText(bytes, base: base)
            return text.fault.map { .fault("\(subject), \($0)") } ?? .levels(text.levels)
        case .failure(let error):
            // The next look tries it again, because the file itself need not change until it can be read.
            seen = .error(error.number)
            return seen == before ? .same : .fault(sentence(about: error.number))
        }
    }

    private static func find(_ path: [CChar]) -> Seen {
        switch FileStamp.of(path) {
        case .success(let stamp): .file(stamp)
        case .failure(let error): .error(error.number)
        }
    }

    private var subject: String { "LOG_LEVELS_FILE is \(LogSettings.quote(path))" }
    private var rest: String { "the levels stay as they are" }

    private func sentence(about error: Int32) -> String {
        "\(subject), which cannot be read: \(Platform.text(ofError: error)); \(rest)"
    }
}
