import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Shutdowns while a group forms", .timeLimit(.minutes(10)), .enabled(if: !TestBroker.isReal))
struct ShutdownRaceTests {
    @Test("A shutdown at any moment of a join ends within its timeout")
    func join() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2])
        let moments = (0..<60).map { 2_700 + 15 * $0 }
        // Other tests may hold the threads of Swift's pool for many seconds.
        let threads = ThreadPoolExecutor(threads: 8)
        let slow = await withTaskGroup(of: Int?.self) { tasks in
            for moment in moments {
                tasks.addTask(executorPreference: threads) {
                    do {
                        var configuration = kafka.consumerConfiguration(
                            .group(id: "detectors \(moment)", topics: ["frames"])
                        )
                        configuration.shutdownTimeout = .seconds(2)
                        let consumer = try KafkaConsumer(configuration)
                        try await Task.sleep(for: .milliseconds(moment))
                        let start = ContinuousClock.now
                        await consumer.shutdown()
                        return start.duration(to: .now) > .seconds(60) ? moment : nil
                    } catch {
                        Issue.record(error)
                        return nil
                    }
                }
            }
            return await tasks.reduce(into: []) { if let moment = $1 { $0.append(moment) } }
        }
        #expect(slow.isEmpty)
    }
}
