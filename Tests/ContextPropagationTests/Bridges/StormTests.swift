import Foundation
import TestSupport
import Testing

@Suite("Storm", .timeLimit(.minutes(10)))
struct StormTests {
    @Test(
        "A million jobs from a thousand contexts over random bridges, three deep, have no wrong identifier"
    )
    func storm() async throws {
        let jobs = stormJobs
        let (done, wrong) = try await Storm().run(jobs: jobs, contexts: 1_000, depth: 3, seed: 20_261_124)
        #expect(wrong == 0)
        #expect(done >= jobs)
    }

    @Test("The storm detects the wrong identifiers of calls without bridges")
    func bareStorm() async throws {
        let (done, wrong) = try await Storm(isBridged: false).run(jobs: 3_000, contexts: 100, depth: 3, seed: 1)
        #expect(wrong > done / 2)
    }
}

/// A sanitizer slows down each job, so it runs fewer jobs.
private let stormJobs =
    ProcessInfo.processInfo.environment["STORM_JOBS"].flatMap { Int($0) } ?? 1_000_000
