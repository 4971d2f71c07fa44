/// Headers that were there and could not be used, or not in full.
public struct HeaderMiss: Hashable, Sendable {
    /// The format of the headers, or another origin.
    public let origin: HeaderOrigin
    /// The reason.
    public let fault: HeaderFault
    /// The number of baggage members that were dropped because the list exceeds a limit; 0 for any other fault.
    ///
    /// Members beyond the first 8192 bytes are not read: the rest of a header counts as one member.
    public let droppedMembers: Int

    init(origin: HeaderOrigin, fault: HeaderFault, droppedMembers: Int = 0) {
        self.origin = origin
        self.fault = fault
        self.droppedMembers = droppedMembers
    }
}

extension HeaderMiss: CustomStringConvertible {
    /// The origin and the fault, as in `b3: upper-case hex` or `baggage: too many members (3 dropped)`.
    public var description: String {
        "\(origin): \(fault)" + (droppedMembers > 0 ? " (\(droppedMembers) dropped)" : "")
    }
}
