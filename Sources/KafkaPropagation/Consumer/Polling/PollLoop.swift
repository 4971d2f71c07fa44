internal import CMALoggerRDKafka
internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// The thread that polls a consumer's client. It serves events, runs calls between two polls, and sends records to a
/// ``RecordSink``, which decides who takes them.
final class PollLoop: Sendable {
    private typealias Message = UnsafeMutablePointer<rd_kafka_message_t>
    private typealias Messages = UnsafeMutableBufferPointer<Message?>

    private static let batchSize = 1000

    let client: ClientHandle
    let callbacks: ConsumerCallbacks
    let commands: PollCommands
    let lifecycle = ConsumerLifecycle()
    let blockingCalls: BlockingCalls
    /// The bounds of a reader that stops. If it sets any, the ends of partitions count (`enable.partition.eof`).
    let bounds = ReadBounds()
    private let configuration: KafkaConsumerConfiguration
    private let maximumPollInterval: Duration
    /// Whether librdkafka commits stored offsets without a call of the application.
    private let commitsByItself: Bool
    private let levels: QueueLevels
    private let memory = RecordMemory()
    private let spent = SpentMessages()
    private let nudge = FetchNudge.isNeeded ? FetchNudge() : nil
    private let waker: Waker
    private let watch: ConnectionWatch
    private let lastPoll = Atomic(MonotonicTime.now)
    private var sink: any RecordSink { callbacks.sink }

    /// - Parameters:
    ///   - properties: The client's properties.
    ///   - maximumPollInterval: The poll interval that librdkafka uses.
    ///   - commitsByItself: Whether librdkafka commits stored offsets without a call of the application.
    ///   - levels: The limits up to which librdkafka fetches ahead.
    ///   - waker: Wakes the loop. The sink uses the same object.
    init(
        _ client: ClientHandle,
        _ callbacks: ConsumerCallbacks,
        _ configuration: KafkaConsumerConfiguration,
        properties: [NativeConfiguration.Property],
        maximumPollInterval: Duration,
        commitsByItself: Bool,
        levels: QueueLevels,
        waker: Waker
    ) {
        self.client = client
        self.callbacks = callbacks
        self.configuration = configuration
        self.maximumPollInterval = maximumPollInterval
        self.commitsByItself = commitsByItself
        self.levels = levels
        self.waker = waker
        watch = ConnectionWatch(client, callbacks, properties: properties, log: ClientLog.consumer)
        commands = PollCommands(waker: waker)
        blockingCalls = BlockingCalls(connection: callbacks.connection, shutdownError: .consumerShutDown)
    }

    /// Nanoseconds since the thread last polled.
    var sinceLastPoll: UInt64 { MonotonicTime.elapsed(from: lastPoll.load(ordering: .relaxed), to: MonotonicTime.now) }

    /// Starts the thread. It ends after ``shutDown()``.
    func start() throws(KafkaError) {
        if !NamedThread.start("kafka-consumer", { self.run(self.watch) }) { throw .noThread }
    }

    /// Stops the delivery of records. Returns immediately.
    func stop() {
        sink.end(nil, discarding: true)
        lifecycle.advance(to: .stopped)
        waker.wake()
    }

    /// Stops the delivery of records, and leaves the group when the taken records are done. Returns immediately.
    func shutDown() {
        stop()
        lifecycle.advance(to: .closing)
        blockingCalls.end()
        waker.wake()
    }

    // MARK: The thread

    private func run(_ watch: consuming ConnectionWatch) {
        let messages = Messages.allocate(capacity: Self.batchSize)
        messages.initialize(repeating: nil)
        defer { messages.deallocate() }
        var pacing = PollPacing(maximumPollInterval: maximumPollInterval, levels: levels, now: .now)
        var closing: ShutdownWait?
        var isRefused = false
        var nextDescents = ContinuousClock.now
        while true {
            let now = ContinuousClock.now
            commands.run()
            spent.destroyAll()
            callbacks.commits.expire(now: now)
            // After an error, a second later.
            if commitsByItself, now >= nextDescents, commitDescents() { nextDescents = now + .seconds(1) }
            let wait = min(sink.tick(now: now), 100)
            let phase = lifecycle.phase
            if phase >= .closing {
                var wait = closing ?? ShutdownWait(timeout: configuration.shutdownTimeout, now: now)
                let pending = sink.pending(now: now)
                let step = wait.step(pending, now: now)
                if step == .report { report(pending, now) }
                if step == .leave { break }
                closing = wait
            }
            if phase == .reading {
                keepPartitionsGoing(&pacing, now)
                watch.look(waiting: nil, progress: 0)
                // A probe without an answer may have shown that no other broker can be reached.
                if !isRefused, let refusal = callbacks.connection.refusal {
                    isRefused = true
                    sink.end(refusal, discarding: false)
                }
            }
            var isFull = false
            if pacing.polls(sink.progress(now: now), now: now) {
                lastPoll.store(MonotonicTime.now, ordering: .relaxed)
                serveEvents(messages, &pacing)
                if phase == .reading { isFull = readRecords(messages, &pacing) }
            }
            // Before any command of the application: it may not know yet that the offsets went back.
            seekBack()
            if !isFull { waker.wait(milliseconds: wait) }
        }
        leave(messages, &pacing)
    }

