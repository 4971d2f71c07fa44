import ExampleSupport
import Foundation
import KafkaPropagation
import MALogger

/// Reads a topic as a member of a group, or replays dead letters.
@main
struct ParallelWorker {
    static func main() async {
        let settings = WorkerSettings.usage.settingsOrExit(defaults: WorkerSettings())
        if let mistake = settings.mistake {
            StandardError.write("parallel-worker: \(mistake)\nparallel-worker --help lists the options.\n")
            exit(2)
        }
        setupLogging()
        do {
            let connection = try connection(settings)
            if settings.replay > 0 {
                try await replay(settings, connection)
            } else {
                try await work(settings, connection)
            }
        } catch {
            log.critical("the worker ended early", error: error)
            exit(1)
        }
    }

    private static let log = Log("parallel-worker")

    private static func connection(_ settings: WorkerSettings) throws -> KafkaConfiguration {
        let variable = "KAFKA_BOOTSTRAP_SERVERS"
        var environment = ProcessInfo.processInfo.environment
        if let servers = settings.bootstrapServers { environment[variable] = servers }
        do throws(KafkaError) {
            return try KafkaConfiguration(environment: environment)
        } catch {
            guard error.subject == variable, settings.bootstrapServers != nil else { throw error }
            throw KafkaError(error.code, error.message, subject: "--bootstrap-servers", hint: error.hint)
        }
    }

    private static func work(_ settings: WorkerSettings, _ connection: KafkaConfiguration) async throws {
        try await withTerminationSignals { signals in
            let handler = RecordHandler(settings)
            let consumer = try settings.consumer(connection, handler)
            handler.onEnough { consumer.triggerGracefulShutdown() }
            signals.onSignal { consumer.triggerGracefulShutdown() }
            let idle = Task { await IdleExit(settings: settings, connection: connection).run(consumer) }
            defer {
                idle.cancel()
                log.info("worker ended") { $0.handled = handler.handled }
            }
            let rate = RateText(consumer)
            // Also beside a pipe: lines that its reader prints cover the text.
            let isShown = StandardError.isTerminal && !StandardOutput.isTerminal
            try await withProgressLine(isShown: isShown, rate.text()) { try await consumer.run() }
        }
    }

    private static func replay(_ settings: WorkerSettings, _ connection: KafkaConfiguration) async throws {
        guard let topic = settings.deadLetterTopic else { return }
        var configuration = KafkaReplayConfiguration(connection, topic: topic)
        configuration.limit = settings.replay
        let replay = configuration
        // A signal cancels the replay, which then commits what was acknowledged. Its last line says how far it came.
        try await cancelOnTerminationSignal { try await replayDeadLetters(replay) }
    }
}
