/// Counts of texts, such as loggers: of the most frequent ones of any number of texts. It takes no memory for a text
/// that it knows, and little for any number of texts.
///
/// When the table is full, a new text replaces the rarest one. A count has the lines since the text came into the
/// table; it lacks at most one of ``limit`` lines. Each text that more than two of ``limit`` lines have is therefore in
/// the table, whatever the number of threads.
///
/// Specification: the algorithm Space-Saving of [Metwally et al., Efficient computation of frequent and top-k elements
/// in data streams](https://doi.org/10.1007/978-3-540-30570-5_27).
struct NameCounts {
    private struct Entry {
        var name: [UInt8]
        var hash: UInt64
        /// The entry's key in ``places``: the hash, or a number after it that was free.
        var key: UInt64
        /// The lines since the text came into the table.
        var count = 0
        var bytes = 0
        /// The most lines that the text can have had before.
        var before = 0
    }

    /// The most texts of the table.
    static let limit = 10_000
    /// Texts that begin with the same bytes, this many, count as one.
    static let lengthLimit = 256

    private let hashMask: UInt64
    private var entries: [Entry] = []
    private var places: [UInt64: Int] = [:]
    /// Lines of one program often have the same text as the line before.
    private var latest = 0
    /// The least lines that a text in the table can have. No entry before `searched` has as few.
    private var least = 0
    private var searched = Self.limit
    /// The lines that no count of the table has.
    private(set) var others = 0

    /// - Parameter hashMask: The bits of hashes that are used. With fewer bits, a test can find texts with one hash.
    ///   Tables that are added need the same mask.
    init(hashMask: UInt64 = .max) {
        self.hashMask = hashMask
    }

    mutating func add(_ name: UnsafeBufferPointer<UInt8>, bytes: Int) {
        let name = UnsafeBufferPointer(rebasing: name.prefix(Self.lengthLimit))
        if latest < entries.count, Self.equals(entries[latest].name, name) {
            return count(latest, bytes)
        }
        let hash = Self.hash(name) & hashMask
        if let place = find(name, hash) { return count(place, bytes) }
        if entries.count < Self.limit {
            append(Entry(name: Array(name), hash: hash, key: hash))
            count(entries.count - 1, bytes)
        } else {
            let place = rarest()
            replace(place, name, hash)
            count(place, bytes)
        }
    }

    private mutating func count(_ place: Int, _ bytes: Int) {
        latest = place
        entries[place].count += 1
        entries[place].bytes += bytes
    }

    /// The hash of a text in this process. Its key is random, so nobody outside can choose many texts with one hash,
    /// which would make the table slow.
    static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(name))
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    @inline(__always)
    private func find(_ name: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int? {
        var key = hash
        // Two texts with one hash have different places.
        while let place = places[key] {
            if Self.equals(entries[place].name, name) { return place }
            key &+= 1
        }
        return nil
    }

    private static func equals(_ known: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in 0..<name.count where known[index] != name[index] { return false }
        return true
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        setKey(of: entries.count - 1)
    }

    private mutating func setKey(of place: Int) {
        var key = entries[place].hash
        while places[key] != nil { key &+= 1 }
        places[key] = place
        entries[place].key = key
    }

    // MARK: A full table

    /// The place of a text with the fewest lines.
    private mutating func rarest() -> Int {
        // A search of the whole table raises `least`, and each text has at least that many lines. So all searches
        // together take a few steps for each line.
        while true {
            while searched < entries.count {
                if entries[searched].before + entries[searched].count == least { return searched }
                searched += 1
            }
            least = entries.indices.reduce(.max) { min($0, entries[$1].before + entries[$1].count) }
            searched = 0
        }
    }

    private mutating func replace(_ place: Int, _ name: UnsafeBufferPointer<UInt8>, _ hash: UInt64) {
        var key = entries[place].key
        places[key] = nil
        // Texts that had to take a later key must be found without this one.
        key &+= 1
        while let next = places.removeValue(forKey: key) {
            setKey(of: next)
            key &+= 1
        }
        others += entries[place].count
        entries[place].before += entries[place].count
        entries[place].count = 0
        entries[place].bytes = 0
        entries[place].hash = hash
        // The memory of the old text is enough for most new ones.
        entries[place].name.removeAll(keepingCapacity: true)
        entries[place].name.append(contentsOf: name)
        setKey(of: place)
    }

    // MARK: Results

    /// Adds the table of another thread. The sum may have more texts than the limit.
    mutating func add(_ other: NameCounts) {
        for entry in other.entries {
            if let place = entry.name.withUnsafeBufferPointer({ find($0, entry.hash) }) {
                entries[place].count += entry.count
                entries[place].bytes += entry.bytes
                entries[place].before += entry.before
            } else {
                append(entry)
            }
        }
        others += other.others
    }

    /// Makes the table as small as that of one thread. Use it when the tables of all threads have been added.
    mutating func keepMostFrequent() {
        guard entries.count > Self.limit else { return }
        let sorted = entries.sorted(by: Self.isMoreFrequent)
        others += sorted[Self.limit...].reduce(0) { $0 + $1.count }
        entries = []
        places = [:]
        searched = Self.limit
        for entry in sorted[..<Self.limit] { append(entry) }
    }

    private static func isMoreFrequent(_ one: Entry, _ other: Entry) -> Bool {
        one.count != other.count ? one.count > other.count : one.name.lexicographicallyPrecedes(other.name)
    }

    /// The texts with the highest counts.
    func top(_ number: Int) -> [(name: String, count: Int, bytes: Int)] {
        entries.sorted(by: Self.isMoreFrequent).prefix(number)
            .map { (String(decoding: $0.name, as: UTF8.self), $0.count, $0.bytes) }
    }

    var count: Int { entries.count }
}
