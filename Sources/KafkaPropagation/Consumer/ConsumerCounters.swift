internal import ContextPropagation
internal import Synchronization

/// The counters of a consumer, including the results of reading the headers of each record.
final class ConsumerCounters: Sendable {
    let records = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
    let errors = Atomic<Int>(0)
    let rebalances = Atomic<Int>(0)
    let revokedRecords = Atomic<Int>(0)
    let commits = Atomic<Int>(0)
    let droppedEvents = Atomic<Int>(0)
    let headers = HeaderCodecCounters()
}
