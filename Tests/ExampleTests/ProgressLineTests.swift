import ExampleSupport
import Foundation
import Testing

@Suite("The progress line of the examples", .timeLimit(.minutes(10)))
struct ProgressLineTests {
    private static let removed = "\r\u{1B}[K"

    @Test("The line is removed before an error is passed on")
    func failingBody() async throws {
        let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
            struct Failure: Error {}
            let (shown, writer) = AsyncStream.makeStream(of: Void.self)
            @Sendable func text() -> String {
                writer.yield()
                return "1 of 2"
            }
            do {
                try await withProgressLine(isShown: true, text()) {
                    for await _ in shown.prefix(2) {}
                    throw Failure()
                }
            } catch is Failure {
                StandardError.write("after")
                exit(7)
            }
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains(Self.removed + "1 of 2\r" + Self.removed))
        #expect(text.hasSuffix("1 of 2\r" + Self.removed + "after"))
    }

    @Test("A line that is not shown writes nothing, and the result is passed on")
    func hidden() async throws {
        let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
            let status: Int32 = await withProgressLine(isShown: false, "1 of 2") { 7 }
            exit(status)
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(!text.contains("1 of 2") && !text.contains(Self.removed))
    }
}
