import Foundation

/// Checks the lines that were read, and keeps the first fault.
struct LineCheck {
    private(set) var lines = 0
    private(set) var bytes = 0
    /// The first fault, with the line. Nothing is checked after it.
    private(set) var fault: String?
    private var next = [Int](repeating: 0, count: Load.threads)
    /// The length of a line of each kind without its number and its padding, as the first line of that kind has it.
    private var lengths = [Int](repeating: 0, count: Load.kinds + 1)
    private let traceIDs = (0..<Load.threads).map { "\"trace_id\":\"\(Load.traceID(of: $0))\"" }
    private let executionIDs = (0..<Load.threads).map { "\"execution_id\":\"soak-\($0)\"" }

    /// The number of lines that each thread has, if all have the same number.
    var linesOfThread: Int? { Set(next).count == 1 ? next[0] : nil }

    /// Checks the whole lines at the start of the bytes, and returns how many bytes these have.
    ///
    /// It replaces each line feed by a zero byte, so that the C library can search the line.
    mutating func read(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var place = 0
        while fault == nil, let end = memchr(base + place, 0x0A, bytes.count - place) {
            end.storeBytes(of: 0, as: UInt8.self)
            let count = end - (base + place)
            let line = UnsafeRawBufferPointer(start: base + place, count: count)
            if let fault = check(line) {
                self.fault = "\(fault), line \(lines): \(String(decoding: line, as: UTF8.self))"
            }
            lines += 1
            place += count + 1
        }
        self.bytes += place
        return place
    }

    private mutating func check(_ line: UnsafeRawBufferPointer) -> String? {
        guard line.starts(with: #"{"timestamp":"2"#.utf8), line.last == UInt8(ascii: "}") else {
            return "the line is torn"
        }
        guard let thread = Self.number(behind: #""attributes":{"thread":"#, in: line)?.value,
            let n = Self.number(behind: #","n":"#, in: line), thread < Load.threads
        else { return "the line does not have the fields thread and n" }
        guard n.value == next[thread] else {
            return "thread \(thread) logged line \(next[thread]), and then this line was read"
        }
        next[thread] += 1
        guard Self.place(behind: traceIDs[thread], in: line) != nil,
            Self.place(behind: executionIDs[thread], in: line) != nil
        else { return "the line has the IDs of another thread" }
        let kind = n.value % 1000 == 4 ? Load.kinds : n.value % Load.kinds
        let length = line.count - n.digits - Load.padding(of: n.value)
        if lengths[kind] == 0 { lengths[kind] = length }
        return lengths[kind] == length ? nil : "the line has \(length - lengths[kind]) bytes too many"
    }

    /// The place behind a text in a line that ends with a zero byte.
    private static func place(behind text: String, in line: UnsafeRawBufferPointer) -> Int? {
        guard let base = line.baseAddress, let found = strstr(base.assumingMemoryBound(to: CChar.self), text)
        else { return nil }
        return UnsafeRawPointer(found) - base + text.utf8.count
    }

    private static func number(behind name: String, in line: UnsafeRawBufferPointer) -> (value: Int, digits: Int)? {
        guard let first = place(behind: name, in: line) else { return nil }
        var value = 0
        var place = first
        while place < line.count, case let digit = line[place] &- 0x30, digit < 10 {
            value = value &* 10 &+ Int(digit)
            place += 1
        }
        return place == first ? nil : (value: value, digits: place - first)
    }
}
