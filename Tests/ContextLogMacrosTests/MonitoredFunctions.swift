#if Macros
import ContextLogMacros
import ContextPropagation

// The functions of the tests. They are written as users write them.

let log = Log("app.tests")

struct ModelError: Error, Equatable {
    let number: Int
}

/// The line of the next function.
let plainLine: UInt = #line + 3

@MonitorTask
func plain(_ number: Int) -> Int {
    number + 1
}

@MonitorTask("named", log: log, level: .notice, taskID: "gpu-1")
func named() {
    log.info("inside")
}

@MonitorTask("typed")
func typed(_ fails: Bool) throws(ModelError) -> String {
    guard !fails else { throw ModelError(number: 7) }
    return "done"
}

@MonitorTask
func untyped(_ error: (any Error)?) throws {
    if let error { throw error }
}

@MonitorTask("waiting")
func waiting(_ fails: Bool) async throws(ModelError) -> Int {
    await Task.yield()
    if fails { throw ModelError(number: 8) }
    return LogContext.current.parentSpanID == nil ? 0 : 1
}

@MonitorTask("quiet", sampling: .never)
func quiet(_ fails: Bool) throws {
    if fails { throw ModelError(number: 9) }
}

@MonitorTask("generic", fields: { (count: Int, fields: inout LogFields) in fields.count = count })
func generic<Elements: Collection, Failure: Error>(
    _ elements: Elements,
    _ check: (Elements.Element) throws(Failure) -> Bool
) throws(Failure) -> Int where Elements.Element: Sendable {
    var count = 0
    for element in elements where try check(element) { count += 1 }
    return count
}

@MonitorTask("opaque")
func opaque(_ count: Int) -> some Sequence<Int> {
    let range = 0..<count
    return range.lazy.map { $0 * 2 }
}

@MonitorTask
func implicit() -> Int! { 3 }

@MonitorTask("inout")
func increment(_ value: inout Int, by amount: Int...) async {
    for amount in amount { value += amount }
}

@MonitorTask
func fibonacci(_ number: Int) -> Int {
    switch number {
    case ...1: number
    default: fibonacci(number - 1) + fibonacci(number - 2)
    }
}

@MainActor var mainCount = 0

@MainActor
@MonitorTask("main")
func onMainActor() -> Int {
    mainCount += 1
    return mainCount
}

@MainActor
@MonitorTask("main async")
func onMainActorAsync() async -> Int {
    mainCount += 1
    await Task.yield()
    mainCount += 1
    return mainCount
}

actor Counter {
    private var count = 0
    private let step = 2

    @MonitorTask("actor")
    func increment() -> Int {
        count += step
        return count
    }

    @MonitorTask("actor async", log: Counter.log)
    func incrementLater() async throws -> Int {
        count += 1
        await Task.yield()
        count += self.step
        return count
    }

    static let log = Log("app.counter")
}

struct Pipeline<Frame: Sendable> {
    var frames: [Frame] = []

    @MonitorTask("append")
    mutating func append(_ frame: Frame) -> Self {
        frames.append(frame)
        return self
    }

    @discardableResult
    @MonitorTask
    static func make(_ frames: Frame...) -> Pipeline {
        defer { log.debug("made") }
        return Pipeline(frames: frames)
    }
}

class Base {
    @MonitorTask("base")
    func run() throws -> String { "base" }
}

final class Derived: Base {
    // A method of this name does not stand in the way of the macro.
    func monitorTask() {}

    @MonitorTask("derived")
    override func run() throws -> String { try super.run() + " derived" }
}
#endif
