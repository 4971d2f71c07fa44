// A task of a Kestra flow: it detects objects in frames, sends each detection to Kafka, and reads it back. The flow is
// in flow.yml. Without Kestra, the same program writes JSON lines:
//
//     swift run kestra-task [FRAMES=3]
//
// KAFKA_BOOTSTRAP_SERVERS names the broker; if it is empty or unset, the program starts one inside the process.

import KafkaPropagation
import KafkaPropagationTesting
import MALogger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

setupLogging()
let log = Log("detect")

guard let frames = CommandLine.arguments.count < 2 ? 3 : Int(CommandLine.arguments[1]), (1...1000).contains(frames)
else {
    log.critical("FRAMES is \(CommandLine.arguments[1]), which is not a number from 1 to 1000")
    exit(2)
}
// Where the flow has neither a trace nor a correlation ID, this process begins a trace.
let process = LogContext.current
let context =
    process.traceText == nil ? .newTrace(executionID: process.executionID, taskID: process.taskID) : process
do {
    let hasBroker = getenv("KAFKA_BOOTSTRAP_SERVERS").map { $0[0] != 0 } ?? false
    let embedded = hasBroker ? nil : try EmbeddedKafka(topics: ["detections": 1])
    let connection = try embedded?.configuration ?? .fromEnvironment()
    try await withLogContext(context) {
        let task = DetectionTask(connection: connection)
        let sent = try await task.send(frames: frames)
        let detections = sent.count
        let received = try await task.receive(sent)
        KestraTask.output {
            $0.detections = detections
            $0.received = received
            $0.trace_id = context.traceText
        }
        guard received == detections else {
            log.critical("records have other IDs") { $0.records = detections - received }
            exit(1)
        }
    }
} catch {
    log.critical("the task ended early", error: error)
    exit(1)
}
