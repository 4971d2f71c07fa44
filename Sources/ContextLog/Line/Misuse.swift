internal import ContextPropagation

/// Warns about code that uses a builder of fields while its object is not the open one.
enum Misuse {
    /// The places that were named, at most 100.
    private static let places = ForkSafeMutex<Set<String>>([], isHeldOverFork: true)

    private static let log = Log("ma-logger")

    /// Logs a warning that names the place of a line, once for each place.
    @inline(never)
    static func report(
        _ buffer: UnsafeMutablePointer<LineBuffer>,
        _ source: Log,
        _ fileID: UnsafeBufferPointer<UInt8>,
        _ line: UInt
    ) {
        buffer.pointee.isMisused = false
        let place = "\(String(decoding: fileID, as: UTF8.self)):\(line)"
        let isNew = places.withLock { $0.count < 100 && $0.insert(place).inserted }
        guard isNew else { return }
        log.warning("left out fields whose builder was used while a nested object, a scope or another line was open") {
            $0.logger = source.label
            $0.place = place
        }
    }
}
