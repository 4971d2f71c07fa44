internal import ContextPropagation
internal import Synchronization

extension ProducerCore {
    /// Refuses every later message, and has the producer's thread deliver the accepted ones. Returns at once.
    func shutDown() {
        gate.close()
        state.withLock { state in
            guard case .running = state.phase else { return }
            state.phase = .closing(deadline: .now + shutdownTimeout)
        }
        blockingCalls.end()
        closeTransactions()
        waker.wake()
    }

    /// Suspends until a shutdown has ended. Returns false if the task is cancelled first, unless cancellation is
    /// ignored.
    func waitUntilClosed(ignoringCancellation: Bool) async throws(KafkaError) -> Bool {
        if ignoringCancellation {
            await closed.value
        } else if await closed.valueUnlessCancelled == nil {
            return false
        }
        if case .closed(let error?) = state.withLock({ $0.phase }) { throw error }
        return true
    }

    /// Ends the producer, on its own thread.
    func close() {
        let (deadline, roomWaiters) = state.withLock { state in
            let roomWaiters = state.roomWaiters.removeAll()
            if case .closing(let deadline) = state.phase { return (deadline, roomWaiters) }
            return (.now, roomWaiters)
        }
        for room in roomWaiters { room.resolve(()) }
        // A thread is inside only for one call of librdkafka, which does not block.
        while !gate.isEmptyForGood { waker.wait(milliseconds: 1) }
        finishTransactions(by: deadline)
        // librdkafka now knows every message that was accepted, and gets no more.
        while isReporting, .now < deadline {
            drain(milliseconds: 50)
            purgeRefused()
        }
        let lost = outstanding
        var error: KafkaError?
        if lost > 0 {
            let timeout = KafkaError(
                .timedOut,
                "\(lost) \(lost == 1 ? "message was" : "messages were") not acknowledged within \(shutdownTimeout) of the shutdown"
            ).caused(by: callbacks.connection.lastFailure)
            error = timeout
            purge(timeout)
            let limit = ContinuousClock.Instant.now + .seconds(2)
            while isReporting, .now < limit { drain(milliseconds: 50) }
        }
        // Many programs exit after this, so the lines that explain the shutdown are written first.
        LibrdkafkaLog.shared.flush(within: .milliseconds(500))
        let flushed = state.withLock { state in
            state.phase = .closed(error)
            return state.flushed.take()
        }
        flushed?.resolve(())
        closed.resolve(())
        // A thread of librdkafka may be blocked, for example by a DNS lookup. Its messages get their reports when it
        // returns.
        while isReporting { drain(milliseconds: 50) }
        channel.finish()
    }

    private func drain(milliseconds: Int32) {
        if !serve(milliseconds: milliseconds, flushing: true) { waker.wait(milliseconds: 1) }
    }
}
