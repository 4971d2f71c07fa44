/// Sends the records of a dead-letter topic back to the topics from which they came, and returns when it reaches the
/// offsets at which the topic ended when the replay started.
///
/// When to use it: when the cause of the errors is gone. Run one replay of a topic at a time: two of them with one
/// group send the same records twice.
///
///     let configuration = KafkaReplayConfiguration(try .fromEnvironment(), topic: "frames.dead-letters")
///     let summary = try await replayDeadLetters(configuration) { letter in
///         letter.errorType == "Detector.ModelError" && letter.replays == 0
///     }
///     log.info("replayed") { $0.records = summary.replayed; $0.skipped = summary.skipped }
///
/// Each record has its key, its value and the application's headers, continues its own trace, and counts its replays in
/// the header `dead-letter-replays`; the other headers of the dead letter are removed. Every group that reads the
/// original topic gets it, not only the one that could not handle it.
///
/// Records that come to the topic after the start, such as replayed ones that die again, are left for the next replay.
/// The replay commits its progress when the records are acknowledged, so another one goes on from there. It is at least
/// once: after a crash or a cancellation, records since the last commit are sent again. Nothing bounds the time: while
/// no broker answers, the replay waits. To bound it, cancel the task.
///
/// At its end it logs the line `dead letters replayed` with the numbers of records that were sent and skipped. The
/// field `complete` is false if an error or a cancellation ended it early.
///
/// A record that has no origin or that has malformed headers is skipped and stays in the topic. A line in its context
/// names the reason.
///
/// - Parameters:
///   - configuration: The topic, the group and the bound.
///   - isIncluded: Returns whether to replay a record. It runs in the record's context, once for each record. A record
///     for which it returns false counts as done: another replay with the same group does not see it again.
/// - Returns: How many records were sent and skipped by this call.
/// - Throws: The error of the first record that could not be sent, which names its place in the dead-letter topic. The
///   progress up to that record is committed. ``KafkaError/Code/cancelled`` if the task was cancelled, and
///   ``KafkaError/Code/unknownTopicOrPartition`` if there is no such dead-letter topic.
public func replayDeadLetters(
    _ configuration: KafkaReplayConfiguration,
    where isIncluded: @Sendable (KafkaDeadLetter) -> Bool = { _ in true }
) async throws(KafkaError) -> KafkaReplaySummary {
    var replay = try DeadLetterReplay(configuration)
    let result: Result<KafkaReplaySummary, KafkaError>
    do throws(KafkaError) {
        try await replay.run(isIncluded)
        replay.logSummary(isComplete: true)
        result = .success(replay.summary)
    } catch {
        replay.logSummary(isComplete: false)
        result = .failure(error)
    }
    await replay.shutDown()
    return try result.get()
}
