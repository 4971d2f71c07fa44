internal import CMALoggerShims
internal import ContextPropagation

extension StandardOutputSink {
    /// Writes a batch of lines. Each fault of the descriptor has the same effect as for single lines.
    ///
    /// - Parameters:
    ///   - progress: Receives the offset up to which all lines are written or lost.
    ///   - hasWritten: Is called after each system call.
    ///   - isTorn: Receives whether the last line that was written has no line feed.
    func write(
        batch bytes: UnsafePointer<UInt8>,
        _ count: Int,
        progress: (Int) -> Void,
        hasWritten: () -> Void,
        isTorn: (Bool) -> Void
    ) -> [SinkOutcome] {
        let pieceSize = FileDescriptor.pieceSize(descriptor)
        let result = withStream { stream in
            let result = stream.append(batch: bytes, count, pieceSize: pieceSize, progress: progress) {
                defer { hasWritten() }
                return LineStream.write(to: descriptor, $0, min($1, FileDescriptor.longestCall(pieceSize)))
            }
            isTorn(stream.end.isTorn)
            return result
        }
        return health.note(result)
    }
}

extension FileSink {
    /// Writes a batch of lines. Each fault of the file has the same effect as for single lines.
    ///
    /// - Parameters:
    ///   - lines: The number of lines in the batch.
    ///   - second: The current second. The path is checked once in each.
    ///   - progress: Receives the offset up to which all lines are written or lost.
    ///   - hasWritten: Is called after each system call.
    ///   - state: Receives the descriptor, or -1 if lines must not be written to it, and whether the last line that was
    ///     written has no line feed.
    func write(
        batch bytes: UnsafePointer<UInt8>,
        _ count: Int,
        lines: Int,
        second: Int,
        progress: (Int) -> Void,
        hasWritten: () -> Void,
        state publish: (Int32, Bool) -> Void
    ) -> [SinkOutcome] {
        let (result, removed) = state.withLock { state -> (BatchResult, Int) in
            var removed = 0
            if state.checkedAt != second {
                state.checkedAt = second
                removed = state.check()
            }
            if state.isStandardOutput { removed += state.checkStandardOutput() }
            publish(state.usableDescriptor, state.stream.end.isTorn)
            if state.leavesLines(lines) { return (BatchResult(), removed) }
            if state.openError != 0 {
                return (BatchResult(lost: lines, error: state.openError, endsWritten: false), removed)
            }
            let descriptor = state.descriptor
            let pieceSize = FileDescriptor.pieceSize(descriptor)
            let result = state.stream.append(batch: bytes, count, pieceSize: pieceSize, progress: progress) {
                defer { hasWritten() }
                return LineStream.write(to: descriptor, $0, min($1, FileDescriptor.longestCall(pieceSize)))
            }
            state.unconfirmed += lines - result.lost
            publish(state.usableDescriptor, state.stream.end.isTorn)
            return (result, removed)
        }
        let outcomes = removed > 0 ? [health.removed(lines: removed)] : []
        return outcomes + health.note(result)
    }

    /// The descriptor to which the lines go, or -1.
    var usableDescriptor: Int32 { state.withLock { $0.usableDescriptor } }
}

extension FileDescriptor {
    /// The most bytes that one call writes, so that a slow reader of a long line is seen to go on.
    fileprivate static func longestCall(_ pieceSize: Int) -> Int { max(pieceSize, 1 << 16) }
}

extension FileSink.State {
    fileprivate var usableDescriptor: Int32 { openError != 0 || isStandardOutput ? -1 : descriptor }
}

extension SinkHealth {
    /// Notes the result of writing a batch.
    ///
    /// - Returns: Every change of the sink's state, in its order.
    fileprivate func note(_ result: BatchResult) -> [SinkOutcome] {
        if _fastPath(result.lost == 0 && !isFailing) { return [] }
        var outcomes: [SinkOutcome] = []
        if result.lost > 0 { outcomes.append(failed(result.error, lines: result.lost)) }
        if result.endsWritten { outcomes.append(note(0)) }
        return outcomes.filter { $0 != .same }
    }
}
