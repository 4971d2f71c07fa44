/// The options of `malog check`.
package struct CheckOptions: Sendable {
    package var files: [String] = []
    package var schema: LineSchema?
    package var requiresTrace = false
    package var requiresExecution = false
    package var requiresTask = false
    package var expectedTrace: String?
    package var expectedExecution: String?
    package var allowsForeign = false
    package var allowsEmpty = false
    package var faultLimit = 10
    package var isQuiet = false
    package var usesColor: Bool?

    package init() {}
}
