import ContextPropagation
import Dispatch
import TestSupport
import Testing

/// Registering changes the whole process, so each of these tests runs in its own process.
@Suite("Snapshots", .timeLimit(.minutes(10)))
struct SnapshotTests {
    private enum Tenant {
        @TaskLocal static var current = "nobody"
    }

    /// A value that only its owner's functions can bind.
    private enum Owned {
        @TaskLocal private static var value: Int?
        static var current: Int? { value }
        static func with(_ number: Int, _ body: () -> Void) { $value.withValue(number, operation: body) }
        nonisolated(nonsending)
            static func with(_ number: Int, _ body: nonisolated(nonsending) () async -> Void) async
        {
            await $value.withValue(number, operation: body)
        }
    }

    private struct Failure: Error {}

    @Test("If nothing is registered, a snapshot contains only the context")
    func nothingRegistered() async {
        await #expect(processExitsWith: .success) {
            let context = LogContext.unique()
            let snapshot = withLogContext(context) { ContextSnapshot.capture() }
            #expect(snapshot.logContext == context)
            #expect(snapshot.run { LogContext.current } == context)
            #expect(await snapshot.run { () async in LogContext.current } == context)
            #expect(LogContext.current.isProcess)
        }
    }

    @Test("A snapshot of only a context binds that context and keeps its caller's registered values")
    func ofAContext() async {
        await #expect(processExitsWith: .success) {
            struct Order: ContextCarrying {
                let context: LogContext
                var contextSnapshot: ContextSnapshot { ContextSnapshot(context) }
            }
            ContextSnapshot.register("tenant", Tenant.$current)
            let order = Order(context: .unique())
            let seen = Tenant.$current.withValue("acme") {
                order.withContext { (LogContext.current, Tenant.current) }
            }
            #expect(seen.0 == order.context)
            #expect(seen.1 == "acme")
        }
    }

    @Test("A registered task-local passes every bridge, together with the context")
    func everyBridge() async {
        await #expect(processExitsWith: .success) {
            #expect(ContextSnapshot.register("tenant", Tenant.$current))
            let queue = DispatchQueue(label: "snapshots")
            for bridge in Bridge.allCases {
                let context = LogContext.unique()
                let (seen, tenant) = await withLogContext(context) {
                    await Tenant.$current.withValue("acme-\(bridge)") {
                        await withCheckedContinuation { continuation in
                            bridge.submit(to: queue) {
                                continuation.resume(returning: (LogContext.current, Tenant.current))
                            }
                        }
                    }
                }
                #expect(seen == context)
                #expect(tenant == "acme-\(bridge)")
            }
            #expect(queue.sync { Tenant.current } == "nobody")
        }
    }

    @Test("A default value is bound too, so that no other value is visible")
    func defaultValue() async {
        await #expect(processExitsWith: .success) {
            ContextSnapshot.register("tenant", Tenant.$current)
            let snapshot = ContextSnapshot.capture()
            Tenant.$current.withValue("somebody") {
                #expect(snapshot.run { Tenant.current } == "nobody")
                #expect(Tenant.current == "somebody")
            }
        }
    }

    @Test("Several registered pairs of functions work together, and a nil value is not bound")
    func pairs() async {
        await #expect(processExitsWith: .success) {
            ContextSnapshot.register("tenant", Tenant.$current)
            ContextSnapshot.register(
                "owned",
                capture: { Owned.current },
                run: { value, body in Owned.with(value) { body() } },
                runAsync: { value, body in await Owned.with(value) { await body() } }
            )
            let without = ContextSnapshot.capture()
            let with = Tenant.$current.withValue("acme") {
                var snapshot: ContextSnapshot?
                Owned.with(7) { snapshot = .capture() }
                return snapshot
            }
            for _ in 0..<2 {
                #expect(with?.run { "\(Tenant.current) \(Owned.current ?? 0)" } == "acme 7")
            }
            let seen = await with?.run { () async in
                await Task { "\(Tenant.current) \(Owned.current ?? 0)" }.value
            }
            #expect(seen == "acme 7")
            Owned.with(9) { #expect(without.run { Owned.current } == 9) }
        }
    }

    @Test("Results and errors pass through the registered functions")
    func errors() async {
        await #expect(processExitsWith: .success) {
            ContextSnapshot.register("tenant", Tenant.$current)
            let snapshot = ContextSnapshot.capture()
            #expect(throws: Failure.self) { try snapshot.run { () throws(Failure) in throw Failure() } }
            await #expect(throws: Failure.self) {
                try await snapshot.run { () async throws(Failure) in throw Failure() }
            }
            #expect(snapshot.run { 3 } == 3)
            #expect(LogContext.current.isProcess)
        }
    }

    @Test("A registered function that runs its body twice or never still runs it once")
    func faultyPairs() async {
        for times in [0, 2] {
            await #expect(processExitsWith: .success) { [times = times as Int] in
                ContextSnapshot.register(
                    "faulty",
                    capture: { 1 },
                    run: { _, body in for _ in 0..<times { body() } },
                    runAsync: { _, body in for _ in 0..<times { await body() } }
                )
                let snapshot = ContextSnapshot.capture()
                let runs = Count()
                #expect(snapshot.run { runs.add() } == 1)
                #expect(await snapshot.run { () async in runs.add() } == 2)
            }
        }
    }

    @Test("A second registration with the same name changes nothing, and a snapshot keeps its values")
    func secondRegistration() async {
        await #expect(processExitsWith: .success) {
            let before = Tenant.$current.withValue("early") { ContextSnapshot.capture() }
            #expect(ContextSnapshot.register("tenant", Tenant.$current))
            #expect(!ContextSnapshot.register("tenant", Tenant.$current))
            let after = Tenant.$current.withValue("late") { ContextSnapshot.capture() }
            Tenant.$current.withValue("running") {
                #expect(before.run { Tenant.current } == "running")
                #expect(after.run { Tenant.current } == "late")
            }
        }
    }

    @Test("Registering while other threads capture is safe")
    func registeringWhileCapturing() async {
        await #expect(processExitsWith: .success) {
            await withTaskGroup { group in
                for number in 0..<50 {
                    group.addTask { _ = ContextSnapshot.register("tenant-\(number % 25)", Tenant.$current) }
                    group.addTask {
                        Tenant.$current.withValue("acme") {
                            #expect(ContextSnapshot.capture().run { Tenant.current } == "acme")
                        }
                    }
                }
            }
        }
    }
}
