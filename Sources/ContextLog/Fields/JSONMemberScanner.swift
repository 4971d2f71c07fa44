internal import ContextPropagation

/// Finds its way through members that were written here: `,"name":value,"name":value`. The bytes are known to be
/// well-formed, so it only looks for ends.
struct JSONMemberScanner {
    let bytes: UnsafePointer<UInt8>
    let end: Int

    /// The end of the member's `,"name":` that begins at `start`.
    func nameEnd(from start: Int) -> Int {
        stringEnd(from: start + 1) + 1
    }

    /// The end of a string whose opening quote is at `start`, behind the closing one.
    func stringEnd(from start: Int) -> Int {
        var index = start + 1
        while index < end, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }

    /// The end of the value that begins at `start`.
    func valueEnd(from start: Int) -> Int {
        var index = start
        var depth = 0
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index = stringEnd(from: index)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                return index
            default:
                break
            }
            index += 1
        }
        return index
    }
}

extension ThreadState {
    /// Takes the member with this name (`,"name":`) out of the innermost object, if it is there.
    mutating func removeMember(named name: UnsafeBufferPointer<UInt8>) {
        let members = JSONMemberScanner(bytes: bytes.base, end: bytes.count)
        var start = object.start
        while start < bytes.count {
            let nameEnd = members.nameEnd(from: start)
            let end = members.valueEnd(from: nameEnd)
            if nameEnd - start == name.count,
                name.elementsEqual(UnsafeBufferPointer(start: bytes.base + start, count: name.count))
            {
                (bytes.base + start).update(from: bytes.base + end, count: bytes.count - end)
                bytes.count -= end - start
                return
            }
            start = end
        }
    }

    /// Adds members to the innermost object, each in the place of an earlier one of its name.
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
                removeMember(named: UnsafeBufferPointer(rebasing: added[start..<nameEnd]))
                bytes.append(base + start, end - start)
                start = end
            }
        }
        object.signatures |= signatures
    }
}