    /// Commits the stored offsets that librdkafka does not commit by itself. False if there are none.
    private func commitDescents() -> Bool {
        callbacks.commits.inOrder {
            let descents = sink.takeDescents()
            if descents.isEmpty { return false }
            let list = PartitionList(committing: descents.map { ($0.place, metadata: "") })
            callbacks.commits.send(client.pointer, timeout: configuration.commitTimeout, list) { [callbacks] result in
                callbacks.noteAnswer(result, to: descents)
            }
            return true
        }
    }

    /// Seeks the partitions whose offsets went back, because their log was cut off or made anew.
    private func seekBack() {
        for place in sink.rewinds {
            do throws(KafkaError) {
                // librdkafka may not know its place yet. The next round tries again.
                if try !callbacks.assignment.seek([place], client.pointer).isEmpty { continue }
                ClientLog.consumer.warning("offsets went back; reading the partition again from this offset on") {
                    $0.partition = place.topicPartition
                    $0.offset = place.offset?.rawValue
                }
            } catch {
                callbacks.report(error)
            }
        }
    }

    private func keepPartitionsGoing(_ pacing: inout PollPacing, _ now: ContinuousClock.Instant) {
        if let partitions = pacing.takesRestart(now: now) {
            do throws(KafkaError) {
                try callbacks.assignment.restartUnbegun(partitions, client.pointer)
            } catch {
                callbacks.report(error)
            }
        }
        if callbacks.assignment.takesNew() { pacing.noteAssignment(now: now) }
        if pacing.takesForward(now: now) { callbacks.assignment.forwardAgain(client.pointer) }
    }

    private func serveEvents(_ messages: Messages, _ pacing: inout PollPacing) {
        while let message = rd_kafka_consumer_poll(client.pointer, 0) {
            // Records arrive in their own queue. A record that was read just before its partition was forwarded may
            // arrive here.
            messages[0] = message
            take(Messages(rebasing: messages[..<1]), &pacing)
        }
    }

    /// Reads a batch of records. Returns whether there may be more.
    private func readRecords(_ messages: Messages, _ pacing: inout PollPacing) -> Bool {
        if !sink.readsByPartition { return readRecords(of: nil, callbacks.queues.records, messages, &pacing) }
        var hasMore = false
        for partition in callbacks.assignment.table.assigned {
            guard let queue = callbacks.queues.partitions[partition.topicPartition] else { continue }
            if readRecords(of: partition, queue, messages, &pacing) { hasMore = true }
        }
        return hasMore
    }

    private func readRecords(
        of partition: AssignedPartition?,
        _ queue: OpaquePointer?,
        _ messages: Messages,
        _ pacing: inout PollPacing
    ) -> Bool {
        let limit = min(sink.room(of: partition, averageSize: pacing.averageSize), messages.count)
        if limit == 0 { return false }
        let count = rd_kafka_consume_batch_queue(queue, 0, messages.baseAddress, limit)
        if count <= 0 { return false }
        if let nudge, let partition, let queue {
            let left = rd_kafka_queue_length(queue)
            let size = pacing.averageSize
            if pacing.levels.note(partition.index, before: left + count, after: left, averageSize: size) {
                nudge.nudge(partition.topicPartition, client)
            }
        }
        take(Messages(rebasing: messages[..<count]), &pacing)
        return count == limit
    }

