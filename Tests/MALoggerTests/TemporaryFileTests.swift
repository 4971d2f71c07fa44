import Foundation
import TestSupport
import Testing

@Suite("The files of tests", .timeLimit(.minutes(10)))
struct TemporaryFileTests {
    @Test("The directory of a file is removed when the process exits while it uses the file")
    func exit() async throws {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardOutputContent]) {
            let file = try TemporaryFile()
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else { Foundation.exit(4) }
            print(file.directory)
            withExtendedLifetime(file) { Foundation.exit(3) }
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let directory = try #require(output.split(separator: "\n").last { $0.contains("ma-logger-") })
        #expect(!FileManager.default.fileExists(atPath: String(directory)))
    }
}
