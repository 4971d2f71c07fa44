internal import ContextPropagation

extension Promise {
    /// The value; nil after a time. The cancellation of the task does not end the wait.
    func value(within timeout: Duration) async -> Value? {
        let (waiting, timer) = wait(timeout)
        defer { timer.cancel() }
        return await waiting.value
    }

    /// The value; nil after a time, and if the task is cancelled.
    func valueUnlessCancelled(within timeout: Duration) async -> Value? {
        let (waiting, timer) = wait(timeout)
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            waiting.cancel()
        }
    }

    /// A task of its own waits, so that it can be cancelled when the time is over, and only then.
    private func wait(_ timeout: Duration) -> (Task<Value?, Never>, Timeout) {
        let waiting = Task { await self.valueUnlessCancelled }
        return (waiting, Timeout(after: timeout) { waiting.cancel() })
    }
}
