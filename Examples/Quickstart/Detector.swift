import ContextLog
import ContextPropagation
import Dispatch
import KafkaPropagation

/// Receives the frames of the first hop and sends detections over the second. It decodes each frame on a Dispatch queue
/// and searches the picture in child tasks.
struct Detector: Sendable {
    let run: String
    let producer: KafkaProducer
    let check: SelfCheck
    let bareFrames: Range<Int>
    private let log = Log("quickstart.detector")
    // Dispatch runs a queue of this class on threads of its own, and not on those of the tasks.
    private let queue = DispatchQueue(label: "decode", qos: .userInitiated, attributes: .concurrent)

    init(run: String, producer: KafkaProducer, check: SelfCheck, bareFrames: Range<Int>) {
        self.run = run
        self.producer = producer
        self.check = check
        self.bareFrames = bareFrames
    }

    /// Handles a record, in its context, with the detector as the task.
    func handle(_ record: KafkaRecord) async throws {
        guard let frame = Frame(record, run: run) else { return }
        try await withLogContext(.current.child(taskID: "detector")) {
            check.read(frame)
            log.info("frame received") {
                $0.frame = frame.frame
                $0.camera = frame.camera
                $0.thread = CurrentThread.number
                $0.topic = record.topic
                $0.partition = record.partition
                $0.offset = record.offset
                $0.traceparent = record.traceparent
            }
            try await handle(frame)
        }
    }

    private func handle(_ frame: Frame) async throws {
        let picture = await decode(frame)
        let detections = try await fanOut(["person", "vehicle"], maxConcurrency: 2) { label in
            detect(label, in: picture, of: frame)
        }
        try await producer.send(try frame.with(detections.flatMap(\.self)).message(topic: "detections"))
        log.info("detections sent") {
            $0.frame = frame.frame
            $0.thread = CurrentThread.number
        }
    }

    private func decode(_ frame: Frame) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            let work = { @Sendable in
                log.info("frame decoded") {
                    $0.frame = frame.frame
                    $0.thread = CurrentThread.number
                }
                continuation.resume(returning: (0..<64).map { UInt8(truncatingIfNeeded: frame.frame &* $0) })
            }
            if bareFrames.contains(frame.frame) {
                queue.async(execute: work)
            } else {
                queue.propagatingContext.async(execute: work)
            }
        }
    }

    private func detect(_ label: String, in picture: [UInt8], of frame: Frame) -> [String] {
        let score = picture.reduce(label.utf8.count) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        let isSeen = score % 3 == 0
        log.info("picture searched") {
            $0.frame = frame.frame
            $0.thread = CurrentThread.number
            $0.label = label
            $0.found = isSeen
        }
        return isSeen ? [label] : []
    }
}
