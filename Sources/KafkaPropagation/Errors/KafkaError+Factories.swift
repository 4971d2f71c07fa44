extension KafkaError {
    /// The error of a call that stores or commits an offset such as ``KafkaOffset/beginning``.
    static func notANumber(_ place: KafkaTopicPartitionOffset) -> KafkaError {
        KafkaError(
            .invalidArgument,
            "only a number can be stored or committed",
            subject: "\(place)",
            hint: "Pass the number of a record; watermarks(of:) resolves .beginning and .end"
        )
    }
}
