import Foundation
import Testing

@testable import ContextPropagation

@Suite("Named threads", .timeLimit(.minutes(10)))
struct NamedThreadTests {
    @Test("A thread has the first 15 bytes of its name, and runs in no context")
    func name() async throws {
        let seen = Promise<(String, LogContext)>()
        withLogContext(.newTrace()) {
            #expect(NamedThread.start("kafka-producer-17") { seen.resolve((Self.currentName, .current)) })
        }
        let (name, context) = await seen.value
        #expect(name == "kafka-producer-")
        #expect(context.traceID == LogContext.process.traceID)
    }

    private static var currentName: String {
        let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        return text?.trimmingCharacters(in: .newlines) ?? ""
    }
}
