import CMALoggerRDKafka
import Foundation
import Testing

private let wanted = ProcessInfo.processInfo.environment["LIBRDKAFKA_VERSION"]

@Suite("The loaded librdkafka", .timeLimit(.minutes(10)))
struct LibraryVersionTests {
    /// The build is the same for every version, so only this test shows that the library path of a run has an effect.
    @Test("The loaded librdkafka has the version in LIBRDKAFKA_VERSION", .enabled(if: wanted != nil))
    func version() {
        let loaded = String(cString: rd_kafka_version_str())
        print("librdkafka \(loaded)")
        #expect(loaded == wanted)
    }
}
