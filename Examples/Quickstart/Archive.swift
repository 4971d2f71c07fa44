import ContextLog
import ContextPropagation
import KafkaPropagation

/// Receives the frames of the second hop, where each frame's path ends.
struct Archive: Sendable {
    let run: String
    let check: SelfCheck
    let arrivals: Arrivals
    private let log = Log("quickstart.archive")

    init(run: String, check: SelfCheck, arrivals: Arrivals) {
        self.run = run
        self.check = check
        self.arrivals = arrivals
    }

    func store(_ consumer: KafkaConsumer) async throws {
        for try await record in consumer {
            guard let frame = Frame(record, run: run) else { continue }
            withLogContext(record.context.child(taskID: "archive")) {
                check.read(frame)
                log.info("detections stored") {
                    $0.frame = frame.frame
                    $0.detections = frame.detections ?? []
                }
            }
            check.arrived(frame)
            arrivals.arrived(frame.frame)
        }
    }
}
