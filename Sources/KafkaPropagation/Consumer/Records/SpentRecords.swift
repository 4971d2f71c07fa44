internal import CRDKafka
internal import Synchronization

/// Returns batches that nobody needs any more to the poll thread, which frees them.
///
/// The poll thread allocated their memory. If another thread frees it, both contend for the allocator's lock, which
/// costs more than half of a consumer's time.
final class SpentRecords: Sendable {
    // @unchecked: the batch that owned the slots no longer exists, so the queue is their only owner.
    private struct Slots: @unchecked Sendable {
        let slots: UnsafeMutableBufferPointer<RecordBatch.Slot>

        consuming func destroy() {
            for slot in slots { rd_kafka_message_destroy(slot.message) }
            slots.deinitialize()
            slots.deallocate()
        }
    }

    private struct State {
        var batches: [Slots] = []
        var records = 0
        var isClosed = false
    }

    /// The largest number of waiting records. If the poll thread is too slow, the thread that releases a batch frees
    /// it.
    private static let limit = 8000

    private let state = Mutex(State())

    /// Takes the ownership of the slots of a batch.
    ///
    /// The caller keeps the client alive until this call returns. The poll loop keeps it alive until ``close()``.
    func take(_ slots: UnsafeMutableBufferPointer<RecordBatch.Slot>) {
        let batch = Slots(slots: slots)
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.records + batch.slots.count <= Self.limit else { return false }
            state.batches.append(batch)
            state.records += batch.slots.count
            return true
        }
        if !isTaken { batch.destroy() }
    }

    /// Frees the batches so far. Call it on the poll thread.
    func destroyAll() {
        let batches = state.withLock { state in
            defer {
                state.batches = []
                state.records = 0
            }
            return state.batches
        }
        for batch in batches { batch.destroy() }
    }

    /// Frees the batches so far. From then on, the thread that releases a batch frees it. Call this on the poll thread
    /// before that thread ends.
    func close() {
        state.withLock { $0.isClosed = true }
        destroyAll()
    }
}
