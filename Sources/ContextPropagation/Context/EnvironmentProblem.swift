/// A variable, or a file with identifiers, that could not be used, or not in full.
package struct EnvironmentProblem: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        /// The variable of this name.
        case variable(String)
        /// The file with this path.
        case file(String)
    }

    package let source: Source
    /// For a file, the rest of a sentence after "which".
    package let reason: String

    package init(_ source: Source, reason: String) {
        self.source = source
        self.reason = reason
    }
}
