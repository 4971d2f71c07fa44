/// Reads values that contain other values, without recursion, and finds keys that an object has twice.
struct NestedValues: ~Copyable {
    private struct Name {
        let start: UnsafePointer<UInt8>
        let count: Int
        let hash: UInt64
    }

    /// The names of the open objects, those of the innermost last.
    private var names: UnsafeMutablePointer<Name>
    private var capacity = 256
    private var count = 0
    /// The number of names before the first one of each open value.
    private let firsts: UnsafeMutablePointer<Int>

    init() {
        names = .allocate(capacity: capacity)
        firsts = .allocate(capacity: JSONScanner.depthLimit + 1)
        firsts.initialize(repeating: 0, count: JSONScanner.depthLimit + 1)
    }

    deinit {
        names.deallocate()
        firsts.deallocate()
    }

    /// Reads a value of any type. Returns its type.
    @inline(__always)
    mutating func pass(_ scanner: inout JSONScanner) throws(LineFault) -> ValueType {
        switch scanner.next.pointee {
        case JSONScanner.quote:
            scanner.next += 1
            _ = try scanner.endString()
            return .string
        case UInt8(ascii: "{"):
            try passNested(&scanner)
            return .object
        case UInt8(ascii: "["):
            try passNested(&scanner)
            return .array
        default:
            return try passScalar(&scanner)
        }
    }

    @inline(__always)
    private func passScalar(_ scanner: inout JSONScanner) throws(LineFault) -> ValueType {
        switch scanner.next.pointee {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            try scanner.passNumber()
            return .number
        case UInt8(ascii: "t"):
            try scanner.passWord("true")
            return .bool
        case UInt8(ascii: "f"):
            try scanner.passWord("false")
            return .bool
        case UInt8(ascii: "n"):
            try scanner.passWord("null")
            return .null
        default:
            throw scanner.fault(.badJSON)
        }
    }

    /// Reads an object or an array, from its bracket on.
    private mutating func passNested(_ scanner: inout JSONScanner) throws(LineFault) {
        count = 0
        var depth = 0
        // One bit for each level: 1 in an object.
        var objects = UInt128(0)
        while true {
            // A value begins here.
            let byte = scanner.next.pointee
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard depth < JSONScanner.depthLimit else { throw LineFault(.tooDeep, at: scanner.offset) }
                depth += 1
                firsts[depth] = count
                let isObject = byte == UInt8(ascii: "{")
                objects = objects << 1 | (isObject ? 1 : 0)
                scanner.next += 1
                scanner.skipBlanks()
                if scanner.next.pointee != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    if isObject { try passName(&scanner) }
                    continue
                }
            } else if byte == JSONScanner.quote {
                scanner.next += 1
                _ = try scanner.endString()
            } else {
                _ = try passScalar(&scanner)
            }
            // A value ended here, or an empty object or array is about to end.
            closing: while true {
                scanner.skipBlanks()
                let isObject = objects & 1 == 1
                switch scanner.next.pointee {
                case UInt8(ascii: ","):
                    scanner.next += 1
                    scanner.skipBlanks()
                    if isObject { try passName(&scanner) }
                    break closing
                case UInt8(ascii: "}") where isObject:
                    try checkNames(from: firsts[depth], scanner)
                case UInt8(ascii: "]") where !isObject:
                    break
                default:
                    throw scanner.fault(.badJSON)
                }
                scanner.next += 1
                count = firsts[depth]
                depth -= 1
                objects >>= 1
                if depth == 0 { return }
            }
        }
    }

    /// Reads the name of a member, and its colon.
    @inline(__always)
    private mutating func passName(_ scanner: inout JSONScanner) throws(LineFault) {
        try scanner.pass(JSONScanner.quote)
        let start = scanner.next
        _ = try scanner.endString()
        append(start, scanner.next - start - 1)
        scanner.skipBlanks()
        try scanner.pass(UInt8(ascii: ":"))
        scanner.skipBlanks()
    }

    @inline(__always)
    private mutating func append(_ start: UnsafePointer<UInt8>, _ length: Int) {
        if count == capacity { grow() }
        // The name is followed by a quote and more of the line, so eight bytes can be read.
        let raw = UnsafeRawPointer(start)
        var hash = raw.loadUnaligned(as: UInt64.self).littleEndian
        if length < 8 {
            hash &= (1 << UInt64(length &* 8)) &- 1
        } else {
            var index = 8
            while index &+ 8 <= length {
                hash = (hash &* 0x9E37_79B9_7F4A_7C15) ^ (hash >> 29)
                hash ^= raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                index &+= 8
            }
            hash = (hash &* 0x9E37_79B9_7F4A_7C15) ^ (hash >> 29)
            hash ^= raw.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
        }
        (names + count).initialize(to: Name(start: start, count: length, hash: hash))
        count &+= 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Name>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: names, count: count)
        names.deallocate()
        names = larger
        capacity *= 2
    }

    /// Throws if two of the innermost object's names are the same.
    @inline(__always)
    private func checkNames(from first: Int, _ scanner: JSONScanner) throws(LineFault) {
        let number = count &- first
        if number <= 1 { return }
        if number > 16 { return try checkManyNames(from: first, scanner) }
        var index = first &+ 1
        while index < count {
            var earlier = first
            while earlier < index {
                if names[earlier].hash == names[index].hash { try compare(earlier, index, scanner) }
                earlier &+= 1
            }
            index &+= 1
        }
    }

    private func compare(_ one: Int, _ other: Int, _ scanner: JSONScanner) throws(LineFault) {
        let (one, other) = (names[one], names[other])
        guard one.count == other.count else { return }
        for index in 0..<one.count where one.start[index] != other.start[index] { return }
        throw LineFault(.duplicateKey, at: max(one.start, other.start) - scanner.start)
    }

    /// Sorts the names first, because comparing each with each would take too long for a large object.
    private func checkManyNames(from first: Int, _ scanner: JSONScanner) throws(LineFault) {
        let sorted = (first..<count).sorted { one, other in
            let (one, other) = (names[one], names[other])
            if one.hash != other.hash { return one.hash < other.hash }
            if one.count != other.count { return one.count < other.count }
            for index in 0..<one.count where one.start[index] != other.start[index] {
                return one.start[index] < other.start[index]
            }
            return false
        }
        for (one, other) in zip(sorted, sorted.dropFirst()) { try compare(one, other, scanner) }
    }
}
