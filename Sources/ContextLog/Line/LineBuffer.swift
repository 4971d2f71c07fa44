internal import CMALoggerShims
internal import ContextPropagation

/// The buffer in which a thread makes its lines, and the state of the JSON object that is open there.
///
/// There is one for each thread that logs, at a fixed address until the thread ends. Only its own thread touches it.
/// Lines nest, because the expression of a field, a `description` or a backend may log: each line begins at the end of
/// the bytes and cuts the buffer back to that place when it ends.
@usableFromInline
package struct LineBuffer: ~Copyable {
    /// The bytes of the lines that are open on this thread, the innermost last.
    package var bytes = ByteWriter(capacity: 4096)

    /// The innermost open JSON object.
    package var object = OpenObject(start: 0, serial: 0)

    /// The record of the innermost open event. Without one, it is a record that only leads to that of the next event.
    var event: UnsafeMutablePointer<EventRecord>

    /// The runtime's key of the task-local context. Reading it from here saves each line a call.
    let contextKey = LogContext.currentKey

    /// The serial number of the object that was opened last.
    var lastSerial: UInt = 0

    /// The indexes of the open objects that have many members, the innermost last.
    var indexes: [MemberIndex] = []

    /// Words that a line format keeps for this thread.
    package var notes = FormatNotes()

    /// An open JSON object. It is saved by the code that opens another one inside.
    package struct OpenObject {
        /// The offset of its first member. The members follow each other, each with its comma in front.
        package var start: Int

        /// A set bit means that one or more members have a name of this signature.
        package var signatures: UInt64 = 0

        /// Tells the objects of a thread apart. Only a builder with this number may write.
        let serial: UInt

        /// The number of objects and arrays of the same line that are open around it.
        var depth: Int32 = 0

        /// The values of the line that were left out so far.
        var omissions = Omissions()

        init(start: Int, serial: UInt) {
            self.start = start
            self.serial = serial
        }
    }

    /// Words that a line format keeps for a thread, such as the text of the current second.
    package struct FormatNotes {
        /// The number of the key of the format that wrote the words, 0 if none did.
        package var key: UInt = 0
        package var second = 0
        package var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    }

    private init(at address: UnsafeMutablePointer<LineBuffer>) {
        event = EventRecord.make(in: address, after: nil)
    }

    deinit {
        EventRecord.free(event)
    }

    /// The calling thread's buffer. The pointer must not be kept over a suspension.
    package static var current: UnsafeMutablePointer<LineBuffer> {
        @inline(never)
        get { inlinedCurrent }
    }

    /// The calling thread's buffer, for a synchronous function that is never inlined itself. The address of a
    /// thread-local must not be in the frame of a function that may be suspended.
    @inline(__always)
    static var inlinedCurrent: UnsafeMutablePointer<LineBuffer> {
        if let slot = malogc_line_slot() {
            return slot.assumingMemoryBound(to: LineBuffer.self)
        }
        return make()
    }

    @inline(never)
    private static func make() -> UnsafeMutablePointer<LineBuffer> {
        let buffer = UnsafeMutablePointer<LineBuffer>.allocate(capacity: 1)
        buffer.initialize(to: LineBuffer(at: buffer))
        malogc_set_line_slot(buffer) { slot in
            guard let buffer = slot?.assumingMemoryBound(to: LineBuffer.self) else { return }
            buffer.deinitialize(count: 1)
            buffer.deallocate()
        }
        return buffer
    }
}

extension LineBuffer {
    /// The bound in bytes of the fields of all lines that are open on a thread. A value that goes beyond it is left
    /// out.
    static var fieldsLimit: Int { 1 << 24 }

    /// The number of objects and arrays that may nest in a field. A reader of JSON must reserve stack for each of them.
    static var depthLimit: Int32 { 100 }

    /// The capacity that is kept when a line ends.
    static var keptCapacity: Int { 1 << 18 }

    /// Opens an object whose first member will begin at the end of the bytes.
    @inline(__always)
    mutating func openObject(depth: Int32) -> UInt {
        lastSerial &+= 1
        object = OpenObject(start: bytes.count, serial: lastSerial)
        object.depth = depth
        return lastSerial
    }

    /// Whether there is room for a field of `extra` bytes.
    @inline(__always)
    mutating func reserveField(_ extra: Int) -> Bool {
        _fastPath(bytes.hasRoom(extra)) || growForField(extra)
    }

    @inline(never)
    private mutating func growForField(_ extra: Int) -> Bool {
        guard bytes.count &+ extra <= Self.fieldsLimit else {
            object.omissions.countOne()
            return false
        }
        bytes.grow(extra)
        return true
    }

    /// Counts a value that was not written.
    @inline(never)
    mutating func drop() {
        object.omissions.countOne()
    }

    /// Counts a value that was not written because its builder does not belong to the open object.
    @inline(never)
    mutating func dropMisused() {
        object.omissions.countOne()
        object.omissions.isMisuse = true
    }

    /// Frees the memory that a huge line took. Call it when a line has ended.
    @inline(__always)
    mutating func shrink() {
        if _slowPath(bytes.capacity > Self.keptCapacity) { bytes.shrink(to: Self.keptCapacity) }
    }
}
