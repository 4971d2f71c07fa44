internal import CMALoggerShims
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
                body(LogField(LogFieldName(atRunTime: bytes.baseAddress ?? empty, bytes.count), buffer, serial))
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
        open(room: 8) { Self.write("null", to: $0) }
    }

    @usableFromInline var isElement: Bool { name.isElement }
}

extension LogField {
    @inline(__always)
    private var lineBuffer: UnsafeMutablePointer<LineBuffer> { buffer.assumingMemoryBound(to: LineBuffer.self) }

    /// The place of the value after its name, with room for `room` bytes. Nil if the value needs ``open(room:_:)``. The
    /// field counts only after ``close(at:)``.
    ///
    /// A function that calls only this, and ends with a call of another function otherwise, saves no registers.
    @inline(__always)
    private func place(room: Int) -> UnsafeMutablePointer<UInt8>? {
        let buffer = lineBuffer
        guard _fastPath(serial == buffer.pointee.object.serial) else { return nil }
        guard _fastPath(name.isPacked) else { return nil }
        guard _fastPath(buffer.pointee.bytes.hasRoom(16 &+ room)) else { return nil }
        guard _fastPath(buffer.pointee.object.signatures & name.packedSignature == 0) else { return nil }
        return name.storePacked(at: buffer.pointee.bytes.end)
    }

    /// Ends a field that began with ``place(room:)``.
    @inline(__always)
    private func close(at end: UnsafeMutablePointer<UInt8>) {
        let buffer = lineBuffer
        buffer.pointee.object.signatures |= name.packedSignature
        buffer.pointee.bytes.end = end
    }

    /// Writes the name, and then the value with `write`, which gets the place of the value and returns the place after
    /// it. There is room for `room` bytes.
    ///
    /// Writes nothing and counts the value as left out if there is no room for it, or if the object is not the open
    /// one.
    @inline(__always)
    private func open(
        room: Int,
        _ write: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
    ) {
        guard open(room) else { return }
        let buffer = lineBuffer
        buffer.pointee.bytes.end = write(buffer.pointee.bytes.end)
    }

    /// Writes the name. Returns false if the value is left out.
    @inline(never)
    private func open(_ room: Int) -> Bool {
        let buffer = lineBuffer
        guard serial == buffer.pointee.object.serial, name.isPacked else { return openOther(room) }
        guard buffer.pointee.reserveField(16 &+ room) else { return false }
        let signature = name.packedSignature
        if buffer.pointee.object.signatures & signature != 0 { replaceEarlier(buffer) }
        buffer.pointee.object.signatures |= signature
        buffer.pointee.bytes.end = name.storePacked(at: buffer.pointee.bytes.end)
        return true
    }

    /// Writes a long name or the comma of an element. Returns false if the value is left out.
    private func openOther(_ room: Int) -> Bool {
        let buffer = lineBuffer
        guard serial == buffer.pointee.object.serial else {
            buffer.pointee.dropMisused()
            return false
        }
        if isElement {
            guard buffer.pointee.reserveField(16 + room) else { return false }
            buffer.pointee.bytes.append(UInt8(ascii: ","))
            return true
        }
        guard buffer.pointee.reserveField(name.long.count + 16 + room) else { return false }
        let signature = name.signature
        if buffer.pointee.object.signatures & signature != 0 { replaceEarlier(buffer) }
        buffer.pointee.object.signatures |= signature
        appendName(buffer)
        // A name with escapes may have taken the room.
        _ = buffer.pointee.bytes.place(room)
        return true
    }

    /// Writes a text that is short and known in the source.
    @inline(__always)
    private static func write(
        _ text: StaticString,
        to place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        place.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return place + text.utf8CodeUnitCount
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
            buffer.pointee.bytes.end = name.storePacked(at: buffer.pointee.bytes.place(16))
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
        let buffer = lineBuffer
        let depth = buffer.pointee.object.depth
        guard _fastPath(depth < LineBuffer.depthLimit) else { return buffer.pointee.drop() }
        if let place = place(room: 16) {
            close(at: place)
        } else if !open(16) {
            return
        }
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
        let magnitude = UInt(bitPattern: value)
        guard _fastPath(magnitude < 100_000_000), let place = place(room: 24) else { return setSlowly(integer: value) }
        close(at: place + ByteWriter.write(belowHundredMillion: UInt32(truncatingIfNeeded: magnitude), to: place))
    }

