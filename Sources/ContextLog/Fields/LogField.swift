internal import ContextPropagation

/// The place of one value on a line: what a ``LogValue`` writes itself to.
///
/// Each call sets the value; a second one replaces the first. In an array each call adds an element.
public struct LogField: ~Copyable {
    @usableFromInline let name: LogFieldName
    // The thread's own state; see `LogFields`.
    @usableFromInline let state: UnsafeMutableRawPointer

    @inlinable
    init(_ name: LogFieldName, _ state: UnsafeMutableRawPointer) {
        self.name = name
        self.state = state
    }

    @usableFromInline
    static func _with(_ name: String, _ state: UnsafeMutableRawPointer, _ body: (borrowing LogField) -> Void) {
        let lent: Void? = name.utf8.withContiguousStorageIfAvailable { bytes in
            // An empty string may have no address.
            withUnsafePointer(to: 0 as UInt8) { empty in
                body(LogField(LogFieldName(bytes.baseAddress ?? empty, bytes.count), state))
            }
        }
        if lent == nil {
            // A string that the system bridges from elsewhere: not on Linux.
            var native = name
            native.makeContiguousUTF8()
            _with(native, state, body)
        }
    }

    /// Sets what another value writes.
    @inlinable
    public func set(_ value: some LogValue) {
        value.write(to: self)
    }

    /// Sets an object with these fields.
    public func object(_ fields: (inout LogFields) -> Void) {
        nest(open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { thread, start in
            var builder = LogFields(thread, start: start)
            fields(&builder)
        }
    }

    /// Sets an array of these elements.
    public func array(_ elements: some Sequence<some LogValue>) {
        nest(open: UInt8(ascii: "["), close: UInt8(ascii: "]")) { thread, _ in
            for element in elements {
                element.write(to: LogField(.element, UnsafeMutableRawPointer(thread)))
            }
        }
    }

    /// Sets `null`.
    public func null() {
        let thread = open(room: 8)
        thread.pointee.bytes.append("null")
    }

    @usableFromInline var isElement: Bool { name.isElement }
}

extension LogField {
    /// Writes the name, with room for `room` more bytes behind it.
    @inline(__always)
    func open(room: Int) -> UnsafeMutablePointer<ThreadState> {
        let thread = state.assumingMemoryBound(to: ThreadState.self)
        guard _fastPath(name.isPacked) else {
            openLong(thread)
            return thread
        }
        if _fastPath(!name.isElement) {
            let signature = name.signature
            if _slowPath(thread.pointee.object.signatures & signature != 0) { removeEarlier(thread) }
            thread.pointee.object.signatures |= signature
        }
        let place = UnsafeMutableRawPointer(thread.pointee.bytes.place(16 &+ room))
        place.storeBytes(of: name.low, as: UInt64.self)
        place.storeBytes(of: name.high, toByteOffset: 8, as: UInt64.self)
        thread.pointee.bytes.count &+= name.packedCount
        return thread
    }

    @inline(never)
    private func openLong(_ thread: UnsafeMutablePointer<ThreadState>) {
        let signature = name.signature
        if thread.pointee.object.signatures & signature != 0 { removeEarlier(thread) }
        thread.pointee.object.signatures |= signature
        appendName(thread)
    }

    /// Takes out a member of the innermost object that has this name.
    @inline(never)
    private func removeEarlier(_ thread: UnsafeMutablePointer<ThreadState>) {
        // Compared as it stands in the buffer, escaped: it is rendered behind the end of what counts. Different names of
        // one signature are common, so this allocates nothing.
        let end = thread.pointee.bytes.count
        appendName(thread)
        let count = thread.pointee.bytes.count - end
        thread.pointee.bytes.count = end
        thread.pointee.removeMember(named: UnsafeBufferPointer(start: thread.pointee.bytes.base + end, count: count))
    }

    private func appendName(_ thread: UnsafeMutablePointer<ThreadState>) {
        if name.isPacked {
            let place = UnsafeMutableRawPointer(thread.pointee.bytes.place(16))
            place.storeBytes(of: name.low, as: UInt64.self)
            place.storeBytes(of: name.high, toByteOffset: 8, as: UInt64.self)
            thread.pointee.bytes.count &+= name.packedCount
        } else {
            thread.pointee.bytes.append(",\"")
            thread.pointee.bytes.append(escaping: name.long)
            thread.pointee.bytes.append("\":")
        }
    }

    private func nest(
        open opening: UInt8,
        close closing: UInt8,
        _ body: (UnsafeMutablePointer<ThreadState>, _ start: Int) -> Void
    ) {
        let thread = open(room: 16)
        let outer = thread.pointee.object
        let start = thread.pointee.bytes.count
        thread.pointee.object = ThreadState.OpenObject(start: start, signatures: 0)
        body(thread, start)
        thread.pointee.object = outer
        if thread.pointee.bytes.count == start {
            thread.pointee.bytes.append(opening)
        } else {
            thread.pointee.bytes.base[start] = opening
        }
        thread.pointee.bytes.append(closing)
    }
}

extension LogField {
    @usableFromInline
    func set(integer value: Int) {
        open(room: 24).pointee.bytes.append(decimal: value)
    }

    @usableFromInline
    func set(unsigned value: UInt) {
        open(room: 24).pointee.bytes.append(decimal: value)
    }

    @usableFromInline
    func set(double value: Double) {
        open(room: 32).pointee.bytes.append(json: value)
    }

    @usableFromInline
    func set(float value: Float) {
        open(room: 32).pointee.bytes.append(json: value)
    }

    @usableFromInline
    func set(bool value: Bool) {
        let thread = open(room: 8)
        if value {
            thread.pointee.bytes.append("true")
        } else {
            thread.pointee.bytes.append("false")
        }
    }

    @usableFromInline
    func set(string value: String) {
        if value.utf8.withContiguousStorageIfAvailable({ set(utf8: $0) }) == nil {
            // A string that the system bridges from elsewhere: not on Linux.
            var native = value
            native.makeContiguousUTF8()
            set(string: native)
        }
    }

    /// Sets valid UTF-8.
    @usableFromInline
    func set(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        let thread = open(room: bytes.count &+ 16)
        thread.pointee.bytes.append(UInt8(ascii: "\""))
        thread.pointee.bytes.append(escaping: bytes)
        thread.pointee.bytes.append(UInt8(ascii: "\""))
    }

    /// Sets a number that is written already.
    @usableFromInline
    func set(digits: String) {
        open(room: 40).pointee.bytes.append(utf8: digits)
    }
}
