internal import ContextPropagation

/// Warns about code that uses a builder of fields while its object is not the open one.
enum Misuse {
    /// The places that were named, at most 100.
    private static let places = ForkSafeMutex<Set<String>>([], isHeldOverFork: true)

    private static let log = Log("ma-logger")

    /// Logs a warning that names the place, once for each place.
    ///
    /// - Parameters:
    ///   - place: The file and the line of the line whose closure has the mistake.
    ///   - logger: The label of that line, or nil if there is none.
    @inline(never)
    static func report(_ place: String, logger: String?) {
        let isNew = places.withLock { $0.count < 100 && $0.insert(place).inserted }
        guard isNew else { return }
        log.warning("left out fields whose builder was used while a nested object, a scope or another line was open") {
            $0.logger = logger
            $0.place = place
        }
    }
}
