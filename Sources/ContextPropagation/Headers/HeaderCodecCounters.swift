internal import Synchronization

/// Counts what extractions found: for a record with a good trace, one relaxed addition.
///
/// When to use it: hold one wherever you extract, and show its ``statistics``. Each Kafka consumer has one.
///
///     let counters = HeaderCodecCounters()
///     let found = HeaderCodecs.environment.extract(from: headers)
///     counters.count(found)
///     print(counters.statistics)      // 1 lists read; 0 without a trace; …
public struct HeaderCodecCounters: ~Copyable, Sendable {
    // The formats, no format, duplicates; then one for each pair of format and fault.
    private static var withoutTrace: Int { HeaderFormat.Kind.allCases.count }
    private static var duplicates: Int { withoutTrace + 1 }
    private static var firstMiss: Int { duplicates + 1 }
    private static var faults: Int { HeaderFault.Code.allCases.count }

    private let cells: InlineArray<160, Atomic<Int>>

    public init() {
        cells = InlineArray { _ in Atomic(0) }
    }

    /// Adds one extraction. From any thread.
    public func count(_ extraction: HeaderExtraction) {
        add(1, at: extraction.traceFormat.map { Int($0.kind.rawValue) } ?? Self.withoutTrace)
        if extraction.duplicates > 0 { add(extraction.duplicates, at: Self.duplicates) }
        extraction.forEachMiss { miss in
            add(
                1,
                at: Self.firstMiss + Int(miss.format.kind.rawValue) * Self.faults + Int(miss.fault.code.rawValue) - 1
            )
        }
    }

    /// What was counted so far. Costs the counting threads nothing.
    public var statistics: HeaderCodecStatistics {
        var result = HeaderCodecStatistics()
        for kind in HeaderFormat.Kind.allCases {
            let format = HeaderFormat(kind: kind)
            let traces = value(at: Int(kind.rawValue))
            if traces > 0 { result.traces[format] = traces }
            for (index, code) in HeaderFault.Code.allCases.enumerated() {
                let misses = value(at: Self.firstMiss + Int(kind.rawValue) * Self.faults + index)
                if misses > 0 { result.misses[HeaderMiss(format: format, fault: HeaderFault(code: code))] = misses }
            }
        }
        result.withoutTrace = value(at: Self.withoutTrace)
        result.duplicates = value(at: Self.duplicates)
        return result
    }

    private func add(_ amount: Int, at index: Int) {
        cells[index].wrappingAdd(amount, ordering: .relaxed)
    }

    private func value(at index: Int) -> Int {
        cells[index].load(ordering: .relaxed)
    }
}
