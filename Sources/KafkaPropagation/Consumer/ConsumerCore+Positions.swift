internal import CRDKafka

extension ConsumerCore {
    /// The partitions that are consumed here.
    func assignment() throws(KafkaError) -> [KafkaTopicPartition] {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try check(rd_kafka_assignment(client.pointer, &list))
        guard let list else { return [] }
        return PartitionList(owning: list).offsets.map(\.topicPartition)
    }

    func checkAssigned(_ partitions: [KafkaTopicPartition]) throws(KafkaError) {
        let assigned = Set(try assignment())
        for partition in partitions where !assigned.contains(partition) {
            throw KafkaError(.notAssigned, "the partition is not assigned", subject: "\(partition)")
        }
    }

    /// Seeks, on the poll thread. Returns false where a partition does not know its place yet: try again.
    func seek(_ places: [KafkaTopicPartitionOffset]) throws(KafkaError) -> Bool {
        let list = PartitionList(places)
        // Before 2.1 the time is taken for microseconds.
        let timeout: Int32 = rd_kafka_version() < 0x0201_0000 ? 2_000_000 : 2000
        if let error = rd_kafka_seek_partitions(client.pointer, list.pointer, timeout) {
            throw KafkaError(consuming: error)
        }
        // What was read before is of the old place: librdkafka's queues drop it by themselves.
        _ = handOver.drop(places.map(\.topicPartition))
        for element in PartitionList.elements(list.pointer) {
            switch element.err {
            case RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS: return false
            case RD_KAFKA_RESP_ERR_NO_ERROR: break
            case let error:
                throw KafkaError(error, subject: "\(String(cString: element.topic)) [\(element.partition)]")
            }
        }
        handOver.noteSeek(places)
        return true
    }

    func position(_ partitions: [KafkaTopicPartition]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        if isEnded { throw .consumerShutDown }
        let list = PartitionList(partitions)
        try check(rd_kafka_position(client.pointer, list.pointer))
        return list.offsets.map { place in
            KafkaTopicPartitionOffset(
                topicPartition: place.topicPartition,
                offset: handOver.firstOffset(of: place.topicPartition) ?? place.offset
                    ?? handOver.sought(place.topicPartition)
            )
        }
    }

    func lag() throws(KafkaError) -> [KafkaTopicPartition: Int] {
        var lags: [KafkaTopicPartition: Int] = [:]
        for place in try position(try assignment()) {
            var low: Int64 = 0
            var high: Int64 = 0
            let error = rd_kafka_get_watermark_offsets(
                client.pointer,
                place.topic,
                place.partition.native,
                &low,
                &high
            )
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0, let offset = place.offset, offset.isAbsolute else {
                continue
            }
            lags[place.topicPartition] = max(0, Int(high) - offset.rawValue)
        }
        return lags
    }
}