    private func take(_ messages: Messages, _ pacing: inout PollPacing) {
        var ends: [KafkaTopicPartitionOffset] = []
        for (index, message) in messages.enumerated() {
            guard let message, message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            if let end = Self.end(message.pointee) {
                ends.append(end)
                rd_kafka_message_destroy(message)
            } else {
                failed(message, &pacing)
            }
            messages[index] = nil
        }
        let readers = ends.map { callbacks.assignment.table[$0.topicPartition] }
        receive(messages, &pacing)
        // After the records before them. A record may have sent its partition back: then the end is not reached.
        for (end, reader) in zip(ends, readers) {
            bounds.note(end)
            guard let reader, reader == callbacks.assignment.table[end.topicPartition], let offset = end.offset,
                !sink.rewinds.contains(where: { $0.topicPartition == end.topicPartition })
            else { continue }
            sink.reachedEnd(of: reader, at: offset.rawValue)
        }
    }

    private func receive(_ messages: Messages, _ pacing: inout PollPacing) {
        let batch = RecordBatch(messages, of: client, memory, configuration.headerCodecs, callbacks.counters, spent) {
            callbacks.assignment.table[$0]
        }
        if batch.slots.isEmpty { return }
        callbacks.assignment.noteRecords(of: batch)
        callbacks.connection.noteSuccess()
        callbacks.counters.records.wrappingAdd(batch.slots.count, ordering: .relaxed)
        callbacks.counters.bytes.wrappingAdd(batch.bytes, ordering: .relaxed)
        pacing.averageSize = batch.bytes / batch.slots.count
        sink.receive(batch)
    }

    /// The end of a partition, if the message tells one.
    private static func end(_ message: rd_kafka_message_t) -> KafkaTopicPartitionOffset? {
        guard message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF, let topic = message.rkt else { return nil }
        return KafkaTopicPartitionOffset(
            topic: String(cString: rd_kafka_topic_name(topic)),
            partition: KafkaPartition(rawValue: Int(message.partition)),
            offset: KafkaOffset(rawValue: Int(message.offset))
        )
    }

    private func failed(_ message: Message, _ pacing: inout PollPacing) {
        defer { rd_kafka_message_destroy(message) }
        let code = message.pointee.err
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) }
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) }
        // librdkafka begins the errors of whole topics with this text, and leaves the partition 0 in them.
        let isOfTopic = text?.hasPrefix("Subscribed topic not available") == true
        let partition = topic.map {
            KafkaTopicPartition(topic: $0, partition: .init(rawValue: Int(message.pointee.partition)))
        }
        if let start = FailedStart(code, text, of: partition) { pacing.orderRestart(start, now: .now) }
        let error = KafkaError(code, text, subject: isOfTopic ? topic : partition?.description)
        if error.code == .unknownTopicOrPartition, let partition {
            let assigned = callbacks.assignment.assigned
            for unknown in isOfTopic ? assigned.filter({ $0.topic == topic }) : [partition] { sink.isUnknown(unknown) }
        }
        callbacks.failed(error)
    }

    // MARK: The end

    private func report(_ pending: PendingRecords, _ now: ContinuousClock.Instant) {
        ClientLog.consumer.notice("waiting for records that are being handled before leaving the group") {
            $0.client = client.name
            $0.records = pending.held.map { "\($0.place), taken \($0.since.duration(to: now)) ago" }
            $0.timeout = "\(configuration.shutdownTimeout)"
        }
    }

    private func leave(_ messages: Messages, _ pacing: inout PollPacing) {
        sink.end(nil, discarding: true)
        sink.leave()
        lifecycle.advance(to: .leaving)
        commands.close()
        blockingCalls.end()
        let deadline = ContinuousClock.now + configuration.shutdownTimeout
        callbacks.beginLeaving(LeavingGroup(client: client, deadline: deadline))
        defer { callbacks.endLeaving() }
        if let error = rd_kafka_consumer_close_queue(client.pointer, callbacks.queues.events) {
            rd_kafka_error_destroy(error)
        } else {
            // This wait has a limit, because the group may never answer after a lost partition or broker.
            while rd_kafka_consumer_closed(client.pointer) == 0, .now < deadline {
                serveEvents(messages, &pacing)
                callbacks.commits.expire(now: .now)
                if rd_kafka_consumer_closed(client.pointer) == 0 { waker.wait(milliseconds: 10) }
            }
            if rd_kafka_consumer_closed(client.pointer) == 0 {
                ClientLog.consumer.error("the consumer did not leave its group in time") {
                    $0.client = client.name
                }
            }
        }
        callbacks.commits.close()
        callbacks.finishEvents()
        spent.close()
        sink.close()
        lifecycle.advance(to: .closed)
    }
}
