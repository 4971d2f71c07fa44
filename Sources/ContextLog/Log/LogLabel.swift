package import ContextPropagation
public import Synchronization

/// What all `Log`s of one label share: made once and never freed, so that a `Log` is a plain pointer to it.
@usableFromInline
package struct LogLabel: ~Copyable {
    package let name: String
    /// The level from which on lines are let through, and ``capturing`` while a test captures lines.
    @usableFromInline package let level: Atomic<UInt8>
    /// The newest of the renderings that backends keep here: the address of a `Rendering`, 0 where there is none.
    private let renderings = Atomic<UInt>(0)

    /// Makes a level higher than any, so that asking for it costs nothing where a line is let through.
    @usableFromInline static var capturing: UInt8 { @inlinable get { 0x80 } }

    /// The label as one backend writes it. Never freed: there is one for each label and backend.
    package struct Rendering: ~Copyable {
        let owner: UInt
        let next: UInt
        package let bytes: UnsafePointer<UInt8>
        package let count: Int
    }

    fileprivate init(name: String, level: LogLevel) {
        self.name = name
        self.level = Atomic(level.rawValue)
    }

    /// What the backend `owner` rendered for this label; `render` is called once (twice in a race, to the same effect).
    package func rendering(
        owner: UInt,
        _ render: (_ name: String, _ bytes: inout ByteWriter) -> Void
    ) -> UnsafePointer<Rendering> {
        let first = renderings.load(ordering: .acquiring)
        var address = first
        while let rendering = UnsafePointer<Rendering>(bitPattern: address) {
            if rendering.pointee.owner == owner { return rendering }
            address = rendering.pointee.next
        }
        return add(owner: owner, first: first, render)
    }

    @inline(never)
    private func add(
        owner: UInt,
        first: UInt,
        _ render: (_ name: String, _ bytes: inout ByteWriter) -> Void
    ) -> UnsafePointer<Rendering> {
        var writer = ByteWriter(capacity: 128)
        render(name, &writer)
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: writer.count)
        bytes.initialize(from: writer.base, count: writer.count)
        var first = first
        while true {
            let rendering = UnsafeMutablePointer<Rendering>.allocate(capacity: 1)
            rendering.initialize(to: Rendering(owner: owner, next: first, bytes: bytes, count: writer.count))
            let (exchanged, found) = renderings.compareExchange(
                expected: first,
                desired: UInt(bitPattern: rendering),
                ordering: .acquiringAndReleasing
            )
            if exchanged { return UnsafePointer(rendering) }
            rendering.deallocate()
            first = found
        }
    }
}

/// Every label of the process, and the levels that hold for them.
package enum LogRegistry {
    private struct State: ~Copyable {
        // Addresses of immortal records.
        var labels: [String: UInt] = [:]
        var levels = LogLevels()
        var isCapturing = false

        func level(for label: String) -> UInt8 {
            levels.level(for: label).rawValue | (isCapturing ? LogLabel.capturing : 0)
        }
    }

    private static let state = Mutex(State())

    package static func label(_ name: String) -> UnsafePointer<LogLabel> {
        UnsafePointer(bitPattern: address(of: name)).unsafelyUnwrapped
    }

    private static func address(of name: String) -> UInt {
        state.withLock { state in
            if let known = state.labels[name] { return known }
            let record = UnsafeMutablePointer<LogLabel>.allocate(capacity: 1)
            record.initialize(to: LogLabel(name: name, level: .info))
            record.pointee.level.store(state.level(for: name), ordering: .relaxed)
            state.labels[name] = UInt(bitPattern: record)
            return UInt(bitPattern: record)
        }
    }

    package static var levels: LogLevels {
        get { state.withLock { $0.levels } }
        set { update { $0.levels = newValue } }
    }

    /// Has every label that lets a line not through ask whether a test captures it.
    static func setCapturing(_ isCapturing: Bool) {
        update { $0.isCapturing = isCapturing }
    }

    private static func update(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            for (name, address) in state.labels {
                UnsafePointer<LogLabel>(bitPattern: address)?.pointee.level
                    .store(state.level(for: name), ordering: .relaxed)
            }
        }
    }
}
