internal import ContextPropagation

/// The place of one value on a line. A ``LogValue`` writes itself to it.
///
/// Each call sets the value, and a second call replaces the first. In an array, each call adds an element.
public struct LogField: ~Copyable {
    @usableFromInline let name: LogFieldName
    // See `LogFields`.
    @usableFromInline let buffer: UnsafeMutableRawPointer
    @usableFromInline let serial: UInt

    @inlinable
    init(_ name: LogFieldName, _ buffer: UnsafeMutableRawPointer, _ serial: UInt) {
        self.name = name
        self.buffer = buffer
        self.serial = serial
    }

    @usableFromInline
    static func _with(
        _ name: String,
        _ buffer: UnsafeMutableRawPointer,
        _ serial: UInt,
        _ body: (borrowing LogField) -> Void
    ) {
        let lent: Void? = name.utf8.withContiguousStorageIfAvailable { bytes in
            // An empty string may have no address.
            withUnsafePointer(to: 0 as UInt8) { empty in
                body(LogField(LogFieldName(bytes.baseAddress ?? empty, bytes.count), buffer, serial))
            }
        }
        if lent == nil {
            // Linux has no such strings: the system would have to bridge them from another type.
            var native = name
            native.makeContiguousUTF8()
            _with(native, buffer, serial, body)
        }
    }

    /// Sets the value that another value writes.
    @inlinable
    public func set(_ value: some LogValue) {
        value.write(to: self)
    }

    /// Sets an object with these fields.
    public func object(_ fields: (inout LogFields) -> Void) {
        nest(open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { buffer, serial in
            var builder = LogFields(buffer, serial: serial)
            fields(&builder)
        }
    }

    /// Sets an object of these members, in the order of their keys.
    package func object<Value>(_ members: [String: Value], as field: (Value) -> some LogValue) {
        object { fields in
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                // The keys of a dictionary differ, so no member needs to look for an earlier one.
                fields.forgetEarlierNames()
                fields[key] = field(value)
            }
        }
    }

    /// Sets an array of these elements.
    public func array(_ elements: some Sequence<some LogValue>) {
        nest(open: UInt8(ascii: "["), close: UInt8(ascii: "]")) { buffer, serial in
            for element in elements {
                element.write(to: LogField(.element, UnsafeMutableRawPointer(buffer), serial))
            }
        }
    }

    /// Sets `null`.
    public func null() {
        open(room: 8)?.pointee.bytes.append("null")
    }

    @usableFromInline var isElement: Bool { name.isElement }
}

extension LogField {
    /// Writes the name. There is room for `room` more bytes after it.
    ///
    /// Returns nil and counts the value as left out if there is no room for it, or if the object is not the open one.
    @inline(__always)
    func open(room: Int) -> UnsafeMutablePointer<LineBuffer>? {
        let buffer = buffer.assumingMemoryBound(to: LineBuffer.self)
        guard _fastPath(serial == buffer.pointee.object.serial) else {
            buffer.pointee.dropMisused()
            return nil
        }
        guard _fastPath(name.isPacked) else { return openLong(buffer, room) }
        guard buffer.pointee.reserveField(16 &+ room) else { return nil }
        if _fastPath(!name.isElement) {
            let signature = name.signature
            if _slowPath(buffer.pointee.object.signatures & signature != 0) { replaceEarlier(buffer) }
            buffer.pointee.object.signatures |= signature
        }
        let place = UnsafeMutableRawPointer(buffer.pointee.bytes.base + buffer.pointee.bytes.count)
        place.storeBytes(of: name.low, as: UInt64.self)
        place.storeBytes(of: name.high, toByteOffset: 8, as: UInt64.self)
        buffer.pointee.bytes.count &+= name.packedCount
        return buffer
    }

    @inline(never)
    private func openLong(_ buffer: UnsafeMutablePointer<LineBuffer>, _ room: Int) -> UnsafeMutablePointer<LineBuffer>?
    {
        guard buffer.pointee.reserveField(name.long.count + 16 + room) else { return nil }
        let signature = name.signature
        if buffer.pointee.object.signatures & signature != 0 { replaceEarlier(buffer) }
        buffer.pointee.object.signatures |= signature
        appendName(buffer)
        return buffer
    }

