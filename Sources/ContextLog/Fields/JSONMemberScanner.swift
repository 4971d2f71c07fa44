/// Finds the ends of names and values in members that this module wrote: `,"name":value,"name":value`. It relies on
/// their being well-formed.
package struct JSONMemberScanner {
    let bytes: UnsafePointer<UInt8>
    let end: Int

    package init(bytes: UnsafePointer<UInt8>, end: Int) {
        self.bytes = bytes
        self.end = end
    }

    /// The end of the member's `,"name":` that begins at `start`.
    package func nameEnd(from start: Int) -> Int {
        stringEnd(from: start + 1) + 1
    }

    /// The offset after the closing quote of the string whose opening quote is at `start`.
    package func stringEnd(from start: Int) -> Int {
        var index = start + 1
        while index < end, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }

    /// The end of the value that begins at `start`.
    package func valueEnd(from start: Int) -> Int {
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
