extension PoolJob {
    /// Waits for an action of a pool. If this runs inside a job, the job releases its slot meanwhile, and takes a slot
    /// again before this returns.
    static func waiting<Value, Failure: Error>(
        _ wait: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let job = current else { return try await wait() }
        job.core.beginWaiting(job)
        let result: Result<Value, Failure>
        do {
            result = .success(try await wait())
        } catch {
            result = .failure(error)
        }
        await job.core.endWaiting(job)
        return try result.get()
    }
}
