/// The number of values that a line had to leave out, and whether a misused builder is one of the reasons.
///
/// Both are in one word, so that a line asks for them with one comparison.
struct Omissions {
    private var bits: UInt32 = 0

    private static var misuse: UInt32 { 1 << 31 }

    var isEmpty: Bool { bits == 0 }

    /// Stays at its greatest value if more are left out.
    var count: Int { Int(bits & ~Self.misuse) }

    var isMisuse: Bool {
        get { bits & Self.misuse != 0 }
        set { bits = newValue ? bits | Self.misuse : bits & ~Self.misuse }
    }

    mutating func countOne() {
        if bits & ~Self.misuse != ~Self.misuse { bits += 1 }
    }

    /// Adds those of a nested object.
    @inline(__always)
    mutating func add(_ inner: Omissions) {
        if _slowPath(inner.bits != 0) { addSome(inner) }
    }

    @inline(never)
    private mutating func addSome(_ inner: Omissions) {
        let sum = min(UInt32(count) + UInt32(inner.count), ~Self.misuse)
        bits = (bits | inner.bits) & Self.misuse | sum
    }
}
