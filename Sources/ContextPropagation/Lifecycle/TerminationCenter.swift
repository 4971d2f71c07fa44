internal import CMALoggerShims
internal import Dispatch
import Synchronization

/// Catches the signals of the process and notifies the scopes. It connects the state machine to a pipe.
final class TerminationCenter: Sendable {
    static let shared = TerminationCenter()

    private struct Contents {
        var state = TerminationState()
        var scopes: [Int: TerminationSignals] = [:]
        /// The signal handler writes into the second end. The pipe is made for the first scope and stays open until the
        /// process ends.
        var pipe: (reading: Int32, writing: Int32)?
        var source: (any DispatchSourceRead)?
    }

    private let contents = Mutex(Contents())
    private let queue = DispatchQueue(label: "termination-signals")

    func begin(_ signals: TerminationSignals) throws(TerminationSignalsFault) -> Int {
        let beginning = try contents.withLock { contents throws(TerminationSignalsFault) in
            let pipe = try openPipe(&contents)
            let beginning = contents.state.begin()
            contents.scopes[beginning.scope] = signals
            if beginning.catches {
                for signal in TerminationSignal.all { malogc_catch_signal(signal.number, pipe) }
            }
            return beginning
        }
        if let signal = beginning.signal { for action in signals.receive(signal) { action() } }
        return beginning.scope
    }

    func end(_ scope: Int) {
        let again = contents.withLock { contents -> TerminationSignal? in
            let signals = contents.scopes.removeValue(forKey: scope)
            let ending = contents.state.end(scope, noticed: signals?.isNoticed == true)
            if ending.releases { release() }
            return ending.sendsAgain
        }
        if let again { malogc_send_signal(again.number) }
        // A signal that was caught but not yet delivered must not be lost with the last scope.
        deliver()
    }

    /// Delivers the signals that have arrived to the scopes.
    private func deliver() {
        let (actions, again) = contents.withLock { contents -> ([TerminationSignals.Action], [Int32]) in
            var actions: [TerminationSignals.Action] = []
            var again: [Int32] = []
            for signal in read(contents.pipe?.reading) {
                switch contents.state.arrive(signal) {
                case .tell(let scopes):
                    release()
                    // Delivered under the lock, so that a scope that ends knows whether it got the signal.
                    for scope in scopes { actions += contents.scopes[scope]?.receive(signal) ?? [] }
                case .known: break
                case .sendAgain: again.append(signal.number)
                }
            }
            return (actions, again)
        }
        for action in actions { action() }
        for number in again { malogc_send_signal(number) }
    }

    private func release() {
        for signal in TerminationSignal.all { malogc_release_signal(signal.number) }
    }

    private func read(_ pipe: Int32?) -> [TerminationSignal] {
        guard let pipe else { return [] }
        var bytes: (UInt64, UInt64) = (0, 0)
        let read = withUnsafeMutableBytes(of: &bytes) { bytes -> [UInt8] in
            let count = malogc_read_available(pipe, bytes.baseAddress, bytes.count)
            return count > 0 ? Array(bytes.prefix(count)) : []
        }
        return read.compactMap { number in TerminationSignal.all.first { $0.number == Int32(number) } }
    }

    private func openPipe(_ contents: inout Contents) throws(TerminationSignalsFault) -> Int32 {
        if let pipe = contents.pipe { return pipe.writing }
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutableBytes(of: &ends) { malogc_make_pipe($0.bindMemory(to: Int32.self).baseAddress) }
        guard status == 0 else { throw TerminationSignalsFault(number: status) }
        contents.pipe = (reading: ends.0, writing: ends.1)
        let source = DispatchSource.makeReadSource(fileDescriptor: ends.0, queue: queue)
        source.setEventHandler { @Sendable in TerminationCenter.shared.deliver() }
        source.activate()
        contents.source = source
        return ends.1
    }
}

/// The system could not make a pipe.
struct TerminationSignalsFault: Error, CustomStringConvertible {
    let number: Int32

    var description: String {
        "could not watch for SIGTERM and SIGINT: making a pipe failed (error \(number)); raise the limit of open files"
    }
}
