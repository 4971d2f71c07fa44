internal import CMalogScan

/// The forms of IDs.
enum IDForm {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private static let zeros = UInt64(0x3030_3030_3030_3030)

    /// A trace ID: 32 lower-case hex digits, or any other text, which is a correlation ID. A text that ma-logger would
    /// have written as 32 lower-case digits is a fault. 16 bytes after the ID can be read.
    @inline(__always)
    static func fault(ofTrace id: Bytes) -> LineFault.Kind? {
        guard id.count == 32, let base = id.baseAddress, cmalog_is_hex16(base) != 0, cmalog_is_hex16(base + 16) != 0
        else { return faultOfUnusual(trace: id) }
        return isZero(base, 32) ? .zeroTraceID : nil
    }

    /// Whether the trace has 32 lower-case hex digits.
    @inline(__always)
    static func isHexTrace(_ id: Bytes) -> Bool {
        guard id.count == 32, let base = id.baseAddress else { return false }
        return cmalog_is_hex16(base) != 0 && cmalog_is_hex16(base + 16) != 0
    }

    private static func faultOfUnusual(trace id: Bytes) -> LineFault.Kind? {
        if let fault = fault(ofText: id) { return fault }
        let isHex = id.count == 32 && id.allSatisfy { JSONScanner.hexDigit($0) != nil }
        return isHex || isUUID(id) ? .badTraceID : nil
    }

    /// Whether the text is a UUID: hex digits in groups of 8, 4, 4, 4 and 12.
    static func isUUID(_ text: Bytes) -> Bool {
        guard text.count == 36 else { return false }
        return text.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default: JSONScanner.hexDigit(byte) != nil
            }
        }
    }

    /// The lower-case hex digits of a trace ID, or of its beginning, as ma-logger writes it. People copy IDs in upper
    /// case, and as UUIDs. The result is nil for a correlation ID.
    static func traceDigits(_ text: String) -> String? {
        let isUUID = Array(text.utf8).withUnsafeBufferPointer { Self.isUUID($0) }
        let digits = isUUID ? text.lowercased().filter { $0 != "-" } : text.lowercased()
        return digits.utf8.allSatisfy { JSONScanner.hexDigit($0) != nil } ? digits : nil
    }

    /// Whether JSON has the text as it is: printable ASCII without quotes and backslashes.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { 0x20..<0x7F ~= $0 && $0 != JSONScanner.quote && $0 != JSONScanner.backslash }
    }

    @inline(__always)
    static func fault(ofSpan id: Bytes) -> LineFault.Kind? {
        guard id.count == 16, let base = id.baseAddress, cmalog_is_hex16(base) != 0 else { return .badSpanID }
        return isZero(base, 16) ? .zeroSpanID : nil
    }

    static func fault(ofFlags flags: Bytes) -> LineFault.Kind? {
        guard flags.count == 2 else { return .badTraceFlags }
        for byte in flags where JSONScanner.hexDigit(byte) == nil || byte & 0xE0 == 0x40 { return .badTraceFlags }
        return nil
    }

    static func fault(ofText id: Bytes) -> LineFault.Kind? {
        if id.isEmpty { return .emptyID }
        // Escapes only make a text longer.
        return id.count > 256 && LineIDs.text(id).utf8.count > 256 ? .longID : nil
    }

    /// A trace ID of Datadog: 32 hex digits, or a decimal number.
    static func fault(ofDatadogTrace id: Bytes) -> LineFault.Kind? {
        id.count == 32 ? fault(ofTrace: id) : fault(ofNumber: id, .badTraceID, .zeroTraceID)
    }

    static func fault(
        ofNumber id: Bytes,
        _ bad: LineFault.Kind = .badSpanID,
        _ zero: LineFault.Kind = .zeroSpanID
    ) -> LineFault.Kind? {
        guard let number = number(id) else { return bad }
        return number == 0 ? zero : nil
    }

    /// The number that the text is in decimal digits, or nil.
    static func number(_ text: Bytes) -> UInt64? {
        guard !text.isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = product.addingReportingOverflow(UInt64(digit))
            if isTooLarge || isLarger { return nil }
            number = sum
        }
        return number
    }

    @inline(__always)
    private static func isZero(_ base: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let raw = UnsafeRawPointer(base)
        for offset in stride(from: 0, to: count, by: 8)
        where raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != zeros { return false }
        return true
    }

    /// The number of 16 hex digits. Different digits have different numbers.
    @inline(__always)
    static func bits(ofSpan id: Bytes) -> UInt64 {
        guard let base = id.baseAddress else { return 0 }
        let raw = UnsafeRawPointer(base)
        return bits(raw.loadUnaligned(as: UInt64.self)) << 32
            | bits(raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    @inline(__always)
    private static func bits(_ digits: UInt64) -> UInt64 {
        // Each byte becomes its digit's value, then neighbours join.
        let big = digits.bigEndian
        var word = (big & 0x0F0F_0F0F_0F0F_0F0F) &+ 9 &* ((big >> 6) & 0x0101_0101_0101_0101)
        word = (word | word >> 4) & 0x00FF_00FF_00FF_00FF
        word = (word | word >> 8) & 0x0000_FFFF_0000_FFFF
        return (word | word >> 16) & 0xFFFF_FFFF
    }

    /// The hash of a trace ID whose upper half is zero: that of its 32 hex digits.
    @inline(__always)
    static func hash(ofTrace low: UInt64) -> UInt64 {
        var hash = join(join(32, zeros), zeros)
        hash = join(hash, digits(low >> 32))
        return join(hash, digits(low & 0xFFFF_FFFF))
    }

    /// The eight hex digits of a number of 32 bits as a word that begins with the first digit.
    @inline(__always)
    private static func digits(_ number: UInt64) -> UInt64 {
        // Each half byte becomes a byte, then that byte's digit.
        var word = (number | number << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word | word << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((word &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (word &+ zeros &+ letters &* UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)).byteSwapped
    }

    /// A number that differs between any two IDs with high probability. Up to 7 bytes after the ID are read.
    ///
    /// Anybody can choose texts with one hash, so a table must not use it as a place.
    @inline(__always)
    static func hash(_ id: Bytes) -> UInt64 {
        guard let base = id.baseAddress else { return 0 }
        let raw = UnsafeRawPointer(base)
        var hash = UInt64(truncatingIfNeeded: id.count)
        var offset = 0
        while offset < id.count {
            let left = id.count &- offset
            var word = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
            if left < 8 { word &= (1 << UInt64(left &* 8)) &- 1 }
            hash = join(hash, word)
            offset &+= 8
        }
        return hash
    }

    @inline(__always)
    private static func join(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }
}
