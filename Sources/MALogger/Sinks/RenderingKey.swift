import Synchronization

/// Numbers for formats, so that each finds its own rendering at a label. (An address would not do: it can be used again.)
enum RenderingKey {
    private static let last = Atomic<UInt>(0)

    static func next() -> UInt {
        last.add(1, ordering: .relaxed).newValue
    }
}
