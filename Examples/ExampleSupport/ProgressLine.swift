/// A line on stderr that shows progress. It is written only if stderr is a terminal and stdout is a file, because log
/// lines on the same terminal would break it.
///
///     let progress = ProgressLine { "\(done.load(ordering: .relaxed)) of \(all) frames" }
///     …
///     await progress.finish()
public struct ProgressLine: Sendable {
    private let task: Task<Void, Never>?

    /// Whether log lines leave the terminal of stderr free.
    public static var canBeShown: Bool { StandardError.isTerminal && StandardOutput.isFile }

    /// Shows the result of `text` ten times a second, until ``finish()``.
    ///
    /// - Parameter isShown: Whether the line is written; nil asks ``canBeShown``. Ask it earlier if the program sends
    ///   its standard output elsewhere.
    public init(isShown: Bool? = nil, _ text: @escaping @Sendable () -> String) {
        guard isShown ?? Self.canBeShown else {
            task = nil
            return
        }
        task = Task.detached {
            while !Task.isCancelled {
                StandardError.write("\r\u{1B}[K" + text())
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Removes the line.
    public func finish() async {
        guard let task else { return }
        task.cancel()
        await task.value
        StandardError.write("\r\u{1B}[K")
    }
}
