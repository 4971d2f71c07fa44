import Synchronization

/// Lets the sender of a frame wait until the frame has arrived at the archive. The broker then stores only the frames
/// that are in transit.
final class Arrivals: Sendable {
    private enum Outcome {
        case awaited(CheckedContinuation<Bool, Never>)
        case known(Bool)
    }

    private let outcomes = Mutex<[Int: Outcome]>([:])

    /// Suspends until the frame has arrived.
    func wait(for frame: Int) async throws {
        let hasArrived = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = outcomes.withLock { outcomes -> Bool? in
                    if case .known(let outcome) = outcomes[frame] { return outcome }
                    outcomes[frame] = .awaited(continuation)
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            end(frame, false)
        }
        outcomes.withLock { $0[frame] = nil }
        if !hasArrived { throw CancellationError() }
    }

    func arrived(_ frame: Int) {
        end(frame, true)
    }

    private func end(_ frame: Int, _ outcome: Bool) {
        let continuation = outcomes.withLock { outcomes -> CheckedContinuation<Bool, Never>? in
            defer { outcomes[frame] = .known(outcome) }
            if case .awaited(let continuation) = outcomes[frame] { return continuation }
            return nil
        }
        continuation?.resume(returning: outcome)
    }
}
