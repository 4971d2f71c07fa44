import KafkaPropagation
import MALogger

/// The work of the task.
struct DetectionTask {
    private let connection: KafkaConfiguration
    private let topic = "detections"
    private let log = Log("detect")

    init(connection: KafkaConfiguration) {
        self.connection = connection
    }

    /// Sends one record for each detection, and returns their offsets.
    func send(frames: Int) async throws -> [KafkaTopicPartitionOffset] {
        try await withKafkaProducer(KafkaProducerConfiguration(connection)) { producer in
            var sent: [KafkaTopicPartitionOffset] = []
            for frame in 0..<frames {
                // Each frame has a span of its own in the trace of the execution.
                try await withLogContext(.current.child()) {
                    let clock = ContinuousClock()
                    let start = clock.now
                    let objects = detect(frame)
                    KestraTask.time("inference", clock.now - start, tags: ["model": "small"])
                    KestraTask.count("detections", Double(objects.count), tags: ["model": "small"])
                    if objects.isEmpty { log.warning("nothing was detected") { $0.frame = frame } }
                    for object in objects {
                        log.info("detected") {
                            $0.frame = frame
                            $0.object = object
                        }
                        // receive(_:) reads this partition.
                        let message = KafkaMessage(topic: topic, value: Array(object.utf8), partition: 0)
                        sent.append(try await producer.send(message))
                    }
                }
            }
            return sent
        }
    }

    /// Reads the records of this run back, and returns how many have its trace and its execution ID.
    ///
    /// - Parameter sent: The offsets of the records. Between them, other runs may have sent theirs.
    func receive(_ sent: [KafkaTopicPartitionOffset]) async throws -> Int {
        guard let start = sent.first else { return 0 }
        let own = LogContext.current
        return try await withKafkaConsumer(KafkaConsumerConfiguration(connection, .partitions([start]))) { consumer in
            var missing = Set(sent)
            var withIDs = 0
            for try await record in consumer {
                guard missing.remove(record.topicPartitionOffset) != nil else { continue }
                record.withContext {
                    log.notice("detection received") { $0.object = record.valueText }
                    let context = LogContext.current
                    if context.traceText == own.traceText, context.executionID == own.executionID { withIDs += 1 }
                }
                if missing.isEmpty { break }
            }
            return withIDs
        }
    }

    /// Stands for a model. It finds nothing in the first frame.
    private func detect(_ frame: Int) -> [String] {
        (0..<min(frame, 2)).map { ["person", "bicycle"][$0] }
    }
}

extension LogContext {
    /// The `trace_id` of lines: the trace, or else the correlation ID, such as `TRACING_ID=order-1234`.
    var traceText: String? { traceID?.description ?? correlationID }
}
