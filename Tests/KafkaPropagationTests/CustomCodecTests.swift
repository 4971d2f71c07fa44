import ContextLog
import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Codecs of a program in a client", .timeLimit(.minutes(10)))
struct CustomCodecTests {
    /// Does some work whenever a client calls it, and writes one header.
    private final class WorkingCodec: HeaderCodec {
        typealias Work = @Sendable (_ step: String) -> Void

        private let work = Locked<Work?>(nil)

        /// Sets the work. Nil releases the client that the work uses.
        func does(_ work: Work?) {
            self.work.change { $0 = work }
        }

        func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
            work.value?("extract")
            return HeaderExtraction(executionID: "found")
        }

        func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
            work.value?("inject")
            carrier.appendHeader(name: "step", value: "inject".utf8.span)
        }
    }

    @Test("A codec may log, bind another context and use the client that called it")
    func work() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1, "notes": 1])
        let codec = WorkingCodec()
        let codecs = HeaderCodecs([.traceContext], custom: [codec])
        var sending = kafka.producerConfiguration
        sending.headerCodecs = codecs
        let producer = try KafkaProducer(sending)
        var reading = kafka.consumerConfiguration(.all("frames"))
        reading.headerCodecs = codecs
        let consumer = try KafkaConsumer(reading)

        let lines = Locked<[String]>()
        let log = LineRouter.log { event in lines.append("\(event.message) \(event.context.taskID ?? "-")") }
        codec.does { step in
            log.info(step)
            // A context without a trace and without an execution, so that this message has no headers to write.
            withLogContext(LogContext(taskID: "inner")) {
                log.info(step)
                do {
                    try producer.enqueue(KafkaMessage(topic: "notes", value: step))
                } catch {
                    Issue.record(error)
                }
            }
            _ = (producer.statistics, consumer.statistics)
        }

        let context = LogContext.newTrace(taskID: "outer")
        try await withLogContext(context) {
            try await producer.send(KafkaMessage(topic: "frames", value: "x"))
            #expect(LogContext.current == context)
        }
        #expect(lines.value == ["inject outer", "inject inner"])
        let record = try await consumer.takeOne()
        #expect(record.headers.first { $0.key == "step" }?.text == "inject")
        #expect(record.context.traceID == context.traceID && record.context.executionID == "found")
        #expect(lines.value.suffix(1) == ["extract inner"])

        codec.does(nil)
        try await producer.shutdown()
        await consumer.shutdown()
        try await withKafkaConsumer(kafka.consumerConfiguration(.all("notes"))) { consumer in
            let notes = try await consumer.take(2)
            #expect(notes.map(\.text) == ["inject", "extract"])
        }
    }

    @Test("A codec may wait until the producer that called it has ended; its message is then refused")
    func end() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let codec = WorkingCodec()
        var configuration = kafka.producerConfiguration
        configuration.headerCodecs = HeaderCodecs(custom: [codec])
        let producer = try KafkaProducer(configuration)
        let hasEnded = Locked<[Bool]>()
        codec.does { _ in
            producer.triggerGracefulShutdown()
            let limit = ContinuousClock.now + .seconds(60)
            while producer.core.closed.resolved == nil, .now < limit { Platform.sleep(milliseconds: 1) }
            hasEnded.append(producer.core.closed.resolved != nil)
        }
        // The codec blocks its thread, which must not be one of Swift's cooperative pool.
        let refusal = await onNewThread {
            withLogContext(.newTrace()) { () -> KafkaError.Code? in
                do throws(KafkaError) {
                    try producer.enqueue(KafkaMessage(topic: "frames", value: "x"))
                    return nil
                } catch {
                    return error.code
                }
            }
        }
        #expect(hasEnded.value == [true])
        #expect(refusal == .shutdown)
        codec.does(nil)
        try await producer.shutdown()
    }
}
