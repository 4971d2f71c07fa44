import Testing

@testable import ContextPropagation

@Suite("Identities of tasks", .timeLimit(.minutes(10)))
struct TaskIdentityTests {
    @Test("No two tasks have the same identity, even if the first has ended when the second is made")
    func unique() async {
        var seen: Set<UInt64> = []
        for _ in 0..<2000 {
            let identity = await Task.detached { Platform.currentTask }.value
            if let identity { seen.insert(identity) }
        }
        #expect(seen.count == 2000)
    }

    @Test("A task keeps its identity while it moves between threads, and its child tasks have their own")
    func constant() async {
        let before = Platform.currentTask
        async let child = Platform.currentTask
        #expect(await child != before)
        await Task.yield()
        #expect(before != nil && Platform.currentTask == before)
    }

    @Test("A thread without a task has no identity")
    func thread() async {
        let seen = Promise<UInt64?>()
        #expect(NamedThread.start("no-task") { seen.resolve(Platform.currentTask) })
        #expect(await seen.value == nil)
    }
}
