import ContextLog
import ContextPropagation
import KafkaPropagation

/// Sends the frames of four cameras over the first hop, each frame in its own trace.
struct Cameras: Sendable {
    static let names = ["north-gate", "south-gate", "east-dock", "west-dock"]

    let run: String
    let producer: KafkaProducer
    let check: SelfCheck
    let arrivals: Arrivals
    private let log = Log("quickstart.camera")

    init(run: String, producer: KafkaProducer, check: SelfCheck, arrivals: Arrivals) {
        self.run = run
        self.producer = producer
        self.check = check
        self.arrivals = arrivals
    }

    /// Sends the given number of frames, and returns when all have arrived at the archive.
    func send(_ frames: Int) async throws {
        try await fanOut(0..<frames, maxConcurrency: 1000) { number in
            let camera = Self.names[number % Self.names.count]
            try await withLogContext(.newTrace(taskID: "camera-\(camera)")) {
                try await send(number, of: camera)
            }
        }
    }

    private func send(_ number: Int, of camera: String) async throws {
        let trace = LogContext.current.traceID?.description ?? ""
        check.sending(number, in: trace)
        log.info("frame captured") {
            $0.frame = number
            $0.camera = camera
            $0.thread = CurrentThread.number
        }
        let frame = Frame(run: run, frame: number, camera: camera, trace: trace)
        try await producer.send(try frame.message(topic: "frames"))
        try await arrivals.wait(for: number)
    }
}
