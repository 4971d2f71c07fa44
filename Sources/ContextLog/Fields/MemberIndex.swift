internal import ContextPropagation

/// Finds the members of an open object by their names, so that an object of many members takes time in proportion to
/// them.
///
/// A member that is replaced stays in the buffer until the object is closed, or until such members take half of it.
struct MemberIndex {
    private struct Entry {
        var hash: UInt64
        /// The member's offset in the buffer, or -1 for a free entry.
        var offset: Int
    }

    /// The object's serial number.
    let serial: UInt
    /// Open addressing with linear probes. The number of entries is a power of two, and at most half of them are used.
    private var entries: [Entry]
    private var count = 0
    /// The positions of replaced members in the buffer.
    private(set) var replaced: [Range<Int>] = []
    private(set) var replacedBytes = 0
    /// Random, so that nobody can choose names that collide.
    private let seed = ThreadRandom.word()

    init(serial: UInt) {
        self.serial = serial
        entries = Array(repeating: Entry(hash: 0, offset: -1), count: 256)
    }

    /// Notes that the member `name` begins at `offset`, and returns the offset of an earlier member of that name.
    mutating func insert(_ name: UnsafeBufferPointer<UInt8>, at offset: Int, in bytes: UnsafePointer<UInt8>) -> Int? {
        let hash = hash(of: name)
        var slot = Int(truncatingIfNeeded: hash) & (entries.count - 1)
        while entries[slot].offset >= 0 {
            if entries[slot].hash == hash,
                UnsafeBufferPointer(start: bytes + entries[slot].offset, count: name.count).elementsEqual(name)
            {
                let earlier = entries[slot].offset
                entries[slot].offset = offset
                return earlier
            }
            slot = (slot + 1) & (entries.count - 1)
        }
        entries[slot] = Entry(hash: hash, offset: offset)
        count += 1
        if 2 * count > entries.count { grow() }
        return nil
    }

    /// Notes that the bytes of a replaced member are still in the buffer.
    mutating func noteReplaced(_ range: Range<Int>) {
        replaced.append(range)
        replacedBytes += range.count
    }

    /// Forgets everything: the members have moved.
    mutating func removeAll() {
        for slot in entries.indices { entries[slot].offset = -1 }
        count = 0
        replaced.removeAll()
        replacedBytes = 0
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Entry(hash: 0, offset: -1), count: 2 * old.count)
        for entry in old where entry.offset >= 0 {
            var slot = Int(truncatingIfNeeded: entry.hash) & (entries.count - 1)
            while entries[slot].offset >= 0 { slot = (slot + 1) & (entries.count - 1) }
            entries[slot] = entry
        }
    }

    private func hash(of name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state = seed
        var index = 0
        while index < name.count {
            let length = min(8, name.count - index)
            var word: UInt64 = 0
            for place in 0..<length { word |= UInt64(name[index + place]) << UInt64(8 * place) }
            let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low &+ seed
            index += length
        }
        return state ^ state >> 29
    }
}

extension LineBuffer {
    /// Makes room for a member of the open object that will begin at the end of the bytes: an earlier one of the same
    /// name (`,"name":`) is removed.
    ///
    /// The name may be at the end of the bytes, where it does not count yet.
    @inline(never)
    mutating func replaceMember(named name: UnsafeBufferPointer<UInt8>) {
        if object.signatures == .max, let last = indexes.indices.last, indexes[last].serial == object.serial {
            return replaceIndexed(last, name)
        }
        let members = JSONMemberScanner(bytes: bytes.base, end: bytes.count)
        var start = object.start
        var number = 0
        while start < bytes.count {
            let nameEnd = members.nameEnd(from: start)
            let end = members.valueEnd(from: nameEnd)
            if nameEnd - start == name.count,
                UnsafeBufferPointer(start: bytes.base + start, count: name.count).elementsEqual(name)
            {
                (bytes.base + start).update(from: bytes.base + end, count: bytes.count - end)
                bytes.count -= end - start
                return
            }
            start = end
            number += 1
            if number == 32 || start - object.start > 1 << 16 {
                indexes.append(MemberIndex(serial: object.serial))
                indexMembers(indexes.count - 1)
                object.signatures = .max
                return replaceIndexed(indexes.count - 1, name)
            }
        }
    }

    private mutating func replaceIndexed(_ last: Int, _ name: UnsafeBufferPointer<UInt8>) {
        let replaced = indexes[last].replacedBytes
        if replaced > 1 << 16, replaced > (bytes.count - object.start) / 2 {
            compact(last)
            indexMembers(last)
        }
        guard let earlier = indexes[last].insert(name, at: bytes.count, in: bytes.base) else { return }
        let members = JSONMemberScanner(bytes: bytes.base, end: bytes.count)
        indexes[last].noteReplaced(earlier..<members.valueEnd(from: earlier + name.count))
    }

    /// Enters each member of the open object.
    private mutating func indexMembers(_ last: Int) {
        let members = JSONMemberScanner(bytes: bytes.base, end: bytes.count)
        var start = object.start
        while start < bytes.count {
            let nameEnd = members.nameEnd(from: start)
            let name = UnsafeBufferPointer(start: bytes.base + start, count: nameEnd - start)
            _ = indexes[last].insert(name, at: start, in: bytes.base)
            start = members.valueEnd(from: nameEnd)
        }
    }

    /// Removes the bytes of replaced members.
    private mutating func compact(_ last: Int) {
        let replaced = indexes[last].replaced.sorted { $0.lowerBound < $1.lowerBound }
        indexes[last].removeAll()
        guard var end = replaced.first?.lowerBound else { return }
        for (index, range) in replaced.enumerated() {
            let next = index + 1 < replaced.count ? replaced[index + 1].lowerBound : bytes.count
            (bytes.base + end).update(from: bytes.base + range.upperBound, count: next - range.upperBound)
            end += next - range.upperBound
        }
        bytes.count = end
    }

    /// Closes the index of the open object, if it has one.
    @inline(never)
    mutating func closeIndex() {
        guard let last = indexes.indices.last, indexes[last].serial == object.serial else { return }
        compact(last)
        indexes.removeLast()
    }

    /// Adds members to the open object. Each replaces an earlier one of its name.
    mutating func appendMembers(_ added: UnsafeBufferPointer<UInt8>, signatures: UInt64) {
        guard let base = added.baseAddress else { return }
        if object.signatures & signatures == 0 {
            bytes.append(added)
        } else {
            let members = JSONMemberScanner(bytes: base, end: added.count)
            var start = 0
            while start < added.count {
                let nameEnd = members.nameEnd(from: start)
                let end = members.valueEnd(from: nameEnd)
                replaceMember(named: UnsafeBufferPointer(rebasing: added[start..<nameEnd]))
                bytes.append(base + start, end - start)
                start = end
            }
        }
        object.signatures |= signatures
    }
}
