#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Counts different IDs: exactly up to a limit, and above it with an error of about 1 %.
///
/// Specification: [Flajolet et al., HyperLogLog](https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf).
struct DistinctCount {
    private static let bits = 14
    private static let exactLimit = 100_000

    private var exact = Set<UInt64>()
    private var isExact = true
    /// For each group of hashes, the most leading zeros plus one.
    private var registers = [UInt8](repeating: 0, count: 1 << bits)
    private var latest: UInt64?
    /// The number of IDs that were added, of which those that followed an equal one count once.
    private var added = 0

    mutating func add(_ hash: UInt64) {
        // Lines that follow each other often have the same ID.
        if hash == latest { return }
        latest = hash
        added += 1
        let mixed = (hash ^ hash >> 31) &* 0xBF58_476D_1CE4_E5B9
        let word = mixed ^ mixed >> 29
        let register = Int(word >> UInt64(64 - Self.bits))
        let zeros = UInt8(min((word << UInt64(Self.bits)).leadingZeroBitCount, 64 - Self.bits) + 1)
        if zeros > registers[register] { registers[register] = zeros }
        guard isExact else { return }
        exact.insert(hash)
        if exact.count > Self.exactLimit { giveUpExactness() }
    }

    private mutating func giveUpExactness() {
        isExact = false
        exact = []
    }

    mutating func add(_ other: DistinctCount) {
        added += other.added
        for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
        if isExact, other.isExact { exact.formUnion(other.exact) } else { giveUpExactness() }
    }

    /// The number, and whether it is exact.
    var value: (count: Int, isExact: Bool) {
        if isExact { return (exact.count, true) }
        let count = Double(registers.count)
        let sum = registers.reduce(0.0) { $0 + pow(2, -Double($1)) }
        let estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum
        let empty = registers.count { $0 == 0 }
        let corrected = estimate < 2.5 * count && empty > 0 ? count * log(count / Double(empty)) : estimate
        // IDs that were chosen for it make the estimate larger than any integer.
        return (Int(min(corrected, Double(added))), false)
    }
}
