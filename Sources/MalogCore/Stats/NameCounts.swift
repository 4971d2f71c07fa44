/// Counts of texts, such as loggers. It takes no memory for a text that it knows, and little for any number of texts.
struct NameCounts {
    private struct Entry {
        var name: [UInt8]
        var count: Int
        var bytes: Int
    }

    /// Texts behind this number are counted together.
    static let limit = 10_000
    /// Texts that begin with the same bytes, this many, count as one. The number is a multiple of the 8 bytes that the
    /// hash reads at once.
    static let lengthLimit = 256

    private var entries: [Entry] = []
    private var places: [UInt64: Int] = [:]
    /// Lines of one program often have the same text as the line before.
    private var latest = 0
    private(set) var others = 0

    mutating func add(_ name: UnsafeBufferPointer<UInt8>, bytes: Int) {
        let name = UnsafeBufferPointer(rebasing: name.prefix(Self.lengthLimit))
        if latest < entries.count, Self.equals(entries[latest].name, name) {
            return count(latest, bytes)
        }
        var hash = IDForm.hash(name)
        // Two texts with one hash get different places.
        while let place = places[hash] {
            if Self.equals(entries[place].name, name) { return count(place, bytes) }
            hash &+= 1
        }
        guard entries.count < Self.limit else {
            others += 1
            return
        }
        places[hash] = entries.count
        entries.append(Entry(name: Array(name), count: 0, bytes: 0))
        count(entries.count - 1, bytes)
    }

    private mutating func count(_ place: Int, _ bytes: Int) {
        latest = place
        entries[place].count += 1
        entries[place].bytes += bytes
    }

    private static func equals(_ known: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in 0..<name.count where known[index] != name[index] { return false }
        return true
    }

    mutating func add(_ other: NameCounts) {
        for entry in other.entries {
            entry.name.withUnsafeBufferPointer { name in
                // The hash reads whole words, so the bytes need room behind them.
                let padded = UnsafeMutablePointer<UInt8>.allocate(capacity: name.count + 8)
                defer { padded.deallocate() }
                padded.initialize(repeating: 0, count: name.count + 8)
                if let base = name.baseAddress { padded.update(from: base, count: name.count) }
                let before = entries.count
                let otherCount = others
                add(UnsafeBufferPointer(start: padded, count: name.count), bytes: 0)
                if others > otherCount {
                    others = otherCount + entry.count
                    return
                }
                let place = entries.count > before ? before : latest
                entries[place].count += entry.count - 1
                entries[place].bytes += entry.bytes
            }
        }
        others += other.others
    }

    /// The texts with the highest counts.
    func top(_ number: Int) -> [(name: String, count: Int, bytes: Int)] {
        entries.sorted { ($0.count, $1.name.count) > ($1.count, $0.name.count) }.prefix(number)
            .map { (String(decoding: $0.name, as: UTF8.self), $0.count, $0.bytes) }
    }

    var count: Int { entries.count }
}
