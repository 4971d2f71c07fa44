internal import ContextLog
internal import ContextPropagation
internal import Synchronization

// Records of keys that fail for long; see ``ParallelState/setBlockedAside()``. The poll thread makes these calls.
extension ParallelEngine {
    /// Keeps records of keys that fail from filling the memory.
    func setBlockedAside() {
        for (partition, records) in state.withLock({ $0.parallel.setBlockedAside() }) {
            ClientLog.consumer.notice("records of keys that fail fill the memory; reading them again later") {
                $0.partition = partition
                $0.records = records
            }
        }
    }

    /// Goes back in the partitions whose set-aside records can be handled now.
    ///
    /// A thread asks for the first offset of each log. If the broker has removed the record to which the reader goes
    /// back, the reader would continue as `autoOffsetReset` says: perhaps at the end of the log, or not at all.
    func readAsidesAgain() {
        guard let client, !housekeeping.withLock({ $0.isAskingForStarts }) else { return }
        let returns = state.withLock { $0.parallel.takeReturns() }
        if returns.isEmpty { return }
        housekeeping.withLock { $0.isAskingForStarts = true }
        let isStarted = NamedThread.start("kafka-starts") { [self] in
            for partition in returns where !client.isEnded {
                // Without an answer, a later look asks again. Other partitions wait meanwhile.
                let place = partition.topicPartition
                guard let start = try? client.start(of: place, timeout: .seconds(1)) else { continue }
                client.loop.commands.enqueue { self.goBack(partition, logStart: start) }
            }
            housekeeping.withLock { $0.isAskingForStarts = false }
            waker.wake()
        }
        if !isStarted { housekeeping.withLock { $0.isAskingForStarts = false } }
    }

    private func goBack(_ partition: ReturningPartition, logStart: Int) {
        guard let target = state.withLock({ $0.parallel.findReturn(partition, logStart: logStart) }) else { return }
        if let removed = target.removed {
            ClientLog.consumer.warning("the broker has removed records of a key that failed; they are not handled") {
                $0.partition = partition.topicPartition
                $0.records = target.removedRecords
                $0.offset = removed.lowerBound
                $0.last_offset = removed.upperBound
            }
        }
        housekeeping.withLock { $0.rewinds[partition.topicPartition] = target.offset }
        seekBack()
    }
}
