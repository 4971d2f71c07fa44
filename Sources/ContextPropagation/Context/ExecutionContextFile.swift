internal import CMALoggerShims

/// The file in which Kestra describes the execution of a task: `executionContext: true`, since Kestra 2.0.
///
/// Kestra writes it into the working directory of the task before the commands of the task, and removes it after them.
/// It is one JSON object with the variables of the flow. It may hold secrets, so no text of it appears in a problem.
///
/// Specification: [Kestra, Read the Execution Context from Your
/// Scripts](https://kestra.io/docs/scripts/execution-context).
package struct ExecutionContextFile: Sendable {
    /// The variable of Kestra's own Python client that names the file.
    static let variable = "KESTRA_EXECUTION_CONTEXT_FILE"
    static let name = ".kestra-execution-context.json"
    /// Inputs and outputs are in the file, too. A larger file is not read.
    static let limit = 16 << 20

    /// The path as it is shown in problems.
    let path: String
    let result: Result<ExecutionContextText, Problem>

    /// The sentence goes on after "which".
    struct Problem: Error, Equatable {
        let reason: String
    }

    /// Looks for the file: the one that `KESTRA_EXECUTION_CONTEXT_FILE` names, or else the one in the current directory
    /// or in Kestra's `WORKING_DIR`. Returns nil if there is none.
    ///
    /// - Parameter variable: Returns the bytes of a variable, or nil if it is not set. Empty counts as not set.
    package static func find(_ variable: (String) -> [UInt8]?) -> ExecutionContextFile? {
        if let path = variable(Self.variable), !path.isEmpty { return ExecutionContextFile(path, isNamed: true) }
        if let file = ExecutionContextFile(Array(name.utf8), isNamed: false) { return file }
        guard let directory = variable("WORKING_DIR"), !directory.isEmpty else { return nil }
        return ExecutionContextFile(directory + Array("/\(name)".utf8), isNamed: false)
    }

    /// - Parameter isNamed: Whether a variable names the file, so that its absence is a problem.
    private init?(_ path: [UInt8], isNamed: Bool) {
        self.path = String(decoding: path, as: UTF8.self)
        var bytes: UnsafeMutablePointer<UInt8>?
        var error: Int32 = 0
        let count = (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
            malogc_read_file($0.baseAddress, Self.limit, &bytes, &error)
        }
        // The caller of the C function frees the bytes.
        defer { malogc_free(bytes) }
        switch count {
        case MALOGC_NO_FILE where !isNamed: return nil
        case MALOGC_NO_FILE, MALOGC_UNREADABLE_FILE:
            result = .failure(Problem(reason: "cannot be read: \(Platform.text(ofError: error))"))
        case MALOGC_SPECIAL_FILE: result = .failure(Problem(reason: "is not a regular file"))
        case (Self.limit + 1)...: result = .failure(Problem(reason: "is larger than \(Self.limit >> 20) MiB"))
        default:
            do throws(ExecutionContextText.Fault) {
                result = .success(try ExecutionContextText(UnsafeBufferPointer(start: bytes, count: count)))
            } catch {
                result = .failure(Problem(reason: error.reason))
            }
        }
    }
}
