internal import CMALoggerRDKafka

/// The parts of a ``KafkaConsumer``: the client, and the feed that delivers its records.
final class ConsumerCore: Sendable {
    let consumer: ConsumerClient
    let feed: RecordFeed

    var client: ClientHandle { consumer.handle }
    var callbacks: ConsumerCallbacks { consumer.callbacks }
    var configuration: KafkaConsumerConfiguration { consumer.configuration }
    var loop: PollLoop { consumer.loop }
    var commits: CommitRequests { consumer.commits }

    init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        let waker = Waker()
        feed = RecordFeed(
            limit: configuration.maximumBufferedRecords,
            isTracking: configuration.groupID != nil,
            waker: waker
        )
        consumer = try ConsumerClient(configuration, sink: feed, waker: waker)
    }

    func position(_ partitions: [KafkaTopicPartition]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        try consumer.checkNotEnded()
        return feed.position(partitions)
    }

    func lag() throws(KafkaError) -> [KafkaTopicPartition: Int] {
        var lags: [KafkaTopicPartition: Int] = [:]
        for place in try position(feed.withLedger { $0.assigned }) {
            guard let end = client.knownEnd(of: place.topicPartition), let offset = place.offset, offset.isAbsolute
            else { continue }
            lags[place.topicPartition] = max(0, end - offset.rawValue)
        }
        return lags
    }
}
