#if Macros
import ContextLogMacros
import ContextPropagation
import PropagationTesting
import Testing

@Suite("@MonitorTask", .timeLimit(.minutes(10)))
struct MonitorTaskMacroTests {
    private static let trace = LogContext.newTrace(taskID: "caller")

    /// Returns the lines of the calls in a trace.
    private func lines(_ body: () async throws -> Void) async rethrows -> LoggedLines {
        try await capturedLines { try await LogContext.$current.withValue(Self.trace) { try await body() } }
    }

    @Test("A function that returns logs one line of success, with the name, the label and the place of the function")
    func success() async {
        let lines = await lines { #expect(plain(1) == 2) }
        #expect(lines.messages == ["Task plain(_:) success"])
        let line = lines.first
        #expect(line?.level == .info && line?.label == "ContextLogMacrosTests" && line?.taskID == "caller")
        #expect(line?.fileID == "ContextLogMacrosTests/MonitoredFunctions.swift")
        #expect(line?.line == plainLine)
        #expect(line?.context.parentSpanID == Self.trace.spanID && line?.traceID == Self.trace.traceID?.description)
        guard case .double? = line?["duration"] else {
            Issue.record("the duration is no number: \(lines)")
            return
        }
    }

    @Test("The arguments are those of monitorTask, and lines inside are in the function's span")
    func arguments() async {
        let lines = await lines { named() }
        #expect(lines.messages == ["inside", "Task named success"])
        #expect(lines.map(\.level) == [.info, .notice] && lines.map(\.label) == ["app.tests", "app.tests"])
        #expect(lines.map(\.taskID) == ["gpu-1", "gpu-1"] && Set(lines.map(\.spanID)).count == 1)
        #expect(lines.first?.spanID != Self.trace.spanID)
    }

    @Test("A typed error keeps its type, and costs one line of failure with the error")
    func typedError() async {
        let lines = await lines {
            do throws(ModelError) {
                _ = try typed(true)
                Issue.record("no error")
            } catch {
                // The compiler knows the type of the error here.
                #expect(error.number == 7)
            }
            #expect((try? typed(false)) == "done")
        }
        #expect(lines.messages == ["Task typed failed", "Task typed success"])
        #expect(lines.first?.level == .error && lines.first?.error is ModelError)
    }

    @Test("Any error, and cancellation, are reported as monitorTask reports them")
    func untypedError() async {
        let lines = await lines {
            #expect(throws: ModelError(number: 1)) { try untyped(ModelError(number: 1)) }
            #expect(throws: CancellationError.self) { try untyped(CancellationError()) }
            #expect(throws: Never.self) { try untyped(nil) }
        }
        #expect(
            lines.messages == ["Task untyped(_:) failed", "Task untyped(_:) cancelled", "Task untyped(_:) success"]
        )
    }

    @Test("An asynchronous function with a typed error runs in its own span")
    func asynchronous() async {
        let lines = await lines {
            #expect(await (try? waiting(false)) == 1)
            do throws(ModelError) { _ = try await waiting(true) } catch { #expect(error.number == 8) }
        }
        #expect(lines.messages == ["Task waiting success", "Task waiting failed"])
        #expect(Set(lines.map(\.spanID)).count == 2)
    }

    @Test("Sampling suppresses lines of success, and no failure")
    func sampling() async {
        let lines = await lines {
            for fails in [false, false, true, false] { try? quiet(fails) }
        }
        #expect(lines.messages == ["Task quiet failed"] && lines.first?["suppressed"] == .integer(2))
    }

    @Test("Generic functions keep their generic error, and fields get the value")
    func generics() async throws {
        let lines = await lines {
            // Without an error, the call needs no `try`.
            #expect(generic([1, 2, 3]) { $0 > 1 } == 2)
            #expect(throws: ModelError(number: 3)) {
                try generic("abc") { _ throws(ModelError) in throw ModelError(number: 3) }
            }
            #expect(opaque(3).elementsEqual([0, 2, 4]))
        }
        #expect(lines.messages == ["Task generic success", "Task generic failed", "Task opaque success"])
        #expect(lines.first?["count"] == .integer(2))
    }

    @Test("inout parameters, recursion, mutating and static methods, and overrides work")
    func shapes() async throws {
        let lines = await lines {
            var value = 1
            await increment(&value, by: 2, 3)
            #expect(value == 6)
            #expect(fibonacci(3) == 2)
            let number: Int = implicit()
            #expect(number == 3)
            var pipeline = Pipeline.make("a")
            #expect(pipeline.append("b").frames == ["a", "b"] && pipeline.frames.count == 2)
            #expect((try? Derived().run()) == "base derived")
        }
        #expect(lines.matching { $0.message == "Task fibonacci(_:) success" }.count == 5)
        #expect(
            lines.messages.filter { !$0.contains("fibonacci") } == [
                "Task inout success", "Task implicit() success", "made", "Task make(_:) success", "Task append success",
                "Task base success",
                "Task derived success",
            ]
        )
    }

    @Test("Functions on the main actor stay on it, also after an await")
    @MainActor
    func mainActor() async {
        let lines = await capturedLines {
            let before = mainCount
            #expect(onMainActor() == before + 1)
            #expect(await onMainActorAsync() == before + 3)
        }
        #expect(lines.messages == ["Task main success", "Task main async success"])
    }

    @Test("Methods of an actor stay on it, with and without await")
    func actor() async throws {
        let counter = Counter()
        let lines = try await lines {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        guard number.isMultiple(of: 2) else { return try await counter.incrementLater() }
                        return await counter.increment()
                    }
                }
                try await group.waitForAll()
            }
            #expect(await counter.increment() == 50 * 2 + 50 * 3 + 2)
        }
        #expect(lines.withMessage("Task actor success").count == 51)
        #expect(lines.withMessage("Task actor async success").ofLabel("app.counter").count == 50)
        #expect(Set(lines.map(\.spanID)).count == 101)
    }
}
#endif
