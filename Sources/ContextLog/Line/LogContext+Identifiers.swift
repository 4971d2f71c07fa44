internal import CMALoggerShims
package import ContextPropagation

extension LogContext {
    /// The storage of the current context, for a line. It is borrowed while no binding ends, without a counted
    /// reference: with one context on several threads, counting would cost a fifth of the line.
    ///
    /// - Parameter key: `currentKey`, which a caller keeps because a global constant is a call.
    @inline(__always)
    static func currentStorage(key: UnsafeRawPointer) -> Unmanaged<Storage> {
        if let bound = malogc_task_local(key) { return bound.load(as: Unmanaged<Storage>.self) }
        return processStorage
    }

    /// The IDs of the context that exist, with the keys that they have on a line, in the order of a line.
    package var identifiers: [(key: LineKey, text: String)] {
        let texts: [(key: LineKey, text: String?)] = [
            (.traceID, traceID?.description ?? correlationID), (.executionID, executionID), (.taskID, taskID),
            (.spanID, spanID?.description),
        ]
        return texts.compactMap { identifier in identifier.text.map { (identifier.key, $0) } }
    }
}
