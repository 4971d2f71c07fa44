internal import ContextLog

/// Looks at the `LOG_LEVELS_FILE` before each line, and passes the line on. Without that variable, it is not installed,
/// so it costs nothing.
final class LevelsFileBackend: DirectLogBackend {
    private let file: LevelsFile
    private let next: any LogBackend
    /// The same backend, if it leaves the system call to the event.
    private let direct: (any DirectLogBackend)?

    init(_ file: LevelsFile, next: any LogBackend) {
        self.file = file
        self.next = next
        direct = next as? any DirectLogBackend
    }

    func log(_ event: borrowing Log.Event) {
        file.look(forLineOf: event.seconds)
        next.log(event)
    }

    func render(_ event: borrowing Log.Event) -> UnwrittenLine {
        file.look(forLineOf: event.seconds)
        if let direct { return direct.render(event) }
        next.log(event)
        return .none
    }

    func finish(_ line: UnwrittenLine, _ written: Int) {
        direct?.finish(line, written)
    }
}