    @inline(never)
    private func setSlowly(integer value: Int) {
        open(room: 24) { ByteWriter.write(value, to: $0) }
    }

    @usableFromInline
    func set(unsigned value: UInt) {
        guard _fastPath(value < 100_000_000), let place = place(room: 24) else { return setSlowly(unsigned: value) }
        close(at: place + ByteWriter.write(belowHundredMillion: UInt32(truncatingIfNeeded: value), to: place))
    }

    @inline(never)
    private func setSlowly(unsigned value: UInt) {
        open(room: 24) { $0 + ByteWriter.write(value, to: $0) }
    }

    @usableFromInline
    func set(double value: Double) {
        guard let place = place(room: 40), let end = ByteWriter.write(value, to: place) else {
            return setSlowly(double: value)
        }
        close(at: end)
    }

    @inline(never)
    private func setSlowly(double value: Double) {
        let buffer = lineBuffer
        open(room: 40) { _ in
            buffer.pointee.bytes.append(json: value)
            return buffer.pointee.bytes.end
        }
    }

    @usableFromInline
    func set(float value: Float) {
        let buffer = lineBuffer
        open(room: 40) { _ in
            buffer.pointee.bytes.append(json: value)
            return buffer.pointee.bytes.end
        }
    }

    @usableFromInline
    func set(bool value: Bool) {
        guard let place = place(room: 8) else { return setSlowly(bool: value) }
        close(at: value ? Self.write("true", to: place) : Self.write("false", to: place))
    }

    @inline(never)
    private func setSlowly(bool value: Bool) {
        open(room: 8) { value ? Self.write("true", to: $0) : Self.write("false", to: $0) }
    }

    @usableFromInline
    func set(string value: String) {
        let isSet: Void? = value.utf8.withContiguousStorageIfAvailable { bytes in
            set(utf8: bytes) { malogc_copy_plain_string($0, $1, $2) }
        }
        if isSet == nil {
            // Linux has no such strings: the system would have to bridge them from another type.
            var native = value
            native.makeContiguousUTF8()
            set(string: native)
        }
    }

    /// Sets a text whose bytes are valid UTF-8.
    @usableFromInline
    func set(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        set(utf8: bytes) { malogc_copy_plain($0, $1, $2) }
    }

    /// - Parameter copyPlain: Copies the bytes and returns 1 if none of them needs an escape. It may write 16 bytes.
    @inline(__always)
    private func set(
        utf8 bytes: UnsafeBufferPointer<UInt8>,
        _ copyPlain: (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>, Int) -> Int32
    ) {
        let count = bytes.count
        guard let start = bytes.baseAddress, let place = place(room: count &+ 24),
            _fastPath(copyPlain(place + 1, start, count) != 0)
        else { return setSlowly(utf8: bytes) }
        let quote = UInt8(ascii: "\"")
        place.pointee = quote
        place[count &+ 1] = quote
        close(at: place + (count &+ 2))
    }

    @inline(never)
    private func setSlowly(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        let buffer = lineBuffer
        open(room: bytes.count &+ 24) { _ in
            buffer.pointee.bytes.append(UInt8(ascii: "\""))
            buffer.pointee.bytes.append(escaping: bytes)
            buffer.pointee.bytes.append(UInt8(ascii: "\""))
            return buffer.pointee.bytes.end
        }
    }

    /// Sets a number by its digits.
    @usableFromInline
    func set(digits: String) {
        let buffer = lineBuffer
        open(room: 40) { _ in
            buffer.pointee.bytes.append(utf8: digits)
            return buffer.pointee.bytes.end
        }
    }
}
