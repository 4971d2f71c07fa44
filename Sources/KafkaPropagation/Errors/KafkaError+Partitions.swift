extension KafkaError {
    /// Throws if a consumer cannot begin at these offsets: if a partition is in the list twice, or if a partition or an
    /// offset has a number without a meaning. librdkafka would refuse only some of them, after it has moved the others.
    static func check(starts places: [KafkaTopicPartitionOffset], _ code: Code = .invalidArgument) throws(KafkaError) {
        var partitions: Set<KafkaTopicPartition> = []
        for place in places {
            try check(topic: place.topic, code)
            let subject = "\(place.topicPartition)"
            if place.partition.rawValue < 0 {
                throw KafkaError(
                    code,
                    "no partition has a negative number",
                    subject: subject,
                    hint: "Correct the list of partitions"
                )
            }
            if let offset = place.offset, !offset.hasMeaning {
                throw KafkaError(
                    code,
                    "\(offset) is neither the number of a record nor a symbolic offset",
                    subject: subject,
                    hint: "Pass a number from 0, or .beginning, .end, .tail(_:) or .storedOffset"
                )
            }
            if partitions.insert(place.topicPartition).inserted { continue }
            throw KafkaError(code, "is in the list twice", subject: subject, hint: "Name each partition once")
        }
    }

    /// Throws if one of these offsets cannot be stored or committed, because it is not a number.
    static func check(numbers places: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        for place in places where place.offset?.isAbsolute != true { throw .notANumber(place) }
    }
}
