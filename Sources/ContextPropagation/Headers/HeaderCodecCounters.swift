internal import Synchronization

/// Counts the results of extractions. Counting a record with a valid trace costs one relaxed addition.
///
/// Keep one wherever you extract, and publish its ``statistics``. Each Kafka consumer has its own.
///
///     let counters = HeaderCodecCounters()
///     let found = HeaderCodecs.environment.extract(from: headers)
///     counters.count(found)
///     print(counters.statistics)      // 1 lists read; 0 without a trace; …
public struct HeaderCodecCounters: ~Copyable, Sendable {
    // One cell for each origin, three more, then one for each pair of origin and fault. A test compares the numbers.
    typealias Cells = InlineArray<184, Atomic<Int>>

    private static let withoutTrace = HeaderOrigin.allCases.count
    private static let duplicates = withoutTrace + 1
    private static let droppedMembers = duplicates + 1
    private static let firstMiss = droppedMembers + 1
    private static let faults = HeaderFault.Code.allCases.count

    static var neededCells: Int { firstMiss + HeaderOrigin.allCases.count * faults }

    private let cells: Cells

    /// Counters at zero.
    public init() {
        cells = InlineArray { _ in Atomic(0) }
    }

    /// Counts one extraction. Any thread can call it.
    public func count(_ extraction: HeaderExtraction) {
        withUnsafePointer(to: extraction) { count($0) }
    }

    /// Counts one extraction in place.
    package func count(_ extraction: UnsafePointer<HeaderExtraction>) {
        add(1, at: extraction.pointee.traceOrigin?.index ?? Self.withoutTrace)
        if extraction.pointee.duplicates > 0 { add(extraction.pointee.duplicates, at: Self.duplicates) }
        if extraction.pointee.faults.isEmpty { return }
        extraction.pointee.forEachMiss { miss in add(1, at: Self.cell(miss.origin, miss.fault.code)) }
        let dropped = extraction.pointee.faults.droppedMembers
        if dropped > 0 { add(dropped, at: Self.droppedMembers) }
    }

    /// The counts so far. Reading them costs the counting threads nothing.
    public var statistics: HeaderCodecStatistics {
        var result = HeaderCodecStatistics()
        for origin in HeaderOrigin.allCases {
            let traces = value(at: origin.index)
            if traces > 0 { result.traces[origin] = traces }
            for code in HeaderFault.Code.allCases {
                let misses = value(at: Self.cell(origin, code))
                if misses > 0 { result.misses[HeaderMiss(origin: origin, fault: HeaderFault(code: code))] = misses }
            }
        }
        result.withoutTrace = value(at: Self.withoutTrace)
        result.duplicates = value(at: Self.duplicates)
        result.droppedBaggageMembers = value(at: Self.droppedMembers)
        return result
    }

    /// The codes begin at 1.
    private static func cell(_ origin: HeaderOrigin, _ code: HeaderFault.Code) -> Int {
        firstMiss + origin.index * faults + Int(code.rawValue) - 1
    }

    private func add(_ amount: Int, at index: Int) {
        cells[index].wrappingAdd(amount, ordering: .relaxed)
    }

    private func value(at index: Int) -> Int {
        cells[index].load(ordering: .relaxed)
    }
}
