internal import CMALoggerRDKafka
internal import ContextLog
internal import ContextPropagation

/// A partition whose committed offset is on the way.
struct StartingPartition {
    let partition: AssignedPartition
    /// Records that came before: they are few, because the partition's queue is not read yet.
    var early: [RecordBatch] = []
}

/// Where a partition begins.
struct PartitionStart: Sendable {
    let partition: AssignedPartition
    var committed: Int?
    var finished: [Range<Int>] = []
}

// The start of partitions that were assigned.
extension ParallelEngine {
    func assigned(_ partitions: [AssignedPartition]) {
        if partitions.isEmpty { return }
        guard let client, groupID != nil else {
            return begin(partitions.map { PartitionStart(partition: $0) })
        }
        state.withLock { state in
            for partition in partitions {
                state.starting[partition.index] = StartingPartition(partition: partition)
            }
        }
        let timeout = client.configuration.commitTimeout
        let isStarted = NamedThread.start("kafka-committed") { [self] in
            Self.findStarts(partitions, client, timeout: timeout) { starts in
                client.loop.commands.enqueue { self.begin(starts) }
            }
        }
        if !isStarted { begin(partitions.map { PartitionStart(partition: $0) }) }
    }

    /// Asks the group where partitions begin and what is finished beyond. It blocks, for about `timeout` in all.
    ///
    /// - Parameter found: Gets each partition once, as soon as everything about it is known.
    static func findStarts(
        _ partitions: [AssignedPartition],
        _ client: ConsumerClient,
        timeout: Duration,
        _ found: ([PartitionStart]) -> Void
    ) {
        let deadline = ContinuousClock.now + timeout
        let named = client.configuration.consumptionStrategy.startedByApplication
        do throws(KafkaError) {
            let list = try client.committed(partitions.map(\.topicPartition), timeout: timeout)
            let texts = list.metadata
            var starts: [PartitionStart] = []
            var withText: [(start: PartitionStart, text: String)] = []
            for (index, place) in list.offsets.enumerated() {
                var start = PartitionStart(partition: partitions[index])
                // Where the application names an offset, what the group has finished does not count.
                if let offset = place.offset, offset.isAbsolute, !named.contains(place.topicPartition) {
                    start.committed = offset.rawValue
                    if let text = texts[index] {
                        withText.append((start, text))
                        continue
                    }
                }
                starts.append(start)
            }
            found(starts)
            for (start, text) in withText {
                var start = start
                start.finished = finished(text, start, client, until: deadline)
                found([start])
            }
        } catch {
            ClientLog.consumer.warning(
                "could not read the group's offsets; records that are finished may be handled again",
                error: error
            ) { $0.partitions = partitions.map(\.topicPartition.description) }
            found(partitions.map { PartitionStart(partition: $0) })
        }
    }

    private static func finished(
        _ text: String,
        _ start: PartitionStart,
        _ client: ConsumerClient,
        until deadline: ContinuousClock.Instant
    ) -> [Range<Int>] {
        guard let committed = start.committed else { return [] }
        let partition = start.partition.topicPartition
        do throws(KafkaError) {
            let left = ContinuousClock.now.duration(to: deadline)
            if left < .milliseconds(1) { throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, subject: "\(partition)") }
            // Half of the time, so that a broker that hangs leaves some for the partitions of the others.
            let end = try client.end(of: partition, timeout: left / 2)
            switch CommitMetadata.decode(text, committed: committed, end: end) {
            case .finished(let ranges): return ranges
            case .nothing(let reason):
                ClientLog.consumer.notice("the metadata of the group's offset is not used") {
                    $0.partition = partition
                    $0.reason = reason.rawValue
                }
                return []
            }
        } catch {
            ClientLog.consumer.warning(
                "could not read the end of the partition; records that are finished may be handled again",
                error: error
            ) { $0.partition = partition }
            return []
        }
    }

    private func begin(_ starts: [PartitionStart]) {
        for start in starts {
            let place = start.partition.topicPartition
            let early = state.withLock { state -> [RecordBatch]? in
                // Taken away meanwhile, and perhaps assigned again.
                let starting = state.starting[start.partition.index]
                if let starting, starting.partition != start.partition { return nil }
                state.starting[start.partition.index] = nil
                if starting == nil, groupID != nil { return nil }
                state.parallel.assign(place, committed: start.committed, finished: start.finished)
                let number = state.parallel.index(of: place)
                state.meters.add(partition: number, topic: place.topic)
                while state.numbers.count <= start.partition.index { state.numbers.append(nil) }
                state.numbers[start.partition.index] = number
                return starting?.early ?? []
            }
            for batch in early ?? [] {
                batch.forEachSegment { segment in
                    if batch.partition(at: segment.range.lowerBound) == start.partition {
                        offer(batch, segment.range, place)
                    }
                }
            }
        }
        waker.wake()
    }
}
