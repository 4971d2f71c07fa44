/// Counts the lines of one thread.
final class StatsVisitor: BlockVisitor {
    private(set) var counts = StatsCounts()
    private var reader = LineReader()

    func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
        var lines = 0
        counts.bytes += block.count - (block.isUnfinished ? 1 : 0)
        if block.isTooLong {
            counts.lines += 1
            counts.unreadable += 1
            return 1
        }
        block.forEachLine { line in
            lines += 1
            do throws(LineFault) {
                let end = try reader.read(line)
                add(end - line + 1)
                return end
            } catch {
                counts.unreadable += 1
                return block.lineFeed(from: line + error.offset)
            }
        }
        counts.lines += lines
        return lines
    }

    private func add(_ bytes: Int) {
        guard let schema = reader.schema else {
            counts.unreadable += 1
            return
        }
        counts.schemas[schema] += 1
        if schema == .spans { return }
        let level = LineLevel(reader.bytes(schema.levelKey), isLowerCase: schema == .datadog)
        if let level { counts.levels[level] += 1 } else { counts.otherLevels += 1 }
        counts.loggers.add(reader.bytes(schema.loggerKey), bytes: bytes)
        if schema == .gcp {
            JSONText.forEachMember(reader.bytes(.googleService)) { name, value in
                if name.equals("service") { counts.services.add(value.bytes, bytes: bytes) }
            }
        } else {
            counts.services.add(reader.bytes(schema == .datadog ? .datadogService : .serviceName), bytes: bytes)
        }
        if let level, level >= .error { counts.errors.add(reader.bytes(.message), bytes: bytes) }
        let ids = LineIDs(reader)
        if ids.trace != nil { counts.traces.add(ids.traceHash) } else { counts.withoutTrace += 1 }
        addTime(reader.bytes(schema.timeKey))
        if reader.bytes(.message).starts(with: Self.taskPrefix) { addTask() }
    }

    private static let taskPrefix = Array("Task ".utf8)

    private func addTime(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 20 else { return }
        counts.seconds.add(UnsafeBufferPointer(rebasing: text[..<19]))
    }

    private func addTask() {
        guard let line = TraceLine(reader), let ended = line.ended else { return }
        let failed = ended.outcome == "failed"
        counts.tasks.add(ended.name, failed: failed, seconds: ended.seconds, trace: line.trace)
    }
}

/// The counts of `malog stats`, of one thread or of all.
struct StatsCounts {
    var lines = 0
    var bytes = 0
    var unreadable = 0
    var otherLevels = 0
    var withoutTrace = 0
    var schemas = Counts<LineSchema>()
    var levels = Counts<LineLevel>()
    var loggers = NameCounts()
    var services = NameCounts()
    var errors = NameCounts()
    var traces = DistinctCount()
    var seconds = SecondCounts()
    var tasks = SlowTasks()

    mutating func add(_ other: StatsCounts) {
        lines += other.lines
        bytes += other.bytes
        unreadable += other.unreadable
        otherLevels += other.otherLevels
        withoutTrace += other.withoutTrace
        schemas.add(other.schemas)
        levels.add(other.levels)
        loggers.add(other.loggers)
        services.add(other.services)
        errors.add(other.errors)
        traces.add(other.traces)
        seconds.add(other.seconds)
        tasks.add(other.tasks)
    }

    /// Shortens the tables of texts when the counts of all threads have been added.
    mutating func keepMostFrequent() {
        loggers.keepMostFrequent()
        services.keepMostFrequent()
        errors.keepMostFrequent()
    }
}
