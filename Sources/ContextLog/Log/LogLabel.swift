package import ContextPropagation
public import Synchronization

/// The state that all `Log`s of one label share. It is made once and never freed, so that a `Log` is a plain pointer to
/// it.
@usableFromInline
package struct LogLabel: ~Copyable {
    package let name: String

    /// The level from which lines are logged, and ``capturing`` while a test captures lines.
    @usableFromInline package let level: Atomic<UInt8>

    /// The label as line formats write it.
    package let renderings = RenderingSlot()

    /// Makes a level higher than any, so that a line that is logged does not ask for it.
    @usableFromInline static var capturing: UInt8 { @inlinable get { 0x80 } }

    fileprivate init(name: String, level: LogLevel) {
        self.name = name
        self.level = Atomic(level.rawValue)
    }
}

/// A label as a key: compared byte by byte, unlike strings, so that each label is written as it was given.
private struct LabelName: Hashable {
    let text: String

    static func == (left: LabelName, right: LabelName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// The labels of the process and their levels.
package enum LogRegistry {
    private struct State {
        /// Addresses of immortal records.
        var labels: [LabelName: UInt] = [:]
        var levels = LogLevels()
        var isCapturing = false

        func level(for label: String) -> UInt8 {
            levels.level(for: label).rawValue | (isCapturing ? LogLabel.capturing : 0)
        }
    }

    private static let state = ForkSafeMutex(State(), isHeldOverFork: true)

    /// The record of a label. An empty label is called `unnamed`, so that every line names its component.
    package static func label(_ name: String) -> UnsafePointer<LogLabel> {
        UnsafePointer(bitPattern: address(of: name.isEmpty ? "unnamed" : name)).unsafelyUnwrapped
    }

    private static func address(of name: String) -> UInt {
        state.withLock { state in
            if let known = state.labels[LabelName(text: name)] { return known }
            let record = UnsafeMutablePointer<LogLabel>.allocate(capacity: 1)
            record.initialize(to: LogLabel(name: name, level: .info))
            record.pointee.level.store(state.level(for: name), ordering: .relaxed)
            state.labels[LabelName(text: name)] = UInt(bitPattern: record)
            return UInt(bitPattern: record)
        }
    }

    package static var levels: LogLevels {
        get { state.withLock { $0.levels } }
        set { update { $0.levels = newValue } }
    }

    /// Makes each label ask whether a test captures a line before it drops the line.
    static func setCapturing(_ isCapturing: Bool) {
        update { $0.isCapturing = isCapturing }
    }

    private static func update(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            for (name, address) in state.labels {
                UnsafePointer<LogLabel>(bitPattern: address)?.pointee.level
                    .store(state.level(for: name.text), ordering: .relaxed)
            }
        }
    }
}
