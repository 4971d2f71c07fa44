/// The text that a terminal shows: the life of one frame, and the life of one that was decoded without the bridge.
struct Screen {
    private let check: SelfCheck
    private var lives: [Int: FrameLife] = [:]
    private var lines = 0
    private var threads: Set<Int> = []
    private var topics: Set<String> = []

    /// The number of frames whose lines are kept.
    private static let candidates = 256

    init(_ check: SelfCheck) {
        self.check = check
    }

    /// Adds the next line of the file; nil if it is not a log line.
    mutating func add(_ line: LoggedLine?) {
        lines += 1
        if let thread = line?.thread { threads.insert(thread) }
        if let topic = line?.text("topic") { topics.insert(topic) }
        guard let line, let frame = line.frame, let trace = check.trace(of: frame) else { return }
        guard frame < Self.candidates || check.plan.bareFrames.contains(frame) && lives.count < 2 * Self.candidates
        else {
            return
        }
        lives[frame, default: FrameLife(frame, trace: trace)].add(line, at: lines)
    }

    /// The frame to show: the one whose lines changed the thread most often.
    var life: FrameLife? {
        lives.values.filter { !check.plan.bareFrames.contains($0.frame) }
            .max { ($0.changesOfThread, $1.frame) < ($1.changesOfThread, $0.frame) }
    }

    /// The number of the frames with the bridge.
    private var frames: Int { check.plan.frames - check.plan.bareFrames.count }

    /// The frame without the bridge to show: the first one that lost an ID.
    var bareLife: FrameLife? {
        lives.values.filter { check.plan.bareFrames.contains($0.frame) && $0.lost > 0 }.min { $0.frame < $1.frame }
    }

    func text(_ style: TableStyle) -> String {
        var text = "\n"
        if let life {
            let others =
                "\(life.linesBetween) lines of other frames stand between the \(life.lines.count) lines of frame"
            let verdict =
                life.lost == 0
                ? "The trace ID still tells which lines belong together:"
                : "\(life.lost) of them have a wrong trace ID:"
            text += style.wrap(
                "\(frames) frames at once, \(topics.count) Kafka topics, \(threads.count) threads: in the log, \(others) "
                    + "\(life.frame). \(verdict)"
            )
            text += "\n\(life.table(style))\n"
        }
        if let bareLife {
            text += style.wrap(
                "\(life == nil ? "This is" : "The same with") queue.async instead of queue.propagatingContext.async. The line that frame "
                    + "\(bareLife.frame) writes on the Dispatch queue has lost the trace ID:"
            )
            text += "\n\(bareLife.table(style))\n"
        }
        if life == nil, bareLife == nil {
            text += style.wrap("The run wrote no line about a frame; see LOG_LEVEL and LOG_LEVELS.") + "\n"
        }
        return text
    }
}
