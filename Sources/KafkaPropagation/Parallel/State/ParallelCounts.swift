/// The numbers of records by their fate in a parallel consumer.
package struct ParallelCounts: Hashable, Sendable {
    /// Records that were taken in.
    package var taken = 0
    /// Records that were finished before their partition came here.
    package var skippedAsFinished = 0
    /// Records whose handler succeeded.
    package var processed = 0
    /// Handlings that failed and were followed by a wait for the next attempt.
    package var retried = 0
    /// Records whose dead letter was sent.
    package var deadLettered = 0
    /// Records that failed and count as finished.
    package var skipped = 0
    /// Results that came after their partition was lost.
    package var late = 0
    /// Records that left unfinished, for example because their partition was lost.
    package var dropped = 0
    /// Times that a partition was sought back because its offsets did not ascend.
    package var rewinds = 0

    /// Records that count as finished.
    var finished: Int { processed + deadLettered + skipped }
}
