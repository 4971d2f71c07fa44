/// A line on stderr that shows progress. If stderr is not a terminal, nothing is written.
///
///     let progress = ProgressLine { "\(done.load(ordering: .relaxed)) of \(all) frames" }
///     …
///     await progress.finish()
public struct ProgressLine: Sendable {
    private let task: Task<Void, Never>?

    /// Shows the result of `text` ten times a second, until ``finish()``.
    public init(_ text: @escaping @Sendable () -> String) {
        guard StandardError.isTerminal else {
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
