package import ContextPropagation

extension LogContext {
    /// The IDs of the context that exist, with the keys that they have on a line, in the order of a line.
    package var identifiers: [(key: LineKey, text: String)] {
        let texts: [(key: LineKey, text: String?)] = [
            (.traceID, traceID?.description ?? correlationID), (.executionID, executionID), (.taskID, taskID),
            (.spanID, spanID?.description),
        ]
        return texts.compactMap { identifier in identifier.text.map { (identifier.key, $0) } }
    }
}
