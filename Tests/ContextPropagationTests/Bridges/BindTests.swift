import ContextPropagation
import Foundation
import TestSupport
import Testing

@Suite("Bound closures", .timeLimit(.minutes(10)))
struct BindTests {
    private struct Failure: Error {}

    @Test("Arguments and results of a bound closure pass through, and each call runs in its context")
    func arguments() throws {
        let context = LogContext.unique()
        let none = context.bind { LogContext.current }
        let three = context.bind { (number: Int, text: String, flag: Bool) in
            LogContext.current == context && flag ? "\(text)\(number)" : ""
        }
        let throwing = context.bind { (number: Int) throws -> Int in
            guard LogContext.current == context else { return 0 }
            if number == 0 { throw Failure() }
            return number
        }
        withLogContext(.unique("caller")) {
            #expect(none() == context)
            #expect(none() == context)
            #expect(three(3, "frame-", true) == "frame-3")
        }
        #expect(try throwing(7) == 7)
        #expect(throws: Failure.self) { try throwing(0) }
        #expect(LogContext.current.isProcess)
    }

    @Test("Asynchronous closures of zero to four arguments run in their context")
    func asynchronous() async throws {
        let context = LogContext.unique()
        @Sendable func check(_ numbers: Int...) async -> Int {
            await Task.yield()
            let child = await Task { LogContext.current }.value
            return child == context && LogContext.current == context ? numbers.reduce(1, +) : 0
        }
        @Sendable func checkOrThrow(_ numbers: Int...) async throws -> Int {
            await Task.yield()
            if numbers.contains(0) { throw Failure() }
            return LogContext.current == context ? numbers.reduce(1, +) : 0
        }
        let zero = context.bind { await check() }
        let one = context.bind { (a: Int) async in await check(a) }
        let two = context.bind { (a: Int, b: Int) async in await check(a, b) }
        let three = context.bind { (a: Int, b: Int, c: Int) async in await check(a, b, c) }
        let four = context.bind { (a: Int, b: Int, c: Int, d: Int) async in await check(a, b, c, d) }
        #expect(await [zero(), one(1), two(1, 1), three(1, 1, 1), four(1, 1, 1, 1)] == [1, 2, 3, 4, 5])

        let zeroThrows = context.bind { try await checkOrThrow() }
        let oneThrows = context.bind { (a: Int) async throws in try await checkOrThrow(a) }
        let twoThrows = context.bind { (a: Int, b: Int) async throws in try await checkOrThrow(a, b) }
        let threeThrows = context.bind { (a: Int, b: Int, c: Int) async throws in try await checkOrThrow(a, b, c) }
        let fourThrows = context.bind { (a: Int, b: Int, c: Int, d: Int) async throws in
            try await checkOrThrow(a, b, c, d)
        }
        #expect(
            try await [zeroThrows(), oneThrows(1), twoThrows(1, 1), threeThrows(1, 1, 1), fourThrows(1, 1, 1, 1)]
                == [1, 2, 3, 4, 5]
        )
        await #expect(throws: Failure.self) { try await fourThrows(1, 1, 1, 0) }
        #expect(LogContext.current.isProcess)
    }

    @Test("A thread runs a bound block in its context and has none afterwards; a plain block has none")
    func thread() async {
        let context = LogContext.unique()
        let seen = await withCheckedContinuation { continuation in
            let bound = context.bind { LogContext.current }
            withLogContext(.unique("starter")) {
                Thread { continuation.resume(returning: [LogContext.current, bound(), LogContext.current]) }.start()
            }
        }
        #expect(seen[0].isProcess)
        #expect(seen[1] == context)
        #expect(seen[2].isProcess)
    }

    @Test("An operation queue runs a bound block in its context, and the next operation has none")
    func operations() async {
        let context = LogContext.unique()
        let operations = OperationQueue()
        operations.maxConcurrentOperationCount = 1
        let seen = await withLogContext(context) {
            await contextSeen { operations.addOperation(LogContext.current.bind($0)) }
        }
        #expect(seen == context)
        let bare = await withLogContext(context) { await contextSeen { operations.addOperation($0) } }
        #expect(bare.isProcess)
    }

    @Test("A C callback runs the closure that was bound for it")
    func cCallback() async {
        final class Box: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let context = LogContext.unique()
        let seen = await contextSeen { work in
            let box = Unmanaged.passRetained(Box(context.bind(work)))
            var thread = pthread_t()
            let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { opaque in
                if let opaque { Unmanaged<Box>.fromOpaque(opaque).takeRetainedValue().run() }
                return nil
            }
            #expect(pthread_create(&thread, nil, start, box.toOpaque()) == 0)
            pthread_detach(thread)
        }
        #expect(seen == context)
    }

    @Test("The termination handler of a stream runs in the context that was bound for it")
    func termination() async {
        let context = LogContext.unique()
        let seen = await contextSeen { work in
            let (stream, writer) = AsyncStream.makeStream(of: Int.self)
            writer.onTermination = context.bind { (_: AsyncStream<Int>.Continuation.Termination) in work() }
            withLogContext(.unique("finisher")) { writer.finish() }
            _ = stream
        }
        #expect(seen == context)
    }
}
