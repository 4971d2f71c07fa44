/// The state of a ``PipeGate`` as one number, which is the number of lines inside plus ``closing`` while it is closed.
///
/// Each operation of the gate adds or subtracts one of the two constants, so that it is one atomic addition.
struct PipeGateState: Equatable {
    var word = 0

    /// The number that a line adds when it enters, and subtracts when it leaves.
    static var line: Int { 1 }

    /// The number that the owner of the lock adds when it closes the gate, and subtracts when it opens the gate.
    static var closing: Int { 1 << 40 }

    /// A closed gate without a line inside.
    static var closed: PipeGateState { PipeGateState(word: closing) }

    /// Whether a line that adds itself to this state has entered. Otherwise it must subtract itself again.
    @inline(__always)
    var admits: Bool { word < Self.closing }
}
