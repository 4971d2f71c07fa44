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

    /// Handles a record, in its context, with the archive as the task.
    func store(_ record: KafkaRecord) {
        guard let frame = Frame(record, run: run) else { return }
        withLogContext(.current.child(taskID: "archive")) {
            check.read(frame)
            log.info("detections stored") {
                $0.frame = frame.frame
                $0.thread = CurrentThread.number
                $0.topic = record.topic
                $0.partition = record.partition
                $0.offset = record.offset
                $0.traceparent = record.traceparent
                $0.detections = frame.detections ?? []
            }
        }
        check.arrived(frame)
        arrivals.arrived(frame.frame)
    }
}
