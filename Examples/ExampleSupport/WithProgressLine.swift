/// Runs `body`, and shows its progress on a line of stderr until it returns or throws.
///
///     try await withProgressLine("\(pipeline.frames) of \(all) frames") { try await pipeline.run() }
///
/// - Parameters:
///   - isShown: Whether the line is written. The default is right unless the program has sent its standard output
///     elsewhere: ask ``StandardError/isFreeTerminal`` before that.
///   - text: The text of the line, which is evaluated ten times a second.
///   - body: The work. The line is removed before its result or its error is passed on.
public func withProgressLine<Result>(
    isShown: Bool = StandardError.isFreeTerminal,
    _ text: @autoclosure @escaping @Sendable () -> String,
    _ body: () async throws -> Result
) async rethrows -> Result {
    // The end of the scope cancels the line and waits until it is removed.
    async let _: Void = isShown ? showProgressLine(text) : ()
    return try await body()
}

private func showProgressLine(_ text: @Sendable () -> String) async {
    while !Task.isCancelled {
        // The cursor goes back, so that a line that another program writes to the terminal covers the text.
        StandardError.write("\r\u{1B}[K" + text() + "\r")
        try? await Task.sleep(for: .milliseconds(100))
    }
    StandardError.write("\r\u{1B}[K")
}
