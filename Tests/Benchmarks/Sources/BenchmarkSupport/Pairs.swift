import CBenchmark
import Foundation

/// Runs each candidate between two runs of a floor and divides its time by their mean, so a change of the machine's
/// speed affects both in the same way.
///
/// The resolution is about 0.01 within one program. Between two builds it is 0.02 to 0.03, because the layout of the
/// code changes.
public struct Pairs {
    public typealias Run = (_ operations: Int) -> Void

    private let operations: Int
    private let floor: Run
    private var candidates: [(name: String, run: Run)] = []

    /// - Parameters:
    ///   - operations: The number of operations in each run.
    ///   - floor: Runs the given number of operations in their cheapest form.
    public init(operations: Int, floor: @escaping Run) {
        self.operations = operations
        self.floor = floor
    }

    /// Adds a candidate.
    ///
    /// - Parameter run: Runs the given number of operations.
    public mutating func add(_ name: String, _ run: @escaping Run) {
        candidates.append((name, run))
    }

    /// Returns one row for the floor and one for each candidate: the median time of an operation, the median ratio to
    /// the floor, the least and the greatest ratio, and the number of allocations of an operation.
    public func table(rounds: Int) -> String {
        var floors: [Double] = []
        var times = [[Double]](repeating: [], count: candidates.count)
        var ratios = times
        var allocations = [Double](repeating: 0, count: candidates.count)
        floor(operations / 10)
        for candidate in candidates { candidate.run(operations / 10) }
        for _ in 0..<rounds {
            for (index, candidate) in candidates.enumerated() {
                let before = time(floor)
                let allocated = cbenchmark_allocations()
                let own = time(candidate.run)
                allocations[index] = Double(cbenchmark_allocations() - allocated) / Double(operations)
                let after = time(floor)
                floors += [before, after]
                times[index].append(own)
                ratios[index].append(2 * own / (before + after))
            }
        }
        var rows = [
            Rotation.row("", "ns", "ratio", "least", "greatest", "allocations"),
            Rotation.row("floor", String(format: "%.1f", Rotation.median(floors))),
        ]
        for (index, candidate) in candidates.enumerated() {
            rows.append(
                Rotation.row(
                    candidate.name,
                    String(format: "%.1f", Rotation.median(times[index])),
                    String(format: "%.3f", Rotation.median(ratios[index])),
                    String(format: "%.3f", ratios[index].min() ?? .nan),
                    String(format: "%.3f", ratios[index].max() ?? .nan),
                    String(format: "%.2f", allocations[index])
                )
            )
        }
        return rows.joined(separator: "\n")
    }

    private func time(_ run: Run) -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        run(operations)
        return Double(DispatchTime.now().uptimeNanoseconds - start) / Double(operations)
    }
}
