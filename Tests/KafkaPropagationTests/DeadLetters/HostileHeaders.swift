import KafkaPropagation

/// Headers that no dead letter of ma-logger has. None of them may trap or lead a replay anywhere.
enum HostileHeaders {
    /// Origins that cannot be.
    static let origins: [[KafkaHeader]] = [
        origin(nil, "0", "1"),
        origin("", "0", "1"),
        origin("..", "0", "1"),
        origin("frames\0other", "0", "1"),
        origin("fra mes", "0", "1"),
        origin("främes", "0", "1"),
        origin(String(repeating: "t", count: 250), "0", "1"),
        origin("frames", nil, "1"),
        origin("frames", "-1", "1"),
        origin("frames", "2147483648", "1"),
        origin("frames", huge, "1"),
        origin("frames", "0", nil),
        origin("frames", "0", ""),
        origin("frames", "0", "-1001"),
        origin("frames", "0", "+1"),
        origin("frames", "0", "1.0"),
        origin("frames", "0", "9223372036854775808"),
        origin("frames", "0", "١"),
        [KafkaHeader(key: "dead-letter-original-topic", value: "frames")],
        [KafkaHeader(key: "dead-letter-original-offset", value: "1")],
        [KafkaHeader(key: "dead-letter-original-topic", value: [0xFF, 0xFE, 0x00])],
        origin("frames", "0", "1") + [KafkaHeader(key: "dead-letter-original-topic", value: nil as String?)],
    ]

    /// Other facts that cannot be, beside an origin that can.
    static let facts: [[KafkaHeader]] = [
        KafkaHeader(key: "dead-letter-deaths", value: "-1"),
        KafkaHeader(key: "dead-letter-deaths", value: nil as String?),
        KafkaHeader(key: "dead-letter-replays", value: huge),
        KafkaHeader(key: "dead-letter-attempts", value: "many"),
        KafkaHeader(key: "dead-letter-time", value: [0, 0, 1, 0x9A]),
        KafkaHeader(key: "dead-letter-original-timestamp", value: "-1"),
        KafkaHeader(key: "dead-letter-error-type", value: [0xC3, 0x28]),
        KafkaHeader(key: "dead-letter-error-message", value: nil as String?),
    ].map { origin("frames", "0", "1") + [$0] }

    private static let huge = String(repeating: "9", count: 100_000)

    private static func origin(_ topic: String?, _ partition: String?, _ offset: String?) -> [KafkaHeader] {
        [
            KafkaHeader(key: "dead-letter-original-topic", value: topic),
            KafkaHeader(key: "dead-letter-original-partition", value: partition),
            KafkaHeader(key: "dead-letter-original-offset", value: offset),
        ]
    }
}
