/// The scopes of a process that wait for a signal, and the signal that came. A pure value.
///
/// The signals are caught from the beginning of the first scope until the first signal arrives, or until the last scope
/// ends. The next signal then has the disposition that it had before.
struct TerminationState {
    /// The scopes that have not ended, in the order of their beginning.
    private(set) var scopes: [Int] = []
    /// The signal that came since the first of these scopes began.
    private(set) var signal: TerminationSignal?
    private(set) var isCatching = false
    /// Whether one of these scopes noticed the signal.
    private var isNoticed = false
    private var last = 0

    struct Beginning {
        let scope: Int
        /// Catch the signals from now on.
        let catches: Bool
        /// The signal that came before this scope, while another one was open.
        let signal: TerminationSignal?
    }

    mutating func begin() -> Beginning {
        let isFirst = scopes.isEmpty
        if isFirst {
            signal = nil
            isNoticed = false
            isCatching = true
        }
        last += 1
        scopes.append(last)
        return Beginning(scope: last, catches: isFirst, signal: signal)
    }

    enum Arrival: Equatable {
        /// Stop catching signals, and tell these scopes.
        case tell([Int])
        /// The scopes already know. The signal came so soon after the first one that it was still caught.
        case known
        /// No scope is left. Send the signal again, so that its own disposition handles it.
        case sendAgain
    }

    mutating func arrive(_ signal: TerminationSignal) -> Arrival {
        guard !scopes.isEmpty else { return .sendAgain }
        guard self.signal == nil else { return .known }
        self.signal = signal
        isCatching = false
        return .tell(scopes)
    }

    struct Ending: Equatable {
        /// Stop catching signals.
        var releases = false
        /// Send this signal again, so that its own disposition handles it: it came so late that no scope noticed it.
        var sendsAgain: TerminationSignal?
    }

    /// - Parameter noticed: Whether the scope acted on the signal, or read it after it had come.
    mutating func end(_ scope: Int, noticed: Bool) -> Ending {
        scopes.removeAll { $0 == scope }
        if noticed { isNoticed = true }
        guard scopes.isEmpty else { return Ending() }
        defer { isCatching = false }
        return Ending(releases: isCatching, sendsAgain: isNoticed ? nil : signal)
    }
}
