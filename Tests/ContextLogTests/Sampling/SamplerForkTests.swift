import Foundation
import TestSupport
import Testing

@testable import ContextLog

// Swift hides `fork`, because the child of a program with several threads may do very little.
@_silgen_name("fork") private func systemFork() -> pid_t

@Suite("Sampling in a forked child", .timeLimit(.minutes(10)))
struct SamplerForkTests {
    @Test("A child reports only the lines that it has suppressed itself")
    func suppressed() async {
        await #expect(processExitsWith: .success) {
            let sampler = LogSampler.at(#fileID, #line, .never)
            for _ in 0..<3 { _ = sampler.admits(.info) }
            let children = [systemFork(), systemFork()]
            if children.contains(0) {
                endAfter(seconds: 60)
                // The first child's own child has been forked twice.
                guard sampler.takeSuppressed() == 0, sampler.takeSuppressed() == 0 else { _exit(4) }
                for _ in 0..<2 { _ = sampler.admits(.info) }
                guard sampler.takeSuppressed() == 2, sampler.takeSuppressed() == 0 else { _exit(5) }
                var status: Int32 = 0
                if children[1] > 0 { waitpid(children[1], &status, 0) }
                _exit(status == 0 ? 0 : 6)
            }
            for child in children {
                var status: Int32 = 0
                waitpid(child, &status, 0)
                guard status == 0 else { exit(3) }
            }
            exit(sampler.takeSuppressed() == 3 ? 0 : 7)
        }
    }

    @Test("A child that suppresses lines first reports exactly those, from any number of threads")
    func suppressedFirst() async {
        await #expect(processExitsWith: .success) {
            let sampler = LogSampler.at(#fileID, #line, .never)
            for _ in 0..<3 { _ = sampler.admits(.info) }
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                let threads = (0..<4).map { _ in
                    let thread = Thread { for _ in 0..<1_000 { _ = sampler.admits(.info) } }
                    return thread
                }
                for thread in threads { thread.start() }
                while threads.contains(where: { !$0.isFinished }) { usleep(100) }
                _exit(sampler.takeSuppressed() == 4_000 ? 0 : 4)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            guard status == 0 else { exit(3) }
            exit(sampler.takeSuppressed() == 3 ? 0 : 5)
        }
    }
}
