internal import Synchronization

/// A bar on standard error while long work runs. The threads that work draw it, at most ten times a second.
final class ProgressBar: Sendable {
    private let verb: String
    private let total: Int?
    private let start = System.seconds
    private let done = Atomic<Int>(0)
    /// The time of the next drawing, in milliseconds since the start. Work that takes less shows no bar.
    private let due = Atomic<Int>(400)
    private let isDrawn = Atomic<Bool>(false)

    /// - Parameter inputs: The files. The bar of a pipe has no end.
    init(_ verb: String, _ inputs: [ScanInput]) {
        self.verb = verb
        total = inputs.reduce(0) { total, input in total.flatMap { total in input.size.map { total + $0 } } }
    }

    /// Returns a bar if standard error is a terminal.
    static func onTerminal(_ verb: String, _ inputs: [ScanInput]) -> ProgressBar? {
        System.isTerminal(2) ? ProgressBar(verb, inputs) : nil
    }

    func add(_ bytes: Int) {
        let sum = done.add(bytes, ordering: .relaxed).newValue
        let elapsed = System.seconds - start
        let now = Int(elapsed * 1000)
        let due = due.load(ordering: .relaxed)
        guard now >= due else { return }
        guard self.due.compareExchange(expected: due, desired: now + 100, ordering: .relaxed).exchanged else { return }
        isDrawn.store(true, ordering: .relaxed)
        write("\r\(text(sum, elapsed))\u{1B}[K")
    }

    func text(_ sum: Int, _ elapsed: Double) -> String {
        let speed = elapsed > 0 ? "\(NumberText.bytes(Int(Double(sum) / elapsed)))/s" : ""
        guard let total, total > 0 else { return "\(verb) \(NumberText.bytes(sum))  \(speed)" }
        let share = min(1, Double(sum) / Double(total))
        let width = 30
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(verb) \(bar) \(Int(share * 100)) %  \(NumberText.bytes(sum)) of \(NumberText.bytes(total))  \(speed)"
    }

    func finish() {
        if isDrawn.load(ordering: .relaxed) { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = System.write(UnsafeRawBufferPointer($0), to: 2) }
    }
}
