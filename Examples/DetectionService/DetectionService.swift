import Dispatch
import Foundation
import KafkaPropagation
import MALogger

/// Reads frames from a topic, counts the objects in each one, and sends the numbers to another topic.
@main
struct DetectionService {
    static let log = Log("detections")
    static let decoder = DispatchQueue(label: "decode").propagatingContext

    static func main() async {
        setupLogging()
        do {
            var frames = try KafkaConsumerConfiguration.fromEnvironment(.group(id: "detectors", topics: ["frames"]))
            frames.autoOffsetReset = .earliest  // a new group begins with the oldest frame
            try await run(frames, .fromEnvironment())
            log.info("service ended")
        } catch {
            log.critical("service ended early", error: error)
            exit(1)
        }
    }

    static func run(_ frames: KafkaConsumerConfiguration, _ results: KafkaProducerConfiguration) async throws {
        var options = ParallelConsumer.Options()
        options.deadLetters = .init(topic: "frames.dead-letters")  // gets a frame that fails ten times
        let settings = options
        try await withTerminationSignals { signals in
            // The scopes end from the inside out: no more frames, then the jobs of the pool, then the producer.
            try await withKafkaProducer(results) { producer in
                try await withWorkerPool(.init(name: "models", workers: 4)) { pool in
                    let service = try ParallelConsumer(frames, ordering: .key, maxConcurrency: 32, options: settings) {
                        try await handle($0, pool, producer)
                    }
                    signals.onSignal { service.triggerGracefulShutdown() }
                    try await service.run()  // commits the frames that are handled
                }
            }
        }
    }

    static func handle(_ frame: KafkaRecord, _ pool: WorkerPool, _ producer: KafkaProducer) async throws {
        let picture = await withCheckedContinuation { decoded in
            decoder.async {  // on a Dispatch thread, with the IDs of the frame
                log.info("frame decoded") { $0.offset = frame.offset.rawValue }
                decoded.resume(returning: frame.value ?? [])
            }
        }
        let objects = try await pool.perform {  // on a worker of the pool, with the IDs of the frame
            monitorTask("inference", log: log) { picture.count { $0 > 127 } }
        }
        try await producer.send(KafkaMessage(topic: "detections", key: frame.keyText, value: "\(objects)"))
        log.info("detections sent") { $0.objects = objects }  // and the next service continues the trace
    }
}
