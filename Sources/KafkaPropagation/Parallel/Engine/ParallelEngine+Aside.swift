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

    /// Orders the partitions to be read again whose set-aside records can be handled now.
    func readAsidesAgain() {
        let returns = state.withLock { $0.parallel.takeReturns() }
        if returns.isEmpty { return }
        housekeeping.withLock { housekeeping in
            for (partition, offset) in returns where housekeeping.rewinds[partition] == nil {
                housekeeping.rewinds[partition] = offset
            }
        }
    }
}
