import CBenchmark
import Foundation

/// Runs candidates in rotation (A B C … A B C …), so that a noisy machine disturbs all of them alike, and compares each
/// with the first *of the same round*.
public struct Rotation {
    private var candidates: [(name: String, run: (Int) -> Void)] = []
    private let operations: Int

    /// - Parameter operations: How many operations each candidate does in a round.
    public init(operations: Int) {
        self.operations = operations
    }

    /// - Parameter run: Does as many operations as it is given.
    public mutating func add(_ name: String, _ run: @escaping (_ operations: Int) -> Void) {
        candidates.append((name, run))
    }

    /// One row for each candidate: median ns per operation, median ratio to the first, allocations per operation.
    public func table(rounds: Int) -> String {
        var times = [[Double]](repeating: [], count: candidates.count)
        var allocations = [Double](repeating: 0, count: candidates.count)
        for candidate in candidates { candidate.run(operations / 10) }
        for _ in 0..<rounds {
            for (index, candidate) in candidates.enumerated() {
                let allocated = cbenchmark_allocations()
                let start = DispatchTime.now().uptimeNanoseconds
                candidate.run(operations)
                let end = DispatchTime.now().uptimeNanoseconds
                times[index].append(Double(end - start) / Double(operations))
                allocations[index] = Double(cbenchmark_allocations() - allocated) / Double(operations)
            }
        }
        var rows = [Self.row("", "ns", "ratio", "allocations")]
        for (index, candidate) in candidates.enumerated() {
            let ratios = zip(times[index], times[0]).map { $0 / $1 }
            rows.append(
                Self.row(
                    candidate.name,
                    String(format: "%.1f", Self.median(times[index])),
                    String(format: "%.3f", Self.median(ratios)),
                    String(format: "%.2f", allocations[index])
                )
            )
        }
        return rows.joined(separator: "\n")
    }

    public static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func row(_ name: String, _ columns: String...) -> String {
        name.padding(toLength: 44, withPad: " ", startingAt: 0)
            + columns.map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined()
    }
}
