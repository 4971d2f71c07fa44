import ExampleSupport
import Foundation
import KafkaPropagation
import MALogger

/// Sends frames through two Kafka topics to parallel consumers. Every JSON line about a frame has the trace of that
/// frame.
@main
struct Quickstart {
    static func main() async {
        let settings = QuickstartSettings.usage.settingsOrExit(defaults: QuickstartSettings())
        ProcessVariables.setDefaults()
        let plan = QuickstartPlan(
            settings,
            environment: ProcessInfo.processInfo.environment,
            isTerminal: StandardOutput.isTerminal
        )
        let check = SelfCheck(plan)
        let ending = Ending(check)
        // The handler is the last to run, so it also sees the lines that librdkafka writes at the end.
        ProcessEnd.runLast { ending.finish() }
        do {
            let isShown = plan.isScreen || StandardError.isFreeTerminal
            try ending.takeOutput()
            setupLogging()
            let broker = try Broker(settings)
            ending.keep(broker)
            try await run(settings, broker, check, progressIsShown: isShown && StandardError.isTerminal)
        } catch {
            ending.fail(error)
        }
        exit(0)
    }

    private static func run(
        _ settings: QuickstartSettings,
        _ broker: Broker,
        _ check: SelfCheck,
        progressIsShown: Bool
    ) async throws {
        let log = Log("quickstart")
        log.info("quickstart started") {
            $0.broker = broker.name
            $0.frames = check.plan.frames
            $0.workers = settings.workers
        }
        try await broker.createTopics(["frames", "detections"], partitions: settings.partitions)

        try await withProgressLine(
            isShown: progressIsShown,
            "quickstart: \(check.counts.arrived) of \(check.plan.frames) frames"
        ) { try await pass(settings, broker, check) }
        log.info("quickstart ended") { $0.frames = check.counts.arrived }
    }

    /// Sends the frames along their path: cameras, topic, detectors, topic, archive.
    private static func pass(_ settings: QuickstartSettings, _ broker: Broker, _ check: SelfCheck) async throws {
        let run = UUID().uuidString.lowercased()
        let plan = check.plan
        let arrivals = Arrivals()
        let archive = Archive(run: run, check: check, arrivals: arrivals)
        var options = ParallelConsumer.Options()
        // A frame that fails ends the run. A service would try again, or send a dead letter.
        options.retry = ParallelConsumer.RetryPolicy { _ in .stop }
        try await withKafkaProducer(broker.producer) { producer in
            let cameras = Cameras(run: run, producer: producer, check: check, arrivals: arrivals)
            let detector = Detector(run: run, producer: producer, check: check, bareFrames: plan.bareFrames)
            let frames = try ParallelConsumer(
                broker.consumer(of: "frames", run: run),
                maxConcurrency: settings.workers,
                options: options
            ) { record in try await detector.handle(record) }
            let detections = try ParallelConsumer(
                broker.consumer(of: "detections", run: run),
                maxConcurrency: settings.workers,
                options: options
            ) { record in archive.store(record) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await frames.run() }
                group.addTask { try await detections.run() }
                group.addTask {
                    try await cameras.send(plan.frames)
                    frames.triggerGracefulShutdown()
                    detections.triggerGracefulShutdown()
                }
                try await group.waitForAll()
            }
        }
    }
}
