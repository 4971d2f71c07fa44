internal import CMALoggerShims
internal import ContextPropagation
import Synchronization

/// One use of a sampling policy, with its counts. The place is a call in the source or the label of a log.
@usableFromInline
package final class LogSampler: Sendable {
    package let sampling: LogSampling
    private let place: String
    /// The number of lines about which the policy was asked.
    private let asked = Atomic<UInt>(0)
    private let logged = Atomic<Int>(0)
    private let suppressed = Atomic<Int>(0)
    /// The number of suppressed lines that no later line has reported yet, in the lower 48 bits. The upper 16 bits are
    /// the fork count of the process that has suppressed them: a forked child does not report the lines of its parent.
    private let unreported = Atomic<UInt64>(LogSampler.forks)
    /// A second in the upper half, and the number of its lines in the lower half.
    private let second = Atomic<UInt64>(0)

    init(_ sampling: LogSampling, at place: String) {
        self.sampling = sampling
        self.place = place
    }

    /// Decides whether a line is logged, and counts it.
    ///
    /// - Parameter elapsed: The duration of the work that the line reports, if it is known.
    package func admits(_ level: LogLevel, elapsed: Duration? = nil) -> Bool {
        guard level >= .error || isChosen(elapsed) else {
            suppressed.add(1, ordering: .relaxed)
            addUnreported()
            return false
        }
        logged.add(1, ordering: .relaxed)
        return true
    }

    /// The number of lines that were left out since the last call.
    package func takeSuppressed() -> Int {
        // The number is usually 0, and a load is cheaper than an exchange.
        if unreported.load(ordering: .relaxed) & Self.countMask == 0 { return 0 }
        let forks = Self.forks
        let word = unreported.exchange(forks, ordering: .relaxed)
        return word & ~Self.countMask == forks ? Int(word & Self.countMask) : 0
    }

    private static var countMask: UInt64 { (1 << 48) - 1 }

    /// The fork count of this process, at its place in `unreported`.
    private static var forks: UInt64 { UInt64(UInt16(truncatingIfNeeded: malogc_fork_count())) << 48 }

    private func addUnreported() {
        let forks = Self.forks
        let before = unreported.wrappingAdd(1, ordering: .relaxed).oldValue
        if _fastPath(before & ~Self.countMask == forks) { return }
        // The number is the parent's. The first thread that replaces it drops the line that was added to it above.
        var word = before &+ 1
        while true {
            let isOwn = word & ~Self.countMask == forks
            let (exchanged, found) = unreported.weakCompareExchange(
                expected: word,
                desired: isOwn ? word &+ 1 : forks | 1,
                ordering: .relaxed
            )
            if exchanged { return }
            word = found
        }
    }

    private func isChosen(_ elapsed: Duration?) -> Bool {
        switch sampling.policy {
        case .always: true
        case .never: false
        case .every(let count): asked.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(count) == 0
        case .ratio(let part): Self.word(of: .current) >= (1 << 56) - UInt64(part * 0x1p56)
        case .perSecond(let count): isWithin(count, MonotonicTime.now / 1_000_000_000)
        case .slower(let duration): elapsed.map { $0 > duration } ?? true
        }
    }

    /// The 56 bits that decide for all lines of a trace.
    private static func word(of context: LogContext) -> UInt64 {
        let bits =
            if let traceID = context.traceID {
                traceID.low
            } else if let text = context.correlationID {
                // FNV-1a: the same in every process.
                text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            } else {
                ThreadRandom.word()
            }
        return bits & 0xFF_FFFF_FFFF_FFFF
    }

    func isWithin(_ count: Int, _ now: UInt64) -> Bool {
        // The second is never 0, because that is the state before the first line.
        let now = (now & 0x7FFF_FFFF) + 1
        var state = second.load(ordering: .relaxed)
        while true {
            // A thread that still has the previous second counts its line in the second that has begun.
            let current = max(state >> 32, now)
            let used = state >> 32 == current ? state & 0xFFFF_FFFF : 0
            guard used < UInt64(count), used < 0xFFFF_FFFF else { return false }
            let (exchanged, found) = second.weakCompareExchange(
                expected: state,
                desired: current << 32 | (used + 1),
                ordering: .relaxed
            )
            if exchanged { return true }
            state = found
        }
    }
}

extension LogSampler {
    private struct Site: Hashable, Sendable {
        // The address of a label's record or of a file's name. Both live as long as the process.
        let address: UInt
        let line: UInt
        let sampling: LogSampling
    }

    private static let sites = ForkSafeMutex<[Site: LogSampler]>([:], isHeldOverFork: true)

    /// Returns the sampler of a call in the source.
    static func at(_ fileID: StaticString, _ line: UInt, _ sampling: LogSampling) -> LogSampler {
        sampler(Site(address: UInt(bitPattern: fileID.utf8Start), line: line, sampling: sampling)) {
            "\(fileID):\(line)"
        }
    }

    /// Returns the sampler of a log's label.
    static func of(_ label: UnsafePointer<LogLabel>, _ sampling: LogSampling) -> LogSampler {
        sampler(Site(address: UInt(bitPattern: label), line: 0, sampling: sampling)) { label.pointee.name }
    }

    private static func sampler(_ site: Site, place: () -> String) -> LogSampler {
        // Not under the lock: it registers handlers, for which some versions of libc wait during a fork.
        malogc_count_forks()
        return sites.withLock { sites in
            if let known = sites[site] { return known }
            let sampler = LogSampler(site.sampling, at: place())
            sites[site] = sampler
            return sampler
        }
    }

    /// The counts of every sampler, by place.
    static var statistics: [LogSampling.Statistics] {
        sites.withLock { Array($0.values) }.map { sampler in
            LogSampling.Statistics(
                place: sampler.place,
                sampling: sampler.sampling,
                logged: sampler.logged.load(ordering: .relaxed),
                suppressed: sampler.suppressed.load(ordering: .relaxed)
            )
        }
        .sorted { ($0.place, $0.sampling.description) < ($1.place, $1.sampling.description) }
    }
}
