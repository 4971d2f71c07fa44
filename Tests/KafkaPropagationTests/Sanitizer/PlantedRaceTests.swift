import CMALoggerRDKafka
import Dispatch
import Foundation
import Testing

@Suite("Thread Sanitizer", .timeLimit(.minutes(10)))
struct PlantedRaceTests {
    /// Two threads add to one number without any synchronization.
    private final class Race {
        let isUnderWay = DispatchSemaphore(value: 0)
        var count = 0
    }

    /// The sanitizer's build must fail in this test. Run it alone, with PLANTED_FAULT=1.
    @Test(
        "A race with a thread of librdkafka is found",
        .enabled(if: ProcessInfo.processInfo.environment["PLANTED_FAULT"] == "1")
    )
    func race() {
        let race = Race()
        let configuration = rd_kafka_conf_new()
        var reason = [CChar](repeating: 0, count: 256)
        _ = rd_kafka_conf_set(configuration, "debug", "all", &reason, reason.count)
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(race).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { client, _, _, _ in
            guard let opaque = rd_kafka_opaque(client) else { return }
            let race = Unmanaged<Race>.fromOpaque(opaque).takeUnretainedValue()
            race.isUnderWay.signal()
            race.count += 1
        }
        let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &reason, reason.count)
        #expect(client != nil)
        race.isUnderWay.wait()
        race.count += 1
        rd_kafka_destroy(client)
    }
}
