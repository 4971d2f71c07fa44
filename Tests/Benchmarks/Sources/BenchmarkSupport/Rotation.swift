import CBenchmark
import Foundation

/// Runs candidates in rotation (A B C … A B C …), and compares each with the first candidate *of the same round*. A
/// noisy machine then disturbs all of them in the same way.
public struct Rotation {
    private var candidates: [(name: String, run: (Int) -> Void)] = []
    private let operations: Int

    /// - Parameter operations: The number of operations of each candidate in a round.
    public init(operations: Int) {
        self.operations = operations
    }

    /// Adds a candidate.
    ///
    /// - Parameter run: Runs the given number of operations.
    public mutating func add(_ name: String, _ run: @escaping (_ operations: Int) -> Void) {
        candidates.append((name, run))
    }

    /// Runs one candidate without a measurement, for tools that count instructions. Returns the number of its
    /// allocations, or nil if no candidate has that name.
    public func only(_ name: String) -> UInt64? {
        guard let candidate = candidates.first(where: { $0.name == name }) else { return nil }
        let allocated = cbenchmark_allocations()
        candidate.run(operations)
        return cbenchmark_allocations() - allocated
    }

    /// The names of the candidates.
    var names: [String] { candidates.map(\.name) }

    /// Returns one row for each candidate: the median nanoseconds of an operation, the median ratio to the first
    /// candidate, and the number of allocations of an operation.
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

    /// A row of a table.
    public static func row(_ name: String, _ columns: String...) -> String {
        name.padding(toLength: 44, withPad: " ", startingAt: 0)
            + columns.map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined()
    }
}
