import CMALoggerRDKafka
import Foundation
import Testing

@Suite("Address Sanitizer", .timeLimit(.minutes(10)))
struct PlantedUseAfterFreeTests {
    /// The sanitizer's build must fail in this test. Run it alone, with PLANTED_FAULT=1.
    @Test(
        "A read of memory that librdkafka has freed is found",
        .enabled(if: ProcessInfo.processInfo.environment["PLANTED_FAULT"] == "1")
    )
    func useAfterFree() throws {
        let list = try #require(rd_kafka_topic_partition_list_new(1))
        rd_kafka_topic_partition_list_destroy(list)
        print("a freed list has \(list.pointee.cnt) partitions")
    }
}