    /// Removes an earlier member of the open object that has this name.
    @inline(never)
    private func replaceEarlier(_ buffer: UnsafeMutablePointer<LineBuffer>) {
        // Names are compared as the buffer holds them, escaped. This one is rendered after the end of the bytes.
        // Different names of one signature are common, so this allocates nothing.
        let end = buffer.pointee.bytes.count
        appendName(buffer)
        let count = buffer.pointee.bytes.count - end
        buffer.pointee.bytes.count = end
        buffer.pointee.replaceMember(named: UnsafeBufferPointer(start: buffer.pointee.bytes.base + end, count: count))
    }

    private func appendName(_ buffer: UnsafeMutablePointer<LineBuffer>) {
        if name.isPacked {
            let place = UnsafeMutableRawPointer(buffer.pointee.bytes.place(16))
            place.storeBytes(of: name.low, as: UInt64.self)
            place.storeBytes(of: name.high, toByteOffset: 8, as: UInt64.self)
            buffer.pointee.bytes.count &+= name.packedCount
        } else {
            buffer.pointee.bytes.append(",\"")
            buffer.pointee.bytes.append(escaping: name.long)
            buffer.pointee.bytes.append("\":")
        }
    }

    private func nest(
        open opening: UInt8,
        close closing: UInt8,
        _ body: (UnsafeMutablePointer<LineBuffer>, _ serial: UInt) -> Void
    ) {
        let depth = buffer.assumingMemoryBound(to: LineBuffer.self).pointee.object.depth
        guard _fastPath(depth < LineBuffer.depthLimit) else {
            return buffer.assumingMemoryBound(to: LineBuffer.self).pointee.drop()
        }
        guard let buffer = open(room: 16) else { return }
        var outer = buffer.pointee.object
        let start = buffer.pointee.bytes.count
        body(buffer, buffer.pointee.openObject(depth: depth &+ 1))
        if _slowPath(buffer.pointee.object.signatures == .max) { buffer.pointee.closeIndex() }
        outer.omissions.add(buffer.pointee.object.omissions)
        buffer.pointee.object = outer
        if buffer.pointee.bytes.count == start {
            buffer.pointee.bytes.append(opening)
        } else {
            buffer.pointee.bytes.base[start] = opening
        }
        buffer.pointee.bytes.append(closing)
    }
}

extension LogField {
    @usableFromInline
    func set(integer value: Int) {
        open(room: 24)?.pointee.bytes.append(decimal: value)
    }

    @usableFromInline
    func set(unsigned value: UInt) {
        open(room: 24)?.pointee.bytes.append(decimal: value)
    }

    @usableFromInline
    func set(double value: Double) {
        open(room: 32)?.pointee.bytes.append(json: value)
    }

    @usableFromInline
    func set(float value: Float) {
        open(room: 32)?.pointee.bytes.append(json: value)
    }

    @usableFromInline
    func set(bool value: Bool) {
        guard let buffer = open(room: 8) else { return }
        if value {
            buffer.pointee.bytes.append("true")
        } else {
            buffer.pointee.bytes.append("false")
        }
    }

    @usableFromInline
    func set(string value: String) {
        if value.utf8.withContiguousStorageIfAvailable({ set(utf8: $0) }) == nil {
            // Linux has no such strings: the system would have to bridge them from another type.
            var native = value
            native.makeContiguousUTF8()
            set(string: native)
        }
    }

    /// Sets a text whose bytes are valid UTF-8.
    @usableFromInline
    func set(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard let buffer = open(room: bytes.count &+ 16) else { return }
        buffer.pointee.bytes.append(UInt8(ascii: "\""))
        buffer.pointee.bytes.append(escaping: bytes)
        buffer.pointee.bytes.append(UInt8(ascii: "\""))
    }

    /// Sets a number by its digits.
    @usableFromInline
    func set(digits: String) {
        open(room: 40)?.pointee.bytes.append(utf8: digits)
    }
}
