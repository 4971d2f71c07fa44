import Foundation
import Hummingbird
import KafkaPropagation
import Logging
import MALogger
import ServiceLifecycle
import Tracing
import TracingPropagation

/// Takes frames over HTTP, sends them to a topic, and handles the records of this topic. Every line about a frame has
/// the trace ID of the request that brought it.
@main
struct HTTPGateway {
    static let log = Log("gateway")
    static let topic = "frames"

    static func main() async {
        setupLogging()  // also makes swift-log write through ma-logger, so Hummingbird's lines get the IDs, too
        InstrumentationSystem.bootstrap(LogContextInstrument())
        do {
            try await run()
            log.info("gateway ended")
        } catch {
            log.critical("gateway ended early", error: error)
            exit(1)
        }
    }

    static func run() async throws {
        let producer = try KafkaProducer(.fromEnvironment())
        var frames = try KafkaConsumerConfiguration.fromEnvironment(.group(id: "gateway", topics: [topic]))
        frames.autoOffsetReset = .earliest  // a new group begins with the oldest frame
        let consumer = try ParallelConsumer(frames, ordering: .key, maxConcurrency: 32) { record in
            log.info("frame handled") {
                $0.camera = record.keyText
                $0.bytes = record.value?.count
            }
        }
        let server = Application(
            router: router(producer, consumer),
            configuration: .init(address: .hostname("0.0.0.0", port: try port())),
            onServerRunning: { channel in log.info("gateway listens") { $0.port = channel.localAddress?.port } },
            logger: Logger(label: "hummingbird")
        )
        // A shutdown ends the last service first: no more requests, then no more records, then the producer is empty.
        var services = ServiceGroupConfiguration(
            services: [producer, consumer, server],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "services")
        )
        services.maximumGracefulShutdownDuration = .seconds(25)  // Kubernetes kills a pod after 30 s
        try await ServiceGroup(configuration: services).run()
    }

    static func router(_ producer: KafkaProducer, _ consumer: ParallelConsumer) -> Router<BasicRequestContext> {
        let router = Router()
        // The probe comes before the middleware, so that it writes no lines.
        router.get("readyz") { _, _ in
            let clients = [producer.readiness, consumer.readiness]
            return Response(
                status: clients.allSatisfy(\.isReady) ? .ok : .serviceUnavailable,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: KafkaReadiness.json(of: clients)))
            )
        }
        router.addMiddleware {
            TracingMiddleware()  // Hummingbird's: reads the request's headers with the instrument
            LogContextMiddleware()  // below: puts the IDs that it has read on each line
            LogRequestsMiddleware(.info)  // Hummingbird's: logs each request through swift-log
        }
        router.post("frames/:camera") { request, context in
            let camera = try context.parameters.require("camera")
            // A larger frame gets the status 413. librdkafka sends 1,000,000 bytes by default, headers included.
            let frame = try await request.body.collect(upTo: 900_000)
            log.info("frame received") {
                $0.camera = camera
                $0.bytes = frame.readableBytes
            }
            do {
                try await producer.send(KafkaMessage(topic: topic, key: camera, value: frame.readableBytesView))
            } catch {
                log.error("frame not sent", error: error) { $0.camera = camera }
                throw HTTPError(.serviceUnavailable, message: "the frame was not sent; try again later")
            }
            return HTTPResponse.Status.accepted
        }
        return router
    }

    /// The port of `HTTP_PORT`. The system chooses one if it is 0.
    static func port() throws -> Int {
        let value = ProcessInfo.processInfo.environment["HTTP_PORT"] ?? ""
        let text = value.isEmpty ? "8080" : value
        guard let port = UInt16(text) else {
            throw InvalidPort(description: "HTTP_PORT: \"\(text)\" is not a port; set a number from 0 to 65535")
        }
        return Int(port)
    }
}

struct InvalidPort: Error, CustomStringConvertible {
    let description: String
}
