import ContextPropagation
import Dispatch
import TestSupport
import Testing

@Suite("Every bridge", .timeLimit(.minutes(10)))
struct BridgeTests {
    private let queue = DispatchQueue(label: "bridges")

    @Test("Work runs in the context of its submitter", arguments: Bridge.allCases)
    func carriesTheContext(bridge: Bridge) async {
        let context = LogContext.unique()
        let seen = await withLogContext(context) {
            await contextSeen { bridge.submit(to: queue, $0) }
        }
        #expect(seen == context)
    }

    @Test("The same work without the bridge has no context", arguments: Bridge.allCases)
    func bareCallLosesIt(bridge: Bridge) async {
        let seen = await withLogContext(.unique()) {
            await contextSeen { bridge.submit(to: queue, bridged: false, $0) }
        }
        #expect(seen.isProcess)
    }

    @Test("The next work on the same queue has no context", arguments: Bridge.onQueue)
    func nextIsClean(bridge: Bridge) async {
        let first = LogContext.unique("first")
        let order = await withLogContext(first) {
            await withCheckedContinuation { continuation in
                bridge.submit(to: queue) { [queue] in
                    let bound = LogContext.current
                    queue.async { continuation.resume(returning: [bound, LogContext.current]) }
                }
            }
        }
        #expect(order[0] == first)
        #expect(order[1].isProcess)
    }

    @Test("The context comes from the submission, not from the time when the work runs", arguments: Bridge.onQueue)
    func capturedWhenSubmitted(bridge: Bridge) async {
        let submitter = LogContext.unique("submitter")
        queue.suspend()
        let seen = await withCheckedContinuation { continuation in
            withLogContext(submitter) {
                bridge.submit(to: queue) { continuation.resume(returning: LogContext.current) }
            }
            withLogContext(.unique("resumer")) { queue.resume() }
        }
        #expect(seen == submitter)
    }

    @Test("Two submitters on one queue each keep their own context", arguments: Bridge.allCases)
    func twoSubmitters(bridge: Bridge) async {
        await withTaskGroup { group in
            for number in 0..<20 {
                let context = LogContext.unique("submitter-\(number)")
                group.addTask {
                    await withLogContext(context) {
                        await contextSeen { bridge.submit(to: queue, $0) } == context
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("Plain child tasks keep the context without a bridge")
    func structuredTasks() async {
        let context = LogContext.unique()
        await withLogContext(context) {
            #expect(await Task { LogContext.current }.value == context)
            async let child = LogContext.current
            #expect(await child == context)
            await withTaskGroup { group in
                group.addTask { LogContext.current }
                for await seen in group { #expect(seen == context) }
            }
        }
    }
}
