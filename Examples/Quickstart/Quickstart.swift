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
        let check = SelfCheck(frames: settings.frames)
        let isJSON = ProcessInfo.processInfo.environment["LOG_FORMAT"]?.lowercased() != "console"
        let began = ContinuousClock.now
        var failure: (any Error)?
        do {
            let output = isJSON ? try WatchedOutput(check.printed) : nil
            setupLogging()
            do {
                try await run(settings, check)
            } catch {
                failure = error
            }
            output?.finish()
        } catch {
            failure = error
        }
        let time = ContinuousClock.now - began
        StandardError.write(check.summary(of: settings.frames, linesAreChecked: isJSON, in: time))
        if let failure { StandardError.write("quickstart: \(failure)\n") }
        exit(failure == nil && check.isClean(of: settings.frames) ? 0 : 1)
    }

    private static func run(_ settings: QuickstartSettings, _ check: SelfCheck) async throws {
        let log = Log("quickstart")
        let broker = try Broker(settings)
        log.info("quickstart started") {
            $0.broker = broker.name
            $0.frames = settings.frames
            $0.workers = settings.workers
        }
        try await broker.createTopics(["frames", "detections"], partitions: settings.partitions)

        let progress = ProgressLine { "quickstart: \(check.counts.arrived) of \(settings.frames) frames" }
        do {
            try await pass(settings, broker, check)
        } catch {
            await progress.finish()
            throw error
        }
        await progress.finish()
        log.info("quickstart ended") { $0.frames = check.counts.arrived }
    }

    /// Sends the frames along their path: cameras, topic, detectors, topic, archive.
    private static func pass(_ settings: QuickstartSettings, _ broker: Broker, _ check: SelfCheck) async throws {
        let run = UUID().uuidString.lowercased()
        let arrivals = Arrivals()
        let archive = Archive(run: run, check: check, arrivals: arrivals)
        var options = ParallelConsumer.Options()
        // A frame that fails ends the run. A service would try again, or send a dead letter.
        options.retry = ParallelConsumer.RetryPolicy { _ in .stop }
        try await withKafkaProducer(broker.producer) { producer in
            let cameras = Cameras(run: run, producer: producer, check: check, arrivals: arrivals)
            let detector = Detector(run: run, producer: producer, check: check, isBare: settings.isBare)
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
                    try await cameras.send(settings.frames)
                    frames.triggerGracefulShutdown()
                    detections.triggerGracefulShutdown()
                }
                try await group.waitForAll()
            }
        }
    }
}
