internal import ContextPropagation
internal import Synchronization

/// What a consumer counts, each batch at a time, and what the headers of each record gave.
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
