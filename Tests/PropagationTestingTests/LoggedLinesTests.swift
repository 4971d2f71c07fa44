import ContextLog
import ContextPropagation
import PropagationTesting
import Testing

@Suite("Filters for captured lines", .timeLimit(.minutes(10)))
struct LoggedLinesTests {
    private let one = LogContext(traceID: .random(), executionID: "run-1", taskID: "decode")
    private let two = LogContext(correlationID: "order-1", taskID: "infer")

    private var lines: LoggedLines {
        capturedLines {
            Log("pipeline.decode").debug("bare")
            LogContext.$current.withValue(one) {
                Log("pipeline").info("first")
                Log("pipelines").warning("second")
            }
            LogContext.$current.withValue(two) { Log("pipeline.infer").error("third") }
            LogContext.$current.withValue(one) { Log("pipeline.decode").notice("fourth") }
        }
    }

    @Test("Lines can be selected by trace, task, execution and span")
    func identifiers() throws {
        let lines = lines
        let trace = try #require(one.traceID)
        #expect(lines.inTrace(trace).messages == ["first", "second", "fourth"])
        #expect(lines.inTrace(trace.description).messages == ["first", "second", "fourth"])
        #expect(lines.inTrace(of: two).messages == ["third"])
        #expect(lines.inTrace(of: LogContext()).isEmpty)
        #expect(lines.ofTask("infer").messages == ["third"])
        #expect(lines.ofExecution("run-1").messages == ["first", "second", "fourth"])
        #expect(lines.inSpan(try #require(one.spanID)).messages == ["first", "second", "fourth"])
        #expect(lines.withoutContext.messages == ["bare"])
        #expect(lines.traces == [trace.description, "order-1"])
        #expect(lines.tasks == ["decode", "infer"])
        #expect(lines.byTrace.mapValues(\.count) == [trace.description: 3, "order-1": 1])
        #expect(lines.byTask.mapValues(\.messages) == ["decode": ["first", "second", "fourth"], "infer": ["third"]])
    }

    @Test("Lines can be selected by level, label and text")
    func content() {
        let lines = lines
        #expect(lines.at(.warning).messages == ["second"])
        #expect(lines.from(.notice).messages == ["second", "third", "fourth"])
        #expect(lines.ofLabel("pipeline").messages == ["bare", "first", "third", "fourth"])
        #expect(lines.ofLabel("pipeline.decode").messages == ["bare", "fourth"])
        #expect(lines.withMessage("third").count == 1)
        #expect(lines.first(message: "nothing") == nil)
        #expect(lines.matching { $0.level > .error }.isEmpty)
    }
}
